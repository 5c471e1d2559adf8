"""Machines open links. Nothing but a person's POST changes anything."""

import pytest

from jawort import path_of
from signing_up import OPEN, confirmed, mail_to, sign_up, wait_for_mails
from visitor import Visitor

READS = ["HEAD", "OPTIONS", "GET"]


def consent_but_opening(jawort, address):
    consent = jawort.consent(address)
    consent.pop("opened_at")
    return consent


def own_paths(mail, jawort):
    return [path_of(url).split("#")[0] for url in mail.urls
            if url.startswith(f"http://127.0.0.1:{jawort.port}/")]


def test_every_url_of_a_mail(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    visitor = Visitor(jawort.port)
    sign_up(jawort, "anna@example.org", consents=["newsletter", "events"])
    mail = wait_for_mails(relay, 1)[0]
    jawort.wait_for_mail(state="sent")
    paths = own_paths(mail, jawort)
    assert {path.split("/")[1] for path in paths} == {"confirm", "revoke"}
    before = consent_but_opening(jawort, "anna@example.org")
    for path in paths + [jawort.revocation_path("anna@example.org")]:
        for method in READS * 2:
            answer = visitor.request(method, path)
            assert answer.status in (200, 204), (method, path)
        visitor.request("GET", path + "?decision=confirm&List-Unsubscribe=One-Click")
        visitor.request("GET", path, b"decision=confirm",
                        {"Content-Type": "application/x-www-form-urlencoded"})
    assert consent_but_opening(jawort, "anna@example.org") == before
    assert jawort.consent("anna@example.org", "events")["status"] == "pending"


def test_head_and_options_record_nothing(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    visitor = Visitor(jawort.port)
    sign_up(jawort, "anna@example.org")
    mail = wait_for_mails(relay, 1)[0]
    jawort.wait_for_mail(state="sent")
    before = jawort.contact("anna@example.org")
    head = visitor.head(mail.confirm_path)
    visitor.options(mail.confirm_path)
    assert visitor.get(mail.confirm_path, Sec_Purpose="prefetch").status == 200
    assert jawort.contact("anna@example.org") == before
    shown = visitor.get(mail.confirm_path)
    assert head.body == b"" and head.header("content-length") == str(len(shown.body))
    after = jawort.contact("anna@example.org")
    assert [event["type"] for event in after["history"]][-1] == "link_opened"
    assert after["consents"][0]["opened_at"]


def test_reading_a_revocation_page_revokes_nothing(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, "anna@example.org")
    jawort.wait_for_mail(state="sent")
    before = jawort.contact("anna@example.org")
    link = jawort.revocation_path("anna@example.org")
    for method in READS:
        assert Visitor(jawort.port).request(method, link).status in (200, 204)
    assert jawort.contact("anna@example.org") == before


@pytest.mark.parametrize("body, status", [
    (b"", 422), (b"decision=yes", 422), (b"decision=confirm&decision=deny", 422),
    (b"decision=CONFIRM", 422), (b"decision=confirm&choose=1", 422),
    (b"decision=confirm&choose=1&purpose=phone", 422), (b"List-Unsubscribe=One-Click", 422),
])
def test_only_a_clear_decision_counts(body, status, resident, address):
    sign_up(resident, address)
    answer = Visitor(resident.port).request(
        "POST", mail_to(resident, address).confirm_path, body,
        {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == status
    assert resident.consent(address)["status"] == "pending"


def test_the_page_can_only_reduce(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org", consents=["newsletter"])
    path = wait_for_mails(relay, 1)[0].confirm_path
    chosen = [("decision", "confirm"), ("choose", "1"), ("purpose", "newsletter"),
              ("purpose", "events")]
    assert Visitor(jawort.port).post(path, chosen).status == 200
    purposes = {c["purpose"]: c["status"] for c in jawort.contact("anna@example.org")["consents"]}
    assert purposes == {"newsletter": "confirmed"}, "what was not asked is not given"


def test_one_of_two(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    visitor = Visitor(jawort.port)
    sign_up(jawort, "anna@example.org", consents=["newsletter", "events"])
    path = wait_for_mails(relay, 1)[0].confirm_path
    fields = [pair for pair in visitor.get(path).forms[0].filled() if pair[1] != "newsletter"]
    assert ("choose", "1") in fields and ("purpose", "events") in fields
    assert visitor.post(path, fields).status == 200
    purposes = {c["purpose"]: c["status"] for c in jawort.contact("anna@example.org")["consents"]}
    assert purposes == {"events": "confirmed"}, "the other one's sign-up has ended"
