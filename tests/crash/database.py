"""Reads what a killed server left, without changing it: tables as db/README.md describes them."""

import collections
import sqlite3
import urllib.parse

import leaves

Event = collections.namedtuple("Event", "sequence at type leaf facts")
Mail = collections.namedtuple("Mail", "id contact submission recipient digest consents")
Outbox = collections.namedtuple("Outbox", "state last_attempt_at handed_over_at uncertain")


class Database:
    """A snapshot: everything is read from one transaction. The server must not be running."""

    def __init__(self, path):
        self._connection = sqlite3.connect(f"file:{urllib.parse.quote(path)}?mode=ro", uri=True,
                                           isolation_level=None)
        self._connection.execute("BEGIN")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def rows(self, sql, *values):
        return self._connection.execute(sql, values).fetchall()

    def one(self, sql, *values):
        row = self._connection.execute(sql, values).fetchone()
        return row[0] if row else None

    # --- the log ---

    def last_sequence(self):
        return self.one("SELECT max(sequence) FROM event") or 0

    def raw_events(self, after):
        """(sequence, at, type, leaf's bytes) in the order of the sequence."""
        return self.rows("SELECT sequence, at, type, leaf FROM event WHERE sequence > ?"
                         " ORDER BY sequence", after)

    def leaf_bytes(self, sequence):
        return self.one("SELECT leaf FROM event WHERE sequence = ?", sequence)

    def event(self, sequence):
        leaf = leaves.decode(self.leaf_bytes(sequence))
        return Event(sequence, leaf.at, leaf.type, leaf, leaf.facts)

    def about(self, subject):
        """Events about a contact or a consent, in their order."""
        found = self.rows("SELECT sequence FROM event_subject WHERE subject_id = ?"
                          " ORDER BY sequence", subject)
        return [self.event(sequence) for sequence, in found]

    def values(self, sequence):
        """{name: (salt, value)} of what is still kept of an event."""
        found = self.rows("SELECT name, salt, value FROM event_value WHERE sequence = ?", sequence)
        return {name: (salt, value) for name, salt, value in found}

    def mail_of(self, sequence):
        """Which mail an event names; 0 when it names none, or does not any more."""
        value = self.values(sequence).get("mail")
        return int(value[1].decode("ascii"), 16) if value else 0

    # --- records ---

    def contact_of(self, address):
        return self.one("SELECT id FROM contact WHERE email_normalised = ?", address)

    def consents(self, contact=None):
        """Rows as dicts; of one contact, or of all."""
        where = "" if contact is None else " WHERE contact_id = ?"
        cursor = self._connection.execute(f"SELECT * FROM consent{where} ORDER BY id",
                                          () if contact is None else (contact,))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor]

    # --- mails ---

    def mails(self, after=0):
        asked = collections.defaultdict(list)
        for mail, consent in self.rows("SELECT mail_id, consent_id FROM mail_consent"
                                       " WHERE mail_id > ? ORDER BY mail_id, position", after):
            asked[mail].append(consent)
        return [Mail(*row, tuple(asked[row[0]])) for row in self.rows(
            "SELECT id, contact_id, submission, recipient, message_hash FROM mail WHERE id > ?"
            " ORDER BY id", after)]

    def outbox(self, mails):
        """{mail: row} of these mails."""
        found = {}
        for mail in mails:
            cursor = self._connection.execute("SELECT * FROM outbox WHERE mail_id = ?", (mail,))
            names = [column[0] for column in cursor.description]
            row = dict(zip(names, cursor.fetchone()))
            found[mail] = Outbox(*(row.get(name) for name in Outbox._fields))
        return found

    def mails_by_state(self):
        return dict(self.rows("SELECT state, count(*) FROM outbox GROUP BY state"))

    def damage(self):
        """What SQLite itself finds wrong with the file."""
        try:
            said = [row[0] for row in self.rows("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        said += [f"broken reference in {row[0]}" for row in self.rows("PRAGMA foreign_key_check")]
        return [line for line in said if line != "ok"]
