"""Leaves of the log and the values beside them, read by engine/evidence/FORMAT.md alone: nothing
here is the program's."""

import dataclasses
import hashlib
import hmac
import re

NAME = re.compile(rb"[a-z0-9_:.\-]{1,128}")
VERSION = re.compile(r"sha256:[0-9a-f]{64}")
LATEST = 253402300799999  # the end of the year 9999
NAMES = """form_submitted mail_handed_over mail_deferred mail_refused mail_uncertain mail_dropped
    link_opened consent_confirmed consent_denied consent_expired consent_revoked form form_version
    version_stated language date zone checks campaign grade expires_at template_version purpose:
    round: verdict code enhanced relay tls attempt by client reason revoked_by email
    email_normalised field: page ip user_agent reply mail mail_sha256 previous:
    seconds_since_hand_over""".split()  # from code 1 on


class Malformed(Exception):
    """The bytes are no leaf."""


@dataclasses.dataclass(frozen=True)
class Leaf:
    sequence: int
    at: int  # milliseconds
    type: str
    facts: dict
    commitments: dict


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def bytes(self, count):
        piece = self.data[self.at:self.at + count]
        if len(piece) != count:
            raise Malformed("ends too early")
        self.at += count
        return piece

    def number(self, width):
        return int.from_bytes(self.bytes(width), "big")

    def pairs(self, name, value):
        pairs, before = {}, ""
        for _ in range(self.number(2)):
            key = name()
            if key <= before:
                raise Malformed("has names that are not in rising order")
            pairs[key] = value()
            before = key
        return pairs

    def spelled_name(self):
        name = self.bytes(self.number(1))
        if not NAME.fullmatch(name):
            raise Malformed("has a name that is none")
        return name.decode("ascii")

    def utf8(self, length):
        try:
            return self.bytes(length).decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise Malformed("has a value that is not UTF-8") from None

    # --- version 1 ---

    def long_text(self):
        return self.utf8(self.number(2))

    # --- version 2 ---

    def coded_name(self, strict=True):
        code = self.number(1)
        if code > len(NAMES):
            raise Malformed("has an unknown code of a name")
        if code == 0:
            name = self.spelled_name()
            if strict and has_code(name):
                raise Malformed("spells a name that has a code")
            return name
        name = NAMES[code - 1]
        if not name.endswith(":"):
            return name
        rest = self.spelled_name()
        if len(name) + len(rest) > 128:
            raise Malformed("has a name that is too long")
        return name + rest

    def text(self):
        length = self.number(1)
        if length == 253:
            return "sha256:" + self.bytes(32).hex()
        if length == 255:
            raise Malformed("has a length of 255")
        long = length == 254
        text = self.utf8(self.number(2) if long else length)
        if VERSION.fullmatch(text) or long and len(text.encode("utf-8")) < 253:
            raise Malformed("has a value that could be shorter")
        return text


def has_code(name):
    start = name[:name.find(":") + 1]
    return name in NAMES and not name.endswith(":") or start in NAMES and name != start


def decode(data):
    """The leaf; Malformed when the bytes are none. FORMAT.md §1."""
    reader = Reader(data)
    version = reader.number(1)
    if version not in (1, 2):
        raise Malformed("has an unknown version")
    name, text = ((reader.spelled_name, reader.long_text) if version == 1 else
                  (reader.coded_name, reader.text))
    sequence, at = reader.number(8), reader.number(8)
    if not 0 < sequence < 2 ** 63 or at > LATEST:
        raise Malformed("has a sequence or time out of range")
    kind = name()
    facts = reader.pairs(name, text)
    commitments = reader.pairs(name, lambda: reader.bytes(32))
    if reader.at != len(data):
        raise Malformed("has bytes after the end")
    return Leaf(sequence, at, kind, facts, commitments)


def leaf_hash(data):
    """FORMAT.md §2."""
    return hashlib.sha256(b"\0" + data).digest()


def nodes(sequence, data, left):
    """The subtree hashes that a leaf completes; `left` answers the one that stands left of the
    level, which the row of that sequence keeps last (level 0: its leaf hash). FORMAT.md §6."""
    found, node, step = [], leaf_hash(data), 1
    while sequence % (2 * step) == 0:
        node = hashlib.sha256(b"\1" + left(sequence - step) + node).digest()
        found.append(node)
        step *= 2
    return b"".join(found)


def commitment(salt, name, value):
    """FORMAT.md §3."""
    encoded = name.encode("ascii")
    return hmac.digest(salt, b"jawort/commitment/1" + bytes([len(encoded)]) + encoded + value,
                       "sha256")


def unpack(packed):
    """{name: (salt, value)} of what is kept of an event. FORMAT.md §3."""
    reader, values = Reader(packed), {}
    while reader.at < len(packed):
        name, salt = reader.coded_name(strict=False), reader.bytes(32)
        length = reader.number(1)
        values[name] = (salt, reader.bytes(reader.number(4) if length == 255 else length))
    return values
