"""`contact erase` on the real program: what goes, what stays, and that no backup brings it back."""

import contextlib
import os
import sqlite3

from jawort import run_binary
from signing_up import OPEN, confirmed, sign_up, wait_for_mails
from visitor import Visitor

ANNA, BERND, CARLA = "canary.anna@example.org", "canary.bernd@example.org", "carla@example.org"


def files_with(folder, word):
    """Files below the folder that hold the word, in any case."""
    found = []
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".sock"):
                continue
            with open(os.path.join(path, name), "rb") as file:
                if word.encode() in file.read().lower():
                    found.append(name)
    return found


def test_asks_and_needs_a_terminal(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [OPEN])
    answer = jawort.run("contact", "erase", ANNA)
    assert answer.returncode == 1 and "--yes" in answer.stderr
    answer = jawort.run("contact", "erase", ANNA, "--with-proof")
    assert answer.returncode == 1 and "proved" in answer.stderr
    assert jawort.run("contact", "erase", ANNA, "--yes").returncode == 1
    assert jawort.run("contact", "erase", "nobody", "--yes").returncode == 1
    assert run_binary("contact", "erase").returncode == 2


def test_nothing_of_a_person_is_left_in_any_file(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    sign_up(jawort, BERND)
    wait_for_mails(relay, 2)
    confirmed(jawort, relay, CARLA)
    leaves = events(jawort)
    data = os.path.join(jawort.folder, "data")

    erased = jawort.ask("contact", "erase", ANNA, "--yes")
    assert erased["consents"][0]["proof_kept_until"] and erased["overwritten"] is True
    assert jawort.run("contact", "show", ANNA).returncode == 1
    assert files_with(data, "canary.anna"), "the proof is kept"
    assert jawort.run("contact", "erase", ANNA, "--yes").returncode == 1, "was erased already"
    assert jawort.ask("contact", "erase", ANNA, "--yes", "--with-proof")["earlier_proofs"] == 1
    assert files_with(data, "canary.anna") == []

    answer = jawort.done("contact", "erase", BERND, "--yes")
    assert "never confirmed" in answer and "keyed hash" in answer
    assert "canary" not in answer
    assert files_with(data, "canary.bernd") == []
    assert jawort.consent(CARLA)["status"] == "confirmed"
    assert events(jawort)[:len(leaves)] == leaves

    before = len(relay.messages())
    sign_up(jawort, BERND)
    mail = wait_for_mails(relay, before + 1)[before]
    assert Visitor(jawort.port).press(mail.confirm_path).status in (200, 303)
    assert jawort.contact(BERND)["suppression"] is None, "who comes back is welcome"


def test_the_restore_of_an_older_backup_erases_again(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    confirmed(jawort, relay, CARLA)
    jawort.done("backup", str(tmp_path / "older.db"))
    jawort.done("contact", "erase", ANNA, "--yes", "--with-proof")
    journal = os.path.join(jawort.folder, "data", "jawort.db.opt-outs")
    with open(journal) as file:
        assert " erased " in file.read()
    jawort.stop()
    restored = jawort.ask("restore", str(tmp_path / "older.db"), "--yes")
    assert restored["opt_outs"]["erased"] == 1
    assert jawort.run("contact", "show", ANNA).returncode == 1
    assert jawort.consent(CARLA)["status"] == "confirmed"
    assert files_with(os.path.join(jawort.folder, "data"), "canary.anna") == []


def events(jawort):
    address = f"file:{jawort.database}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
        return database.execute("SELECT leaf, nodes FROM event ORDER BY sequence").fetchall()
