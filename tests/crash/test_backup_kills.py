"""`backup` and `restore` killed at the n-th call, or with that call failing. A backup is there
whole or not at all; a restore leaves the old database or the restored one, whole."""

import os
import shutil
import signal
import subprocess

import pytest

import migrating
from database import Database
from faults import Fault, error_at
from installation import (BINARY, CALM, PATIENCE, Jawort, RecordingSink, Visitor,
                          clean_environment, definitions, install, run_binary, started)

CALLS = "openat,write,pwrite64,fsync,fdatasync,ftruncate,fchmod,link,rename,renameat2,unlink"


class Copies:
    """An installation with one backup from before a definition was loaded."""

    def __init__(self, folder):
        self.jawort = Jawort(folder / "jawort")
        self.trace = str(folder / "strace.log")
        self.folder = str(folder)
        self.backup = str(folder / "before.db")
        self.jawort.done("contact", "list")
        self.jawort.done("backup", self.backup)
        self.jawort.apply(definitions("open.toml"))
        self.data = os.path.dirname(self.jawort.database)
        self.saved = str(folder / "saved")
        shutil.copytree(self.data, self.saved)

    def cut_off(self, number, effect, *verb):
        tracer = Fault(CALLS, effect, str(number)).tracer(self.trace)
        done = subprocess.run([*tracer, BINARY, "--config", self.jawort.config, *verb],
                              env=clean_environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, check=False)
        struck = done.returncode == -signal.SIGKILL or (
            "error" in effect and error_at(self.trace) is not None)
        return struck, done.returncode

    def failed_call(self):
        with open(self.trace, encoding="utf-8", errors="replace") as file:
            return "".join(line for line in file if "(INJECTED)" in line)

    def backup_cut_off(self, number, effect):
        target = os.path.join(self.folder, "new.db")
        struck, status = self.cut_off(number, effect, "backup", target)
        if os.path.exists(target):
            with Database(target) as database:
                assert database.damage() == [], number
                assert database.one("SELECT count(*) FROM definition") > 0, number
        elif "error" in effect:
            assert status != 0, number
            if "unlink" not in self.failed_call():
                assert not os.path.exists(target + ".partial"), (number, "an error leaves nothing")
        else:
            assert struck, number
        left = os.path.exists(target)
        if not left:
            self.jawort.done("backup", target)  # whatever the killed one left behind
        os.remove(target)
        for name in os.listdir(self.folder):
            if name.startswith("new.db.sha256"):
                os.remove(os.path.join(self.folder, name))
        assert [name for name in os.listdir(self.folder) if name.startswith("new.db")] == []
        return struck, left

    def restore_cut_off(self, number, effect):
        shutil.rmtree(self.data)
        shutil.copytree(self.saved, self.data)
        struck, _ = self.cut_off(number, effect, "restore", self.backup, "--yes")
        with Database(self.jawort.database) as database:
            assert database.damage() == [], number
            paused = database.one("SELECT count(*) FROM outbox_pause")
            loaded = database.one("SELECT count(*) FROM definition")
        # Old: definitions and no pause. Restored: the pause from the first moment on.
        assert (paused, loaded > 0) in ((0, True), (1, False)), number
        again = run_binary("--config", self.jawort.config, "restore", self.backup, "--yes")
        assert again.returncode == 0, (number, again.stderr)
        assert not [name for name in os.listdir(self.data) if "restoring" in name], number
        return struck, paused == 1


def all_cuts(act, effect, step):
    number, struck, outcomes = 1, True, []
    while struck:
        struck, outcome = act(number, effect)
        outcomes.append(outcome)
        number += step
    return outcomes


@pytest.mark.parametrize("what", ["backup_cut_off", "restore_cut_off"])
def test_killed_now_and_then(what, tmp_path):
    outcomes = all_cuts(getattr(Copies(tmp_path), what), "signal=KILL", 11)
    assert len(outcomes) > 3 and outcomes[-1], "the one that was not killed"
    assert False in outcomes


@pytest.mark.long
@pytest.mark.parametrize("effect", ["signal=KILL", "error=EIO", "error=ENOSPC"])
@pytest.mark.parametrize("what", ["backup_cut_off", "restore_cut_off"])
def test_at_each_call(what, effect, tmp_path):
    outcomes = all_cuts(getattr(Copies(tmp_path), what), effect, 1)
    assert len(outcomes) > 30 and outcomes[-1] and False in outcomes


def test_migrating_with_a_backup_killed(tmp_path):
    """The backup that a migration makes is whole or not there; what is wrong with the database is
    found by test_migrating.py."""
    jawort = Jawort(tmp_path / "jawort")
    data = os.path.dirname(jawort.database)
    for number in range(1, 400, 37):
        shutil.rmtree(data, ignore_errors=True)
        os.makedirs(data)
        migrating.build(jawort.database, 3)
        tracer = Fault(CALLS, "signal=KILL", str(number)).tracer(str(tmp_path / "strace.log"))
        subprocess.run([*tracer, BINARY, "--config", jawort.config, "migrate"],
                       env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True,
                       timeout=PATIENCE, check=False)
        for name in os.listdir(data):
            if name.startswith("jawort.db.schema-3-") and not name.endswith(".partial"):
                with Database(os.path.join(data, name)) as database:
                    assert database.damage() == [], number
                assert migrating.schema(os.path.join(data, name))[1] == [1, 2, 3], number
        applied = len(migrating.schema(jawort.database)[1])
        assert 3 <= applied <= len(migrating.migrations()), number


@pytest.fixture
def two_confirmed(tmp_path):
    """(installation, revocation paths of two persons who are confirmed)."""
    with RecordingSink(CALM) as relay:
        jawort = install(tmp_path / "jawort", relay)
        jawort.start()
        paths = []
        for name in ("anna", "bernd"):
            address = f"{name}@example.org"
            Visitor(jawort.port).post_json("/forms/open", {"email": address,
                                                           "consent": ["newsletter"]})
            paths.append(jawort.revocation_path(address))
        jawort.stop()
        yield jawort, paths
        jawort.clean_up()


def lines_of(jawort):
    with open(jawort.database + ".opt-outs", encoding="ascii") as file:
        return file.read().splitlines()[1:]


@pytest.mark.parametrize("call", ["write", "fdatasync"])
def test_a_journal_that_cannot_be_written_keeps_nobody_in(call, two_confirmed, tmp_path):
    jawort, paths = two_confirmed
    fault = Fault(call, "error=ENOSPC", "1", (jawort.database + ".opt-outs",))
    jawort.launch(tracer=fault.tracer(str(tmp_path / "strace.log")))
    assert started(jawort)
    assert Visitor(jawort.port).post(paths[0], {}).status == 200
    assert len(jawort.log.events("opt_outs_not_written")) == 1
    assert Visitor(jawort.port).post(paths[1], {}).status == 200
    assert len(lines_of(jawort)) == 2, "the next one brings both"
    assert len(jawort.log.events("opt_outs_written")) == 1
    jawort.stop()


@pytest.mark.parametrize("call", ["write", "fdatasync"])
def test_a_kill_before_the_journal_is_made_good_by_the_next_start(call, two_confirmed, tmp_path):
    jawort, paths = two_confirmed
    fault = Fault(call, "signal=KILL", "1", (jawort.database + ".opt-outs",))
    jawort.launch(tracer=fault.tracer(str(tmp_path / "strace.log")))
    assert started(jawort)
    with pytest.raises(OSError):
        Visitor(jawort.port).post(paths[0], {})
    jawort.process.wait(PATIENCE)
    jawort.start()
    assert len(lines_of(jawort)) == 1
    assert Visitor(jawort.port).post(paths[0], {}).status == 200
    assert len(lines_of(jawort)) == 1, "it was in force already"
