"""Messages that two readers could read in two ways, or in none: refused, closed, nothing done."""

import pytest

from jawort import definitions
from visitor import Visitor
from wire import statuses, talk

BODY = b"email=wire%40example.org&consent=newsletter"
SMUGGLED_BODY = b"email=smuggled%40example.org&consent=newsletter"
HOST = b"Host: x\r\n"
URLENCODED = b"Content-Type: application/x-www-form-urlencoded\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
# What stands behind each probe: a sign-up, should anybody take it for a request of its own.
SMUGGLED = (b"POST /forms/open HTTP/1.1\r\n" + HOST + URLENCODED
            + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED_BODY) + SMUGGLED_BODY)
CHUNKS = b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"


def post(*headers, line=b"POST /forms/open HTTP/1.1\r\n", body=BODY, host=HOST):
    return line + host + URLENCODED + b"".join(headers) + b"\r\n" + body + SMUGGLED


def get(line, headers=HOST):
    return line + headers + b"\r\n" + SMUGGLED


PROBES = {
    # Two ways to tell where the body ends.
    "length and coding": post(LENGTH, CHUNKED),
    "coding and length": post(CHUNKED, LENGTH),
    "length and coding, chunks": post(LENGTH, CHUNKED, body=CHUNKS),
    "length 0 and coding": post(b"Content-Length: 0\r\n", CHUNKED, body=CHUNKS),
    "length and identity": post(LENGTH, b"Transfer-Encoding: identity\r\n"),
    "length and an empty coding": post(LENGTH, b"Transfer-Encoding:\r\n"),
    "two lengths": post(LENGTH, b"Content-Length: 5\r\n"),
    "two lengths, 0 first": post(b"Content-Length: 0\r\n", LENGTH),
    "the same length twice": post(LENGTH, LENGTH),
    "a list of lengths": post(b"Content-Length: 5, 5\r\n"),
    "length in another case too": post(LENGTH, LENGTH.lower()),
    # Lengths that some readers make numbers of.
    "a signed length": post(b"Content-Length: +43\r\n"),
    "a negative length": post(b"Content-Length: -1\r\n"),
    "a hexadecimal length": post(b"Content-Length: 0x2b\r\n"),
    "a length with a point": post(b"Content-Length: 43.0\r\n"),
    "a length with an exponent": post(b"Content-Length: 4e1\r\n"),
    "a length with a parameter": post(b"Content-Length: 43;x=1\r\n"),
    "a length in quotes": post(b"Content-Length: \"43\"\r\n"),
    "a length with a blank inside": post(b"Content-Length: 4 3\r\n"),
    "a length with an underscore": post(b"Content-Length: 4_3\r\n"),
    "a length beyond 64 bits": post(b"Content-Length: 18446744073709551659\r\n"),
    "a length with a NUL": post(b"Content-Length: 43\0\r\n"),
    "no length at all in it": post(b"Content-Length: \r\n"),
    "a length in Arabic digits": post("Content-Length: ٤٣\r\n".encode()),
    # Codings, plain and disguised.
    "chunked": post(CHUNKED, body=CHUNKS),
    "chunked, ended at once": post(CHUNKED, body=b"0\r\n\r\n"),
    "xchunked": post(b"Transfer-Encoding: xchunked\r\n", body=CHUNKS),
    "chunked in a list": post(b"Transfer-Encoding: gzip, chunked\r\n", body=CHUNKS),
    "identity": post(b"Transfer-Encoding: identity\r\n"),
    "chunked behind a tab": post(b"Transfer-Encoding:\tchunked\r\n", body=CHUNKS),
    "chunked behind a vertical tab": post(b"Transfer-Encoding: \x0bchunked\r\n", body=CHUNKS),
    "chunked in quotes": post(b"Transfer-Encoding: \"chunked\"\r\n", body=CHUNKS),
    "chunked twice": post(CHUNKED, CHUNKED, body=CHUNKS),
    "chunked in capitals": post(b"TRANSFER-ENCODING: CHUNKED\r\n", body=CHUNKS),
    "a coding with an underscore": post(b"Transfer_Encoding: chunked\r\n", LENGTH),
    "a length with an underscore in its name": post(b"Content_Length: 43\r\n"),
    "a blank before the coding's colon": post(b"Transfer-Encoding : chunked\r\n", body=CHUNKS),
    "a blank before the coding": post(b" Transfer-Encoding: chunked\r\n", body=CHUNKS),
    "a byte before the coding": post(b"\x00Transfer-Encoding: chunked\r\n", body=CHUNKS),
    "the coding on a folded line": post(b"X: y\r\n Transfer-Encoding: chunked\r\n", body=CHUNKS),
    "the coding behind a bare CR": post(b"X: y\rTransfer-Encoding: chunked\r\n", body=CHUNKS),
    "the coding behind a bare LF": post(b"X: y\nTransfer-Encoding: chunked\r\n", body=CHUNKS),
    "a compressed body": post(LENGTH, b"Content-Encoding: gzip\r\n"),
    "a body of two codings": post(LENGTH, b"Content-Encoding: identity, gzip\r\n"),
    "a coding with HTTP/1.0": post(CHUNKED, line=b"POST /forms/open HTTP/1.0\r\n", body=CHUNKS),
    # Lines.
    "a folded line": post(b"X-A: b\r\n c\r\n", LENGTH),
    "a line folded by a tab": post(b"X-A: b\r\n\tc\r\n", LENGTH),
    "a space before the colon": post(b"Content-Length : 43\r\n"),
    "a bare line feed": post(b"X-A: b\n", LENGTH),
    "a bare carriage return": post(b"X-A: b\rc\r\n", LENGTH),
    "CR CR LF": post(b"X-A: b\r\r\n", LENGTH),
    "line feeds only": post(LENGTH).replace(b"\r\n", b"\n"),
    "a NUL in a value": post(b"X-A: \0\r\n", LENGTH),
    "a NUL in a name": post(b"X-\0A: b\r\n", LENGTH),
    "a control character": post(b"X-A: \x07\r\n", LENGTH),
    "a line without a colon": post(b"X-A\r\n", LENGTH),
    "a line without a name": post(b": b\r\n", LENGTH),
    "a name in UTF-8": post("Größe: 1\r\n".encode(), LENGTH),
    "two empty lines before": b"\r\n\r\n" + post(LENGTH),
    "a blank line that is none": post(LENGTH, b" \r\n"),
    # Whom it is for.
    "no host": get(b"GET /healthz HTTP/1.1\r\n", b""),
    "two hosts": get(b"GET /healthz HTTP/1.1\r\n", b"Host: x\r\nHost: y\r\n"),
    "a list of hosts": get(b"GET /healthz HTTP/1.1\r\n", b"Host: x, y\r\n"),
    "a host with a path": get(b"GET /healthz HTTP/1.1\r\n", b"Host: x/y\r\n"),
    "a host with a user": get(b"GET /healthz HTTP/1.1\r\n", b"Host: u@x\r\n"),
    "another host in the target": get(b"GET http://y/healthz HTTP/1.1\r\n"),
    "no host in the target": get(b"GET http:///healthz HTTP/1.1\r\n"),
    "two types": post(LENGTH, b"Content-Type: application/json\r\n"),
    # The request line.
    "small letters": post(LENGTH, line=b"post /forms/open HTTP/1.1\r\n"),
    "mixed letters": post(LENGTH, line=b"Post /forms/open HTTP/1.1\r\n"),
    "a method that is no word": post(LENGTH, line=b"PO(ST /forms/open HTTP/1.1\r\n"),
    "a blank before the method": post(LENGTH, line=b" POST /forms/open HTTP/1.1\r\n"),
    "two spaces": post(LENGTH, line=b"POST  /forms/open HTTP/1.1\r\n"),
    "a tab": post(LENGTH, line=b"POST\t/forms/open HTTP/1.1\r\n"),
    "a blank in the target": post(LENGTH, line=b"POST /forms/open x HTTP/1.1\r\n"),
    "a fragment": post(LENGTH, line=b"POST /forms/open#x HTTP/1.1\r\n"),
    "a target with raw UTF-8": post(LENGTH, line="POST /forms/öpen HTTP/1.1\r\n".encode()),
    "a target without a slash": post(LENGTH, line=b"POST forms/open HTTP/1.1\r\n"),
    "another scheme": post(LENGTH, line=b"POST ftp://x/forms/open HTTP/1.1\r\n"),
    "a blank behind": post(LENGTH, line=b"POST /forms/open HTTP/1.1 \r\n"),
    "no version": get(b"GET /healthz\r\n"),
    "HTTP/0.9": get(b"GET /healthz HTTP/0.9\r\n"),
    "HTTP/2.0": get(b"GET /healthz HTTP/2.0\r\n"),
    "HTTP/1.10": get(b"GET /healthz HTTP/1.10\r\n"),
    "http/1.1": get(b"GET /healthz http/1.1\r\n"),
    "HTTP/ 1.1": get(b"GET /healthz HTTP/ 1.1\r\n"),
    "the HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SMUGGLED,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n" + SMUGGLED,
    # Other things that one asks for.
    "an unknown expectation": post(LENGTH, b"Expect: 200-ok\r\n"),
    "two expectations": post(LENGTH, b"Expect: 100-continue\r\nExpect: 100-continue\r\n"),
    # Limits.
    "a long request line": get(b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n"),
    "a request line without an end": b"A" * 8000,
    "long headers": post(b"X-A: " + b"a" * 17000 + b"\r\n", LENGTH),
    "many headers": post(b"X: y\r\n" * 65, LENGTH),
    "a large body": post(b"Content-Length: 70000\r\n", body=BODY + b"&" * 70000),
    # Behind a request that is in order.
    "a broken one in a pipeline": b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
                                  + post(LENGTH, CHUNKED),
}


@pytest.fixture
def jawort(resident):
    return resident


@pytest.mark.parametrize("what", PROBES)
def test_refused_and_closed(what, jawort):
    received = talk(jawort, PROBES[what])
    found = statuses(received)
    if what == "a broken one in a pipeline":
        assert found.pop(0) == 200
    assert len(found) == 1, "what came behind it is not read as a request"
    assert 400 <= found[0] < 506
    assert b"connection: close" in received.lower()


def test_nothing_of_it_was_done(jawort):
    """Runs behind the probes: no contact, no event, no mail, and the next one is served."""
    assert jawort.contact_list() == []
    assert jawort.mails() == []
    assert jawort.relay.messages() == []
    received = talk(jawort, b"GET /healthz HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
    assert statuses(received) == [200]


REVOCATIONS = {
    "chunked": (CHUNKED, b"0\r\n\r\n"),
    "chunked one click": (CHUNKED, b"1a\r\nList-Unsubscribe=One-Click\r\n0\r\n\r\n"),
    "compressed": (b"Content-Encoding: gzip\r\nContent-Length: 3\r\n", b"\x1f\x8b\x08"),
    "large": (b"Content-Length: 70000\r\n", b"x" * 70000),
    "broken chunks": (CHUNKED, b"zz\r\n"),
}


@pytest.mark.parametrize("what", REVOCATIONS)
def test_a_revocation_whatever_the_body(what, new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [definitions("open.toml")]).start()
    visitor = Visitor(jawort.port)
    visitor.post("/forms/open", {"email": "anna@example.org", "consent": "newsletter"})
    path = jawort.revocation_path("anna@example.org").encode()
    headers, body = REVOCATIONS[what]
    line = b"POST " + path + b" HTTP/1.1\r\n"
    both = talk(jawort, line + HOST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n" + body)
    assert statuses(both) == [400], "told in two ways: nothing is carried out"
    assert jawort.consent("anna@example.org")["status"] == "pending"
    received = talk(jawort, line + HOST + headers + b"\r\n" + body + SMUGGLED)
    assert statuses(received) == [200], "and what came behind it is no request"
    assert b"connection: close" in received.lower()
    assert not jawort.knows("anna@example.org"), "pending: it counts as denial"
    assert not jawort.knows("smuggled@example.org")


def test_a_page_of_the_form_can_read_the_refusal(new_jawort):
    """Without CORS headers a browser's fetch would tell its page of a network error."""
    jawort = new_jawort().start()
    line = b"POST /forms/newsletter HTTP/1.1\r\n"
    large = b"Content-Length: 70000\r\n"
    own = b"https://www.sommer.example"
    answer = talk(jawort, post(b"Origin: " + own + b"\r\n", large, line=line, body=b""))
    assert statuses(answer) == [413]
    assert b"Access-Control-Allow-Origin: " + own + b"\r\n" in answer
    german = talk(jawort, post(b"Accept-Language: de\r\n", CHUNKED, line=line, body=CHUNKS))
    assert statuses(german) == [411] and b'<html lang="de"' in german
    foreign = talk(jawort, post(b"Origin: https://evil.example\r\n", large, line=line, body=b""))
    assert statuses(foreign) == [403] and b"Access-Control" not in foreign
