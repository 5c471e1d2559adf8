"""`ledger verify` beside the real program: nothing is wrong until somebody writes around it."""

import contextlib
import json
import sqlite3
from email.message import EmailMessage

from signing_up import OPEN, confirmed
from waiting import wait_until


def tamper(jawort, sql):
    with contextlib.closing(sqlite3.connect(jawort.database)) as database:
        for name, in database.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.executescript(sql)
        database.commit()


def findings(jawort, *arguments):
    answer = jawort.run("ledger", "verify", "--json", *arguments)
    report = json.loads(answer.stdout)
    assert report["ok"] == (answer.returncode == 0), answer.stderr
    assert answer.returncode in (0, 1) and "@" not in answer.stdout
    assert all(set(check) == {"item", "ok", "detail"} for check in report["checks"])
    return [f"{check['item']}: {check['detail']}" for check in report["checks"]
            if not check["ok"]]


def test_a_log_beside_its_server_and_after_somebody_wrote_around_it(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, "anna@example.org")
    kept = tmp_path / "checkpoint.txt"
    kept.write_text(jawort.done("ledger", "checkpoint"), encoding="utf-8")
    confirmed(jawort, relay, "bert@example.org")
    jawort.done("ledger", "checkpoint")
    assert findings(jawort) == []
    assert findings(jawort, "--checkpoint", str(kept)) == []
    assert jawort.run("ledger", "verify").stdout.endswith("what it says.\n")
    jawort.stop()
    assert findings(jawort) == []

    tamper(jawort, "UPDATE consent SET confirmed_at = '2026-01-01T00:00:00.000Z'")
    assert any("confirmed_at is 2026-01-01" in line for line in findings(jawort))
    last = sqlite3.connect(jawort.database).execute("SELECT max(sequence) FROM event").fetchone()[0]
    tamper(jawort, f"DELETE FROM event_values WHERE sequence = {last};"
                   f"DELETE FROM event WHERE sequence = {last}")
    assert any(f"events {last} to {last} were cut off" in line for line in findings(jawort))
    # All that the database says of it is gone too; the copy elsewhere is not.
    tamper(jawort, "DELETE FROM checkpoint; DELETE FROM event_values WHERE sequence > 1;"
                   "DELETE FROM event WHERE sequence > 1;")
    assert any(line.startswith("earlier_checkpoint: ") and "were cut off" in line
               for line in findings(jawort, "--checkpoint", str(kept)))
    missing = jawort.run("ledger", "verify", "--checkpoint", str(tmp_path / "none"))
    assert missing.returncode == 1 and missing.stdout == ""


def test_what_was_kept_otherwise(new_jawort, relay, tmp_path):
    """A head that cannot be read is no sign of a change; one in a saved mail is read."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, "anna@example.org")
    head = jawort.done("ledger", "checkpoint")
    confirmed(jawort, relay, "bert@example.org")
    kept = tmp_path / "kept"

    def verify(text, *start):
        kept.write_bytes(text)
        answer = jawort.run("ledger", "verify", "--checkpoint", str(kept))
        assert "were changed" not in answer.stdout
        return answer

    origin, rest = head.split("\n", 1)
    for text in ("", "nothing of the kind\n", head[:40], head.replace("\n", "0\n", 2),
                 f"other.example/log\n{rest}".replace(f"— {origin}", "— other.example/log")):
        answer = verify(text.encode())
        assert answer.returncode == 1, text
        assert "?      earlier_checkpoint: " in answer.stdout, answer.stdout

    mail = EmailMessage()
    mail["From"], mail["Date"] = "a@example.org", "1 Dec 2026 10:00 +0000"
    mail.set_content("Bitte aufbewahren: so lässt sich das prüfen.\n\n" + head,
                     cte="quoted-printable")
    mail.add_alternative("<p>" + head + "</p>", subtype="html")
    for saved in (mail.as_bytes(), mail.as_bytes().replace(b"\n", b"\r\n")):
        answer = verify(saved)
        assert answer.returncode == 0, answer.stdout
        assert "earlier_checkpoint: the log begins with the" in answer.stdout
    answer = verify((head + "\ncut off by a cra").encode())
    assert answer.returncode == 0, answer.stdout


def test_a_cut_log_is_held_against_the_checkpoints_that_are_out(new_jawort, relay, tmp_path):
    file = tmp_path / "checkpoints.txt"
    jawort = new_jawort({"smtp.url": relay.url, "ledger.checkpoint_file": str(file)},
                        [OPEN]).start()
    confirmed(jawort, relay, "anna@example.org")
    jawort.done("ledger", "checkpoint")
    wait_until(lambda: file.exists() and file.read_text(encoding="utf-8").endswith("\n\n"),
               "the head is out")
    jawort.stop()
    assert findings(jawort) == []
    tamper(jawort, "DELETE FROM checkpoint_sent; DELETE FROM checkpoint WHERE size > 1;"
                   "DELETE FROM event_values WHERE sequence > 1;"
                   "DELETE FROM event WHERE sequence > 1;"
                   "DELETE FROM consent; DELETE FROM contact; DELETE FROM contact_field;")
    assert any(line.startswith("earlier_checkpoint: ") and "were cut off" in line
               for line in findings(jawort))
    report = json.loads(jawort.run("check", "--json").stdout)
    [ledger] = [line for line in report["results"] if line["name"] == "ledger"]
    assert ledger["status"] == "error" and "events 2 to" in ledger["detail"]
    before = file.read_text(encoding="utf-8")
    jawort.start()
    signed = jawort.run("ledger", "checkpoint")
    assert signed.returncode != 0 and "are missing" in signed.stderr
    jawort.stop()
    assert file.read_text(encoding="utf-8") == before
