"""The examples of examples/embedding as pages of a site: opened, sent, true to what is served."""

import os
import re

import pytest

from jawort import REPOSITORY, Jawort
from steps import mails_to
from visitor import Visitor
from waiting import wait_until

FOLDER = os.path.join(REPOSITORY, "examples", "embedding")
PAGES = {"plain.html": "pasted", "script.html": "script", "iframe.html": "iframe",
         "wordpress.html": "script", "typo3.html": "script", "fetch.html": "json"}
SNIPPETS = {"plain.html": "html", "script.html": "script", "iframe.html": "iframe",
            "wordpress.html": "script", "typo3.html": "script"}
THANKS = "Vielen Dank!|Thank you!|you will shortly get an e-mail"


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


@pytest.fixture(scope="module")
def tea_house(tmp_path_factory, relay, partner):
    """The form of the quickstart, with the partner as its site."""
    folder = tmp_path_factory.mktemp("tea-house")
    with open(os.path.join(REPOSITORY, "examples", "quickstart.toml"), encoding="utf-8") as file:
        text = file.read()
    assert 'link_valid = "P7D"\n' in text
    definitions = folder / "definitions.toml"
    definitions.write_text(text.replace(
        'link_valid = "P7D"\n', f'link_valid = "P7D"\nallowed_origins = ["{partner.origin}"]\n', 1),
        encoding="utf-8")
    jawort = Jawort(folder / "installation", {"smtp.url": relay.url})
    jawort.apply(str(definitions))
    jawort.start()
    yield jawort
    jawort.clean_up()


def localised(text, shop):
    """With this server in place of the one that the examples name, and its form's version."""
    version = Visitor(shop.port).get("/forms/newsletter", Accept="application/json").json["version"]
    text = text.replace("https://optin.example.org", f"http://127.0.0.1:{shop.port}")
    return re.sub("sha256:[0-9a-f]{64}", version, text)


def language_of(name):
    return re.search(r'\blang="(\w\w)"', read(name))[1]


def put(partner, shop, name):
    """The example as a page of that site; a part of a page into a page, as such systems do it."""
    page = localised(read(name), shop)
    if not page.startswith("<!DOCTYPE"):
        page = (f"<!DOCTYPE html><html lang={language_of(name)}><meta charset=utf-8><title>A site"
                "</title><meta name=viewport content='width=device-width'>"
                "<link rel=stylesheet href=site.css>"
                f"<body><main><h1>A site</h1><div class=entry-content>\n{page}</div></main>")
    partner.put_file("/site.css", "text/css", read("site.css").encode("utf-8"))
    script = localised(read("fetch.js"), shop)
    partner.put_file("/fetch.js", "text/javascript", script.encode("utf-8"))
    return partner.put_file(f"/{name}", "text/html", page.encode("utf-8"))


def fill_in(browser, address, leads_on):
    """`leads_on`: the press of the button brings another page."""
    browser.type("input[type=email]", address)
    browser.click("input[type=checkbox]")
    (browser.press if leads_on else browser.click)("form button")
    wait_until(lambda: re.search(THANKS, browser.text), "the thanks")


def join(browser, shop, relay, name, address, scripts=True):
    """Answers how it was served."""
    if name == "iframe.html":
        with browser.inside("iframe"):
            fill_in(browser, address, True)
    else:
        fill_in(browser, address, not scripts or PAGES[name] == "pasted")
    wait_until(lambda: mails_to(relay, address), "a mail")
    facts = shop.contact(address)["history"][0]["facts"]
    assert (facts["version_stated"], facts["language"]) == ("true", language_of(name))
    return facts["served"]


@pytest.mark.parametrize("name", SNIPPETS)
def test_example_is_what_is_served(name, tea_house):
    snippet = Visitor(tea_house.port).get(
        f"/forms/newsletter/embed?as={SNIPPETS[name]}&lang={language_of(name)}").text
    assert snippet in localised(read(name), tea_house)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_example(name, width, browser, tea_house, partner, relay):
    browser.become(language_of(name), width=width)
    browser.open(put(partner, tea_house, name))
    if PAGES[name] == "script":
        wait_until(lambda: browser.find_all(".jawort-form"), "the form")
    if name == "fetch.html":
        wait_until(lambda: "Teekontor" in browser.find("#wording").text, "the wording")
    assert browser.property_of("html", "scrollWidth") <= width, "nothing is wider than the window"
    assert join(browser, tea_house, relay, name, f"{name}-{width}@example.org") == PAGES[name]
    assert browser.complaints() == []


@pytest.mark.parametrize("name", [name for name in PAGES if name != "fetch.html"])
def test_example_without_scripts(name, browser, tea_house, partner, relay):
    with browser.without_scripts():
        browser.open(put(partner, tea_house, name))
        served = join(browser, tea_house, relay, name, f"{name}-plain@example.org", scripts=False)
    assert served == {"script": "pasted"}.get(PAGES[name], PAGES[name])


def test_fetch_call_with_a_wrong_address(browser, tea_house, partner, relay):
    browser.open(put(partner, tea_house, "fetch.html"))
    wait_until(lambda: "Teekontor" in browser.find("#wording").text, "the wording")
    browser.type("#email", "fetched@example")
    browser.click("#consent")
    browser.click("form button")
    wait_until(lambda: "Please enter a valid" in browser.find("#email-error").text, "a message")
    assert browser.focused() == "input#email"
    browser.find("#email").clear()
    browser.click("#consent")
    fill_in(browser, "fetched@example.org", False)
    wait_until(lambda: mails_to(relay, "fetched@example.org"), "a mail")
