"""What becomes of a mail by the relay's word, and what the queue shows of it."""

import re
import time

import pytest

from signing_up import OPEN, confirmed, mails_at, sign_up, wait_for_mails
from visitor import Visitor
from waiting import wait_until


def test_deferred_then_delivered(new_jawort, new_relay):
    relay = new_relay(rules=["RCPT 451 4.7.1 greylisted, come back"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    waiting = jawort.wait_for_mail(state="queued", attempts=1)
    assert waiting["kind"] == "confirmation" and waiting["to"] == "anna@example.org"
    assert "451" in waiting["last_reply"] and "greylisted" in waiting["last_reply"]
    assert re.fullmatch(r"\d{4}-.*Z", waiting["next_at"])
    assert jawort.consent("anna@example.org")["mailed_at"] is None
    assert jawort.mails("--state", "queued") == [waiting]

    assert jawort.ask("queue", "retry", waiting["id"]) == {"done": 1}
    wait_for_mails(relay, 1)
    sent = jawort.wait_for_mail(state="sent")
    assert (sent["attempts"], sent["next_at"]) == (2, None)
    assert jawort.mails("--state", "queued") == []
    assert jawort.mails("--state", "sent") == [sent]
    assert jawort.consent("anna@example.org")["mailed_at"]
    types = [event["type"] for event in jawort.contact("anna@example.org")["history"]]
    assert types == ["form_submitted", "mail_deferred", "mail_handed_over"]


def test_refused(new_jawort, new_relay):
    relay = new_relay(rules=["RCPT* 550 5.1.1 nobody of that name"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    failed = jawort.wait_for_mail(state="failed")
    assert failed["attempts"] == 1 and "550" in failed["last_reply"]
    assert failed["next_at"] is None
    refused = jawort.run("queue", "retry", failed["id"])
    assert refused.returncode == 1 and "failed" in refused.stderr
    assert mails_at(relay) == []
    contact = jawort.contact("anna@example.org")
    assert contact["suppression"]["reason"] == "hard_bounce"
    assert re.fullmatch(r"\d{4}-.*Z", contact["suppression"]["since"])


def test_an_unclear_refusal_is_not_held_against_the_address(new_jawort, new_relay):
    relay = new_relay(rules=["RCPT* 550 Requested action not taken: mailbox unavailable"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    jawort.wait_for_mail(state="failed")
    assert jawort.contact("anna@example.org")["suppression"] is None


def test_a_fault_of_our_own_is_not_held_against_the_address(new_jawort, new_relay):
    relay = new_relay(rules=["RCPT 550 5.7.1 relaying denied"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    waiting = jawort.wait_for_mail(state="queued", attempts=1)
    assert jawort.log.events("relay_refuses_us")[0]["level"] == "error"
    assert "jawort_relay_refuses_us 1" in Visitor(jawort.admin_port).get("/metrics").text
    jawort.ask("queue", "retry", waiting["id"])
    wait_for_mails(relay, 1)
    assert jawort.contact("anna@example.org")["suppression"] is None


def test_a_wrong_password_is_told_once_and_uses_up_no_try(new_jawort, new_relay):
    relay = new_relay(rules=["CONNECT* 554 5.7.1 you are blocked"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    for number in range(20):
        sign_up(jawort, f"p{number}@example.org")
    wait_until(lambda: any(m["last_reply"] for m in jawort.mails()), "the reply is there")
    wait_until(lambda: sum(event["event"] == "connect" for event in list(relay.events)) > 4,
               "it was tried some times")
    assert {mail["attempts"] for mail in jawort.mails()} == {0}
    assert len(jawort.log.events("relay_refuses_us")) == 1


def test_relay_down_at_first(new_jawort, new_relay, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    wait_until(lambda: jawort.log.events("relay_down"), "the relay is found to be down")
    assert "jawort_relay_down 1" in Visitor(jawort.admin_port).get("/metrics").text
    jawort.stop()
    waiting = jawort.wait_for_mail(state="queued", attempts=0)
    assert waiting["last_reply"], "the operator can see why"

    relay = new_relay()
    jawort.configure({"smtp.url": relay.url})
    jawort.start()
    mail = wait_for_mails(relay, 1)[0]
    assert jawort.wait_for_mail(state="sent")["attempts"] == 1
    assert Visitor(jawort.port).press(mail.confirm_path).status in (200, 303)
    assert jawort.consent("anna@example.org")["status"] == "confirmed"


def test_a_relay_that_comes_back_gets_the_mails_by_itself(new_jawort, new_relay):
    relay = new_relay(rules=["CONNECT*5 421 4.3.2 not now"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    wait_for_mails(relay, 1)
    assert jawort.wait_for_mail(state="sent")["attempts"] == 1
    wait_until(lambda: jawort.log.events("relay_fine"), "that is told too")


def test_a_mail_sent_again_is_the_same_mail(new_jawort, new_relay):
    """The relay has the mail but its answer is lost: it comes again once, byte for byte."""
    relay = new_relay(rules=["DOT drop", "DOT drop"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    waiting = jawort.wait_for_mail(state="queued", attempts=1)
    assert waiting["uncertain"] == 1
    assert jawort.mails("--uncertain") == [waiting]
    jawort.ask("queue", "retry", waiting["id"])
    held = jawort.wait_for_mail(state="held", attempts=2)
    assert held["uncertain"] == 2 and "may have arrived" in held["last_reply"]
    jawort.stop()
    jawort.start()  # across a restart as well
    assert jawort.ask("queue", "release", held["id"]) == {"done": 1}
    sent = jawort.wait_for_mail(state="sent", attempts=3)
    assert jawort.mails() == [sent] and jawort.mails("--uncertain") == [sent]
    first, second, third = (message.data for message in relay.messages())
    assert first == second == third
    types = [e["type"] for e in jawort.contact("anna@example.org")["history"]]
    assert types.count("mail_uncertain") == 2


def test_killed_while_the_relay_owes_its_word(new_jawort, new_relay):
    relay = new_relay(rules=["DOT delay 5 250 2.0.0 too late"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    wait_for_mails(relay, 1)
    jawort.kill()
    jawort.start()
    wait_for_mails(relay, 2)
    sent = jawort.wait_for_mail(state="sent")
    assert (sent["attempts"], sent["uncertain"]) == (2, 1)
    assert sent["handed_over_at"]
    event, = [e for e in jawort.contact("anna@example.org")["history"]
              if e["type"] == "mail_uncertain"]
    assert event["facts"]["reason"] == "restart"
    assert "jawort_mails_uncertain_total 1" in Visitor(jawort.admin_port).get("/metrics").text


def test_killed_before_the_last_bytes(new_jawort, new_relay):
    relay = new_relay(rules=["DATA delay 5 354 go ahead"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    jawort.wait_for_mail(state="attempting")
    jawort.kill()
    jawort.start()
    wait_for_mails(relay, 1)
    sent = jawort.wait_for_mail(state="sent")
    assert (sent["attempts"], sent["uncertain"]) == (1, 0)
    assert len(relay.messages()) == 1 and jawort.mails("--uncertain") == []


def test_a_rate_is_kept(new_jawort, new_relay):
    relay = new_relay()
    jawort = new_jawort({"smtp.url": relay.url, "smtp.rate": "20 per PT2S"}, [OPEN]).start()
    begin = time.monotonic()
    for number in range(30):
        sign_up(jawort, f"p{number}@example.org")
    wait_for_mails(relay, 30)
    assert time.monotonic() - begin >= 2.7, "29 pauses of a tenth of a second"


# What fails before the recipient is named is no try of this mail; it goes when the relay is back.
@pytest.mark.parametrize("trouble", [
    "CONNECT 421 4.3.2 not now", "CONNECT drop", "EHLO drop", "MAIL 451 4.3.0 not now",
    "MAIL drop", "CONNECT 554 5.7.1 you are blocked",
])
def test_trouble_of_the_relay_that_passes(trouble, new_jawort, new_relay):
    relay = new_relay(rules=[trouble])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    sent = jawort.wait_for_mail(state="sent")
    assert sent["attempts"] == 1 and len(relay.messages()) == 1


@pytest.mark.parametrize("trouble", [
    "RCPT 421 4.3.2 closing", "RCPT drop", "DATA 451 4.3.0 not now", "DATA drop-now",
    "DOT 451 4.3.0 not now", "DOT 452 4.3.1 full",
])
def test_trouble_that_passes(trouble, new_jawort, new_relay):
    relay = new_relay(rules=[trouble])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    waiting = jawort.wait_for_mail(state="queued", attempts=1)
    assert waiting["last_reply"], "the operator can see why"
    jawort.ask("queue", "retry", waiting["id"])
    jawort.wait_for_mail(state="sent", attempts=2)
    taken = [message for message in relay.messages() if message.reply == 250]
    assert len(taken) == 1 and all(m.data == taken[0].data for m in relay.messages())


def test_a_dropped_mail_never_goes(new_jawort, new_relay, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    waiting = jawort.wait_for_mail(attempts=0)
    asked = jawort.run("queue", "drop", waiting["id"])
    assert asked.returncode == 1 and "--yes" in asked.stderr
    assert jawort.ask("queue", "drop", waiting["id"], "--yes") == {"done": 1}
    assert jawort.wait_for_mail(state="dropped")["attempts"] == 0
    assert jawort.mails("--limit", "5") == [], "what is over is shown with --all only"
    again = jawort.run("queue", "retry", waiting["id"])
    assert again.returncode == 1


def test_revocation_while_the_mail_waits_stops_it(new_jawort, new_relay):
    """The last question is asked with the whole mail already on its way."""
    relay = new_relay(rules=["DATA delay 1.5 354 go ahead"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    link = jawort.revocation_path("anna@example.org")
    wait_until(lambda: any(event["event"] == "line" and event["line"].startswith("DATA")
                           for event in list(relay.events)), "the relay was told DATA")
    assert Visitor(jawort.port).one_click(link).status == 200
    assert not jawort.knows("anna@example.org"), "what was pending is gone"
    jawort.wait_for_mail(state="dropped")
    assert mails_at(relay) == []


def test_a_press_before_the_relays_word(new_jawort, new_relay):
    relay = new_relay(rules=["DOT delay 1.5 250 2.0.0 at last"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    path = wait_for_mails(relay, 1)[0].confirm_path
    assert Visitor(jawort.port).press(path).status == 200
    jawort.wait_for_mail(state="sent", attempts=1)
    consent = jawort.consent("anna@example.org")
    assert consent["status"] == "confirmed" and consent["mailed_at"] > consent["confirmed_at"]


def test_who_has_confirmed_is_not_asked_again(new_jawort, new_relay):
    """The relay's word is lost, but the person has pressed: the mail need not go again."""
    relay = new_relay(rules=["DOT delay 1.5 drop"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    path = wait_for_mails(relay, 1)[0].confirm_path
    assert Visitor(jawort.port).press(path).status == 200
    waiting = wait_until(lambda: jawort.mails("--state", "queued"), "the word is lost")
    jawort.ask("queue", "retry", waiting[0]["id"])
    jawort.wait_for_mail(state="dropped")
    assert len(relay.messages()) == 1
    assert jawort.consent("anna@example.org")["status"] == "confirmed"


def test_others_do_not_wait_for_a_slow_relay(new_jawort, new_relay):
    relay = new_relay(rules=["DOT(slow@example.org) delay 3 250 2.0.0 at last"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "slow@example.org")
    wait_for_mails(relay, 1)
    mail = confirmed(jawort, relay, "quick@example.org")
    assert mail.recipient == "quick@example.org"
    states = {mail["to"]: mail["state"] for mail in jawort.mails()}
    assert states["slow@example.org"] == "handing_over", "its answer has not come yet"
