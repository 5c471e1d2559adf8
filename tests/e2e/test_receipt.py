"""The mailed receipt: what was confirmed, with the signed head of the log that covers it, in the
mailbox of the person, where the operator cannot change it."""

import hashlib
import html
import re

from jawort import definitions
from signing_up import confirmed, mails_at, sign_up, wait_for_mails
from test_ledger import opened, rows
from visitor import Visitor
from waiting import wait_until

ADDRESS = "anna@example.org"
STEP = """
[[campaign.step]]
on    = "confirmed"
after = "PT0S"
mail  = "receipt"
"""


def with_receipts(folder):
    with open(definitions("open.toml"), encoding="utf-8") as file:
        text = file.read()
    before = re.search(r'\[\[campaign\.step\]\](?:\n[^\[\n]+)+\n', text)
    assert before, "open.toml has a campaign"
    path = folder / "receipts.toml"
    path.write_text(text[:before.end()] + STEP + text[before.end():], encoding="utf-8")
    return str(path)


def note_in(text, origin):
    begin = text.index(f"\n{origin}\n") + 1
    end = text.index("\n", text.index(f"— {origin} "))
    return text[begin:end + 1]


def test_receipt(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [with_receipts(tmp_path)]).start()
    confirmed(jawort, relay, ADDRESS)
    key = jawort.done("ledger", "key").strip()
    jawort.done("ledger", "checkpoint")
    mail = wait_until(lambda: mails_at(relay)[1:], "the receipt")[0]
    assert mail.recipient == ADDRESS
    assert [one["kind"] for one in jawort.mails("--all")] == ["confirmation", "receipt"]
    [(sequence, leaf)] = rows(
        jawort, "SELECT sequence, leaf FROM event WHERE type = 'consent_confirmed'")
    leaf_hash = hashlib.sha256(b"\x00" + leaf).hexdigest()
    wording = jawort.consent(ADDRESS)["wording"]
    for part in ("plain", "html"):
        text = html.unescape(mail.part(part))
        assert leaf_hash in text and wording in text
    note = note_in(mail.part("plain").replace("\r\n", "\n"), key.split("+", maxsplit=1)[0])
    assert int(opened(note, key)[1]) >= sequence
    [(kept,)] = rows(jawort, f"SELECT note FROM checkpoint WHERE size >= {sequence} "
                             "ORDER BY size LIMIT 1")
    assert note == kept

    # It can be left from there, and nothing waits any more.
    assert rows(jawort, "SELECT * FROM receipt_due") == []
    link = re.search(r"/revoke/[\w-]+", mail.header("List-Unsubscribe"))[0]
    assert Visitor(jawort.port).post(link, {"List-Unsubscribe": "One-Click"}).status == 200
    assert jawort.consent(ADDRESS)["status"] == "revoked"


def test_who_has_left_before_the_seal_gets_none(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [with_receipts(tmp_path)]).start()
    sign_up(jawort, ADDRESS)
    mail = wait_for_mails(relay, 1)[0]
    jawort.done("ledger", "checkpoint")  # the timer makes the next one much later
    visitor = Visitor(jawort.port)
    assert visitor.press(mail.confirm_path).status in (200, 303)
    assert visitor.post(jawort.revocation_path(ADDRESS), {}).status == 200
    assert jawort.consent(ADDRESS)["status"] == "revoked"
    jawort.done("ledger", "checkpoint")
    wait_until(lambda: rows(jawort, "SELECT * FROM receipt_due") == [], "it is let go")
    sign_up(jawort, "bert@example.org")
    wait_until(lambda: len(mails_at(relay)) == 2, "the next mail")
    assert [mail.recipient for mail in mails_at(relay)] == [ADDRESS, "bert@example.org"]


def test_verbs_know_it(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [])
    warnings = jawort.ask("apply", with_receipts(tmp_path))["warnings"]
    assert not any("receipt" in str(warning) for warning in warnings)
    shown = jawort.done("template", "preview", "receipt", "--lang", "en")
    assert "Receipt of your consent" in shown and "SAMPLE" in shown
    assert "receipt" in jawort.done("template", "list")
    jawort.done("template", "lint")
