"""What a browser that merely opens links can bring about: nothing but the note that it did."""

import time

from selenium.webdriver.common.keys import Keys

from steps import sign_up
from visitor import Visitor

SECONDS = 10  # what a security scanner's browser takes


def links_of(shop, mail, address):
    """All that lead to us: of both parts of the mail, of its header, and of a newsletter."""
    ours = f"http://127.0.0.1:{shop.port}/"
    revocation = f"{ours[:-1]}{shop.revocation_path(address)}"
    found = [url for url in [*mail.urls, revocation] if url.startswith(ours)]
    paths = [url.replace(ours, "").split("/")[0] for url in found]
    assert paths.count("confirm") >= 2 and paths.count("revoke") >= 1, "two places, and the header"
    return list(dict.fromkeys(found))


def test_opening_changes_nothing(browser, shop, relay):
    pending, confirmed = "opened-pending@example.org", "opened-confirmed@example.org"
    links = links_of(shop, sign_up(shop, relay, pending), pending)
    mail = sign_up(shop, relay, confirmed)
    assert Visitor(shop.port).press(mail.confirm_path).status == 200
    links += links_of(shop, mail, confirmed)
    before = {who: shop.consent(who) for who in (pending, confirmed)}

    for link in links:
        browser.new_window().open(link)
        browser.press_keys(Keys.TAB, Keys.PAGE_DOWN)
    time.sleep(SECONDS)  # what a page would do by itself, it has done by now
    assert len(browser.driver.window_handles) == 1 + len(links)

    after = shop.consent(pending)
    assert after["status"] == "pending"
    assert after["opened_at"], "the opening itself is recorded"
    assert after == {**before[pending], "opened_at": after["opened_at"]}
    assert shop.consent(confirmed) == before[confirmed]
    assert set(browser.requests()) == {link.split("#")[0] for link in links}


def test_link_leads_to_not_me(browser, shop, relay):
    """The second link of the mail shows the way out, and only its button takes it."""
    address = "not-me@example.org"
    mail = sign_up(shop, relay, address)
    link = next(url for url in mail.urls if url.endswith("#not-me"))
    browser.become(width=375).open(link)
    assert browser.is_in_view("#not-me button")
    assert shop.consent(address)["status"] == "pending"
    browser.press("#not-me button")
    assert browser.heading == "Thank you, we have deleted it"
    assert not shop.knows(address)


def test_opening_confirms_where_the_form_says_so(browser, shop, relay):
    """confirm = "click": the opening counts, and the consent is graded for what it is."""
    address = "click@example.org"
    mail = sign_up(shop, relay, address, form="click")
    browser.open(f"http://127.0.0.1:{shop.port}{mail.confirm_path}")
    assert browser.heading == "Your sign-up is confirmed"
    browser.check_page()
    consent = shop.consent(address)
    assert (consent["status"], consent["grade"]) == ("confirmed", "click")
