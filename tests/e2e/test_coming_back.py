"""Who has left may come back; until the new confirmation the old word stands."""

from signing_up import OPEN, confirmed, sign_up, wait_for_mails
from visitor import Visitor

STAMPS = ("opt_in_at", "confirmed_at", "confirmed_date", "revoked_at", "revoked_date", "revoked_by")


def left(jawort, relay, address):
    confirmed(jawort, relay, address)
    Visitor(jawort.port).one_click(jawort.revocation_path(address))
    consent = jawort.consent(address)
    assert consent["status"] == "revoked"
    return consent


def test_back_by_a_new_confirmation(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    before = left(jawort, relay, "anna@example.org")
    sign_up(jawort, "Anna@example.org")
    pending = jawort.consent("anna@example.org")
    assert pending["status"] == "pending" and pending["confirmed_at"] is None
    path = wait_for_mails(relay, 2)[1].confirm_path
    assert Visitor(jawort.port).press(path).status == 200
    after = jawort.consent("anna@example.org")
    assert after["status"] == "confirmed" and after["revoked_at"] is None
    assert after["confirmed_at"] > before["revoked_at"]
    history = jawort.contact("anna@example.org")["history"]
    assert [event["type"] for event in history].count("consent_confirmed") == 2
    assert [event["type"] for event in history].count("consent_revoked") == 1


def test_a_strangers_sign_up_does_not_bring_anybody_back(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    before = left(jawort, relay, "anna@example.org")
    sign_up(jawort, "anna@example.org", first_name="Mallory")
    path = wait_for_mails(relay, 2)[1].confirm_path
    assert Visitor(jawort.port).press(path, "deny").status == 200
    after = jawort.consent("anna@example.org")
    assert after["status"] == "revoked"
    assert {name: after[name] for name in STAMPS} == {name: before[name] for name in STAMPS}
    assert jawort.contact("anna@example.org")["fields"] == {}
    assert Visitor(jawort.port).press(path).status == 404

    sign_up(jawort, "anna@example.org")
    assert jawort.consent("anna@example.org") == after, "the form is deaf to the address now"
