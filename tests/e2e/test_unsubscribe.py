"""The page for whoever has no mail at hand: the same answer for everybody."""

import pytest

from jawort import definitions, path_of
from signing_up import confirmed, mails_at, sign_up, wait_for_mails
from test_page_headers import check_alone, directives
from visitor import Visitor
from waiting import wait_until


@pytest.fixture
def town(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url, "server.trusted_proxies": ["127.0.0.1"]},
                        [definitions("open.toml")]).start()
    jawort.relay = relay
    return jawort


def ask(jawort, address, **fields):
    return Visitor(jawort.port).post("/unsubscribe", {"email": address, "lang": "en", **fields})


def to(jawort, address):
    return [mail for mail in mails_at(jawort.relay) if mail.recipient == address]


def test_page(town):
    visitor = Visitor(town.port)
    page = visitor.get("/unsubscribe", Accept_Language="de-AT")
    check_alone(page)
    assert page.status == 200 and '<html lang="de">' in page.text
    assert '<html lang="en">' in visitor.get("/unsubscribe?lang=en", Accept_Language="de").text
    assert directives(page)["frame-ancestors"] == ["'none'"]
    form = page.forms[0]
    assert (form.method, form.action) == ("post", "/unsubscribe")
    wrong = visitor.post("/unsubscribe", {"email": "<anna>", "lang": "en"})
    assert wrong.status == 422 and "&lt;anna&gt;" in wrong.text
    assert ask(town, ["a@example.org", "b@example.org"]).status == 422
    assert visitor.request("DELETE", "/unsubscribe").status == 405


def test_answers_alike_and_mails_once(town):
    sign_up(town, "pending@example.org")
    wait_for_mails(town.relay, 1)
    confirmed(town, town.relay, "left@example.org")
    Visitor(town.port).one_click(town.revocation_path("left@example.org"))
    confirmed(town, town.relay, "there@example.org")
    wait_for_mails(town.relay, 3)
    names = ("nobody", "pending", "left", "there", "there", "THERE", "nobody")
    answers = [ask(town, f"{name}@example.org") for name in names]
    assert answers[0].status == 200
    for name, answer in zip(names, answers):
        assert answer.comparable == answers[0].comparable, name

    mail = wait_until(lambda: to(town, "there@example.org")[1:], "the link")[0]
    assert [one["kind"] for one in town.mails("--all")].count("unsubscribe") == 1
    assert mail.header("Subject").startswith("Your link to unsubscribe")
    revoke = path_of(mail.header("List-Unsubscribe").strip("<>"))
    assert len(mails_at(town.relay)) == 4, "one mail for one address, none for the others"
    assert not any("/confirm/" in url for url in mail.urls)
    assert Visitor(town.port).one_click(revoke).status == 200
    consent = town.consent("there@example.org")
    assert (consent["status"], consent["revoked_by"]) == ("revoked", "one_click")
    assert not town.knows("nobody@example.org")


def test_limits(town):
    own = f"http://127.0.0.1:{town.port}"
    visitor = Visitor(town.port)
    body = {"email": "anna@example.org"}
    assert visitor.post("/unsubscribe", body, Origin=own).status == 200
    for origin in ("https://elsewhere.example", "null", "x"):
        assert visitor.post("/unsubscribe", body, Origin=origin).status == 403
    statuses = [visitor.post("/unsubscribe", body, X_Forwarded_For="192.0.2.9").status
                for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    over = visitor.post("/unsubscribe", body, X_Forwarded_For="192.0.2.9")
    assert int(over.header("retry-after")) > 0
    assert visitor.post("/unsubscribe", body, X_Forwarded_For="198.51.100.9").status == 200
