"""Peers that keep connections open and take their time, as a process of their own:
slow_peers.py PORT KIND=COUNT… ; prints "up" when all stand, and goes when its input ends.

head, body: one byte of a request's head or body per second; read: asks for many pages and reads a
byte per second; half: half of the largest body at once, then nothing. Who is cut off comes again,
but for "half". Each 127.0.0.x is used by 120 connections."""

import resource
import selectors
import socket
import sys

PER_ADDRESS = 120
LARGEST = 65536
HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /forms/open HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
PAGES = b"GET /forms/open HTTP/1.1\r\nHost: x\r\n\r\n" * 300
FIRST = {"head": HEAD + b"X: ", "body": POST % LARGEST, "read": PAGES,
         "half": POST % LARGEST + b"a" * (LARGEST // 2)}


class Peer:
    def __init__(self, port, number, kind):
        self.port, self.kind = port, kind
        self.address = f"127.0.0.{2 + number // PER_ADDRESS}"
        self.connection = None
        self.open()

    def open(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = socket.socket()
        if self.kind == "read":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.connection.bind((self.address, 0))
        self.connection.connect(("127.0.0.1", self.port))
        self.connection.sendall(FIRST[self.kind])
        self.connection.setblocking(False)

    def go_on(self):
        """One byte; False when the server has had enough."""
        try:
            if self.kind == "read":
                # What has come can be read to its end long after the server has gone.
                reset = self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                return not reset and self.connection.recv(1) != b""
            self.connection.send(b"a")
            self.connection.recv(4096)  # a refusal, or the end
            return False
        except BlockingIOError:
            return True
        except OSError:
            return False


def main():
    port = int(sys.argv[1])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    kinds = [kind for argument in sys.argv[2:]
             for kind, count in [argument.split("=")] for _ in range(int(count))]
    peers = [Peer(port, number, kind) for number, kind in enumerate(kinds)]
    print("up", flush=True)
    with selectors.DefaultSelector() as waiting:
        waiting.register(sys.stdin, selectors.EVENT_READ)
        while not waiting.select(1):
            for peer in peers:
                if peer.kind != "half" and not peer.go_on():
                    peer.open()


if __name__ == "__main__":
    main()
