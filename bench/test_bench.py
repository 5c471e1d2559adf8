"""What the figures are computed with. The measurements themselves are checked while they run."""

import json
import os
import subprocess
import sys
import time

import pytest

import bench
import figures
import load
import paced
import partners

TOKEN = b"AQFAgA7jXloc5PbQ2B7JrWVgaw3EgjjuXidb2kxhzBuF6R9NvPlqzu88EOyxIXMUMESojalt"


def test_percentile_is_by_nearest_rank():
    assert paced.percentile([5], 99) == 5
    assert paced.percentile(range(1, 101), 50) == 50
    assert paced.percentile(range(100, 0, -1), 99) == 99
    assert paced.percentile([1, 2, 3, 4], 50) == 2
    assert paced.percentile([1, 2, 3], 100) == 3


@pytest.mark.parametrize("mail", [
    b"http://h/confirm/%s\n" % TOKEN,
    b"http://h/confirm/=\n%s#=\nnot-me\n" % TOKEN,
    b"http://h/confirm/=\r\n%s=\r\n%s</a=\r\n>" % (TOKEN[:30], TOKEN[30:]),
    b'<a href=3D"http://h/confirm/=\n%s">http://h/confirm/%s=\n</a>' % (TOKEN, TOKEN),
])
def test_links_are_found_through_soft_line_breaks(tmp_path, mail):
    dump = tmp_path / "dump"
    dump.write_bytes(b"X-Rcpt-Args: <a@example.org>\n" + mail)
    assert load.confirmation_paths(str(dump)) == ["/confirm/" + TOKEN.decode()]


def test_links_come_once_each_and_in_order(tmp_path):
    dump = tmp_path / "dump"
    dump.write_bytes(b"/confirm/b /confirm/a /revoke/c /confirm/b\n")
    assert load.confirmation_paths(str(dump)) == ["/confirm/b", "/confirm/a"]
    assert load.confirmation_paths(str(tmp_path / "none")) == []


def test_what_failed_once_is_not_tried_again():
    class Thing:
        tries = 0

        @figures.once
        def broken(self):
            self.tries += 1
            raise partners.Unmeasurable("no")

        @figures.once
        def fine(self):
            self.tries += 1
            return 7

    thing, other = Thing(), Thing()
    for _ in range(2):
        with pytest.raises(partners.Unmeasurable):
            _ = thing.broken
        assert thing.fine == 7
    assert (thing.tries, other.tries) == (2, 0)
    assert other.fine == 7 and other.tries == 1


def test_a_row_says_value_limit_ratio_and_goal():
    figure = figures.Figure("posts", "posts", 12345.6, "/s", 49382.4, "nginx", True, "≥ 0.25")
    assert bench.row_of(figure) == ["posts", "12,346/s", "49,382/s  nginx", "0.25", "≥ 0.25",
                                    "reached"]
    without = figures.Figure("disk", "on disk", 2.5, "MiB", goal=False, goal_text="≤ 2 MiB")
    assert bench.row_of(without) == ["on disk", "2.50 MiB", "–", "–", "≤ 2 MiB", "missed"]
    assert json.loads(json.dumps(bench.as_json(figure)))["ratio"] == pytest.approx(0.25)


def test_a_figure_that_cannot_be_had_does_not_stop_the_others():
    class Broken:
        def posts(self):
            raise partners.Unmeasurable("wrk is missing")

        def start(self):
            return figures.Figure("start", "start", 1, "s")

    found, missing = bench.measure(Broken(), ["posts", "start"], lambda _: None)
    assert [figure.name for figure in found] == ["start"]
    assert missing == {"posts": "wrk is missing"}


def test_the_recording_sink_remembers_each_mail():
    with partners.RecordingSink() as sink:
        assert len(paced.round_trips(sink.port, 3)) == 3
        began = time.monotonic()
        conversation = (b"EHLO here\r\nMAIL FROM:<s@example.org>\r\nRCPT TO:<%s@example.org>\r\n"
                        b"DATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nNOOP\r\n")
        with partners.socket.create_connection(("127.0.0.1", sink.port), timeout=10) as client:
            client.sendall(conversation % b"a" + conversation % b"b" + b"QUIT\r\n")
            replies = b""
            while part := client.recv(4096):
                replies += part
        taken = sink.end()
    codes = [line[:3] for line in replies.decode().splitlines()]
    assert codes == ["220", *["250", "250", "250", "354", "250", "250"] * 2, "221"]
    assert list(taken) == ["a@example.org", "b@example.org"]
    assert all(began <= at <= time.monotonic() for at in taken.values())


def test_a_stalled_server_is_charged_to_every_post_that_was_due():
    stall = """
import socket, time
server = socket.create_server(("127.0.0.1", 0), backlog=64)
print(server.getsockname()[1], flush=True)
time.sleep(0.5)
while True:
    client, _ = server.accept()
    client.recv(4096)
    client.sendall(b"HTTP/1.1 303 See Other\\r\\nContent-Length: 0\\r\\n\\r\\n")
    client.close()
"""
    with subprocess.Popen([sys.executable, "-c", stall], stdout=subprocess.PIPE) as server:
        port = int(server.stdout.readline())
        posts = paced.send_paced(port, "/", lambda address: f"email={address}", 100, 0.3, "t")
        partners.end_process(server)
    assert [post.status for post in posts] == [303] * 30
    assert len({post.address for post in posts}) == 30
    late = posts[-1].at - posts[0].at
    assert late == pytest.approx(0.29, abs=1e-6)
    # All were answered together, so the first waited longest.
    took = [post.answered_at - post.at for post in posts]
    assert took[0] > took[-1] + late - 0.2


def test_seconds_to_the_relay_are_of_all_posts_or_of_none():
    posts = [paced.Sent("a@example.org", 10.0), paced.Sent("b@example.org", 11.0)]
    posts[0].status = posts[1].status = 303
    at_relay = {"a@example.org": 10.5, "b@example.org": 11.25, "c@example.org": 1}
    assert figures.seconds_to_relay(posts, at_relay) == [0.5, 0.25]
    with pytest.raises(partners.Unmeasurable, match="1 mails came; all posts were accepted"):
        figures.seconds_to_relay(posts, {"a@example.org": 10.5})
    posts[1].status, posts[1].failure = 0, "hung up without an answer"
    with pytest.raises(partners.Unmeasurable, match="hung up without an answer"):
        figures.seconds_to_relay(posts, at_relay)


def test_a_terminated_run_leaves_nothing_behind(tmp_path):
    fake = tmp_path / "jawort"
    fake.write_text("#!/bin/sh\nexec sleep 60\n", encoding="ascii")
    fake.chmod(0o755)
    folder = tmp_path / "made"
    folder.mkdir()
    run = subprocess.Popen(
        [sys.executable, bench.__file__, "--folder", str(folder), "--only", "start"],
        env={**os.environ, "JAWORT_BINARY": str(fake)}, stderr=subprocess.DEVNULL)
    partners.wait_until(lambda: any(folder.iterdir()), "the run begins")
    run.terminate()
    assert run.wait(partners.PATIENCE) == 128 + 15
    assert not any(folder.iterdir())
