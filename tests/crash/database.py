"""Reads what a killed server left, without changing it: tables as db/README.md describes them."""

import collections
import sqlite3
import urllib.parse

import leaves

Event = collections.namedtuple("Event", "sequence at type leaf facts")
Mail = collections.namedtuple("Mail", "id contact submission recipient digest consents")
Outbox = collections.namedtuple("Outbox", "state last_attempt_at handed_over_at uncertain")


def ids(packed):
    """A list of ids, eight bytes each."""
    return tuple(int.from_bytes(packed[at:at + 8], "big") for at in range(0, len(packed or b""), 8))


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

    def nodes(self, sequence):
        return self.one("SELECT nodes FROM event WHERE sequence = ?", sequence)

    def last_node(self, sequence):
        """The greatest subtree that ends there."""
        return (self.nodes(sequence) or leaves.leaf_hash(self.leaf_bytes(sequence)))[-32:]

    def event(self, sequence):
        leaf = leaves.decode(self.leaf_bytes(sequence))
        return Event(sequence, leaf.at, leaf.type, leaf, leaf.facts)

    def about(self, contact, consent=None):
        """Events about a contact, or those about one of its consents, in their order."""
        found = self.rows("SELECT sequence, consents FROM event WHERE contact_id = ?"
                          " ORDER BY sequence", contact)
        return [self.event(sequence) for sequence, consents in found
                if consent is None or consent in ids(consents)]

    def values(self, sequence):
        """{name: (salt, value)} of what is still kept of an event."""
        packed = self.one("SELECT packed FROM event_values WHERE sequence = ?", sequence)
        return leaves.unpack(packed) if packed else {}

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

    def renewal(self, consent):
        """The row beside a consent as a dict; None when there is none."""
        cursor = self._connection.execute("SELECT * FROM renewal WHERE consent_id = ?", (consent,))
        row = cursor.fetchone()
        return row and dict(zip((column[0] for column in cursor.description), row))

    # --- mails ---

    def mails(self, after=0):
        return [Mail(*row, ids(consents)) for *row, consents in self.rows(
            "SELECT id, contact_id, submission, recipient, message_hash, consents FROM mail"
            " WHERE id > ? ORDER BY id", after)]

    def outbox(self, mails):
        """{mail: row} of these mails."""
        return {mail: Outbox(*self.rows(
            "SELECT state, last_attempt_at, handed_over_at, uncertain FROM outbox"
            " WHERE mail_id = ?", mail)[0])
            for mail in mails}

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
