"""The reader of leaves agrees with the test vectors of the document that it was written from."""

import os
import re

import pytest

import leaves
from installation import REPOSITORY

FORMAT = os.path.join(REPOSITORY, "engine", "evidence", "FORMAT.md")
with open(FORMAT, encoding="utf-8") as file:
    VECTORS = re.findall(r"^```vector (\w+)\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)


def vectors(kind):
    found = [[line.partition(" ")[::2] for line in text.splitlines()]
             for name, text in VECTORS if name == kind]
    assert found, f"FORMAT.md has no vector {kind}"
    return found


def named_pairs(lines, key):
    return dict(value.partition(" ")[::2] for name, value in lines if name == key)


@pytest.mark.parametrize("lines", vectors("leaf") + vectors("leaf_of_version_1"))
def test_leaf(lines):
    said = dict(lines)
    data = bytes.fromhex(said["leaf"])
    leaf = leaves.decode(data)
    assert (leaf.sequence, leaf.at, leaf.type) == (int(said["sequence"]), int(said["millis"]),
                                                   said["type"])
    assert leaf.facts == named_pairs(lines, "fact")
    assert {name: value.hex() for name, value in leaf.commitments.items()} == named_pairs(
        lines, "commitment")
    assert leaves.leaf_hash(data).hex() == said["leaf_hash"]


@pytest.mark.parametrize("lines", vectors("refused"))
def test_refused(lines):
    with pytest.raises(leaves.Malformed):
        leaves.decode(bytes.fromhex(dict(lines)["leaf"]))


@pytest.mark.parametrize("lines", vectors("commitment"))
def test_commitment(lines):
    said = dict(lines)
    made = leaves.commitment(bytes.fromhex(said["salt"]), said["name"],
                             bytes.fromhex(said["value"]))
    assert made.hex() == said["commitment"]


@pytest.mark.parametrize("lines", vectors("values"))
def test_values(lines):
    expected = {}
    for kind, text in lines:
        if kind == "value":
            name, salt, value = (text + " ").split(" ")[:3]
            expected[name] = (bytes.fromhex(salt), bytes.fromhex(value))
    assert leaves.unpack(bytes.fromhex(dict(lines)["packed"])) == expected


def test_codes():
    """The table of names is the document's."""
    with open(FORMAT, encoding="utf-8") as document:
        table = {int(code): name for code, name in re.findall(r"\| (\d+) \| `([a-z0-9_:]+)` ",
                                                              document.read())}
    assert [table[code] for code in range(1, len(table) + 1)] == leaves.NAMES
