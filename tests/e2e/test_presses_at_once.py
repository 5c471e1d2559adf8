"""Fifty presses of one link at the same time are one confirmation."""

import threading

import pytest

from signing_up import OPEN, sign_up, wait_for_mails
from visitor import Visitor


def all_at_once(count, act):
    barrier, answers = threading.Barrier(count), []

    def run():
        barrier.wait()
        answers.append(act())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_presses(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    visitor = Visitor(jawort.port)
    sign_up(jawort, "anna@example.org")
    path = wait_for_mails(relay, 1)[0].confirm_path
    answers = all_at_once(50, lambda: visitor.press(path))
    assert len({str(answer.comparable) for answer in answers}) == 1
    types = [event["type"] for event in jawort.contact("anna@example.org")["history"]]
    assert types.count("consent_confirmed") == 1

    link = jawort.revocation_path("anna@example.org")
    assert {answer.status for answer in all_at_once(50, lambda: visitor.one_click(link))} == {200}
    types = [event["type"] for event in jawort.contact("anna@example.org")["history"]]
    assert types.count("consent_revoked") == 1


@pytest.mark.parametrize("tokens", [20, pytest.param(1000, marks=pytest.mark.long)])
def test_presses_of_many_links(tokens, new_jawort, relay):
    """PROMISES 2: exactly one event per token, however many pressed."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    visitor = Visitor(jawort.port)
    for number in range(tokens):
        sign_up(jawort, f"p{number}@example.org")
    mails = wait_for_mails(relay, tokens)
    for mail in mails:
        answers = all_at_once(50, lambda: visitor.press(mail.confirm_path))
        assert len({str(answer.comparable) for answer in answers}) == 1
        assert answers[0].status == 200
    for mail in mails:
        types = [event["type"] for event in jawort.contact(mail.recipient)["history"]]
        assert types.count("consent_confirmed") == 1


def test_posts(new_jawort, relay):
    """A double click on the form's button, many times over."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    post = {"email": "anna@example.org", "consent": ["newsletter"]}
    answers = all_at_once(50, lambda: Visitor(jawort.port).post_json("/forms/open", post))
    assert len({str(answer.comparable) for answer in answers}) == 1
    assert len(jawort.contact_list()) == 1
    assert len(jawort.contact("anna@example.org")["consents"]) == 1
    assert len(jawort.mails()) == 5, "5 per P1D, as the form says, and not one more"


def test_press_and_denial_race(new_jawort, relay):
    """Whoever comes first decides; never both."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    visitor = Visitor(jawort.port)
    for number in range(10):
        sign_up(jawort, f"p{number}@example.org")
    for mail in wait_for_mails(relay, 10):
        decisions = iter(["confirm", "deny"] * 2)
        all_at_once(4, lambda: visitor.press(mail.confirm_path, next(decisions)))
        if jawort.knows(mail.recipient):
            assert jawort.consent(mail.recipient)["status"] == "confirmed"
            assert visitor.get(mail.confirm_path).status == 200
        else:
            assert visitor.get(mail.confirm_path).status == 404
