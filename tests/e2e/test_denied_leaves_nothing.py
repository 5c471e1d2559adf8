"""After a denial or an expiry the event is left, without personal data: not in a table, and not in
a byte of the database's files either."""

import os
import sqlite3

import pytest

from signing_up import OPEN, sign_up, wait_for_mails
from visitor import Visitor
from waiting import wait_until

NAMES = ("kanarienvogel", "wellensittich", "nymphensittich", "zebrafink")


def dump(jawort):
    database = sqlite3.connect(f"file:{jawort.database}?mode=ro", uri=True)
    try:
        rows = []
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
            if not table.startswith("definition"):
                rows += database.execute(f"SELECT * FROM {table}").fetchall()
        return rows
    finally:
        database.close()


def text_of(rows):
    values = (value for row in rows for value in row)
    return "\n".join(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                     for value in values).lower()


def files_of(jawort):
    folder = os.path.dirname(jawort.database)
    for name in os.listdir(folder):
        if not name.endswith((".sock", ".lock")):
            with open(os.path.join(folder, name), "rb") as file:
                yield name, file.read().lower()


def sign_up_with_canaries(jawort):
    sign_up(jawort, "Kanarienvogel@example.org", first_name="Wellensittich",
            page="https://probe.example/nymphensittich")


def check_nothing_is_left(jawort):
    assert not jawort.knows("kanarienvogel@example.org")
    jawort.stop()
    rows = dump(jawort)
    assert any("form_submitted" in str(row) for row in rows), "the event is left"
    text = text_of(rows)
    assert [name for name in NAMES if name in text] == []
    for name, data in files_of(jawort):
        assert [canary for canary in NAMES if canary.encode() in data] == [], name


@pytest.mark.parametrize("by", ["the page", "the mail program"])
def test_denial(by, new_jawort, new_relay):
    relay = new_relay(rules=["RCPT 450 4.2.0 <Zebrafink@example.org> is busy"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    visitor = Visitor(jawort.port, **{"User-Agent": "Mozilla/5.0 Zebrafink"})
    sign_up_with_canaries(jawort)
    waiting = jawort.wait_for_mail(state="queued", attempts=1)
    jawort.ask("queue", "retry", waiting["id"])
    path = wait_for_mails(relay, 1)[0].confirm_path
    jawort.wait_for_mail(state="sent")
    visitor.get(path)
    assert "zebrafink" in text_of(dump(jawort)), "it was there"
    if by == "the page":
        assert visitor.press(path, "deny").status == 200
    else:
        link = jawort.revocation_path("kanarienvogel@example.org")
        assert visitor.one_click(link).status == 200
    check_nothing_is_left(jawort)


@pytest.mark.long  # the same removal, but it comes with a tick of ten seconds
def test_expiry(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url, "consent.link_valid": "PT1S"}, [OPEN]).start()
    sign_up_with_canaries(jawort)
    wait_until(lambda: not jawort.knows("kanarienvogel@example.org"), "it is too late")
    check_nothing_is_left(jawort)
