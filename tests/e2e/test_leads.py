"""A lead without consent: kept, never mailed, and it overwrites nothing."""

from signing_up import OPEN, confirmed, sign_up
from visitor import Visitor


def first_name(jawort, address):
    return jawort.contact(address)["fields"].get("first_name", {}).get("value")


def test_a_lead(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    assert sign_up(jawort, "lea@example.org", consents=(), first_name="Lea").json == {
        "status": "accepted"}
    contact = jawort.contact("lea@example.org")
    assert contact["consents"] == [] and first_name(jawort, "lea@example.org") == "Lea"
    assert jawort.mails() == []
    sign_up(jawort, "lea@example.org", consents=(), first_name="Mallory")
    assert first_name(jawort, "lea@example.org") == "Lea", "only empty fields are filled"


def test_a_confirmation_goes_before_a_lead(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "lea@example.org", consents=(), first_name="Nobody")
    sign_up(jawort, "lea@example.org", first_name="Lea")
    assert first_name(jawort, "lea@example.org") == "Nobody", "posted values wait"
    relay.wait_for(1, 40)
    confirmed(jawort, relay, "other@example.org")
    sign_up(jawort, "other@example.org", consents=(), first_name="Filled in")
    assert first_name(jawort, "other@example.org") == "Filled in"


def test_denial_leaves_the_rest_of_a_contact(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "lea@example.org", consents=(), first_name="Lea")
    sign_up(jawort, "lea@example.org", first_name="Mallory")
    assert Visitor(jawort.port).one_click(
        jawort.revocation_path("lea@example.org")).status == 200
    contact = jawort.contact("lea@example.org")
    assert contact["consents"] == [] and first_name(jawort, "lea@example.org") == "Lea"
    assert "Mallory" not in str(contact)
