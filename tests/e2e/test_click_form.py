"""confirm = "click": the GET itself stamps, but never a machine's."""

import pytest

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


def test_the_button_still_counts_as_one(link, resident, address):
    Visitor(resident.port).press(link, User_Agent="curl/8.0")
    consent = resident.consent(address)
    assert (consent["status"], consent["grade"]) == ("confirmed", "observed")


def test_who_objects_does_not_confirm(resident, address):
    sign_up(resident, address, "click")
    link = mail_to(resident, address).deny_path
    answer = Visitor(resident.port).get(link, User_Agent=BROWSER)
    assert answer.status == 200
    consent = resident.consent(address)
    assert consent["status"] == "pending" and consent["opened_at"]
    assert [("decision", "deny")] in [form.filled() for form in answer.forms]
    Visitor(resident.port).press(link, "deny")
    assert not resident.knows(address)


@pytest.mark.parametrize("form", ["click", "open"])
def test_who_objects_gets_out_after_a_confirmation(form, resident, address):
    """A scanner that calls itself a browser has followed the other link."""
    sign_up(resident, address, form)
    mail = mail_to(resident, address)
    visitor = Visitor(resident.port, **{"User-Agent": BROWSER})
    visitor.get(mail.confirm_path)
    if form == "open":
        visitor.press(mail.confirm_path)
    answer = visitor.get(mail.deny_path)
    assert answer.status == 303
    page = visitor.get(answer.header("Location"))
    assert page.status == 200
    assert visitor.post(page.forms[0].action, page.forms[0].filled()).status == 200
    assert resident.consent(address)["status"] == "revoked"


def test_the_mail_says_what_the_link_does(resident, address):
    sign_up(resident, address, "click")
    mail = mail_to(resident, address)
    for part in ("plain", "html"):
        assert "with this link" in mail.part(part) or "mit diesem Link" in mail.part(part)


@pytest.mark.parametrize("accepted", ["de", "en"])
def test_a_refused_press_is_answered_in_the_consents_language(accepted, resident, address):
    sign_up(resident, address, "click", lang="de")
    link = mail_to(resident, address).confirm_path
    answer = Visitor(resident.port).press(link, "perhaps", Accept_Language=accepted)
    assert answer.status == 422
    assert '<html lang="de"' in answer.text
