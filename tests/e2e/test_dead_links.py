"""What a link says when it is spent, superseded, too old, or none of ours."""

import base64

from signing_up import OPEN, confirmed, sign_up, wait_for_mails
from visitor import Visitor
from waiting import wait_until


def start(new_jawort, relay, **settings):
    named = {name.replace("__", "."): value for name, value in settings.items()}
    return new_jawort({"smtp.url": relay.url, **named}, [OPEN]).start()


def other_spellings(path):
    """The same bytes, or nearly, written otherwise."""
    route, token = path.rsplit("/", 1)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    flipped = [bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1:]]) for at in (0, 1, 9, 20, len(raw) - 1)]
    for bytes_ in flipped:
        yield f"{route}/{base64.urlsafe_b64encode(bytes_).decode().rstrip('=')}"
    yield f"{route}/{token}="
    yield f"{route}/{token}A"
    yield f"{route}/{token[:-1]}"
    yield f"{route}/%{ord(token[0]):02x}{token[1:]}"
    yield f"{route}/{token.swapcase()}"


def test_what_is_no_token_gets_the_same_bytes(new_jawort, relay):
    jawort = start(new_jawort, relay)
    visitor = Visitor(jawort.port)
    mail = confirmed(jawort, relay, "anna@example.org")
    revoke = jawort.revocation_path("anna@example.org")
    neutral = visitor.get("/confirm/AAAA").comparable
    assert neutral[0] == 404
    strange = ["/confirm/x", "/revoke/x", "/confirm/" + "A" * 72, "/revoke/" + "A" * 72,
               "/confirm/" + "A" * 3000, "/confirm/%00", "/confirm/..%2f..",
               mail.confirm_path.replace("/confirm/", "/revoke/"),
               revoke.replace("/revoke/", "/confirm/")]
    strange += [*other_spellings(mail.confirm_path), *other_spellings(revoke)]
    for path in strange:
        assert visitor.get(path).comparable == neutral, path
        assert visitor.press(path).comparable == neutral, path
        assert visitor.press(path, "deny").comparable == neutral, path
        assert visitor.one_click(path).status in (404, 422), path
    assert jawort.consent("anna@example.org")["status"] == "confirmed"


def test_superseded(new_jawort, relay):
    jawort = start(new_jawort, relay)
    visitor = Visitor(jawort.port)
    sign_up(jawort, "anna@example.org")
    first = wait_for_mails(relay, 1)[0].confirm_path
    sign_up(jawort, "anna@example.org")
    second = wait_for_mails(relay, 2)[1].confirm_path
    for answer in (visitor.get(first), visitor.press(first), visitor.press(first, "deny")):
        assert answer.status == 410
        assert not answer.forms
    assert jawort.consent("anna@example.org")["status"] == "pending"
    assert visitor.press(second).status == 200
    assert jawort.consent("anna@example.org")["status"] == "confirmed"


def test_too_old(new_jawort, relay):
    jawort = start(new_jawort, relay, consent__link_valid="PT6S")
    visitor = Visitor(jawort.port)
    spent = confirmed(jawort, relay, "anna@example.org").confirm_path
    sign_up(jawort, "ben@example.org")
    late = wait_for_mails(relay, 2)[1].confirm_path
    wait_until(lambda: visitor.get(late).status == 410, "the link is too old")
    assert visitor.press(late).status == 410
    wait_until(lambda: not jawort.knows("ben@example.org"), "what was pending is removed")
    assert visitor.get(late).status == 410
    assert visitor.press(late).status == 410
    assert not jawort.knows("ben@example.org")

    shown = visitor.get(spent)  # older than the other, but it was used in time
    assert shown.status == 200 and not shown.forms
    assert visitor.press(spent).status == 200
    assert visitor.press(spent, "deny").status == 200, "nor can it be denied any more"
    assert jawort.consent("anna@example.org")["status"] == "confirmed"


def test_dead_after_revocation_and_denial(new_jawort, relay):
    jawort = start(new_jawort, relay)
    visitor = Visitor(jawort.port)
    neutral = visitor.get("/confirm/AAAA").comparable
    left = confirmed(jawort, relay, "anna@example.org").confirm_path
    visitor.one_click(jawort.revocation_path("anna@example.org"))
    sign_up(jawort, "ben@example.org")
    denied = wait_for_mails(relay, 2)[1].confirm_path
    link = jawort.revocation_path("ben@example.org")
    page = visitor.press(denied, "deny")
    assert page.status == 200
    for path in (left, denied):
        assert visitor.get(path).comparable == neutral
        assert visitor.press(path).comparable == neutral
    assert jawort.consent("anna@example.org")["status"] == "revoked"
    for answer in (visitor.get(link), visitor.one_click(link)):
        assert answer.status == 200, "a genuine link whose contact is gone: on no list"


def test_every_body_revokes(new_jawort, relay):
    jawort = start(new_jawort, relay)
    visitor = Visitor(jawort.port)
    bodies = [(b"", None), (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
              (b"\xff\x00{", "application/json"), (b"decision=confirm", "text/plain"),
              (b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
               b"One-Click\r\n--b--\r\n", "multipart/form-data; boundary=b")]
    by = ["link", "one_click", "link", "link", "one_click"]
    for number, (body, kind) in enumerate(bodies):
        address = f"person-{number}@example.org"
        confirmed(jawort, relay, address)
        answer = visitor.request("POST", jawort.revocation_path(address), body,
                                 {"Content-Type": kind} if kind else {})
        assert answer.status == 200, kind
        assert not answer.header("set-cookie") and not answer.header("location")
        consent = jawort.consent(address)
        assert (consent["status"], consent["revoked_by"]) == ("revoked", by[number]), kind
