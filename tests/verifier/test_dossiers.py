"""The program and the second verifier, which share nothing but FORMAT.md, agree: on dossiers of
random lives, and on every one that somebody has changed."""

import copy
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

import pytest

import ed25519
import verify_dossier as second

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("JAWORT_BUILD", REPOSITORY / "build" / "release"))
BY_THE_VERB = 7  # one of so many is also given to `jawort verify`
SEED = bytes([8]) * 32  # of the log's key in tests/support/world.cc


@pytest.fixture(scope="module", params=[150, pytest.param(10_000, marks=pytest.mark.long)])
def dossiers(request, tmp_path_factory):
    """Files, at least as many as wanted."""
    folder = tmp_path_factory.mktemp("dossiers")
    subprocess.run([BUILD / "tests" / "test_flow", "[dossiers]"], check=True, capture_output=True,
                   env={**os.environ, "DOSSIER_FOLDER": str(folder),
                        "DOSSIERS": str(request.param)})
    files = sorted(folder.iterdir())
    assert len(files) >= request.param
    return files


def key_of(path):
    return second.read_proof(second.read(path)["proof.json"])["keys"][-1]


def program(path, key):
    """What is wrong by the program; nothing where it says yes."""
    answer = subprocess.run([BUILD / "jawort", "verify", str(path), "--key", key, "--json"],
                            capture_output=True, encoding="utf-8", check=False)
    found = json.loads(answer.stdout)
    assert answer.returncode == (0 if found["ok"] else 1), answer
    return [check for check in found["checks"] if not check["ok"]]


def verdicts(folder, key):
    """{name: whether the program's own code says yes}, in one process for all of them."""
    target = folder.parent / "verdicts.txt"
    subprocess.run([BUILD / "tests" / "test_dossier", "[verdicts]"], check=True,
                   capture_output=True, env={**os.environ, "VERDICTS_FOLDER": str(folder),
                                             "VERDICTS": str(target), "VERDICTS_KEY": key})
    lines = [line.split(" ") for line in target.read_text(encoding="ascii").splitlines()]
    return {name: answer == "yes" for name, answer in lines}


def say(text):
    print(text, file=sys.__stderr__, flush=True)


def test_both_say_yes(dossiers):
    """Each by both; every so many-th by the verb itself."""
    key = key_of(dossiers[0])
    answers = verdicts(dossiers[0].parent, key)
    assert answers == {path.name: True for path in dossiers}
    for number, path in enumerate(dossiers):
        assert second.verify(path, key) is None, path
        if number % BY_THE_VERB == 0:
            assert program(path, key) == [], path
        if number % 1000 == 999:
            say(f"  agreed on {number + 1} of {len(dossiers)} dossiers")


# ---- changes to the bytes of the file ----------------------------------------------------------

def flipped(data, dice):
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1:]


def dropped(data, dice):
    at = dice.randrange(len(data))
    return data[:at] + data[at + 1 + dice.randrange(40):]


def added(data, dice):
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.randbytes(1 + dice.randrange(40)) + data[at:]


def swapped(data, dice):
    a, b, c = sorted(dice.sample(range(len(data) + 1), 3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def cut(data, dice):
    return data[:dice.randrange(len(data))]


# ---- changes by somebody who can sign anew -----------------------------------------------------

def event_dropped(proof, dice):
    """Any but the last, without which it would be an older dossier."""
    proof["events"].pop(dice.randrange(len(proof["events"]) - 1))


def events_swapped(proof, dice):
    at = dice.randrange(len(proof["events"]) - 1)
    proof["events"][at:at + 2] = proof["events"][at + 1], proof["events"][at]


def leaf_changed(proof, dice):
    event = dice.choice(proof["events"])
    leaf = bytes.fromhex(event["leaf"])
    event["leaf"] = flipped(leaf, dice).hex()


def dated_back(proof, dice):
    """The confirmation, or the sign-up, an hour earlier: in the leaf and in the stamp."""
    event = dice.choice(proof["events"])
    leaf = bytes.fromhex(event["leaf"])
    earlier = int.from_bytes(leaf[9:17], "big") - 3_600_000
    event["leaf"] = (leaf[:9] + earlier.to_bytes(8, "big") + leaf[17:]).hex()


def stamp_changed(proof, dice):
    one = dice.choice(proof["rounds"])
    name = dice.choice([name for name in sorted(one) if one[name] and name != "submission"])
    digit = [at.start() for at in re.finditer("[0-9a-f]", one[name])]
    at = dice.choice(digit or [0])
    one[name] = one[name][:at] + ("1" if one[name][at] == "0" else "0") + one[name][at + 1:]


def value_changed(proof, dice):
    event = dice.choice([event for event in proof["events"] if event["open"]])
    one = dice.choice(event["open"])
    part = dice.choice([part for part in ("salt", "value") if one[part]])
    one[part] = flipped(bytes.fromhex(one[part]), dice).hex()


def value_withheld(proof, dice):
    event = dice.choice([event for event in proof["events"] if event["open"]])
    event["withheld"] = sorted([*event["withheld"], event["open"].pop(0)["name"]])


def path_changed(proof, dice):
    event = dice.choice([event for event in proof["events"] if event["inclusion"]])
    at = dice.randrange(len(event["inclusion"]))
    event["inclusion"][at] = flipped(bytes.fromhex(event["inclusion"][at]), dice).hex()


def address_changed(proof, dice):
    proof["email"] = f"eve{dice.randrange(1000)}@example.org"


def purpose_changed(proof, dice):
    proof["purpose"] = "phone" if proof["purpose"] == "newsletter" else "newsletter"


def member_added(proof, dice):
    dice.choice([proof, *proof["events"], *proof["rounds"]])["more"] = ""


def head_changed(proof, dice):
    at = proof["checkpoint"].index("\n") + 1
    proof["checkpoint"] = proof["checkpoint"][:at] + "9" + proof["checkpoint"][at:]


def link_lost(proof, dice):
    """As if an erasure had taken it, and with it the event before."""
    at = dice.randrange(1, len(proof["events"]))
    event, link = proof["events"][at], "previous:" + proof["purpose"]
    event["open"] = [one for one in event["open"] if one["name"] != link]
    event["erased"] = sorted({*event["erased"], link})
    if at > 1 and dice.randrange(2):
        proof["events"].pop(at - 1)


def item_changed(proof, dice):
    one = dice.choice(proof["items"])
    one["state"] = "erased" if one["state"] == "present" else "present"


def mail_twice(proof, dice):
    proof["mails"].append(proof["mails"][0] if proof["mails"] else
                          {"file": "", "kind": "confirmation", "links_cut": False,
                           "sha256": dice.randbytes(32).hex(), "cut_committed": False,
                           "submission": 1})


def form_added(proof, dice):
    proof["forms"].append({**proof["forms"][0], "version": "sha256:" + dice.randbytes(32).hex(),
                           "file": ""})


def renewal_made_up(proof, dice):
    proof["renewal_of"] = dice.choice(["abc", "999999", str(proof["rounds"][0]["submission"])])


def dated_to_come(proof, dice):
    proof["made_at"] = dice.choice(["99999", "2026-11-31T00:00:00.000Z", "1999" +
                                    proof["made_at"][4:], proof["made_at"][:-1]])


BYTES = (flipped, dropped, added, swapped, cut)
PROOFS = (event_dropped, events_swapped, leaf_changed, dated_back, stamp_changed, value_changed,
          value_withheld, path_changed, address_changed, purpose_changed, member_added,
          head_changed, link_lost, item_changed, mail_twice, form_added,
          renewal_made_up, dated_to_come)


def signed_anew(files):
    size = re.search(rb"\nsize ([0-9]+)\n", files["manifest.txt"])[1].decode()
    origin = re.search(rb"\norigin ([^\n]+)\n", files["manifest.txt"])[1].decode()
    text = second.manifest_text(files, origin, size).encode()
    key = b"\x01" + ed25519.public_key(SEED)
    signature = (hashlib.sha256(origin.encode() + b"\n" + key).digest()[:4]
                 + ed25519.sign(SEED, text))
    line = f"\n— {origin} {second.base64.b64encode(signature).decode()}\n"
    return {**files, "manifest.txt": text + line.encode()}


def changed_proof(path, change, dice):
    files = second.read(path)
    before = json.loads(files["proof.json"])
    proof = copy.deepcopy(before)
    change(proof, dice)
    assert proof != before, change
    files["proof.json"] = second.spelled(proof).encode()
    return second.archive(signed_anew(files))


def test_signing_anew_changes_nothing(dossiers):
    files = second.read(dossiers[0])
    assert signed_anew(files) == files, "else the test below would prove nothing"


def test_both_refuse_every_change(dossiers, tmp_path):
    dice = random.Random(5)
    key = key_of(dossiers[0])
    counts = dict.fromkeys((change.__name__ for change in BYTES + PROOFS), 0)
    wanted = 10_000 if len(dossiers) >= 10_000 else 300
    for first in range(0, wanted, 500):
        folder = tmp_path / "changed"
        folder.mkdir()
        for number in range(first, min(first + 500, wanted)):
            path = dice.choice(dossiers)
            changes = BYTES if number % 2 else PROOFS
            change = changes[number // 2 % len(changes)]
            data = path.read_bytes()
            new = changed_proof(path, change, dice) if change in PROOFS else change(data, dice)
            if new == data:
                continue
            target = folder / f"{number}-{change.__name__}-{path.name}"
            target.write_bytes(new)
            assert second.verify(target, key), target.name
            if number % BY_THE_VERB == 0:
                assert program(target, key), target.name
            counts[change.__name__] += 1
        believed = [name for name, sound in verdicts(folder, key).items() if sound]
        assert not believed
        shutil.rmtree(folder)
        if wanted > 1000:
            say(f"  {sum(counts.values())} of {wanted} changes refused by both")
    assert all(counts.values()), counts
