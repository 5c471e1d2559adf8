"""Every public page that a visitor can come to, as people see, hear and tab through it."""

import pytest
from selenium.webdriver.common.keys import Keys

from jawort import Jawort
from steps import DEFINITIONS, PAGES, Place, days_later, mails_to, sign_up
from waiting import wait_until

EYES = {"phone-light-de": ("de", 360, "light"), "desktop-dark-en": ("en", 1280, "dark")}


@pytest.fixture(params=EYES)
def place(request, browser, shop, relay):
    browser.become(*EYES[request.param])
    return Place(browser, shop, relay, request.param, EYES[request.param][0])


@pytest.mark.parametrize("page", PAGES)
def test_page(place, page):
    browser = place.browser
    getattr(place, page)()
    # The page for unknown links is the same for everybody: German, with an English part.
    browser.check_page("de" if page == "not_found" else None)
    assert [url for url in browser.requests() if not url.startswith(place.url + "/")] == []
    assert browser.complaints() == []


def test_tab_order(browser, shop, relay):
    """The tab key goes through a page in its order, past the trap, to the button and beyond."""
    place = Place(browser, shop, relay, "tabbing", "en")
    place.form()
    stops = browser.tab_stops()
    fields = ["input#email", "input#field-first_name", "textarea#field-message",
              "input#field-second_address", "input#field-telephone", "input#field-visit_on",
              "input#field-persons", "input#field-wheelchair", "select#field-trade",
              "select#field-country", "input#consent-newsletter", "input#consent-events"]
    # A date is several stops: month, day, year and the calendar.
    assert list(dict.fromkeys(stop for stop in stops if "#" in stop)) == fields
    assert stops.index("button") > stops.index(fields[-1])
    assert "company_fax" not in "".join(stops)

    place.confirm_two()
    stops = browser.tab_stops()
    assert stops[:4] == ["input#purpose-newsletter", "input#purpose-events", "button",
                         "button.quiet"]

    place.revoke()
    assert browser.tab_stops()[0] == "button"


def test_keyboard_alone(browser, shop, relay):
    """Signing up and confirming without a mouse."""
    place = Place(browser, shop, relay, "keys", "en")
    address = place.address("keyboard")
    browser.open(f"{place.url}/forms/two")
    browser.tab_to("input#email")
    browser.press_keys(address)
    browser.tab_to("input#consent-events")
    browser.press_keys(Keys.SPACE)
    browser.tab_to("button")
    browser.lead_on(lambda: browser.press_keys(Keys.ENTER))
    assert browser.heading == "Thank you!"

    mail = wait_until(lambda: mails_to(relay, address), "a mail")[0]
    browser.open(place.url + mail.confirm_path)
    browser.tab_to("button")
    browser.lead_on(lambda: browser.press_keys(Keys.SPACE))
    assert browser.heading == "Your sign-up is confirmed"
    assert shop.consent(address, "events")["status"] == "confirmed"


def test_expired(browser, tmp_path, relay):
    """A link that is eight days old, where it is good for seven."""
    late = Jawort(tmp_path / "late", {"smtp.url": relay.url})
    try:
        late.apply(DEFINITIONS)
        mail = sign_up(late.start(), relay, "late@example.org")
        late.wait_for_mail(state="sent")
        late.stop()
        late.start(days_later(8))
        browser.open(f"http://127.0.0.1:{late.port}{mail.confirm_path}")
        assert browser.heading == "This link has expired"
        browser.check_page()
        assert browser.find_all("button") == []
    finally:
        late.clean_up()
