"""`jawort migrate` killed at each write: the schema is the old or the new one, or that of a
migration between the two, and never half of one."""

import contextlib
import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess

from faults import Fault, error_at
from installation import BINARY, PATIENCE, REPOSITORY, clean_environment, run_binary

CALLS = "pwrite64,fdatasync,fsync,ftruncate,unlink,openat"
MIGRATIONS = os.path.join(REPOSITORY, "db", "migrations")


def migrations():
    """[(name, text)] in their order."""
    found = []
    for name in sorted(os.listdir(MIGRATIONS)):
        with open(os.path.join(MIGRATIONS, name), encoding="utf-8") as file:
            found.append((name, file.read()))
    return found


def build(path, count):
    """A database as that many migrations leave it; none at all for 0."""
    if count == 0:
        return
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        for number, (name, text) in enumerate(migrations()[:count], 1):
            database.executescript(text)
            database.execute("INSERT INTO migration VALUES (?, ?, ?)",
                             (number, name, hashlib.sha256(text.encode("utf-8")).digest()))
        database.commit()


def schema(path):
    """What stands in a database: (its objects, numbers of its migrations)."""
    if not os.path.exists(path):
        return set(), []
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        objects = set(database.execute("SELECT type, name, sql FROM sqlite_schema"))
        applied = [number for number, in database.execute(
            "SELECT number FROM migration ORDER BY number")] if objects else []
    return objects, applied


def expected_schemas(folder):
    """[schema after 0, 1, 2 … migrations]."""
    found = []
    for count in range(len(migrations()) + 1):
        path = os.path.join(folder, f"schema-{count}.db")
        build(path, count)
        found.append(schema(path))
    return found


class Migration:
    """One installation, whose database is put back to an older schema again and again."""

    def __init__(self, jawort, folder):
        self.jawort, self.folder = jawort, str(folder)
        self.expected = expected_schemas(self.folder)

    def kill(self, count, number, effect="signal=KILL"):
        """Migrates from schema `count` with a fault at that call. Answers (whether it struck, what
        is wrong afterwards)."""
        data = os.path.dirname(self.jawort.database)
        shutil.rmtree(data, ignore_errors=True)
        os.makedirs(data)
        build(self.jawort.database, count)
        files = [self.jawort.database + tail for tail in ("", "-wal", "-journal")]
        trace = os.path.join(self.folder, "strace.log")
        command = Fault(CALLS, effect, str(number), tuple(files)).tracer(trace)
        done = subprocess.run([*command, BINARY, "--config", self.jawort.config, "migrate"],
                              env=clean_environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, check=False)
        struck = done.returncode == -signal.SIGKILL or (
            "error" in effect and error_at(trace) is not None)
        return struck, self.wrong_after(count, number)

    def wrong_after(self, count, number):
        left = schema(self.jawort.database)
        if left not in self.expected[count:]:
            return [f"migration: from schema {count}, call {number}: neither old nor new, it says "
                    f"{left[1]} and has {len(left[0])} objects"]
        again = run_binary("--config", self.jawort.config, "migrate")
        if again.returncode != 0 or schema(self.jawort.database) != self.expected[-1]:
            return [f"migration: from schema {count}, call {number}: the next try ended with "
                    f"{again.returncode}: {again.stderr.strip()}"]
        return []
