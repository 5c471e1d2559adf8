"""Every public page that a visitor can come to, as people see, hear and tab through it."""

import contextlib

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
def test_page(place, page, axe):
    browser = place.browser
    getattr(place, page)()
    # The page for unknown links is the same for everybody: German, with an English part.
    browser.check_page("de" if page == "not_found" else None)
    assert [url for url in browser.requests() if not url.startswith(place.url + "/")] == []
    assert browser.complaints() == []
    browser.check_with_axe(axe)


@contextlib.contextmanager
def other_shop(folder, relay, changes):
    """One with the same definitions but for these changes of their text."""
    shop = Jawort(folder / "shop", {"smtp.url": relay.url})
    try:
        with open(DEFINITIONS, encoding="utf-8") as file:
            text = file.read()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (folder / "definitions.toml").write_text(text, encoding="utf-8")
        shop.apply(str(folder / "definitions.toml"))
        yield shop.start()
    finally:
        shop.clean_up()


@pytest.mark.parametrize("colour", ["#ffd500", "#000000", "#ffffff", "#7a1f3d", "#767676"])
def test_colour_of_the_company(colour, browser, tmp_path, relay, axe):
    """Also one that nobody could read as it is."""
    changes = {"[controller]\n": f'[controller]\ncolour = "{colour}"\n'}
    with other_shop(tmp_path, relay, changes) as shop:
        place = Place(browser, shop, relay, f"colour-{colour[1:]}", "en")
        for scheme, plain in (("light", "(23, 101, 79"), ("dark", "(132, 211, 185")):
            browser.become(scheme=scheme)
            place.form_with_errors()
            button = browser.find("button").value_of_css_property("background-color")
            assert plain not in button, "it is the company's"
            browser.check_page()
        browser.check_with_axe(axe)
        place.confirm_two()
        browser.check_page()
        browser.check_with_axe(axe)
        assert browser.complaints() == [], "the page's own rules let its style be"


def test_words_longer_than_a_phone_is_wide(browser, tmp_path, relay):
    word = "Donaudampfschifffahrtsgesellschaftsnachrichtendienst"
    changes = {"Probe & Söhne": f"{word} & Söhne", "Ihre Nachricht": word, "Zweite Adresse": word}
    with other_shop(tmp_path, relay, changes) as shop:
        browser.become("de", 360)
        place = Place(browser, shop, relay, "long-words", "de")
        for page in (place.form_with_errors, place.confirm_two):
            page()
            browser.check_page()
            assert browser.property_of("html", "scrollWidth") <= 360
            card = browser.find(".card")
            assert card.size["width"] <= 360 - 2 * 16
            for part in browser.find_all(".card *"):
                assert part.rect["x"] + part.rect["width"] <= 360 - 16, part.text


@pytest.mark.parametrize("eyes", EYES)
def test_asked_again(eyes, browser, tmp_path, relay, axe):
    """This browser's name is a scanner's: its press is asked for the address."""
    asking = Jawort(tmp_path / "asking", {"smtp.url": relay.url, "consent.suspicious": "ask_again"})
    try:
        asking.apply(DEFINITIONS)
        browser.become(*EYES[eyes])
        place = Place(browser, asking.start(), relay, f"asked-{eyes}", EYES[eyes][0])
        place.confirm_two()
        browser.find("#purpose-events").click()
        browser.press("button")
        assert "program" in browser.find(".lead").text.lower()
        assert not browser.find("#purpose-events").is_selected()
        for typed in ("", "somebody@example.org"):
            browser.check_page()
            browser.check_with_axe(axe)
            browser.type("#address", typed or "nobody@example.org")
            browser.press("button")
        assert browser.described_by("#address")
        browser.type("#address", place.address("confirm-two"))
        browser.press("button")
        statuses = {consent["purpose"]: consent["status"] for consent in
                    asking.contact(place.address("confirm-two"))["consents"]}
        assert statuses == {"newsletter": "confirmed"}
        assert browser.complaints() == []
    finally:
        asking.clean_up()


@pytest.mark.parametrize("language", ["de", "en"])
def test_mail(language, browser, shop, relay, axe):
    """The HTML part, as a mail program shows it; it has no landmarks, for it is no page."""
    browser.become(language, width=360)
    mail = sign_up(shop, relay, f"axe-mail-{language}@example.org", language=language)
    # It leaves its ground to the mail program, which has one for each scheme.
    ground = "<style>body { background: Canvas }</style></head>"
    browser.show(mail.part("html").replace("</head>", ground))
    browser.check_with_axe(axe, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    assert browser.property_of("html", "scrollWidth") <= 360


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
    assert shop.contact(address)["history"][0]["facts"]["served"] == "hosted"


def test_leaving_by_keyboard(browser, shop, relay):
    """From the typed address to the box that ends one purpose, without a mouse."""
    place = Place(browser, shop, relay, "leaving", "en")
    place._confirmed("keyboard")
    address = place.address("keyboard")
    before = len(mails_to(relay, address))
    browser.open(f"{place.url}/unsubscribe")
    browser.tab_to("input#email")
    browser.press_keys(address)
    browser.lead_on(lambda: browser.press_keys(Keys.ENTER))
    assert browser.heading == "Please look into your mailbox"

    mail = wait_until(lambda: mails_to(relay, address)[before:], "a mail")[0]
    browser.open(next(url for url in mail.urls if "/preferences/" in url))
    assert browser.heading == "Your consents"
    browser.tab_to("input#purpose-newsletter")
    browser.press_keys(Keys.SPACE)
    browser.tab_to("button")
    browser.lead_on(lambda: browser.press_keys(Keys.ENTER))
    assert shop.consent(address)["revoked_by"] == "preferences"
    assert not browser.find("#purpose-newsletter").is_selected()


def test_expired(browser, tmp_path, relay, axe):
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
        browser.check_with_axe(axe)
        assert browser.find_all("button") == []
    finally:
        late.clean_up()
