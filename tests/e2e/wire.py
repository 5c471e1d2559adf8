"""Bytes on the wire, as no HTTP library would send them."""

import re
import socket

from waiting import PATIENCE


def talk(jawort, data):
    """All that comes back until the server closes; our side stays open."""
    with socket.create_connection(("127.0.0.1", jawort.port), PATIENCE) as connection:
        connection.sendall(data)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def statuses(received):
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]
