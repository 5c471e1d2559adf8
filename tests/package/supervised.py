"""Plays systemd for a program that it starts: the socket for its messages, and the unit's file."""

import collections
import os
import socket
import time

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNIT = os.path.join(REPOSITORY, "package", "jawort.service")
PATIENCE = 40


class Ear:
    """A socket that hears what sd_notify(3) says; `name` is a path, or abstract with an @."""

    def __init__(self, name):
        self.name = name
        self.messages = []  # {"READY": "1", "STATUS": …} each, in order
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + name[1:] if name.startswith("@") else name)
        if not name.startswith("@"):
            os.chmod(name, 0o777)

    def hear(self):
        """The next message; it must come."""
        self._socket.settimeout(PATIENCE)
        text = self._socket.recv(65536).decode("utf-8")
        self.messages.append(dict(line.split("=", 1) for line in text.split("\n")))
        return self.messages[-1]

    def hear_until(self, key):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = self.hear()
            if key in message:
                return message
        raise AssertionError(f"no {key}= in {self.messages}")

    def hear_rest(self):
        """What has come and was not heard yet."""
        self._socket.setblocking(False)
        while True:
            try:
                text = self._socket.recv(65536).decode("utf-8")
            except BlockingIOError:
                return
            self.messages.append(dict(line.split("=", 1) for line in text.split("\n")))

    def close(self):
        self._socket.close()


def unit_settings(path=UNIT):
    """{(section, key): [value, …]} of a unit's file."""
    found = collections.defaultdict(list)
    section = None
    with open(path, encoding="utf-8") as file:
        for line in map(str.strip, file):
            if line.startswith("["):
                section = line[1:-1]
            elif line and not line.startswith(("#", ";")):
                key, value = line.split("=", 1)
                found[section, key].append(value)
    return found
