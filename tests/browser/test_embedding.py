"""The form in somebody else's page: pasted, and in a frame."""

from steps import mails_to
from visitor import Visitor
from waiting import wait_until


def paste_form(browser, shop, site, address):
    """The snippet in a page of that site, filled in and sent."""
    snippet = Visitor(shop.port).get("/forms/embedded/embed?lang=en").text
    browser.open(site.put("/join", f"<h1>Join</h1>{snippet}"))
    browser.type("input[name=email]", address)
    browser.click("input[name=consent]")
    browser.press("button")


def test_pasted_form(browser, shop, partner, relay):
    address = "pasted@example.org"
    paste_form(browser, shop, partner, address)
    assert browser.heading == "Thank you!"
    mail = wait_until(lambda: mails_to(relay, address), "a mail")[0]
    assert f"{partner.origin}" in mail.part("plain"), "the mail says where the form stood"
    assert shop.consent(address)["form_version"].startswith("sha256:")
    assert browser.complaints() == []


def test_form_pasted_elsewhere_is_refused(browser, shop, stranger):
    address = "stolen@example.org"
    paste_form(browser, shop, stranger, address)
    assert browser.heading == "That did not work"
    browser.check_page()
    assert not shop.knows(address)


def test_frame(browser, shop, partner, relay):
    """The hosted page in a frame of a site that the form names, from the form to the thanks."""
    address = "framed@example.org"
    form = f"http://127.0.0.1:{shop.port}/forms/embedded?lang=en"
    browser.open(partner.put("/frame", f"<iframe title=Form src='{form}' width=600 height=700>"))
    with browser.inside("iframe"):
        browser.type("#email", address)
        browser.click("#consent-newsletter")
        browser.press("button")
        assert browser.heading == "Thank you!"
    wait_until(lambda: mails_to(relay, address), "a mail")
    assert browser.complaints() == []


def test_frame_of_a_stranger_stays_empty(browser, shop, stranger):
    form = f"http://127.0.0.1:{shop.port}/forms/embedded?lang=en"
    browser.open(stranger.put("/frame", f"<iframe title=Form src='{form}'></iframe>"))
    with browser.inside("iframe"):
        assert browser.find_all("form") == []
    assert any("frame-ancestors" in message or "refused to connect" in message
               for message in browser.complaints())
