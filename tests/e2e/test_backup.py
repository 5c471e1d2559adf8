"""Backup and restore on the real program (PROMISES 12): what was answered before the backup began
is in it, no mail goes before an operator lets it, and who opted out since stays out."""

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys

import pytest

from jawort import path_of, run_binary
from load import Load
from signing_up import OPEN, confirmed, mails_at, sign_up, wait_for_mails
from visitor import Visitor
from waiting import wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "crash"))

import consents  # noqa: E402
from database import Database  # noqa: E402


def folds(path):
    """Every consent's row equals the fold of its events, read by Python alone."""
    with Database(path) as database:
        assert database.damage() == []
        rows = database.consents()
        for row in rows:
            folded, renewal = consents.fold(database.about(row["contact_id"], row["id"]),
                                            row["purpose"], database.mail_of)
            assert folded is not None and renewal is None
            wrong = {name: (row[name], value) for name, value in folded.items()
                     if name != "expires_at" and row[name] != value}
            assert wrong == {}, row["id"]
        return len(rows)


def restore(jawort, file, *more):
    return jawort.ask("restore", str(file), "--yes", *more)


def test_a_backup_under_load_is_consistent(new_jawort, relay, closed_port, tmp_path):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [OPEN]).start()
    load = Load(jawort.port)
    try:
        wait_until(lambda: load.count() > 200, "posts are answered")
        before = list(load.answered)
        made = jawort.ask("backup", str(tmp_path / "first.db"))
        after = load.count()
        assert after > len(before), "posts went on"
        jawort.done("backup", str(tmp_path / "second.db"))
    finally:
        load.stop()
    assert load.unexpected == [] and load.cut == []
    assert sorted(os.listdir(tmp_path))[:3] == ["first.db", "first.db.sha256", "jawort-0"]
    assert stat.S_IMODE(os.stat(tmp_path / "first.db").st_mode) == 0o600
    assert made["bytes"] == os.path.getsize(tmp_path / "first.db")
    with Database(str(tmp_path / "first.db")) as database:
        kept = {row[0] for row in database.rows("SELECT email_normalised FROM contact")}
        assert set(before) <= kept
        assert made["contacts"] == len(kept) and made["events"] == database.last_sequence()
    assert folds(str(tmp_path / "first.db")) == len(kept)

    # Restored: the same, and no mail goes, whatever happens, until it is let go.
    jawort.stop()
    jawort.configure({"smtp.url": relay.url})
    done = restore(jawort, tmp_path / "first.db")
    assert done["waiting"] == len(kept) and done["paused"] is True
    with Database(done["kept"]) as old:
        assert {row[0] for row in old.rows("SELECT email_normalised FROM contact")} == set(
            load.answered)
    jawort.start()
    sign_up(jawort, "new@example.org")
    assert jawort.run("queue", "retry", "--all").returncode == 0
    jawort.stop()
    jawort.start()  # also over a restart
    assert [event["level"] for event in jawort.log.events("outbox_paused")] == ["warning"]
    assert jawort.ask("queue", "list")["paused"]["reason"] == "restored from a backup"
    assert "release --all" in jawort.done("queue", "list", "--limit", "1")
    outbox = [result for result in jawort.checks() if result["name"] == "outbox"]
    assert [result["status"] for result in outbox] == ["warning"]
    metrics = Visitor(jawort.admin_port).get("/metrics").text
    assert "jawort_outbox_paused 1" in metrics
    assert all(mail["attempts"] == 0 and mail["state"] == "queued" for mail in jawort.mails())
    assert mails_at(relay) == [], "0 mails before release"

    assert jawort.ask("queue", "release", "--all")["done"] == len(kept) + 1
    relay.wait_for(len(kept) + 1, 40)
    assert {mail.recipient for mail in mails_at(relay)} == kept | {"new@example.org"}
    assert "paused" not in jawort.ask("queue", "list")
    assert "jawort_outbox_paused 0" in Visitor(jawort.admin_port).get("/metrics").text


def test_while_no_server_runs(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN])
    nothing = new_jawort({"smtp.url": relay.url}, definitions=())
    assert nothing.run("backup", str(tmp_path / "none.db")).returncode == 1
    said = jawort.done("backup", str(tmp_path / "resting.db"))
    assert "keys" in said and "jawort.toml" in said, "what is not in it"
    again = jawort.run("backup", str(tmp_path / "resting.db"))
    assert again.returncode == 1 and "exists" in again.stderr
    elsewhere = jawort.run("backup", str(tmp_path / "no" / "such" / "folder.db"))
    assert elsewhere.returncode == 1 and str(tmp_path / "no" / "such") in elsewhere.stderr
    here = run_binary("--config", jawort.config, "backup", "here.db", cwd=tmp_path)
    assert here.returncode == 0 and os.path.exists(tmp_path / "here.db"), "of the caller's folder"


def people_after_a_backup(jawort, relay, backup):
    """Some opt out after the backup. Answers {address: its revocation path}."""
    paths = {}
    for name in ("anna", "bernd", "dora"):
        address = f"{name}@example.org"
        confirmed(jawort, relay, address)
        paths[address] = jawort.revocation_path(address)
    for name in ("clara", "emil"):
        sign_up(jawort, f"{name}@example.org")
    relay.wait_for(5, 40)
    confirm = {mail.recipient: mail.confirm_path for mail in mails_at(relay)}
    wait_until(lambda: not jawort.mails("--limit", "1"), "all is sent and recorded")
    jawort.done("backup", str(backup))
    visitor = Visitor(jawort.port)
    assert visitor.one_click(paths["anna@example.org"]).status == 200
    assert visitor.press(confirm["clara@example.org"], "deny").status == 200
    # Confirmed and left again, both after the backup.
    assert visitor.press(confirm["emil@example.org"]).status in (200, 303)
    assert visitor.post(jawort.revocation_path("emil@example.org"), {}).status == 200
    # Came back after the backup, and is out again.
    assert visitor.post(paths["dora@example.org"], {}).status == 200
    return confirm


def check_people(jawort):
    anna = jawort.consent("anna@example.org")
    assert (anna["status"], anna["revoked_by"]) == ("revoked", "one_click")
    assert jawort.consent("bernd@example.org")["status"] == "confirmed", "as it was"
    assert jawort.consent("dora@example.org")["status"] == "revoked"
    assert not jawort.knows("clara@example.org"), "denied, and nothing is left"
    assert not jawort.knows("emil@example.org"), "was only pending in the backup"
    return anna


def test_opt_outs_since_the_backup_stay_in_force(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    people_after_a_backup(jawort, relay, tmp_path / "yesterday.db")
    stamp = jawort.consent("anna@example.org")["revoked_at"]
    jawort.stop()

    done = restore(jawort, tmp_path / "yesterday.db")
    assert done["opt_outs"] == {"from": "the replaced database, jawort.db.opt-outs",
                                "revoked": 2, "denied": 2, "suppressed": 0, "erased": 0}
    assert check_people(jawort)["revoked_at"] == stamp, "when she left, not when it was restored"
    folds(jawort.database)
    jawort.start()
    before = len(relay.messages())
    jawort.done("queue", "release", "--all")
    sign_up(jawort, "clara@example.org")  # the form is deaf to her, as before
    sign_up(jawort, "fritz@example.org")
    assert wait_for_mails(relay, before + 1)[before].recipient == "fritz@example.org"
    assert not jawort.knows("clara@example.org")
    jawort.stop()
    # Once more from the same backup: what was applied anew is known of the new database too.
    assert restore(jawort, tmp_path / "yesterday.db")["opt_outs"]["revoked"] == 2
    check_people(jawort)


def lose_database(jawort):
    for tail in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(jawort.database + tail)


def test_opt_outs_after_a_start_without_the_database(new_jawort, relay, tmp_path):
    """The disk was lost, the journal was put back, and a start has made an empty database."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    people_after_a_backup(jawort, relay, tmp_path / "yesterday.db")
    jawort.kill()
    lose_database(jawort)
    jawort.start()
    jawort.stop()
    done = restore(jawort, tmp_path / "yesterday.db")
    assert (done["opt_outs"]["revoked"], done["opt_outs"]["denied"]) == (2, 2)
    check_people(jawort)


def test_opt_outs_that_only_the_journal_has(new_jawort, relay, tmp_path):
    """What was saved of the replaced database lacks its newest minutes."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    people_after_a_backup(jawort, relay, tmp_path / "yesterday.db")
    jawort.kill()
    lose_database(jawort)
    shutil.copy(tmp_path / "yesterday.db", jawort.database)
    done = restore(jawort, tmp_path / "yesterday.db")
    assert (done["opt_outs"]["revoked"], done["opt_outs"]["denied"]) == (2, 2)
    check_people(jawort)


def test_an_older_database_put_in_place_by_hand(new_jawort, relay, tmp_path):
    """Nobody asked for a restore: who left is out before anything is served, twice too."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    people_after_a_backup(jawort, relay, tmp_path / "yesterday.db")
    jawort.kill()
    for _ in range(2):
        lose_database(jawort)
        shutil.copy(tmp_path / "yesterday.db", jawort.database)
        jawort.start()
        check_people(jawort)
        applied = jawort.log.events("opt_outs_applied")
        assert [(event["revoked"], event["denied"]) for event in applied] == [(2, 2)]
        jawort.stop()
    folds(jawort.database)
    # Who comes back afterwards is not taken out by the old lines again.
    jawort.start()
    confirmed(jawort, relay, "anna@example.org")
    jawort.stop()
    jawort.done("backup", str(tmp_path / "today.db"))
    restore(jawort, tmp_path / "today.db")
    assert jawort.consent("anna@example.org")["status"] == "confirmed"


@pytest.mark.parametrize("named", [True, False])
def test_opt_outs_from_the_journal_when_the_database_is_lost(named, new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    people_after_a_backup(jawort, relay, tmp_path / "yesterday.db")
    jawort.kill()
    journal = jawort.database + ".opt-outs"
    with open(journal, encoding="ascii") as file:
        text = file.read()
    assert text.startswith("jawort opt-outs 1 ") and "example.org" not in text
    assert text.count(" revoked ") == 3 and text.count(" denied ") == 1
    with open(jawort.database, "r+b") as file:  # a broken disk
        file.write(os.urandom(20000))
    with contextlib.suppress(FileNotFoundError):
        os.remove(jawort.database + "-wal")
    more = []
    if named:
        shutil.move(journal, tmp_path / "kept-elsewhere")
        more = ["--opt-outs", str(tmp_path / "kept-elsewhere")]
    done = restore(jawort, tmp_path / "yesterday.db", *more)
    assert (done["opt_outs"]["revoked"], done["opt_outs"]["denied"]) == (2, 2)
    check_people(jawort)
    jawort.start()
    assert jawort.log.events("opt_outs_set_aside") == []


def test_a_journal_that_does_not_belong_here_is_refused(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN])
    jawort.done("backup", str(tmp_path / "one.db"))
    other = new_jawort({"smtp.url": relay.url}, [OPEN])
    before = os.stat(jawort.database).st_ino
    for name, text in (("foreign", None), ("text", "hello\n"), ("cut", "jawort opt-outs 1 00"),
                       ("newer", "broken\n")):
        path = tmp_path / name
        if text is None:
            shutil.copy(other.database + ".opt-outs", path)
        elif name == "newer":
            shutil.copy(jawort.database + ".opt-outs", path)
            with open(path, "a", encoding="ascii") as file:
                file.write("1 2026-11-25T09:15:02.114Z vanished 0000000000000001 a -\n")
        else:
            path.write_text(text, encoding="ascii")
        answer = jawort.run("restore", str(tmp_path / "one.db"), "--yes", "--opt-outs", str(path))
        assert answer.returncode == 1 and str(path) in answer.stderr, name
    assert os.stat(jawort.database).st_ino == before, "nothing was touched"
    assert not [name for name in os.listdir(os.path.dirname(jawort.database))
                if "restoring" in name]


def test_what_is_no_good_backup_is_refused(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    jawort.wait_for_mail(state="sent")  # two events
    running = jawort.run("backup", str(tmp_path / "good.db"))
    assert running.returncode == 0
    refused = jawort.run("restore", str(tmp_path / "good.db"), "--yes")
    assert refused.returncode == 1 and "in use" in refused.stderr, "while the server runs"
    jawort.stop()
    asked = jawort.run("restore", str(tmp_path / "good.db"))
    assert asked.returncode == 1 and "--yes" in asked.stderr

    good = (tmp_path / "good.db").read_bytes()
    (tmp_path / "cut.db").write_bytes(good[:len(good) // 2])
    (tmp_path / "text.db").write_bytes(b"hello" * 1000)
    (tmp_path / "empty.db").write_bytes(b"")
    with contextlib.closing(sqlite3.connect(tmp_path / "strange.db")) as database:
        database.execute("CREATE TABLE song (title TEXT)")
    for name, sql in (("newer", "INSERT INTO migration VALUES (9999, 'of the future',"
                                " zeroblob(32))"),
                      ("value", "UPDATE event_values SET packed = substr(packed, 1, 40)"),
                      ("gap", "DROP TRIGGER event_delete; DELETE FROM event_values;"
                              "DELETE FROM event WHERE sequence = 1")):
        (tmp_path / f"{name}.db").write_bytes(good)
        with contextlib.closing(sqlite3.connect(tmp_path / f"{name}.db")) as database:
            database.executescript(sql)
    before = os.stat(jawort.database).st_ino
    for name in ("cut", "text", "empty", "strange", "newer", "value", "gap", "missing"):
        answer = jawort.run("restore", str(tmp_path / f"{name}.db"), "--yes")
        assert answer.returncode == 1 and answer.stderr.strip(), name
        assert f"{name}.db" in answer.stderr and "restoring" not in answer.stderr, answer.stderr
        assert answer.stderr.count(f"{name}.db") == 1, answer.stderr
    assert os.stat(jawort.database).st_ino == before, "nothing was touched"
    assert jawort.knows("anna@example.org")


def test_names_that_cannot_be_meant(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN])
    for verb in (["backup", ""], ["restore", "", "--yes"]):
        answer = jawort.run(*verb)
        assert answer.returncode == 2 and "empty" in answer.stderr, verb
    itself = jawort.run("restore", jawort.database, "--yes")
    assert itself.returncode == 1 and "is the database itself" in itself.stderr
    keys = os.path.join(os.path.dirname(jawort.config), "keys")
    before = os.listdir(keys)
    among_keys = jawort.run("backup", os.path.join(keys, "one.db"))
    assert among_keys.returncode == 1 and "key folder" in among_keys.stderr
    assert os.listdir(keys) == before


def test_a_flipped_byte_is_found_by_the_sum(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    jawort.stop()
    backup = tmp_path / "one.db"
    jawort.done("backup", str(backup))
    subprocess.run(["sha256sum", "-c", "one.db.sha256"], cwd=tmp_path, check=True)
    good = backup.read_bytes()
    assert good.count(b"anna@example.org") > 0
    backup.write_bytes(good.replace(b"anna@example.org", b"bnna@example.org"))
    answer = jawort.run("restore", str(backup), "--yes")
    assert answer.returncode == 1 and "one.db.sha256" in answer.stderr
    backup.write_bytes(good)
    restore(jawort, backup)
    os.remove(str(backup) + ".sha256")
    restore(jawort, backup)


def test_what_root_restores_belongs_to_the_owner_of_the_folder(new_jawort, relay, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN])
    jawort.done("backup", str(tmp_path / "one.db"))
    data = os.path.dirname(jawort.database)
    shutil.rmtree(data)
    os.mkdir(data, 0o700)
    os.chown(data, 12345, 12345)
    assert restore(jawort, tmp_path / "one.db")["kept"] is None, "on a new machine"
    assert {os.stat(os.path.join(data, name)).st_uid for name in os.listdir(data)} == {12345}
    os.chown(data, 0, 0)


def test_a_backup_of_an_older_schema_is_migrated(new_jawort, relay, tmp_path):
    import migrating
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN])
    migrating.build(str(tmp_path / "old.db"), 3)
    assert restore(jawort, tmp_path / "old.db")["schema"] == len(migrating.migrations())
    jawort.start()
    assert jawort.ask("queue", "list")["paused"]


def test_migrate_makes_a_backup_first(new_jawort, relay):
    import migrating
    jawort = new_jawort({"smtp.url": relay.url}, definitions=())
    os.makedirs(os.path.dirname(jawort.database))
    migrating.build(jawort.database, 3)
    before = migrating.schema(jawort.database)
    done = jawort.ask("migrate")
    assert done["applied"] == len(migrating.migrations()) - 3
    assert os.path.basename(done["backup"]).startswith("jawort.db.schema-3-")
    assert migrating.schema(done["backup"]) == before
    assert migrating.schema(jawort.database)[1][-1] == len(migrating.migrations())
    assert "backup" not in jawort.ask("migrate"), "nothing to do, nothing to keep"
    os.remove(jawort.database)
    migrating.build(jawort.database, 3)
    assert "backup" not in jawort.ask("migrate", "--no-backup")


@pytest.fixture
def small_disk(tmp_path):
    """8 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)],
                      capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_leaves_nothing(new_jawort, relay, small_disk, closed_port):
    import migrating
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [OPEN]).start()
    with open(small_disk / "filler", "wb") as file:
        file.write(bytes(8 * 1024 * 1024 - 64 * 1024))
    answer = jawort.run("backup", str(small_disk / "backup.db"))
    assert answer.returncode == 1
    assert "not enough room" in answer.stderr and str(small_disk) in answer.stderr
    assert os.listdir(small_disk) == ["filler"]
    os.remove(small_disk / "filler")
    jawort.done("backup", str(small_disk / "backup.db"))

    # A database that has no room to be migrated stays as it was.
    tight = new_jawort({"smtp.url": relay.url,
                        "database.reserve": "0",
                        "database.url": f"sqlite:{small_disk}/tight.db"}, definitions=())
    migrating.build(str(small_disk / "tight.db"), 4)
    before = migrating.schema(str(small_disk / "tight.db"))
    free = os.statvfs(small_disk)
    with open(small_disk / "filler", "wb") as file:
        file.write(bytes(free.f_bavail * free.f_frsize - 300 * 1024))
    answer = tight.run("migrate")
    assert answer.returncode == 1 and "not enough room" in answer.stderr
    assert migrating.schema(str(small_disk / "tight.db")) == before
    os.remove(small_disk / "filler")
    assert tight.ask("migrate")["applied"] == len(migrating.migrations()) - 4


def test_the_journal_catches_up(new_jawort, relay, tmp_path):
    """Without it, cut in the middle of a line, or of another database: a start makes it whole."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    for name in ("anna", "bernd"):
        confirmed(jawort, relay, f"{name}@example.org")
        path = path_of(jawort.ask("link", "revoke", f"{name}@example.org", "--purpose",
                                  "newsletter")["url"])
        assert Visitor(jawort.port).post(path, {}).status == 200
    journal = jawort.database + ".opt-outs"
    with open(journal, encoding="ascii") as file:
        whole = file.read()
    assert whole.count("\n") == 3 and whole.count(" revoked ") == 2, "before the answer"
    jawort.stop()
    for text in (None, "", whole[:-30], whole[:whole.index("\n") + 1], whole[:10],
                 whole.replace("newsletter", "something"), "nonsense\n"):
        os.remove(journal)
        if text is not None:
            with open(journal, "w", encoding="ascii") as file:
                file.write(text)
        jawort.start()
        jawort.stop()
        with open(journal, encoding="ascii") as file:
            assert file.read() == whole, text
    aside = [name for name in os.listdir(os.path.dirname(journal))
             if name.startswith("jawort.db.opt-outs.")]
    assert len(aside) == 3, "what is not ours is not thrown away"
