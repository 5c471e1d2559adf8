"""PROMISES 13: a migration that is cut off leaves the old schema or the new one."""

import sqlite3

import pytest

import migrating
from installation import Jawort


@pytest.fixture
def migration(tmp_path):
    return migrating.Migration(Jawort(tmp_path / "jawort"), tmp_path)


def cut_off(migration, count, effect, step):
    number = struck = 0
    hit = True
    while hit:
        number += step
        hit, wrong = migration.kill(count, number, effect)
        assert wrong == []
        struck += hit
    return struck


@pytest.mark.parametrize("count", range(len(migrating.migrations())))
def test_killed_now_and_then(migration, count):
    assert cut_off(migration, count, "signal=KILL", 7) > 1


@pytest.mark.long
@pytest.mark.parametrize("effect", ["signal=KILL", "error=EIO", "error=ENOSPC"])
@pytest.mark.parametrize("count", range(len(migrating.migrations())))
def test_at_each_call(migration, count, effect):
    assert cut_off(migration, count, effect, 1) > 10


def test_a_schema_between_is_seen(migration):
    """The check can fail: a table is missing although the migration says that it is done."""
    path = migration.jawort.database
    _, wrong = migration.kill(0, 10 ** 6)
    assert wrong == []
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE form_denial")
    assert "neither old nor new" in migration.wrong_after(0, 1)[0]
