"""What may come over the wire and is in order, though no browser sends it so."""

import socket

import pytest

from visitor import Visitor
from waiting import PATIENCE
from wire import statuses, talk

BODY = b"email=wire%40example.org&consent=newsletter"
POST = (b"POST /forms/open HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n")
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def jawort(resident):
    return resident


LENGTH = b"Content-Length: %d\r\n" % len(BODY)


def test_requests_in_a_row(jawort):
    last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    body = BODY.replace(b"wire", b"rowe")
    received = talk(jawort, GET + POST + LENGTH + b"\r\n" + body + GET + last)
    assert statuses(received) == [200, 303, 200, 200]
    assert jawort.knows("rowe@example.org")


def test_the_body_of_a_read_is_not_a_request(jawort):
    body = b"GET /no/such/page HTTP/1.1\r\nHost: x\r\n\r\n"
    received = talk(jawort, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert len(statuses(received)) == 1


def test_http_1_0_closes(jawort):
    received = talk(jawort, b"GET /healthz HTTP/1.0\r\n\r\n")
    assert statuses(received) == [200]


def test_a_range_is_ignored(jawort):
    visitor = Visitor(jawort.port)
    whole = visitor.get("/forms/open/sent")
    part = visitor.get("/forms/open/sent", Range="bytes=0-9,0-9,0-9")
    assert (part.status, part.body) == (200, whole.body)


def test_a_header_of_ours_cannot_be_sent(jawort):
    answer = Visitor(jawort.port).get("/healthz", REMOTE_ADDR="192.0.2.1", X_Request_Id="mine")
    assert answer.status == 200 and answer.header("x-request-id") != "mine"


def test_line_ends_in_a_target_stay_there(jawort):
    visitor = Visitor(jawort.port)
    for path in ("/forms/open?lang=de%0d%0aX-Evil:%201", "/forms/open/sent?lang=%0d%0aX-Evil:1",
                 "/forms/open%0d%0aX-Evil:%201"):
        assert visitor.get(path).header("x-evil") is None
    answer = visitor.post("/forms/open", {"email": "a@example.org", "lang": "de\r\nX-Evil: 1"})
    assert answer.header("x-evil") is None


def hang(jawort, count, data):
    return_to = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", jawort.port), PATIENCE)
        connection.sendall(data)
        return_to.append(connection)
    return return_to


def test_others_are_served_while_200_connections_are_silent(jawort):
    """256 connections of one client are allowed, so these are; they must not keep others out."""
    hanging = hang(jawort, 200, b"")
    try:
        with socket.create_connection(("127.0.0.1", jawort.port), PATIENCE) as connection:
            connection.settimeout(3)
            connection.sendall(GET)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    finally:
        for connection in hanging:
            connection.close()


def test_new_connections_are_not_sent_away(jawort):
    """More than there are threads; each asks a little after it has connected, as slow lines do."""
    connections = hang(jawort, 150, b"")
    for connection in connections:
        connection.settimeout(PATIENCE)
        connection.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    answers = [connection.recv(65536) for connection in connections]
    for connection in connections:
        connection.close()
    assert sum(answer.startswith(b"HTTP/1.1 200 ") for answer in answers) == len(answers)
