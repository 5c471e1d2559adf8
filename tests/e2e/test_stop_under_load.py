"""SIGTERM while posts come in: what was answered is there, nothing is cut, and it ends well."""

import pytest

from load import Load
from mails import Mail
from signing_up import OPEN, sign_up
from visitor import Visitor
from waiting import wait_until


def addresses(jawort):
    return {contact["email"] for contact in jawort.contact_list()}


def stop_under_load(jawort, posts):
    jawort.start()
    load = Load(jawort.port, prefix=f"stop-{posts}")
    wait_until(lambda: load.count() >= posts, f"{posts} posts are answered")
    jawort.signal_stop()
    load.end()
    jawort.wait_for_end()
    assert load.unexpected == [] and load.cut == []
    missing = set(load.answered) - addresses(jawort)
    assert not missing, f"{len(missing)} of {len(load.answered)} answered posts are lost"
    return load


def test_stop_under_load(new_jawort, smtp_sink):
    jawort = new_jawort({"smtp.url": smtp_sink.url}, [OPEN])
    load = stop_under_load(jawort, 300)
    uncertain = jawort.mails("--state", "handing_over") + jawort.mails("--state", "attempting")
    assert uncertain == [], "the relay answers at once, so no mail is left in doubt"

    jawort.start()
    wait_until(lambda: not jawort.mails("--limit", "1"), "the outbox is drained")
    sent = [mail.recipient for mail in smtp_sink.mails()]
    assert len(sent) == len(set(sent)), "each mail once: nothing was in doubt"
    assert set(load.answered) <= set(sent)


def test_not_ready_while_stopping(new_jawort, new_relay):
    """The relay owes an answer; until it comes nobody is let in, and the mail is not in doubt."""
    relay = new_relay(rules=["DOT delay 2 250 2.0.0 at last"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    relay.wait_for(1, 40)
    jawort.signal_stop()
    admin = Visitor(jawort.admin_port)
    wait_until(lambda: admin.get("/readyz").status == 503, "it says that it is not ready")
    assert admin.get("/healthz").status == 200
    with pytest.raises(ConnectionError):
        wait_until(lambda: Visitor(jawort.port).get("/forms/open") and None, "it lets nobody in")
    jawort.wait_for_end()
    mail = jawort.wait_for_mail(state="sent")
    assert mail["attempts"] == 1 and "at last" in mail["last_reply"]
    assert Mail(relay.messages()[0].data).confirm_path


def test_a_relay_that_never_answers(new_jawort, new_relay):
    """After stop_within the server goes; the mail stays in doubt, and is sent again."""
    relay = new_relay(rules=["DOT deaf"])
    jawort = new_jawort({"smtp.url": relay.url, "server.stop_within": "PT1S"}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    relay.wait_for(1, 40)
    jawort.signal_stop()
    jawort.wait_for_end()
    assert jawort.log.events("stopped_with_uncertain_mails")
    jawort.start()
    assert jawort.log.events("mails_uncertain")[0]["count"] == 1
    messages = relay.wait_for(2, 40)
    assert messages[0].data == messages[1].data
    jawort.wait_for_mail(state="sent")


@pytest.mark.long
def test_many_stops_under_load(new_jawort, smtp_sink):
    jawort = new_jawort({"smtp.url": smtp_sink.url}, [OPEN])
    for number in range(200):
        stop_under_load(jawort, 20 + 7 * number % 100)


def test_a_relay_that_owes_its_word_does_not_hold_the_stop(new_jawort, new_relay):
    relay = new_relay(rules=["DOT delay 20 250 2.0.0 at last"])
    jawort = new_jawort({"smtp.url": relay.url, "server.stop_within": "PT1S"}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    jawort.wait_for_mail(state="handing_over")
    jawort.signal_stop()
    jawort.wait_for_end()
    assert [mail["state"] for mail in jawort.mails()] == ["handing_over"], "listed as in doubt"
