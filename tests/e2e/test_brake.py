"""[limits] confirmation_mails: the brake for the whole installation, and its alarm."""

from jawort import definitions
from signing_up import sign_up, wait_for_mails
from visitor import Visitor
from waiting import wait_until


def test_mails_beyond_the_limit_wait_and_the_operator_is_told(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url, "limits.confirmation_mails": "3 per P1D"},
                        [definitions("open.toml")]).start()
    metrics = Visitor(jawort.admin_port)
    assert "jawort_brake_engaged 0" in metrics.get("/metrics").text
    for number in range(5):
        sign_up(jawort, f"reader-{number}@example.org")
    wait_for_mails(relay, 3)
    assert "jawort_brake_engaged 1" in metrics.get("/metrics").text
    assert len(wait_until(lambda: jawort.log.events("mail_brake_on"), "the alarm")) == 1
    waiting = wait_until(lambda: [mail for mail in jawort.mails()
                                  if mail["state"] == "queued"], "two wait")
    assert [mail["to"] for mail in waiting] == ["reader-3@example.org", "reader-4@example.org"]
    assert [jawort.consent(mail["to"])["status"] for mail in waiting] == ["pending"] * 2
    assert any(check["name"] == "mail_brake" and check["status"] == "warning"
               for check in jawort.checks())

    jawort.done("queue", "retry", "--all")
    assert len(wait_for_mails(relay, 5)) == 5
    assert len(relay.messages()) == 5
