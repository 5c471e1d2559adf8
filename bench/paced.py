"""Posts at a fixed pace, each on a connection of its own, as visitors come. The clock of a post
starts when it should have been sent: a stall is charged to all that it held up, not to one."""

import asyncio
import socket
import time

LATE = 20  # seconds after which an answer is not waited for any longer


class Sent:
    def __init__(self, address, at):
        self.address = address
        self.at = at  # seconds on the monotonic clock
        self.answered_at = None
        self.status = 0
        self.failure = ""


async def post(port, path, body, sent):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                     b"Accept: text/html\r\nUser-Agent: Mozilla/5.0\r\n"
                     b"Content-Type: application/x-www-form-urlencoded\r\n"
                     b"Content-Length: %d\r\n\r\n%s" % (path, len(body), body))
        line = await reader.readuntil(b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
        sent.answered_at = time.monotonic()
        sent.status = int(line.split()[1])
    finally:
        writer.close()


async def _try_post(port, path, body, sent):
    try:
        await asyncio.wait_for(post(port, path, body, sent), LATE)
    except asyncio.IncompleteReadError:
        sent.failure = "hung up without an answer"
    except (OSError, asyncio.TimeoutError) as error:
        sent.failure = str(error) or f"no answer in {LATE} s"


async def _send_all(port, path, body_of, rate, seconds, prefix):
    began = time.monotonic() + 0.05
    posts, tasks = [], []
    for number in range(int(rate * seconds)):
        at = began + number / rate
        await asyncio.sleep(max(0, at - time.monotonic()))
        sent = Sent(f"{prefix}-{number}@example.org", at)
        posts.append(sent)
        body = body_of(sent.address).encode("ascii")
        tasks.append(asyncio.create_task(_try_post(port, path.encode("ascii"), body, sent)))
    await asyncio.gather(*tasks)
    return posts


def send_paced(port, path, body_of, rate, seconds, prefix):
    """[Sent] of `rate` posts per second for so many seconds."""
    return asyncio.run(_send_all(port, path, body_of, rate, seconds, prefix))


def round_trips(port, count):
    """Seconds that each of `count` pairs of NOOPs took, one after the other: two round trips."""
    with socket.create_connection(("127.0.0.1", port), timeout=LATE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.recv(1024)
        pairs = []
        for _ in range(count):
            began = time.monotonic()
            for _ in range(2):
                connection.sendall(b"NOOP\r\n")
                connection.recv(1024)
            pairs.append(time.monotonic() - began)
        return pairs


def percentile(values, per_cent):
    """By nearest rank. REQUIRES: values is not empty."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * per_cent // 100) - 1)]
