"""Kills and errors at the n-th system call: a few, and with --long all of
`./dev crash --inject`."""

import random
import re

import pytest

from campaign import Campaign
from faulty_lives import FaultyLives, kinds_of_faults, until_missed
from installation import CALM, Visitor, started, wait_until


@pytest.fixture
def campaign(tmp_path):
    with Campaign(tmp_path, 1, manners=CALM) as campaign:
        yield campaign


def test_a_few_of_each_kind(campaign):
    lives = FaultyLives(campaign)
    for name, act, faults in kinds_of_faults(lives, 300):
        if "ftruncate" not in name:  # happens in an idle second only
            assert sum(act(fault) for fault in faults[2:8:5]) > 0, name
    campaign.drain()


@pytest.mark.long
def test_all_of_each_kind(campaign):
    lives = FaultyLives(campaign)
    for name, act, faults in kinds_of_faults(lives, 300):
        assert until_missed(act, faults) > 0, name
    campaign.drain()


SENDING = ("sendto", "sendmsg", "write", "writev")


class Order:
    """The traced calls of all threads, each at the moment when it had returned."""

    CALL = re.compile(r"^\d+ +[\d.]+ (?:<\.\.\. )?(\w+)(?: resumed>|\()(.*)$")

    def __init__(self, trace):
        self.calls, begun = [], {}
        with open(trace, encoding="utf-8", errors="replace") as file:
            for line in file:
                found = self.CALL.match(line)
                if not found:
                    continue
                thread, rest = line.split(" ", 1)[0], found[2]
                if rest.endswith("<unfinished ...>"):
                    begun[thread] = rest
                    # What is sent is out as soon as the call began.
                    rest = rest if found[1] in SENDING else ""
                elif thread in begun and "resumed>" in line:
                    rest = begun.pop(thread) + rest
                    rest = "" if found[1] in SENDING else rest
                if rest:
                    self.calls.append((found[1], rest))

    def flushed_before(self, text):
        """For each call that sends this text: whether something was written to the log since the
        last such call, and flushed after the last write."""
        found, written, flushed = [], False, False
        for name, rest in self.calls:
            if name == "pwrite64" and ".db-wal>" in rest:
                written, flushed = True, False
            elif name == "fdatasync" and ".db-wal>" in rest:
                flushed = True
            elif name in SENDING and text in rest:
                found.append(written and flushed)
                written = False
        return found


def test_nothing_is_said_before_it_is_flushed(campaign):
    """The order of the calls, with one visitor and one mail at a time: write, flush, then the
    answer; and write, flush, then the mail. A kill alone cannot show this: what was written and not
    flushed survives the process, and only a power cut takes it."""
    jawort, trace = campaign.jawort, f"{campaign.folder}/order.log"
    calls = "pwrite64,fdatasync,sendto,sendmsg,write,writev"
    tracer = ["strace", "-D", "-f", "-qq", "-ttt", "-y", "-s", "2000", "-o", trace,
              "-e", f"trace={calls}"]
    chance = random.Random(1)
    with campaign.faulty_life("traced"):
        jawort.launch(tracer=tracer)
        assert started(jawort)
        for number in range(5):
            campaign.people.sign_up(jawort.port, 1)
            wait_until(lambda: len(campaign.relay.copies) == number + 1, "the mail comes")
            wait_until(lambda: not jawort.mails("--limit", "1"), "and is recorded")
        for person in campaign.people.everybody.values():
            digest = next(iter(person.mails))
            for kind in ("open", "confirm", "revoke"):
                campaign.people.follow(person, kind, digest, chance, Visitor(jawort.port))
        jawort.stop()
    order = Order(trace)
    assert order.flushed_before("Subject: ") == [True] * 5
    answers = (order.flushed_before("HTTP/1.1 202") + order.flushed_before("HTTP/1.1 303") +
               order.flushed_before("HTTP/1.1 200"))
    assert answers == [True] * 20
    # And the check can fail: without its flushes the same trace is not in order.
    order.calls = [call for call in order.calls if call[0] != "fdatasync"]
    assert order.flushed_before("Subject: ") == [False] * 5
