"""The sum that a form asks of a browser: solved by the ALTCHA widget of npm in somebody else's
page, by our own page with its own script, and not at all."""

import pytest
from selenium.webdriver.common.keys import Keys

import npm
from steps import mails_to
from visitor import Visitor
from waiting import wait_until

# The newest of each format that the widget has had; each solves what we ask.
WIDGETS = {"altcha-3": "npm:altcha@3.2.2", "altcha-2": "npm:altcha@2.3.0"}
SCRIPTS = {"altcha-3": "dist/main/altcha.min.js", "altcha-2": "dist/altcha.js"}


@pytest.fixture(scope="module")
def widgets(tmp_path_factory):
    """The folder that npm has installed them into."""
    wanted = [f"{name}@{source}" for name, source in WIDGETS.items()]
    return npm.install(tmp_path_factory.mktemp("npm"), *wanted)


def solved_by_widget(browser):
    """Presses the widget's box, as a person does; answers what it puts into the form."""
    wait_until(lambda: browser.find_all("altcha-widget input[type=checkbox]"), "the widget's box")
    browser.type("altcha-widget input[type=checkbox]", Keys.SPACE)
    return wait_until(lambda: [field.get_attribute("value")
                               for field in browser.find_all("input[name=altcha]")
                               if field.get_attribute("value")], "the widget's answer")[0]


@pytest.mark.parametrize("name", WIDGETS)
def test_widget_in_a_pasted_form(name, browser, shop, partner, relay, widgets):
    address = f"{name}@example.org"
    partner.put_file("/altcha.js", "text/javascript", (widgets / name / SCRIPTS[name]).read_bytes())
    snippet = Visitor(shop.port).get("/forms/guarded/embed?lang=en").text
    browser.open(partner.put(
        "/guarded", f"<h1>Join</h1><script src=/altcha.js type=module></script>{snippet}"))
    browser.type("input[name=email]", address)
    browser.click("input[name=consent]")
    payload = solved_by_widget(browser)
    browser.press("form > button")
    assert browser.heading == "Thank you!"
    wait_until(lambda: mails_to(relay, address), "a mail")

    again = Visitor(shop.port).post_json("/forms/guarded", {
        "email": f"again-{address}", "consent": ["newsletter"], "altcha": payload})
    assert again.status == 422
    assert [error["code"] for error in again.json["errors"]] == ["proof_of_work_failed"]
    assert not shop.knows(f"again-{address}")


def fill(browser, shop, address, form="guarded"):
    browser.open(f"http://127.0.0.1:{shop.port}/forms/{form}?lang=en")
    browser.type("#email", address)
    browser.click("#consent-newsletter")


@pytest.mark.parametrize("twice", [False, True])
def test_hosted_page_solves_it_by_itself(twice, browser, shop, relay):
    """Also for who presses twice, as fast as they can."""
    address = f"hosted-{twice}@example.org"
    fill(browser, shop, address)
    browser.press("button", twice=twice)
    assert browser.heading == "Thank you!"
    wait_until(lambda: mails_to(relay, address), "a mail")
    assert [mail["to"] for mail in shop.mails()].count(address) == 1
    assert browser.complaints() == [], "the page's own rules let its script work"
    assert {url.split("/", 3)[2] for url in browser.requests()} == {f"127.0.0.1:{shop.port}"}


def test_hosted_page_says_what_it_does(browser, shop):
    browser.open(f"http://127.0.0.1:{shop.port}/forms/guarded?lang=de")
    assert "löst Ihr Browser eine kleine Rechenaufgabe" in browser.find("#proof").text
    assert browser.find("#proof").get_attribute("role") == "status"
    assert browser.property_of("input[name=altcha]", "value") == "", "nothing before it is used"
    browser.check_page("de")
    browser.type("#email", "a")
    wait_until(lambda: browser.find("#proof").text == "Die Rechenaufgabe ist gelöst.", "the sum")
    browser.check_page("de")


def test_typing_mistake_keeps_all_but_the_sum(browser, shop, relay):
    address = "mistaken@example.org"
    fill(browser, shop, "mistaken@example")
    browser.press("button")
    assert browser.focused() == "div.summary"
    browser.type("#email", Keys.END + ".org")
    browser.press("button")
    assert browser.heading == "Thank you!"
    wait_until(lambda: mails_to(relay, address), "a mail")


def test_without_scripts_it_is_said_before_and_after(browser, shop):
    with browser.without_scripts():
        browser.open(f"http://127.0.0.1:{shop.port}/forms/guarded?lang=en")
        assert "This form needs JavaScript" in browser.text
    answer = Visitor(shop.port).post("/forms/guarded", {
        "email": "none@example.org", "consent": "newsletter", "lang": "en"})
    assert answer.status == 422
    assert "Please switch it on and send the form again" in answer.text
    assert not shop.knows("none@example.org")


def test_too_quick_is_asked_again(browser, shop):
    """What was typed and ticked stays; nobody is told off, and nothing has to be typed again."""
    fill(browser, shop, "quick@example.org", "patient")
    browser.type("#field-first_name", "Quick")
    browser.press("button")
    assert browser.focused() == "div.summary"
    assert "That was so quick that we ask back" in browser.find(".summary").text
    kept = {name: browser.property_of(name, "value") for name in ("#email", "#field-first_name")}
    assert kept == {"#email": "quick@example.org", "#field-first_name": "Quick"}
    assert browser.find("#consent-newsletter").is_selected()
    browser.check_page()
    assert not shop.knows("quick@example.org")
