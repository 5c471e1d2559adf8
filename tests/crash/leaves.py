"""Leaves of the log, read by engine/evidence/FORMAT.md alone: nothing here is the program's."""

import dataclasses
import hashlib
import hmac
import re

NAME = re.compile(rb"[a-z0-9_:.\-]{1,128}")
LATEST = 253402300799999  # the end of the year 9999


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

    def name(self):
        name = self.bytes(self.number(1))
        if not NAME.fullmatch(name):
            raise Malformed("not a name")
        return name.decode("ascii")

    def pairs(self, value):
        pairs, before = {}, ""
        for _ in range(self.number(2)):
            name = self.name()
            if name <= before:
                raise Malformed("names are not in rising order")
            pairs[name] = value()
            before = name
        return pairs

    def text(self):
        try:
            return self.bytes(self.number(2)).decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise Malformed("not UTF-8") from None


def decode(data):
    """The leaf; Malformed when the bytes are none. FORMAT.md §1."""
    reader = Reader(data)
    if reader.number(1) != 1:
        raise Malformed("unknown version")
    sequence, at = reader.number(8), reader.number(8)
    if not 0 < sequence < 2 ** 63 or at > LATEST:
        raise Malformed("sequence or time out of range")
    kind = reader.name()
    facts = reader.pairs(reader.text)
    commitments = reader.pairs(lambda: reader.bytes(32))
    if reader.at != len(data):
        raise Malformed("bytes after the end")
    return Leaf(sequence, at, kind, facts, commitments)


def leaf_hash(data):
    """FORMAT.md §2."""
    return hashlib.sha256(b"\0" + data).digest()


def commitment(salt, name, value):
    """FORMAT.md §3."""
    encoded = name.encode("ascii")
    return hmac.digest(salt, b"jawort/commitment/1" + bytes([len(encoded)]) + encoded + value,
                       "sha256")
