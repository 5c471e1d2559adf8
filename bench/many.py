"""Makes a database of many confirmed people: what one person left in it through the program itself
is copied by SQL, with ids, addresses and sequences of their own. Salts and hashes of leaves are the
one person's: nothing here is evidence, but rows have their true size, and indexes their order."""

import contextlib
import hashlib
import sqlite3

BATCH = 50_000  # people per transaction
FACTOR = 2654435761  # scatters addresses over their index


def fill(database, people):
    """REQUIRES: the database holds exactly one contact, confirmed, and no server has it open."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        run = connection.execute
        run("PRAGMA synchronous = OFF")
        run("PRAGMA cache_size = -1000000")
        run("PRAGMA temp_store = MEMORY")
        run("PRAGMA wal_autocheckpoint = 20000")
        connection.create_function("big_endian", 1, lambda n: n.to_bytes(8, "big"),
                                   deterministic=True)
        contact, = run("SELECT min(id) FROM contact").fetchone()
        events, = run("SELECT count(*) FROM event").fetchone()
        first = contact - ((people + 10) << 20)
        trigger, = run("SELECT sql FROM sqlite_schema WHERE name = 'event_insert'").fetchone()
        update, = run("SELECT sql FROM sqlite_schema WHERE name = 'event_update'").fetchone()
        run("DROP TRIGGER event_insert")  # its question costs as much as the insert
        run("DROP TRIGGER event_update")
        tree = Tree()
        for leaf, in run("SELECT leaf FROM event ORDER BY sequence"):
            tree.append(leaf)
        for begin in range(1, people + 1, BATCH):
            end = min(begin + BATCH, people + 1)
            _insert(run, begin, end, first, contact, events)
            _grow(connection, tree)
        run(trigger)
        run(update)
        run("PRAGMA wal_checkpoint(TRUNCATE)")


def address_of_copy(number):
    """Of the so many-th copied person, from 1."""
    return f"{number * FACTOR % 2 ** 32:08x}@example.org"


class Tree:
    """The subtrees that are complete on the left. engine/evidence/FORMAT.md §6."""

    def __init__(self):
        self.size, self._complete = 0, []

    def append(self, leaf):
        """Answers the hashes of those that this leaf completes."""
        node, completed = hashlib.sha256(b"\0" + leaf).digest(), []
        rest = self.size
        while rest & 1:
            node = hashlib.sha256(b"\1" + self._complete.pop() + node).digest()
            completed.append(node)
            rest >>= 1
        self._complete.append(node)
        self.size += 1
        return b"".join(completed)


def _grow(connection, tree):
    rows = connection.execute("SELECT sequence, leaf FROM event WHERE sequence > ?"
                              " ORDER BY sequence", (tree.size,)).fetchall()
    completed = ((tree.append(leaf), sequence) for sequence, leaf in rows)
    connection.execute("BEGIN")
    connection.executemany("UPDATE event SET nodes = ? WHERE sequence = ?",
                           (row for row in completed if row[0]))
    connection.execute("COMMIT")


# Columns that differ from person to person are computed from k, which counts the people; the rest
# is copied. Their ids lie a millisecond apart, before all that come later.
def _insert(run, begin, end, first, contact, events):
    people = ("WITH RECURSIVE person (k) AS (SELECT %d UNION ALL SELECT k + 1 FROM person "
              "WHERE k < %d) " % (begin, end - 1))
    own = "%d + (k << 20)" % first
    moved = "%d + (k << 20) + (%%s - %d)" % (first, contact)
    sequence = "(k * %d + %%s)" % events
    address = f"printf('%08x', k * {FACTOR} & 4294967295) || '@example.org'"
    run("BEGIN")
    run(f"{people} INSERT INTO contact SELECT {own}, {address}, {address}, language, source, "
        f"created_at FROM person, (SELECT * FROM contact WHERE id = {contact})")
    run(f"{people} INSERT INTO contact_field SELECT {own}, name, value, source, set_at "
        f"FROM person, (SELECT * FROM contact_field WHERE contact_id = {contact})")
    columns = [row[1] for row in run("PRAGMA table_info(consent)")]
    changed = {"id": moved % "c.id", "contact_id": own, "submission": sequence % "c.submission",
               "mail_id": moved % "c.mail_id"}
    run(f"{people} INSERT INTO consent SELECT "
        + ", ".join(changed.get(name, "c." + name) for name in columns)
        + f" FROM person, (SELECT * FROM consent WHERE contact_id = {contact}) c")
    run(f"{people} INSERT INTO event (sequence, at, type, leaf, contact_id, consents) SELECT "
        f"{sequence % 'e.sequence'}, at, type, CAST(substr(leaf, 1, 1) || "
        f"big_endian({sequence % 'e.sequence'}) || substr(leaf, 10) AS BLOB), {own}, "
        f"big_endian({moved % '(SELECT id FROM consent WHERE contact_id = %d)' % contact}) "
        f"FROM person, (SELECT * FROM event WHERE sequence <= {events}) e ORDER BY 1")
    run(f"{people} INSERT INTO event_values SELECT {sequence % 'v.sequence'}, packed FROM person, "
        f"(SELECT * FROM event_values WHERE sequence <= {events}) v ORDER BY 1")
    columns = [row[1] for row in run("PRAGMA table_info(mail)")]
    changed = {"id": moved % "m.id", "contact_id": own, "submission": sequence % "m.submission",
               "message": "''", "slots": "''", "recipient": "''"}
    run(f"{people} INSERT INTO mail SELECT "
        + ", ".join(changed.get(name, "m." + name) for name in columns)
        + f" FROM person, (SELECT * FROM mail WHERE contact_id = {contact}) m")
    columns = [row[1] for row in run("PRAGMA table_info(outbox)")]
    run(f"{people} INSERT INTO outbox SELECT "
        + ", ".join(moved % "o.mail_id" if name == "mail_id" else "o." + name for name in columns)
        + " FROM person, (SELECT * FROM outbox ORDER BY mail_id DESC LIMIT 1) o")
    run(f"{people} INSERT INTO mail_limit SELECT k * {FACTOR} << 20 | k, at + k, 1 FROM person, "
        "(SELECT min(at) AS at FROM mail_limit)")
    run("COMMIT")
