"""An SMTP server that takes every mail and remembers when it answered the final dot. Says its port
first; at SIGTERM it says "SECONDS RECIPIENT" of each mail, on the monotonic clock, and ends."""

import asyncio
import signal
import sys
import time


class Session(asyncio.Protocol):
    def __init__(self, answered):
        self.answered = answered
        self.transport = None
        self.received = bytearray()
        self.recipient = b""
        self.in_data = False

    def connection_made(self, transport):
        self.transport = transport
        self.say(b"220 sink ESMTP\r\n")

    def say(self, reply):
        self.transport.write(reply)

    def data_received(self, data):
        self.received += data
        while self.take_mail() if self.in_data else self.take_command():
            pass

    def take_mail(self):
        end = self.received.find(b"\r\n.\r\n")
        if end < 0:
            return False
        del self.received[:end + 5]
        self.in_data = False
        self.say(b"250 2.0.0 taken\r\n")
        self.answered.append((time.monotonic(), self.recipient))
        return True

    def take_command(self):
        end = self.received.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.received[:end])
        del self.received[:end + 2]
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.recipient = line[line.find(b"<") + 1:line.rfind(b">")]
        if verb == b"DATA":
            self.in_data = True
            self.say(b"354 go on\r\n")
        elif verb == b"QUIT":
            self.say(b"221 2.0.0 bye\r\n")
            self.transport.close()
        else:
            self.say(b"250 2.0.0 ok\r\n")
        return True


async def main():
    answered = []
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(lambda: Session(answered), "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()
    sys.stdout.writelines(f"{at:.6f} {recipient.decode('ascii', 'replace')}\n"
                          for at, recipient in answered)


if __name__ == "__main__":
    asyncio.run(main())
