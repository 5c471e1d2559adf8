"""One address, several forms and several mails."""

import re

import pytest

from signing_up import OPEN, confirmed, mails_at, sign_up, wait_for_mails
from visitor import Visitor

STRICT = """
[[form]]
id        = "strict"
title     = { de = "Streng", en = "Strict" }
languages = ["de"]
purposes  = [{ id = "newsletter" }]
campaign  = "opt-in"
[form.protect]
per_address = "2 per P1D"
"""


@pytest.fixture
def jawort(new_jawort, relay):
    return new_jawort({"smtp.url": relay.url}, [OPEN]).start()


def statuses(jawort, address):
    return {c["purpose"]: c["status"] for c in jawort.contact(address)["consents"]}


def test_a_newer_mail_takes_over_only_what_it_asks_for(jawort, relay):
    visitor = Visitor(jawort.port)
    sign_up(jawort, "anna@example.org", consents=["newsletter", "events"])
    older = wait_for_mails(relay, 1)[0].confirm_path
    sign_up(jawort, "anna@example.org", consents=["newsletter"])
    newer = wait_for_mails(relay, 2)[1].confirm_path
    page = visitor.get(older)
    assert page.status == 200 and "zu Veranstaltungen" in page.text
    assert "ihren Rundbrief" not in page.text, "that is asked by the newer mail"
    assert visitor.press(older).status == 200
    assert statuses(jawort, "anna@example.org") == {"newsletter": "pending", "events": "confirmed"}
    assert visitor.press(newer).status == 200
    assert set(statuses(jawort, "anna@example.org").values()) == {"confirmed"}


def test_denying_one_leaves_the_other(jawort, relay):
    visitor = Visitor(jawort.port)
    confirmed(jawort, relay, "anna@example.org", consents=["events"])
    sign_up(jawort, "anna@example.org", consents=["newsletter", "events"])
    mail = wait_for_mails(relay, 2)[1]
    assert "zu Veranstaltungen" not in mail.part("plain"), "that is confirmed already"
    assert visitor.press(mail.confirm_path, "deny").status == 200
    assert statuses(jawort, "anna@example.org") == {"events": "confirmed"}


def test_the_strictest_limit_holds(jawort, relay, tmp_path):
    strict = tmp_path / "strict.toml"
    strict.write_text(STRICT, encoding="utf-8")
    jawort.apply(str(strict))
    for _ in range(4):
        sign_up(jawort, "anna@example.org")
    assert len(jawort.mails()) == 2, "2 per P1D, whichever form is posted"


def test_denial_is_for_the_form(jawort, relay):
    sign_up(jawort, "anna@example.org")
    assert Visitor(jawort.port).press(wait_for_mails(relay, 1)[0].confirm_path, "deny").status
    sign_up(jawort, "anna@example.org")
    assert not jawort.knows("anna@example.org"), "deaf for 30 days"
    sign_up(jawort, "anna@example.org", "click")
    assert jawort.consent("anna@example.org")["status"] == "pending"
    assert mails_at(relay)[0].recipient == "anna@example.org"


def test_a_confirmed_person_who_signs_up_again_stays_confirmed(jawort, relay):
    confirmed(jawort, relay, "anna@example.org")
    before = jawort.consent("anna@example.org")
    sign_up(jawort, "anna@example.org")
    assert jawort.consent("anna@example.org") == before


def test_a_link_of_the_mail_program_is_for_that_mail(jawort, relay):
    """List-Unsubscribe of an older mail still ends what that mail asked for."""
    first = confirmed(jawort, relay, "anna@example.org", consents=["events"])
    link = re.search(r"/revoke/[\w-]+", first.header("List-Unsubscribe"))[0]
    assert Visitor(jawort.port).one_click(link).status == 200
    assert statuses(jawort, "anna@example.org") == {"events": "revoked"}
