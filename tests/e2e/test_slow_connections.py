"""Many peers that take their time, beside people who post (PROMISES 27)."""

import contextlib
import http.client
import os
import subprocess
import sys
import time

import pytest

from jawort import definitions
from visitor import Visitor
from waiting import PATIENCE, wait_until

RSS_LIMIT = 256 * 1024  # KiB
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "slow_peers.py")


@contextlib.contextmanager
def slow_peers(jawort, **counts):
    arguments = [f"{kind}={count}" for kind, count in counts.items()]
    process = subprocess.Popen([sys.executable, SCRIPT, str(jawort.port), *arguments],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"up\n"
        yield process
        assert process.poll() is None, "the slow peers have held out"
    finally:
        process.stdin.close()
        process.wait(PATIENCE)
        process.stdout.close()


def rss(jawort):
    """Resident memory of the server in KiB."""
    with open(f"/proc/{jawort.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def open_connections(jawort):
    folder = f"/proc/{jawort.process.pid}/fd"
    count = 0
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # that one has just been closed
            count += os.readlink(os.path.join(folder, name)).startswith("socket:")
    return count


def timed_posts(jawort, name, count, per_second=20):
    """Posts on a connection each, at a fixed pace; how long each took in seconds, sorted."""
    taken = []
    start = time.monotonic()
    for number in range(count):
        due = start + number / per_second
        time.sleep(max(0, due - time.monotonic()))
        begun = time.monotonic()
        answer = Visitor(jawort.port).post(
            "/forms/open", {"email": f"{name}-{number}@example.org", "consent": "newsletter"})
        taken.append(time.monotonic() - begun)
        assert answer.status == 303
    return sorted(taken)


def report(what, taken):
    at = {share: 1000 * taken[min(len(taken) - 1, int(share * len(taken)))]
          for share in (0.5, 0.99)}
    print(f"{what}: {len(taken)} posts, p50 {at[0.5]:.1f} ms, p99 {at[0.99]:.1f} ms")
    return at[0.5]


def posts_beside_slow_peers(jawort, count):
    alone = report("alone", timed_posts(jawort, "alone", 60))
    # More than 1,000: who has been cut off is away until its next turn.
    with slow_peers(jawort, head=550, body=500, read=250):
        beside = report("beside 1,000 slow ones", timed_posts(jawort, "beside", count))
        print(f"RSS {rss(jawort) // 1024} MiB")
        wait_until(lambda: open_connections(jawort) > 1000, "they hang there all the time")
        assert rss(jawort) <= RSS_LIMIT
    # They are spread over all of the time, so a thread or a turn held by them would show in the
    # middle too; its place is compared, as single posts meet whatever else the machine does.
    assert beside < 10 * alone


@pytest.fixture
def jawort(new_jawort, relay):
    return new_jawort({"smtp.url": relay.url}, [definitions("open.toml")]).start()


def test_posts_beside_1000_slow_connections(jawort):
    posts_beside_slow_peers(jawort, 120)


@pytest.mark.long
def test_posts_beside_1000_slow_connections_for_minutes(jawort):
    posts_beside_slow_peers(jawort, 2400)


def test_memory_with_all_connections_half_through(jawort):
    with slow_peers(jawort, half=2048):
        wait_until(lambda: open_connections(jawort) > 2048, "all are let in")
        assert rss(jawort) <= RSS_LIMIT
        print(f"RSS {rss(jawort) // 1024} MiB")
        full = Visitor(jawort.port).get("/healthz")
        assert (full.status, full.header("connection")) == (503, "close")
        assert int(full.header("retry-after")) > 0
    wait_until(lambda: Visitor(jawort.port).get("/healthz").status == 200, "there is room again")


def test_more_than_its_share(jawort):
    """One client's 257th connection is refused, another client is served."""
    with contextlib.ExitStack() as opened:
        for _ in range(256):
            visitor = opened.enter_context(Visitor(jawort.port))
            assert visitor.get("/healthz").status == 200
        refused = Visitor(jawort.port).get("/healthz")
        assert (refused.status, refused.header("connection")) == (429, "close")
        other = http.client.HTTPConnection("127.0.0.1", jawort.port, timeout=PATIENCE,
                                           source_address=("127.0.0.9", 0))
        other.request("GET", "/healthz")
        assert other.getresponse().status == 200
        other.close()
    wait_until(lambda: Visitor(jawort.port).get("/healthz").status == 200, "there is room again")
