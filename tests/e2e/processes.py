"""Other people's servers, which cannot say on which port they listen when they were told port 0."""

import os
import re

from waiting import wait_until


def _sockets_of(pid):
    folder = f"/proc/{pid}/fd"
    found = set()
    try:
        for name in os.listdir(folder):
            match = re.match(r"socket:\[(\d+)\]", os.readlink(os.path.join(folder, name)))
            if match:
                found.add(match[1])
    except OSError:
        pass  # the process or the descriptor has just gone
    return found


def _listening_on_loopback():
    """{inode: port} of IPv4 sockets in state LISTEN (0A) on 127.0.0.1."""
    ports = {}
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in list(table)[1:]:
            columns = line.split()
            address, port = columns[1].split(":")
            if columns[3] == "0A" and address == "0100007F":
                ports[columns[9]] = int(port, 16)
    return ports


def listening_port(process, what, seconds=20):
    """The port on which this child process listens, as soon as it does."""
    def look():
        assert process.poll() is None, f"{what} has ended with status {process.returncode}"
        ports = _listening_on_loopback()
        return [ports[inode] for inode in _sockets_of(process.pid) if inode in ports]

    return wait_until(look, f"{what} listens", seconds)[0]
