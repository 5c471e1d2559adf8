"""SIGKILL while posts come in: every answered post is there, and every mail arrives."""

import pytest

from load import Load
from signing_up import OPEN, wait_for_mails
from visitor import Visitor
from waiting import PATIENCE, wait_until


def kill_under_load(jawort, posts, prefix):
    load = Load(jawort.port, prefix=prefix)
    wait_until(lambda: load.count() >= posts, f"{posts} posts are answered")
    jawort.kill()
    load.end()
    assert load.unexpected == []
    return load.answered


def check_all_there(jawort, answered):
    known = {contact["email"]: contact for contact in jawort.contact_list()}
    missing = set(answered) - set(known)
    assert not missing, f"{len(missing)} of {len(answered)} answered posts are lost"
    assert {known[address]["consents"][0]["status"] for address in answered} == {"pending"}


def check_mails(jawort, answered, messages, seconds=PATIENCE):
    """Everybody's mail came; who got two got the same bytes, and is listed as uncertain."""
    def drained():
        states = {mail["state"] for mail in jawort.mails("--limit", "1000")}
        if states == {"held"}:  # uncertain twice
            jawort.ask("queue", "release", "--all")
        return not states

    wait_until(drained, "the outbox is drained", seconds)
    mails = {}
    for recipient, data in messages():
        mails.setdefault(recipient, []).append(data)
    assert set(answered) <= set(mails)
    assert {len(set(copies)) for copies in mails.values()} == {1}, "a resend is byte-identical"
    uncertain = {mail["to"]: mail["uncertain"] for mail in jawort.mails("--uncertain")}
    for recipient, copies in mails.items():
        assert len(copies) <= 1 + uncertain.get(recipient, 0), "a copy that nothing explains"


def test_kill_under_load(new_jawort, smtp_sink):
    jawort = new_jawort({"smtp.url": smtp_sink.url}, [OPEN]).start()
    answered = kill_under_load(jawort, 300, "kill")
    check_all_there(jawort, answered)  # the verb opens what the killed server left
    jawort.start()
    check_all_there(jawort, answered)
    check_mails(jawort, answered, lambda: [(m.recipient, m.data) for m in smtp_sink.mails()])


def test_kill_between_last_bytes_and_answer(new_jawort, new_relay):
    relay = new_relay(rules=["DOT*4 deaf"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    visitor = Visitor(jawort.port)
    for number in range(4):
        visitor.post_json("/forms/open", {"email": f"p{number}@example.org",
                                          "consent": ["newsletter"]})
    wait_for_mails(relay, 4)
    jawort.kill()
    assert {mail["state"] for mail in jawort.mails()} <= {"handing_over", "queued"}
    jawort.start()
    wait_for_mails(relay, 8)
    check_mails(jawort, [f"p{number}@example.org" for number in range(4)],
                lambda: [(m.recipients[0], m.data) for m in relay.messages()])
    assert len(relay.messages()) == 8, "each once more, and no more than that"


def test_presses_survive(new_jawort, relay):
    """The page came, so the stamp is there."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    visitor = Visitor(jawort.port)
    names = [f"p{number}@example.org" for number in range(12)]
    for name in names:
        visitor.post_json("/forms/open", {"email": name, "consent": ["newsletter"]})
    paths = {mail.recipient: mail.confirm_path for mail in wait_for_mails(relay, len(names))}
    for name in names[:8]:
        assert visitor.press(paths[name]).status == 200
    links = {name: jawort.revocation_path(name) for name in names[:4]}
    for name in names[:4]:
        assert visitor.one_click(links[name]).status == 200
    assert visitor.press(paths[names[11]], "deny").status == 200
    jawort.kill()
    for name in names[:11]:
        expected = ("revoked" if name in names[:4] else
                    "confirmed" if name in names[:8] else "pending")
        assert jawort.consent(name)["status"] == expected, name
    assert not jawort.knows(names[11])


@pytest.mark.long
@pytest.mark.parametrize("delay", ["0", "0.005", "0.5"])
def test_many_kills(delay, new_jawort, new_relay):
    relay = new_relay(rules=[f"DOT* delay {delay} 250 2.0.0 ok"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN])
    answered = []
    for number in range(30):
        jawort.start()
        answered += kill_under_load(jawort, 10 + 13 * number % 60, f"round-{number}")
        check_all_there(jawort, answered)
    jawort.start()
    check_mails(jawort, answered, lambda: [(m.recipients[0], m.data) for m in relay.messages()],
                300)
