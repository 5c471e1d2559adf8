"""confirm = "click": the GET itself stamps, but never a machine's."""

import pytest

from jawort import path_of
from signing_up import mail_to, sign_up
from visitor import Visitor

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture
def link(resident, address):
    """The path of a link that has just been mailed."""
    sign_up(resident, address, "click")
    return mail_to(resident, address).confirm_path


@pytest.mark.parametrize("method, headers", [
    ("HEAD", {}), ("OPTIONS", {}),
    ("GET", {"Sec-Purpose": "prefetch"}), ("GET", {"Sec-Purpose": "prefetch;prerender"}),
    ("GET", {"Purpose": "prefetch"}), ("GET", {"X-Moz": "prefetch"}),
    ("GET", {"X-Purpose": "preview"}),
    ("GET", {"User-Agent": "Mozilla/5.0 (compatible; bingpreview/1.0b)"}),
    ("GET", {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Barracuda Sentinel"}),
    ("GET", {"User-Agent": "Mozilla/5.0 AppleWebKit/537.36 HeadlessChrome/120.0"}),
    ("GET", {"User-Agent": "Slackbot-LinkExpanding 1.0"}),
    ("GET", {"User-Agent": "python-requests/2.31"}), ("GET", {"User-Agent": "curl/8.0"}),
    ("GET", {"User-Agent": "Go-http-client/2.0"}), ("GET", {"User-Agent": ""}),
])
def test_machines_do_not_confirm(method, headers, link, resident, address):
    headers = {"User-Agent": BROWSER, **headers}
    answer = Visitor(resident.port).request(method, link, headers=headers)
    assert answer.status in (200, 204)
    consent = resident.consent(address)
    assert consent["status"] == "pending" and consent["confirmed_at"] is None
    if method == "GET":
        assert answer.forms[0].filled() == [("decision", "confirm")], "a person can still press"


def test_a_persons_click(link, resident, address):
    assert Visitor(resident.port).get(link, User_Agent=BROWSER).status == 200
    consent = resident.consent(address)
    assert (consent["status"], consent["grade"]) == ("confirmed", "click")
    assert consent["confirmed_at"]
    assert Visitor(resident.port).get(link, User_Agent=BROWSER).status == 200
    assert resident.consent(address) == consent


def deny_path(resident, address):
    paths = [path_of(url) for url in mail_to(resident, address).urls if url.endswith("#not-me")]
    assert len(set(paths)) == 1
    return paths[0].split("#")[0]  # what a browser asks for


def test_who_objects_does_not_confirm(link, resident, address):
    visitor, deny = Visitor(resident.port), deny_path(resident, address)
    page = visitor.get(deny, User_Agent=BROWSER)
    assert page.status == 200
    assert resident.consent(address)["status"] == "pending"
    assert [("decision", "deny")] in [form.filled() for form in page.forms]
    assert visitor.press(link, "deny").status == 200
    assert not resident.knows(address)


def test_who_objects_after_a_scanners_click_gets_out(link, resident, address):
    visitor = Visitor(resident.port)
    visitor.get(link, User_Agent=BROWSER)
    assert resident.consent(address)["status"] == "confirmed"
    way = visitor.get(deny_path(resident, address), User_Agent=BROWSER)
    assert way.status == 303
    out = way.header("Location")
    assert visitor.get(out).status == 200 and visitor.post(out, {}).status == 200
    assert resident.consent(address)["status"] == "revoked"


def test_the_button_still_counts_as_one(link, resident, address):
    Visitor(resident.port).press(link, User_Agent="curl/8.0")
    consent = resident.consent(address)
    assert (consent["status"], consent["grade"]) == ("confirmed", "observed")
