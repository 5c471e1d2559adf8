"""The mailbox that Jawort reads, in a real Dovecot: by IMAP and by POP3, over TLS."""

import json
import os
import uuid

import pytest

import dovecot
from incoming import DOMAIN, history, sample
from mails import Mail
from scripted_server import Certificates
from signing_up import OPEN, sign_up
from test_ledger import rows
from visitor import Visitor
from waiting import wait_until

ADDRESS = "anna@example.org"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    reason = dovecot.available()
    if reason:
        pytest.skip(reason)
    certificates = Certificates(tmp_path_factory.mktemp("certificates"))
    made = dovecot.Dovecot(*certificates.files("good"))
    made.ca_file = certificates.ca_file
    yield made
    print(made.log)
    made.stop()


@pytest.fixture(params=["imaps", "pop3s"])
def reading(request, server, new_jawort, relay):
    """(installation that reads a mailbox, the mailbox's user, Anna's confirmed mail)."""
    user = "box-" + uuid.uuid4().hex
    port = getattr(server, request.param)
    jawort = new_jawort({
        "smtp.url": relay.url, "mail.bounce_domain": DOMAIN,
        "bounces.url": f"{request.param}://localhost:{port}", "bounces.username": user,
        "bounces.password": dovecot.PASSWORD, "bounces.ca_file": server.ca_file,
        "bounces.every": "PT1S"}, [OPEN])
    os.chmod(jawort.config, 0o600)
    jawort.imap = request.param == "imaps"
    jawort.start()
    sign_up(jawort, ADDRESS)
    relay.wait_for(1)
    message = relay.messages()[0]
    jawort.wait_for_mail(state="sent")
    return jawort, user, message


def confirm(jawort, message):
    assert Visitor(jawort.port).press(Mail(message.data).confirm_path).status in (200, 303)


def address_to_leave(message):
    text = message.data.decode().replace("\r\n ", " ")
    return text.split("<mailto:")[1].split("?")[0]


def mail_to(address, subject, text, *more):
    head = ["From: Anna <anna@example.org>", f"To: {address}", f"Subject: {subject}", *more]
    return ("\n".join(head) + "\n\n" + text).encode()


def test_a_bounce_is_read_and_deleted_all_else_stays(server, reading):
    jawort, user, message = reading
    server.deliver(user, mail_to("info@sommer.example", "Question", "Open on Sunday?\n"), "other")
    server.deliver(user, sample("hard.postfix_user_unknown", message.sender), "bounce")
    wait_until(lambda: "message_bounced" in history(jawort, ADDRESS), "the bounce is recorded")
    wait_until(lambda: "bounce" not in server.names(user), "and deleted")
    assert "other" in server.names(user)
    # What stays is looked at once: a second one comes and goes past it.
    server.deliver(user, sample("auto_reply.rfc3834", message.sender), "vacation")
    wait_until(lambda: "vacation" not in server.names(user), "the next look")
    assert "other" in server.names(user)
    if jawort.imap:
        assert server.is_unread(user, "other")
    assert len([e for e in jawort.log.events("mail_came_in") if e["outcome"] == "foreign"]) == 1
    assert not jawort.log.events("mailbox_not_read")


def test_leaving_by_mail(server, reading):
    jawort, user, message = reading
    confirm(jawort, message)
    server.deliver(user, mail_to(address_to_leave(message), "unsubscribe", ""), "leave")
    wait_until(lambda: jawort.consent(ADDRESS)["status"] == "revoked", "she has left")
    assert jawort.consent(ADDRESS)["revoked_by"] == "mail"
    wait_until(lambda: server.names(user) == [], "the mail is deleted")
    jawort.done("ledger", "verify")


def test_what_is_unclear_waits_for_a_human(server, reading):
    jawort, user, message = reading
    confirm(jawort, message)
    message_id = message.data.decode().split("Message-ID: ")[1].split("\r\n")[0]
    confirm_link = Mail(message.data).confirm_path.split("/")[2]
    server.deliver(user, mail_to(address_to_leave(message), "Hm", "What did I sign up for?\n"), "a")
    server.deliver(user, mail_to(
        "brot@sommer.example", "Re: mail", f"Take me off, says he.\nhttps://x/{confirm_link}\n",
        f"In-Reply-To: {message_id}"), "b")
    listed = wait_until(lambda: (found := jawort.ask("inbox", "list")["mails"])[1:] and found,
                        "both are on the list")
    assert {(one["email"], one["by_token"]) for one in listed} == {(ADDRESS, True),
                                                                   (ADDRESS, False)}
    assert all(one["purposes"] == ["newsletter"] for one in listed)
    wait_until(lambda: server.names(user) == ["b"], "what may be for others stays")
    assert jawort.consent(ADDRESS)["status"] == "confirmed"
    answered = next(one for one in listed if not one["by_token"])
    shown = jawort.ask("inbox", "show", answered["id"])
    assert "Take me off" in shown["text"] and confirm_link not in json.dumps(shown)
    assert "[link]" in shown["text"]

    asked = next(one for one in listed if one["by_token"])
    jawort.done("inbox", "dismiss", asked["id"])
    assert jawort.run("inbox", "show", asked["id"]).returncode == 1
    assert jawort.ask("inbox", "revoke", answered["id"]) == {"revoked": 1, "denied": 0}
    assert jawort.consent(ADDRESS)["revoked_by"] == "mail"
    assert jawort.done("inbox", "list") == "no mail waits to be read\n"
    assert rows(jawort, "SELECT text FROM inbox") == [("",), ("",)]
    jawort.done("ledger", "verify")


def test_check_tries_the_login(server, reading):
    jawort, _, _ = reading
    found = {one["name"]: one for one in jawort.checks()}["bounces"]
    assert found["status"] == "ok" and "logged in, 0 messages" in found["detail"]
    jawort.configure({"bounces.password": "wrong"})
    found = {one["name"]: one for one in jawort.checks()}["bounces"]
    assert found["status"] == "error" and "password" in found["advice"]
