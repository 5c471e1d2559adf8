"""The newcomer's path in the demo: form, mail, button, record, and out again."""

import datetime
import zoneinfo

import pytest

WORDS = {
    "de": {"form": "Die Teepost bestellen", "wrong": "Bitte prüfen:",
           "missing": "Bitte füllen Sie dieses Feld aus.", "sent": "Vielen Dank!",
           "confirm": "Bitte bestätigen Sie Ihre Anmeldung", "wording": "Ja, die Teekontor",
           "confirmed": "Ihre Anmeldung ist bestätigt", "revoke": "Möchten Sie sich abmelden?",
           "revoked": "Sie sind abgemeldet", "mailbox": "Postfach", "contacts": "Kontakte",
           "start": "Jawort zum Ausprobieren", "label": "Teepost"},
    "en": {"form": "Subscribe to the tea letter", "wrong": "Please check:",
           "missing": "Please fill in this field.", "sent": "Thank you!",
           "confirm": "Please confirm your sign-up", "wording": "Yes, Teekontor",
           "confirmed": "Your sign-up is confirmed", "revoke": "Would you like to unsubscribe?",
           "revoked": "You are unsubscribed", "mailbox": "Mailbox", "contacts": "Contacts",
           "start": "Jawort to try out", "label": "Tea letter"},
}
DEVICES = {"phone": 375, "desktop": 1280}


def as_shown(stamp):
    """A time of the record as the demo's pages write it, in the controller's zone."""
    time = datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    return time.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%d %H:%M:%S %Z")


def send_nothing(browser, words):
    """First the browser itself objects; where it does not, the server does, and helps."""
    browser.click("button")
    assert browser.focused() == "input#email"
    assert browser.heading == words["form"], "it is still the same page"

    browser.skip_own_checks()
    browser.press("button")
    assert browser.focused() == "div.summary", "the messages are read out at once"
    assert browser.driver.title.startswith(words["wrong"])
    assert browser.property_of("#email", "ariaInvalid") == "true"
    assert browser.described_by("#email") == [words["missing"]]
    assert browser.property_of("#consent-newsletter", "ariaInvalid") == "true"
    assert len(browser.described_by("#consent-newsletter")) == 1
    assert not browser.find("#consent-newsletter").is_selected()
    links = browser.find_all(".summary a")
    assert [link.get_attribute("href").split("#")[1] for link in links] == [
        "email", "consent-newsletter"]
    browser.check_page()
    links[1].click()
    assert browser.focused() == "input#consent-newsletter", "a message leads to its field"


def fill_in(browser, address):
    browser.type("#email", address)
    browser.type("#field-first_name", "Änne")
    browser.find("#field-favourite_tea option[value=Oolong]").click()
    assert not browser.find("#consent-newsletter").is_selected()
    browser.click("label[for=consent-newsletter]")
    assert browser.find("#consent-newsletter").is_selected()


def sign_up(browser, demo, words, address):
    browser.open(f"{demo.url}/forms/newsletter")
    assert browser.heading == words["form"]
    browser.check_page()
    send_nothing(browser, words)
    fill_in(browser, address)
    browser.press("button")
    assert browser.heading == words["sent"]
    assert browser.url.startswith(f"{demo.url}/forms/newsletter/sent")
    browser.check_page()


def read_mail(browser, demo, words, address):
    demo.wait_for_mail(address)
    browser.open(f"{demo.url}/demo/mailbox")
    assert browser.heading == words["mailbox"]
    browser.check_page()
    card = next(card for card in browser.find_all("section") if address in card.text)
    browser.follow(card.find_element("css selector", "a"))
    assert browser.heading.startswith(words["confirm"])
    assert address in browser.text and words["wording"] in browser.text
    browser.check_page()
    browser.check_frame("iframe")
    assert demo.consent(address)["opened_at"] is None, "looking at the mail is not opening it"


def confirm(browser, demo, words, address):
    browser.press("pre a[href*='/confirm/']")
    assert browser.heading == words["confirm"]
    assert words["wording"] in browser.find(".wording").text
    assert address not in browser.text, "the page masks the address"
    browser.check_page()
    consent = demo.consent(address)
    assert consent["status"] == "pending" and consent["opened_at"]

    browser.press("button")
    assert browser.heading == words["confirmed"]
    browser.check_page()
    assert demo.consent(address)["status"] == "confirmed"


def look_at_record(browser, demo, words, address, *stamps):
    browser.open(f"{demo.url}/demo/contacts")
    assert browser.heading == words["contacts"]
    browser.check_page()
    card = next(card for card in browser.find_all("section") if address in card.text).text
    consent = demo.consent(address)
    for stamp in stamps:
        assert as_shown(consent[stamp]) in card, stamp
    assert "Oolong" in card and "Änne" in card and words["wording"] in card


def leave(browser, demo, words, address):
    browser.open(demo.run("link", "revoke", address, "--purpose", "newsletter").strip())
    assert browser.heading == words["revoke"]
    assert browser.texts(".wording") == [words["label"]]
    browser.check_page()
    assert demo.consent(address)["status"] == "confirmed"

    browser.press("button")
    assert browser.heading == words["revoked"]
    browser.check_page()
    consent = demo.consent(address)
    assert (consent["status"], consent["revoked_by"]) == ("revoked", "link")


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", DEVICES)
def test_path(browser, demo, device, scheme, language):
    words, address = WORDS[language], f"{device}-{scheme}-{language}@example.org"
    browser.become(language, DEVICES[device], scheme)
    browser.open(f"{demo.url}/demo")
    assert words["start"] in browser.text
    browser.check_page()

    sign_up(browser, demo, words, address)
    read_mail(browser, demo, words, address)
    confirm(browser, demo, words, address)
    look_at_record(browser, demo, words, address, "opt_in_at", "mailed_at", "opened_at",
                   "confirmed_at")
    leave(browser, demo, words, address)
    look_at_record(browser, demo, words, address, "opt_in_at", "confirmed_at", "revoked_at")

    requests = browser.requests()
    assert len(requests) >= 11, "the requests are really watched"
    assert [url for url in requests if not url.startswith(demo.url + "/")] == []
    assert browser.complaints() == []


def test_welcome_leads_on(browser, demo):
    """The links that the command prints open, and its commands run as they are printed."""
    paths = ["/forms/newsletter", "/demo/mailbox", "/demo/contacts", "/demo"]
    for path in paths:
        assert f"{demo.url}{path}\n" in demo.welcome
        browser.open(demo.url + path).check_page()
    browser.open(f"{demo.url}/demo")
    places = {link.get_attribute("href") for link in browser.find_all("a")}
    assert {demo.url + path for path in paths} <= places
