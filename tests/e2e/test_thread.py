"""The whole thread: form, mail, link, press, record, one-click revocation."""

import re

import pytest

from visitor import Visitor
from waiting import wait_until

ANNA = "Anna.Mueller@Example.org"
FIELDS = {"email": ANNA, "first_name": "Änne", "branch": "Tübingen", "lang": "de",
          "page": "https://sommer.example/start?campaign=9#top"}
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

POSTS = {
    "urlencoded": lambda visitor: visitor.post(
        "/forms/newsletter", {**FIELDS, "consent": ["newsletter"]}),
    "multipart": lambda visitor: visitor.post_multipart(
        "/forms/newsletter", {**FIELDS, "consent": ["newsletter"]}),
    "json": lambda visitor: visitor.post_json(
        "/forms/newsletter", {**FIELDS, "consent": ["newsletter"]}),
}


def check_answer(answer, encoding):
    if encoding == "json":
        assert (answer.status, answer.json) == (202, {"status": "pending"})
        assert answer.header("content-type") == "application/json"
    else:
        assert (answer.status, answer.body) == (303, b"")
        assert answer.header("location") == "https://sommer.example/danke"


def check_stamps(consent, *set_ones):
    for name in ("opt_in_at", "mailed_at", "opened_at", "confirmed_at", "revoked_at"):
        if name in set_ones:
            assert STAMP.fullmatch(consent[name]), name
        else:
            assert consent[name] is None, name
    times = [consent[name] for name in set_ones]
    assert times == sorted(times), "the stamps are in the order of the steps"


def check_pending(jawort, mail):
    assert mail.recipient == ANNA, "it goes to the address as typed"
    contact = jawort.contact(ANNA.lower())
    assert (contact["email"], contact["language"]) == (ANNA, "de")
    assert contact["source"] == "form:newsletter"
    assert contact["fields"] == {}, "posted values wait for the confirmation"
    consent = jawort.consent(ANNA)
    assert (consent["status"], consent["grade"]) == ("pending", "observed")
    assert consent["form_version"].startswith("sha256:")
    assert consent["wording"].startswith("Ja, ich möchte den Newsletter der Bäckerei Sommer")
    return consent


def check_confirmed(jawort, pending):
    contact = jawort.contact(ANNA)
    values = {name: field["value"] for name, field in contact["fields"].items()}
    assert values == {"first_name": "Änne", "branch": "Tübingen"}
    assert contact["fields"]["first_name"]["source"] == "form:newsletter"
    consent = jawort.consent(ANNA)
    assert consent["status"] == "confirmed"
    check_stamps(consent, "opt_in_at", "mailed_at", "opened_at", "confirmed_at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", consent["confirmed_date"])
    for name in ("opt_in_at", "opt_in_date", "form_version", "wording", "language"):
        assert consent[name] == pending[name]
    return consent


@pytest.mark.parametrize("encoding", POSTS)
def test_thread(encoding, new_jawort, smtp_sink):
    jawort = new_jawort({"smtp.url": smtp_sink.url}).start()
    visitor = Visitor(jawort.port)

    check_answer(POSTS[encoding](visitor), encoding)
    mail = smtp_sink.wait_for(1)[0]
    jawort.wait_for_mail(state="sent")
    pending = check_pending(jawort, mail)
    check_stamps(pending, "opt_in_at", "mailed_at")

    page = visitor.get(mail.confirm_path)
    assert page.status == 200
    assert pending["wording"] in page.text
    assert ANNA not in page.text, "the page masks the address"
    confirm, deny = page.forms
    assert confirm.filled() == [("decision", "confirm")]
    assert deny.filled() == [("decision", "deny")]

    pressed = visitor.post(confirm.action, confirm.filled())
    assert pressed.status == 303
    assert pressed.header("location") == "https://sommer.example/willkommen"
    confirmed = check_confirmed(jawort, pending)
    assert any(one.header("Subject").startswith("Ihre Anmeldung ist bestätigt")
               for one in smtp_sink.wait_for(2))
    wait_until(lambda: [one["state"] for one in jawort.mails()] == ["sent", "sent"],
               "the welcome is out")

    assert visitor.press(mail.confirm_path).comparable == pressed.comparable
    assert jawort.consent(ANNA) == confirmed, "a second press changes nothing"

    link = jawort.revocation_path(ANNA)
    left = visitor.one_click(link)
    assert left.status == 200 and not left.header("set-cookie")
    revoked = jawort.consent(ANNA)
    assert (revoked["status"], revoked["revoked_by"]) == ("revoked", "one_click")
    assert revoked["confirmed_at"] == confirmed["confirmed_at"], "a stamp, once set, never changes"
    check_stamps(revoked, "opt_in_at", "mailed_at", "opened_at", "confirmed_at", "revoked_at")
    assert visitor.one_click(link).status == 200
    assert jawort.consent(ANNA) == revoked

    types = [event["type"] for event in jawort.contact(ANNA)["history"]]
    assert types == ["form_submitted", "mail_handed_over", "link_opened", "consent_confirmed",
                     "step_queued", "mail_handed_over", "consent_revoked"]


def test_running_and_stopped_say_the_same(new_jawort, smtp_sink):
    """A verb asks the server that runs, and opens the database itself when none does."""
    jawort = new_jawort({"smtp.url": smtp_sink.url,
                         "server.public_url": "https://optin.sommer.example"}).start()
    visitor = Visitor(jawort.port)
    POSTS["urlencoded"](visitor)
    visitor.press(smtp_sink.wait_for(1)[0].confirm_path)
    visitor.post("/forms/contact", {"email": "ben@example.org", "first_name": "Ben"})
    wait_until(lambda: [one["state"] for one in jawort.mails()] == ["sent", "sent"],
               "confirmation and welcome are out")
    questions = [("contact", "show", ANNA), ("contact", "show", "ben@example.org"),
                 ("contact", "list"), ("queue", "list", "--all"),
                 ("link", "revoke", ANNA, "--purpose", "newsletter")]
    questions += [(*question, "--json") for question in questions]

    running = [jawort.done(*question) for question in questions]
    jawort.stop()
    assert [jawort.done(*question) for question in questions] == running
