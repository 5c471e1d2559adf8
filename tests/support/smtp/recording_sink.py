"""An SMTP server that takes every mail and remembers when it answered the final dot.

As a program: says its port first; at SIGTERM it says "SECONDS RECIPIENT" of each mail, on the
monotonic clock, and ends. As a module it can also be slow to answer, hang up without an answer, or
say "not now", at random:
    with RecordingSink(Manners(delays=(0, 0.005, 0.5), hang_up=0.02), taken=print) as sink:
        ... sink.url ... sink.manners = Manners() ...
"""

import asyncio
import dataclasses
import hashlib
import random
import signal
import sys
import threading
import time


@dataclasses.dataclass(frozen=True)
class Manners:
    delays: tuple = (0,)  # seconds before the answer to a final dot, one of them at random
    go_delays: tuple = (0,)  # seconds before the answer to DATA
    hang_up: float = 0.0  # share of the final dots that get no answer but a closed connection
    defer: float = 0.0  # share of the recipients that get a 451


@dataclasses.dataclass
class Copy:
    """A mail that came with its final dot. Times are seconds on the monotonic clock."""
    recipient: str
    data: bytes  # dots undone
    digest: bytes  # SHA-256 of the data
    go_at: float  # just before 354 was said
    dot_at: float
    answered_at: float = None  # None: not yet, or hung up


class Session(asyncio.Protocol):
    def __init__(self, sink):
        self.sink = sink
        self.transport = None
        self.received = bytearray()
        self.recipient = ""
        self.go_at = None  # set while a message comes in
        self.owes = False  # an answer that is delayed: what comes in waits

    def connection_made(self, transport):
        self.transport = transport
        self.say(b"220 sink ESMTP\r\n")

    def say(self, reply):
        self.transport.write(reply)

    def data_received(self, data):
        self.sink.heard_at = time.monotonic()
        self.received += data
        self.go_on()

    def go_on(self):
        while not self.owes and not self.transport.is_closing():
            if not (self.take_mail() if self.go_at is not None else self.take_command()):
                return

    def after(self, delays, act):
        delay = self.sink.choose(delays)
        if not delay:
            act()
            return
        self.owes = True

        def late():
            self.owes = False
            act()
            self.go_on()

        asyncio.get_running_loop().call_later(delay, late)

    def take_mail(self):
        end = self.received.find(b"\r\n.\r\n")
        if end < 0:
            return False
        data = (b"\r\n" + self.received[:end + 2]).replace(b"\r\n..", b"\r\n.")[2:]
        del self.received[:end + 5]
        copy = Copy(self.recipient, bytes(data), hashlib.sha256(data).digest(), self.go_at,
                    time.monotonic())
        self.go_at = None
        self.sink.keep(copy)
        if self.sink.happens(self.sink.manners.hang_up):
            self.after(self.sink.manners.delays, self.transport.abort)
        else:
            self.after(self.sink.manners.delays, lambda: self.answer(copy))
        return True

    def answer(self, copy):
        self.say(b"250 2.0.0 taken\r\n")
        copy.answered_at = time.monotonic()

    def take_command(self):
        end = self.received.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.received[:end])
        del self.received[:end + 2]
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.recipient = line[line.find(b"<") + 1:line.rfind(b">")].decode("ascii", "replace")
        if verb == b"RCPT" and self.sink.happens(self.sink.manners.defer):
            self.say(b"451 4.2.0 not now\r\n")
        elif verb == b"DATA":
            self.after(self.sink.manners.go_delays, self.go_ahead)
        elif verb == b"QUIT":
            self.say(b"221 2.0.0 bye\r\n")
            self.transport.close()
        else:
            self.say(b"250 2.0.0 ok\r\n")
        return True

    def go_ahead(self):
        self.go_at = time.monotonic()
        self.say(b"354 go on\r\n")


class RecordingSink:
    """Serves in a thread of its own. `taken` is called there with each copy, before its answer."""

    def __init__(self, manners=Manners(), taken=None, seed=0):
        self.manners = manners
        self.copies = []  # in the order in which they came; only ever appended to
        self.port = None
        self.heard_at = 0.0  # when anybody last said anything, on the monotonic clock
        self._taken = taken
        self._random = random.Random(seed)
        self._listening = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete,
                                        args=(self.serve(),), daemon=True)

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self):
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        self._loop.close()

    async def serve(self):
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Session(self), "127.0.0.1", 0, backlog=256)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._end.wait()
        server.close()

    # --- for the sessions ---

    def choose(self, values):
        return values[0] if len(values) == 1 else self._random.choice(values)

    def happens(self, share):
        return share > 0 and self._random.random() < share

    def keep(self, copy):
        self.copies.append(copy)
        if self._taken:
            self._taken(copy)


def main():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    with RecordingSink(taken=lambda copy: setattr(copy, "data", b"")) as sink:
        print(sink.port, flush=True)
        signal.sigwait({signal.SIGTERM})
    sys.stdout.writelines(f"{copy.answered_at:.6f} {copy.recipient}\n"
                          for copy in sink.copies if copy.answered_at)


if __name__ == "__main__":
    main()
