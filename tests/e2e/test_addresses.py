"""Addresses as people type them, all the way to the envelope."""

import pytest

from signing_up import OPEN, sign_up, wait_for_mails
from visitor import Visitor

GOOD = [  # typed, in the envelope
    ("Anna.Blum@Example.ORG", "Anna.Blum@Example.ORG"),
    ("anna@bücher.example", "anna@xn--bcher-kva.example"),
    ("o'neill+news/2026=x@example.org", "o'neill+news/2026=x@example.org"),
    ("!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org"),
    ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
    ("-dash@example.org", "-dash@example.org"),
]
BAD = ["", " ", "anna", "anna@", "@example.org", "anna@example", "anna@@example.org",
       "anna@example..org", ".anna@example.org", "anna.@example.org", "an..na@example.org",
       "anna blum@example.org", "anna@exa mple.org", '"anna"@example.org', "anna@[127.0.0.1]",
       "anna@-example.org", "anna@example.org, ben@example.org", "anna@example.org>",
       "<anna@example.org>", "Anna <anna@example.org>", "a" * 65 + "@example.org",
       "a@" + "b" * 64 + ".example", "a@" + ".".join(["b" * 60] * 5), "anna@example.org\x00",
       "anna@example.org\r\nRCPT TO:<ben@example.org>", "anna@example.org\u2028", "anna%40example",
       "аnna@example.org", "anna@exam\u200bple.org\n.\n"]


def test_good(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    for number, (typed, envelope) in enumerate(GOOD):
        sign_up(jawort, typed)
        wait_for_mails(relay, number + 1)
        message = relay.messages()[number]
        assert message.recipients == [envelope]
        assert message.sender == "brot@sommer.example"
        contact = jawort.contact_list()[number]
        assert contact["email"] == typed and contact["consents"][0]["status"] == "pending"
        assert jawort.knows(typed) or typed.startswith("-")
    assert jawort.done("contact", "show", "--", "-dash@example.org"), "as commands take it"
    for mail in wait_for_mails(relay, len(GOOD)):
        assert [to.addr_spec for to in mail.message["To"].addresses] == [mail.recipient]
        assert Visitor(jawort.port).press(mail.confirm_path).status == 200


@pytest.mark.parametrize("post", ["post", "post_json", "post_multipart"])
def test_bad(post, new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    visitor = Visitor(jawort.port, Accept="application/json")
    for typed in BAD:
        fields = {"email": typed, "consent": ["newsletter"]}
        answer = getattr(visitor, post)("/forms/open", fields)
        assert answer.status == 422 or (answer.status == 400 and "\x00" in typed), repr(typed)
    assert jawort.contact_list() == [] and jawort.mails() == []


def test_spaces_around_are_nobodys_address(new_jawort, relay):
    """What a phone's keyboard adds is not meant; two spellings are one person."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    answer = Visitor(jawort.port).post_json(
        "/forms/open", {"email": " ANNA@EXAMPLE.ORG ", "consent": ["newsletter"]})
    assert answer.status in (202, 422)
    assert len(jawort.contact_list()) == 1
