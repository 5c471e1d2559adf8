"""The answer to a post does not tell what is known of the address."""

import pytest

from jawort import SOMMER
from signing_up import wait_for_mails
from visitor import Visitor

FORM = "/forms/newsletter"


class Neighbours:
    """Each post from another client, so that no client is over its limit."""

    def __init__(self, port):
        self.visitor, self.count = Visitor(port), 0

    def post(self, address, kind="json", **fields):
        self.count += 1
        post = self.visitor.post_json if kind == "json" else self.visitor.post
        return post(FORM, {"email": address, "consent": ["newsletter"], **fields},
                    X_Forwarded_For=f"192.0.2.{self.count}")


@pytest.fixture
def town(new_jawort, relay):
    """An address in each state there is; answers (jawort, neighbours)."""
    jawort = new_jawort({"smtp.url": relay.url, "server.trusted_proxies": ["127.0.0.1"]},
                        [SOMMER]).start()
    neighbours = Neighbours(jawort.port)
    visitor = neighbours.visitor
    names = ["pending", "confirmed", "revoked", "denied"]
    for name in names:
        assert neighbours.post(f"{name}@example.org").status == 202
    mails = {mail.recipient.split("@")[0]: mail for mail in wait_for_mails(relay, len(names))}
    for name in ("confirmed", "revoked"):
        assert visitor.press(mails[name].confirm_path).status == 303
    visitor.one_click(jawort.revocation_path("revoked@example.org"))
    assert visitor.press(mails["denied"].confirm_path, "deny").status == 200
    states = {name: jawort.consent(f"{name}@example.org")["status"] for name in names[:3]}
    assert states == {name: name for name in names[:3]}
    assert not jawort.knows("denied@example.org")
    return jawort, neighbours


def posts_of(neighbours, kind):
    answers = {name: neighbours.post(f"{name}@example.org", kind)
               for name in ("new-" + kind, "pending", "confirmed", "revoked", "denied")}
    answers["confirmed, as before"] = neighbours.post("confirmed@example.org", kind)
    answers["over its limit"] = neighbours.post("pending@example.org", kind)
    answers["denied, machine"] = neighbours.post("denied@example.org", kind, company_fax="1")
    answers["honeypot"] = neighbours.post(f"bot-{kind}@example.org", kind, company_fax="1")
    answers["spelled otherwise"] = neighbours.post("CONFIRMED@Example.ORG", kind)
    return answers


@pytest.mark.parametrize("kind, status", [("json", 202), ("form", 303)])
def test_answers_alike(kind, status, town):
    jawort, neighbours = town
    before = {name: jawort.consent(f"{name}@example.org") for name in ("confirmed", "pending")}
    answers = posts_of(neighbours, kind)
    expected = answers["new-" + kind].comparable
    assert expected[0] == status
    for name, answer in answers.items():
        assert answer.comparable == expected, name

    assert jawort.consent(f"new-{kind}@example.org")["status"] == "pending"
    assert not jawort.knows("denied@example.org"), "nothing for 30 days"
    assert not jawort.knows(f"bot-{kind}@example.org"), "nothing for a machine"
    assert {name: jawort.consent(f"{name}@example.org") for name in before} == before
    assert jawort.consent("revoked@example.org")["status"] == "pending", "one may come back"


def test_one_mail_for_many_posts(town, relay):
    """1 per P1D: more posts send no mail, and the older link stays alive."""
    jawort, neighbours = town
    before = len(relay.messages())
    for _ in range(10):
        neighbours.post("pending@example.org")
    neighbours.post("last@example.org")
    mails = wait_for_mails(relay, before + 1)
    assert [mail.recipient for mail in mails[before:]] == ["last@example.org"]
    older = next(mail for mail in mails if mail.recipient == "pending@example.org")
    assert neighbours.visitor.press(older.confirm_path).status == 303
    assert jawort.consent("pending@example.org")["status"] == "confirmed"


def test_a_stranger_cannot_overwrite_a_contact(town):
    jawort, neighbours = town
    before = jawort.contact("confirmed@example.org")["fields"]
    neighbours.post("confirmed@example.org", first_name="Mallory")
    assert jawort.contact("confirmed@example.org")["fields"] == before
