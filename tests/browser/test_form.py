"""Forms with mistakes in them, and consents of which a person wants only some."""

import pytest
from selenium.webdriver.common.keys import Keys

from steps import Place, mails_to, sign_up
from waiting import wait_until

TYPED = {
    "#field-first_name": "Zoë \"Z\" <b>&amp;</b> O'Neill",
    "#field-message": "one\n\n  two </textarea>",
    "#field-second_address": "zoe@example.net", "#field-telephone": "+49 7071 12 34",
    "#field-persons": "3",
}
BOXES = ["#field-wheelchair", "#consent-newsletter", "#consent-events"]


@pytest.fixture
def form(browser, shop):
    return browser.open(f"http://127.0.0.1:{shop.port}/forms/everything")


def ticked(browser):
    return [box for box in BOXES if browser.find(box).is_selected()]


def test_mistake_keeps_what_was_typed(form, shop):
    """An address that browsers let pass and we do not: nothing has to be typed again."""
    for selector, text in TYPED.items():
        form.type(selector, text)
    form.type("#field-visit_on", "02282027")  # as the English date field takes it
    form.find("#field-trade option:nth-of-type(3)").click()
    form.find("#field-country option[value=FR]").click()
    form.type("#email", "zoe@example")
    form.click("#consent-newsletter")
    form.press("button")

    assert form.focused() == "div.summary"
    assert len(form.find_all(".error")) == 1, "only what is wrong is called wrong"
    assert len(form.described_by("#email")) == 1
    shown = {**TYPED, "#email": "zoe@example", "#field-visit_on": "2027-02-28",
             "#field-country": "FR"}
    assert {selector: form.property_of(selector, "value") for selector in shown} == shown
    assert form.property_of("#field-trade", "value").startswith("Donaudampfschiff")
    assert ticked(form) == ["#consent-newsletter"], "and no box that was not"
    form.check_page()

    form.type("#email", Keys.END + ".org")
    form.press("button")
    assert form.heading == "Thank you!"
    consents = {c["purpose"]: c["status"] for c in shop.contact("zoe@example.org")["consents"]}
    assert consents == {"newsletter": "pending"}


def test_mistake_ticks_nothing(form):
    form.type("#email", "nobody@example")
    form.type("#field-first_name", "Nobody")
    assert ticked(form) == []
    form.skip_own_checks()
    form.press("button")
    assert form.focused() == "div.summary"
    assert ticked(form) == []
    assert form.property_of("#email", "value") == "nobody@example"


def test_one_of_two_purposes(browser, shop, relay):
    address = "one-of-two@example.org"
    place = Place(browser, shop, relay, "some", "en")
    mail = sign_up(shop, relay, address, ("newsletter", "events"))
    browser.open(place.url + mail.confirm_path)
    boxes = browser.find_all("input[type=checkbox]")
    assert [box.is_selected() for box in boxes] == [True, True], "they repeat what was ticked"
    browser.click("label[for=purpose-events]")
    browser.press("button")

    assert browser.heading == "Your sign-up is confirmed"
    wordings = browser.texts(".wording")
    assert len(wordings) == 1 and "send me its letter" in wordings[0]
    consents = {c["purpose"]: c["status"] for c in shop.contact(address)["consents"]}
    assert consents == {"newsletter": "confirmed"}
    browser.open(place.url + mail.confirm_path)
    assert browser.texts(".wording") == wordings, "the page says it again, and no more"


def test_none_of_two_purposes(browser, shop, relay):
    """A press without a tick is neither a yes nor a no, and can be put right."""
    address = "none-of-two@example.org"
    mail = sign_up(shop, relay, address, ("newsletter", "events"))
    browser.open(f"http://127.0.0.1:{shop.port}{mail.confirm_path}")
    for box in browser.find_all("input[type=checkbox]"):
        box.click()
    browser.press("button")
    assert browser.heading == "Please confirm your sign-up"
    assert "at least one box" in browser.find("[role=alert]").text
    assert {c["status"] for c in shop.contact(address)["consents"]} == {"pending"}

    browser.open(f"http://127.0.0.1:{shop.port}{mail.confirm_path}")
    browser.press("button")
    assert browser.heading == "Your sign-up is confirmed"
    consents = {c["purpose"]: c["status"] for c in shop.contact(address)["consents"]}
    assert consents == {"newsletter": "confirmed", "events": "confirmed"}


def test_double_press(browser, strict_shop, relay):
    """Pressed again before the answer came: one sign-up, one mail."""
    address = "twice@example.org"
    browser.open(f"http://127.0.0.1:{strict_shop.port}/forms/strict")
    browser.type("#email", address)
    browser.click("#consent-newsletter")
    browser.press("button", twice=True)
    assert browser.heading == "Thank you!"
    wait_until(lambda: mails_to(relay, address), "a mail")
    assert [mail["to"] for mail in strict_shop.mails()].count(address) == 1
