"""A second verifier of dossiers, written from engine/evidence/FORMAT.md and from
engine/dossier/FORMAT.md alone, with Python's standard library: nothing here is the program's.

usage: verify_dossier.py FILE.zip|FOLDER [--key VKEY] [--checkpoint FILE]"""

import argparse
import base64
import binascii
import datetime
import hashlib
import hmac
import json
import pathlib
import re
import sys
import zlib

import dossier_items
import ed25519

NAME = re.compile(rb"[a-z0-9_:.\-]{1,128}")
VERSION = re.compile(r"sha256:[0-9a-f]{64}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
LATEST = 253402300799999
CODES = """form_submitted mail_handed_over mail_deferred mail_refused mail_uncertain mail_dropped
    link_opened consent_confirmed consent_denied consent_expired consent_revoked form form_version
    version_stated language date zone checks campaign grade expires_at template_version purpose:
    round: verdict code enhanced relay tls attempt by client reason revoked_by email
    email_normalised field: page ip user_agent reply mail mail_sha256 previous:
    seconds_since_hand_over""".split()


class Unsound(Exception):
    """What is wrong: the number of a check of engine/dossier/FORMAT.md §5, and why."""


def need(condition, check, why):
    if not condition:
        raise Unsound(f"{check}: {why}")


def unhex(text, length=None):
    need(isinstance(text, str) and re.fullmatch("(?:[0-9a-f]{2})*", text)
         and (length is None or len(text) == 2 * length), "files", "no hexadecimal bytes")
    return bytes.fromhex(text)


# ---- the file, §1 and §2 ------------------------------------------------------------------------

def good_name(name):
    return (re.fullmatch(r"[A-Za-z0-9._/-]{1,200}", name)
            and not any(part in ("", ".", "..") for part in name.split("/")))


def archive(files):
    def number(value, width):
        return value.to_bytes(width, "little")

    first, second = b"", b""
    for name in sorted(files):
        content, encoded = files[name], name.encode("ascii")
        header = (number(20, 2) + number(0, 6) + number(0x21, 2) + number(zlib.crc32(content), 4)
                  + 2 * number(len(content), 4) + number(len(encoded), 2) + number(0, 2))
        second += (number(0x02014B50, 4) + number(20, 2) + header + number(0, 10)
                   + number(len(first), 4) + encoded)
        first += number(0x04034B50, 4) + header + encoded + content
    count = number(len(files), 2)
    return (first + second + number(0x06054B50, 4) + number(0, 4) + 2 * count
            + number(len(second), 4) + number(len(first), 4) + number(0, 2))


def unpack(data):
    files, at = {}, 0
    while data[at:at + 4] == b"PK\x03\x04" and len(data) >= at + 30:
        size = int.from_bytes(data[at + 22:at + 26], "little")
        name_size = int.from_bytes(data[at + 26:at + 28], "little")
        name = data[at + 30:at + 30 + name_size].decode("latin-1")
        need(good_name(name), "files", "a bad name")
        at += 30 + name_size
        files[name] = data[at:at + size]
        at += size
    need(0 < len(files) <= 1000 and sum(map(len, files.values())) <= 67108864,
         "files", "no dossier")
    need(archive(files) == data, "files", "not spelled as it has to be")
    return files


def read(path):
    path = pathlib.Path(path)
    if not path.is_dir():
        return unpack(path.read_bytes())
    files = {}
    for file in path.rglob("*"):
        if not file.is_dir():
            name = file.relative_to(path).as_posix()
            need(good_name(name) and not file.is_symlink(), "files", "a bad name")
            files[name] = file.read_bytes()
    return files


def manifest_text(files, origin, size):
    lines = ["jawort-dossier/1", f"origin {origin}", f"size {size}"]
    for name in sorted(set(files) - {"manifest.txt"}):
        content = files[name]
        lines.append(f"file {hashlib.sha256(content).hexdigest()} {len(content)} {name}")
    return "".join(line + "\n" for line in lines)


# ---- signed notes and checkpoints, evidence/FORMAT.md -------------------------------------------

def strict_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


class Key:
    def __init__(self, text):
        parts = text.split("+", 2)
        need(len(parts) == 3, "keys", "no vkey")
        self.name, raw = parts[0], strict_base64(parts[2])
        need(self.name and raw is not None and len(raw) == 33 and raw[0] == 1, "keys", "no vkey")
        self.key, self.text = raw[1:], text
        self.id = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        need(self.id.hex() == parts[1], "keys", "a wrong id")


def open_note(note, keys, check):
    """The text of a note with exactly one signature, by one of the keys."""
    text, gap, line = note.rpartition("\n\n")
    text += "\n"
    match = re.fullmatch("— ([^ \n]+) ([A-Za-z0-9+/=]+)\n", line)
    need(gap and match, check, "no note with one signature")
    need(not re.search("[\x00-\x09\x0b-\x1f]", note), check, "a control character in a note")
    signature = strict_base64(match[2])
    need(signature is not None and len(signature) >= 5, check, "no signature")
    for key in keys:
        if key.name == match[1] and key.id == signature[:4]:
            need(ed25519.verify(key.key, text.encode(), signature[4:]), check, "a wrong signature")
            return text
    raise Unsound(f"{check}: signed by no trusted key")


def read_history(notes):
    """evidence/FORMAT.md, "Key history": keys, each with whether the one before vouched for it."""
    history, last = [], None
    for note in notes:
        text = note.rpartition("\n\n")[0] + "\n"
        match = re.fullmatch("jawort/ledger-key/1\nnumber ([1-9][0-9]*)\nkey (.+)\nprevious (.+)\n"
                             f"since {TIME.pattern}\nsize (0|[1-9][0-9]*)\n", text)
        need(match and int(match[1]) <= 255, "keys", "no announcement")
        number, size = int(match[1]), int(match[4])
        key = Key(match[2])
        before = None if match[3] == "none" else Key(match[3])
        if last:
            need(before and before.text == last[0].text and before.name == key.name
                 and number > last[1] and size >= last[2], "keys", "out of order")
        signers = signers_of(note, [key, *([before] if before else [])], "keys")
        need(key.text in signers, "keys", "not signed by the new key")
        history.append((key, bool(before) and before.text in signers))
        last = key, number, size
    return history


def trusted_keys(history, given):
    at = next((i for i, (key, _) in enumerate(history) if key.text == given), None)
    if at is None:
        return []
    end = at + 1
    while end < len(history) and history[end][1]:
        end += 1
    return [key for key, _ in history[:end]]


def notes_in(text):
    """A file with several notes; each ends after its signatures."""
    notes, ended = [], True
    for line in text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"):
        signature = line.startswith("— ")
        if ended and not line:
            continue
        if ended and not signature:
            notes.append("")
        if notes:
            notes[-1] += line + "\n"
        ended = signature
    return notes


def signers_of(note, keys, check):
    """The vkeys of those that signed; a wrong signature by one of them is refused."""
    text, gap, lines = note.rpartition("\n\n")
    text, signers = text + "\n", set()
    need(gap and lines.endswith("\n"), check, "no note")
    for line in lines[:-1].split("\n"):
        match = re.fullmatch("— ([^ \n]+) ([A-Za-z0-9+/=]+)", line)
        need(match, check, "no signature")
        signature = strict_base64(match[2])
        need(signature is not None and len(signature) >= 5, check, "no signature")
        for key in keys:
            if key.name == match[1] and key.id == signature[:4]:
                need(ed25519.verify(key.key, text.encode(), signature[4:]), check, "a wrong one")
                signers.add(key.text)
    return signers


def read_checkpoint(text, check):
    lines = text.split("\n")
    need(len(lines) >= 5 and lines[-1] == "", check, "no checkpoint")
    origin, size, root = lines[:3]
    need(origin and re.fullmatch("0|[1-9][0-9]*", size), check, "no checkpoint")
    raw = strict_base64(root)
    need(raw is not None and len(raw) == 32, check, "no checkpoint")
    need(re.fullmatch("time " + TIME.pattern, lines[3]), check, "a checkpoint without time")
    return origin, int(size), raw


# ---- the tree, RFC 9162 -------------------------------------------------------------------------

def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_by_inclusion(leaf, entry, size, proof):
    """RFC 9162 §2.1.3.2; None where the proof has another length than it must."""
    if entry >= size:
        return None
    fn, sn, r = entry, size - 1, leaf
    for p in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def consistent(older, older_root, size, root, proof):
    """RFC 9162 §2.1.4.2."""
    if older == size:
        return not proof and older_root == root
    if older == 0 or older > size:
        return older == 0 and not proof
    path = list(proof)
    if older & (older - 1) == 0:
        path.insert(0, older_root)
    if not path:
        return False
    fn, sn = older - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == older_root and sr == root


# ---- leaves and commitments, evidence/FORMAT.md §1 to §3 ----------------------------------------

class Leaf:
    def __init__(self, data):
        self.data, self.at = data, 0
        version = self.number(1)
        need(version in (1, 2), "leaves", "an unknown version")
        self.name, self.value = ((self.spelled, self.long_value) if version == 1
                                 else (self.coded, self.coded_value))
        self.sequence, self.time = self.number(8), self.number(8)
        need(0 < self.sequence < 2 ** 63 and self.time <= LATEST, "leaves", "out of range")
        self.type = self.name()
        self.facts = self.pairs(self.value)
        self.commitments = self.pairs(lambda: self.take(32))
        need(self.at == len(data), "leaves", "bytes after the end")
        self.hash = hashlib.sha256(b"\0" + data).digest()

    def take(self, count):
        piece = self.data[self.at:self.at + count]
        need(len(piece) == count, "leaves", "cut off")
        self.at += count
        return piece

    def number(self, width):
        return int.from_bytes(self.take(width), "big")

    def utf8(self, length):
        try:
            return self.take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise Unsound("leaves: no UTF-8") from None

    def spelled(self):
        name = self.take(self.number(1))
        need(NAME.fullmatch(name), "leaves", "no name")
        return name.decode()

    def long_value(self):
        return self.utf8(self.number(2))

    def coded(self):
        code = self.number(1)
        need(code <= len(CODES), "leaves", "an unknown code")
        if code == 0:
            name = self.spelled()
            start = name[:name.find(":") + 1]
            need(name not in CODES or name.endswith(":"), "leaves", "spelled out")
            need(start not in CODES or name == start, "leaves", "spelled out")
            return name
        name = CODES[code - 1]
        if name.endswith(":"):
            name += self.spelled()
        need(len(name) <= 128, "leaves", "a long name")
        return name

    def coded_value(self):
        length = self.number(1)
        if length == 253:
            return "sha256:" + self.take(32).hex()
        need(length < 255, "leaves", "a length of 255")
        text = self.utf8(self.number(2) if length == 254 else length)
        need(not VERSION.fullmatch(text) and (length < 254 or len(text.encode()) >= 253),
             "leaves", "not the shortest spelling")
        return text

    def pairs(self, value):
        found, before = {}, ""
        for _ in range(self.number(2)):
            name = self.name()
            need(name > before, "leaves", "names out of order")
            found[name] = value()
            before = name
        return found


def commitment(salt, name, value):
    name = name.encode()
    return hmac.digest(salt, b"jawort/commitment/1" + bytes([len(name)]) + name + value, "sha256")


# ---- proof.json, §3 -----------------------------------------------------------------------------

def spelled(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


EVENT = {"leaf": str, "inclusion": [str], "erased": [str], "withheld": [str],
         "open": [{"name": str, "salt": str, "value": str}]}
ROUND = {name: str for name in (
    "status grade form form_version purpose_version language opt_in_at opt_in_date expires_at "
    "mailed_at opened_at confirmed_at confirmed_date revoked_at revoked_date revoked_by "
    "erased_at erased_date").split()}
ROUND["submission"] = int
PROOF = {"format": str, "made_at": str, "zone": str, "purpose": str, "email": str,
         "checkpoint": str, "keys": [str], "key_history": [str], "timestamp": str,
         "renewal_of": str, "growth": [{"checkpoint": str, "consistency": [str]}],
         "events": [EVENT], "rounds": [ROUND],
         "mails": [{"file": str, "kind": str, "submission": int, "sha256": str, "links_cut": bool,
                    "cut_committed": bool}],
         "forms": [{"file": str, "version": str, "purpose_version": str}],
         "items": [{"number": int, "state": str, "reason": str}]}


def has_shape(value, shape):
    if isinstance(shape, dict):
        return (isinstance(value, dict) and set(value) == set(shape)
                and all(has_shape(value[name], shape[name]) for name in shape))
    if isinstance(shape, list):
        return isinstance(value, list) and all(has_shape(one, shape[0]) for one in value)
    if shape is int:
        return type(value) is int and 0 <= value < 2 ** 63
    return type(value) is shape


def read_proof(data):
    try:
        text = data.decode("utf-8")
        proof = json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Unsound("files: proof.json is no JSON") from None
    need(has_shape(proof, PROOF) and spelled(proof) == text, "files", "proof.json is malformed")
    need(proof["format"] == "jawort-dossier/1", "files", "another format")
    need(len(proof["growth"]) <= 64, "files", "too many heads")
    need(all(one["kind"] in ("confirmation", "already_subscribed", "unsubscribe", "receipt",
                             "reminder", "step", "revocation_notice")
             for one in proof["mails"]), "files", "an unknown word")
    for one in proof["rounds"]:
        for name in one:
            if name.endswith("_at"):
                need(TIME.fullmatch(one[name]) or not one[name] and name not in
                     ("opt_in_at", "expires_at"), "files", "no time")
        need(one["status"] in ("pending", "confirmed", "revoked", "denied", "expired")
             and one["grade"] in ("observed", "asserted", "click", "imported", "staff"),
             "files", "an unknown word")
        for name in ("confirmed", "revoked", "erased"):
            need(one[name + "_at"] or not one[name + "_date"], "files", "a date without a time")
        need(one["revoked_by"] in ("", "link", "one_click", "preferences", "mail", "staff",
                                   "complaint", "api"), "files", "an unknown word")
    for one in proof["items"]:
        need(one["state"] in ("present", "missing", "erased", "not_applicable"), "files", "a state")
    unhex(proof["timestamp"])
    return proof


def millis(text):
    at = datetime.datetime.fromisoformat(text.removesuffix("Z"))
    return (at - datetime.datetime(1970, 1, 1)) // datetime.timedelta(milliseconds=1)


# ---- what a verifier checks, §5 -----------------------------------------------------------------

class Dossier:
    def __init__(self, files, key=None, older=None):
        self.files, self.older = files, older
        need("proof.json" in files and "manifest.txt" in files, "files", "missing")
        self.proof = read_proof(files["proof.json"])
        self.purpose = self.proof["purpose"]
        self.keys = [Key(text) for text in self.proof["keys"]]
        need(self.keys, "keys", "there is none")
        history = read_history(self.proof["key_history"])
        need([one.text for one, _ in history] == self.proof["keys"], "keys", "another history")
        if key:
            given = [Key(key.strip())] if not key.startswith("jawort/") else [
                one for one, _ in read_history(notes_in(key))]
            led_to = [one for known in given for one in trusted_keys(history, known.text)]
            need(led_to, "keys", "none of the given keys is one of the log's")
            self.keys = given + led_to

    def verify(self):
        self.check_files()
        self.check_checkpoint()
        self.check_leaves()
        self.check_values()
        self.check_history()
        self.check_wording()
        self.check_stamps()
        self.check_receipt()
        self.check_mails()
        self.check_growth()
        self.check_timestamp()
        self.check_items()

    def text(self, name, check):
        try:
            return self.files[name].decode("utf-8")
        except UnicodeDecodeError:
            raise Unsound(f"{check}: {name} is no UTF-8") from None

    def check_files(self):
        text = open_note(self.text("manifest.txt", "files"), self.keys, "files")
        head = re.match("jawort-dossier/1\norigin ([^\n]*)\nsize (0|[1-9][0-9]*)\n", text)
        need(head, "files", "no manifest")
        self.origin, self.size = head[1], int(head[2])
        need(text == manifest_text(self.files, self.origin, self.size), "files",
             "not those that were signed")
        named = {"dossier.html", "dossier.pdf", "proof.json", "receipt.json", "README.txt",
                 "manifest.txt"} | {mail["file"] for mail in self.proof["mails"] if mail["file"]}
        for number, form in enumerate(self.proof["forms"], 1):
            if form["file"]:
                named |= {f"form/{number}.{ending}" for ending in ("json", "txt", "html")}
        need(set(self.files) == named, "files", "one is missing, or does not belong to it")

    def check_checkpoint(self):
        text = open_note(self.proof["checkpoint"], self.keys, "checkpoint")
        origin, size, self.root = read_checkpoint(text, "checkpoint")
        need((origin, size) == (self.origin, self.size), "checkpoint", "another one")

    def check_leaves(self):
        self.events = []
        for event in self.proof["events"]:
            leaf = Leaf(unhex(event["leaf"]))
            need(not self.events or self.events[-1][0].sequence < leaf.sequence, "leaves",
                 "out of order")
            proof = [unhex(one, 32) for one in event["inclusion"]]
            need(root_by_inclusion(leaf.hash, leaf.sequence - 1, self.size, proof) == self.root,
                 "inclusion", f"event {leaf.sequence} is not in the log")
            self.events.append((leaf, event, {}))
        need(self.events, "leaves", "there is none")

    def check_values(self):
        emails = []
        for leaf, event, values in self.events:
            opened = [one["name"] for one in event["open"]]
            for names in (opened, event["erased"], event["withheld"]):
                need(all(a < b for a, b in zip(names, names[1:])), "values", "names out of order")
            need(sorted(opened + event["erased"] + event["withheld"]) == list(leaf.commitments),
                 "values", "other names than those of the leaf")
            for one in event["open"]:
                name, value = one["name"], unhex(one["value"])
                need(commitment(unhex(one["salt"], 32), name, value) == leaf.commitments[name],
                     "values", f"another {name} in event {leaf.sequence}")
                values[name] = value
            for name in event["withheld"]:
                need(name.startswith("previous:") and name != "previous:" + self.purpose,
                     "values", "withheld without a reason")
            if "email" in values:
                emails.append(values["email"].lower())
        need(not emails or self.proof["email"].encode().lower() in emails, "address", "another one")

    def check_history(self):
        link, before = "previous:" + self.purpose, None
        for leaf, _, values in self.events:
            if before is None:
                need(link not in leaf.commitments and leaf.type == "form_submitted"
                     and leaf.facts.get("purpose:" + self.purpose), "history", "no beginning")
            else:
                need(link in leaf.commitments, "history", f"event {leaf.sequence} has no link")
                need(link in values, "history",
                     f"the link of event {leaf.sequence} is gone: something may be left out")
                need(values[link] == before, "history",
                     f"event {leaf.sequence} does not follow the one before")
            before = leaf.hash
        last = self.events[-1][0]
        need(last.type == "dossier_made" and TIME.fullmatch(self.proof["made_at"])
             and last.time <= millis(self.proof["made_at"]) and self.proof["made_at"] >= "2000",
             "history", "another end")
        need(last.facts.get("zone", self.proof["zone"]) == self.proof["zone"], "history",
             "another zone")

    def check_wording(self):
        for number, form in enumerate(self.proof["forms"], 1):
            if form["file"]:
                need(form["file"] == f"form/{number}.json", "wording", "a wrong name")
                self.check_form(form)
        named = [form["version"] for form in self.proof["forms"]]
        need(len(set(named)) == len(named)
             and set(named) <= {one["form_version"] for one in self.proof["rounds"]}, "wording",
             "a form of no round, or one twice")
        versions = [(form["version"], form["purpose_version"]) for form in self.proof["forms"]]
        for one in self.proof["rounds"]:
            need((one["form_version"], one["purpose_version"]) in versions, "wording",
                 "a form is not named")

    def check_form(self, form):
        data = self.files.get(form["file"])
        need(data is not None
             and "sha256:" + hashlib.sha256(data).hexdigest() == form["version"],
             "wording", "another form than the one that was shown")
        purposes = json.loads(data)["shown_form"]["purposes"]
        versions = ["sha256:" + hashlib.sha256(spelled({"purpose": one}).encode()).hexdigest()
                    for one in purposes if one["id"] == self.purpose]
        need(form["purpose_version"] in versions, "wording", "without the wording")
        need(any(one["form_version"] == form["version"] for one in self.proof["rounds"]),
             "wording", "a form of no round")

    def later(self, sequence, kind, at=None, date=None, about=True):
        for leaf, _, _ in self.events:
            if (leaf.type == kind and leaf.sequence > sequence
                    and (at is None or leaf.time == millis(at))
                    and (date is None or leaf.facts.get("date", "") == date)
                    and (not about or leaf.facts.get("purpose:" + self.purpose))):
                return leaf
        return None

    def check_stamps(self):
        rounds = self.proof["rounds"]
        need(rounds, "stamps", "there is no round")
        for one in rounds:
            self.check_round(one)
        for kind, stamp in (("consent_confirmed", "confirmed_at"),
                            ("consent_revoked", "revoked_at")):
            stamps = [millis(one[stamp]) for one in rounds if one[stamp]]
            times = [leaf.time for leaf, _, _ in self.events if leaf.type == kind]
            need(len(stamps) == len(times) and set(times) <= set(stamps), "stamps",
                 f"{kind} without its stamp")
        first = [one["submission"] for one in rounds]
        need(all(a < b for a, b in zip(first, first[1:])), "stamps", "rounds out of order")
        sign_ups = {leaf.sequence: leaf.facts.get("round:" + self.purpose)
                    for leaf, _, _ in self.events if leaf.type == "form_submitted"}
        newest = max((one for one, how in sign_ups.items() if how == "new"), default=None)
        need(newest is None or newest in first, "stamps", "the last sign-up is not listed")
        need(rounds[-1]["erased_at"]
             or all(leaf.type != "contact_erased" for leaf, _, _ in self.events), "stamps",
             "an erasure without its stamp")
        waits = [str(one) for one, how in sign_ups.items() if how == "renewal" and one not in first]
        need(self.proof["renewal_of"] in ("", *waits), "stamps", "no such renewal")

    def left_out(self, sign_up, kind):
        """Whether there is an event that the round would have a stamp of."""
        mail = next(values for leaf, _, values in self.events if leaf is sign_up).get("mail")
        ends = {"consent_denied", "consent_expired", "consent_revoked"}
        if kind == "link_opened":
            ends.add("consent_confirmed")
        for leaf, _, values in self.events:
            if leaf.sequence <= sign_up.sequence or mail is None:
                continue
            if leaf.type == "contact_erased" or (
                    leaf.type in ends and leaf.facts.get("purpose:" + self.purpose)):
                return False
            if leaf.type == kind and values.get("mail") == mail:
                return True
        return False

    def check_round(self, one):
        first = one["submission"]
        sign_up = next((leaf for leaf, _, _ in self.events if leaf.sequence == first), None)
        need(sign_up is not None and sign_up.type == "form_submitted", "stamps", "no sign-up")
        facts = sign_up.facts
        need(facts.get("round:" + self.purpose) in ("new", "renewal")
             and sign_up.time == millis(one["opt_in_at"])
             and facts.get("date", "") == one["opt_in_date"]
             and facts.get("purpose:" + self.purpose, "") == one["purpose_version"]
             and all(facts.get(name, "") == one[name]
                     for name in ("form", "form_version", "language", "expires_at")),
             "stamps", "another sign-up")
        confirmed, revoked = None, None
        if one["confirmed_at"]:
            confirmed = self.later(first, "consent_confirmed", one["confirmed_at"],
                                   one["confirmed_date"])
            need(confirmed, "stamps", "not confirmed then")
        if one["revoked_at"]:
            revoked = self.later(first, "consent_revoked", one["revoked_at"], one["revoked_date"])
            need(confirmed and revoked and one["revoked_by"]
                 and revoked.facts.get("revoked_by", "") == one["revoked_by"],
                 "stamps", "not revoked then")
        need(revoked or not one["revoked_by"], "stamps", "revoked by somebody, but not revoked")
        for kind, stamp in (("mail_handed_over", "mailed_at"), ("link_opened", "opened_at")):
            need(not one[stamp] or self.later(first, kind, one[stamp], about=False), "stamps",
                 f"no {kind} then")
            need(one[stamp] or not self.left_out(sign_up, kind), "stamps", f"{kind} has no stamp")
        need(not one["erased_at"] or self.later(first, "contact_erased", one["erased_at"],
                                                one["erased_date"], about=False),
             "stamps", "not erased then")
        status = "revoked" if revoked else "confirmed" if confirmed else "pending"
        if status == "pending" and one["status"] in ("denied", "expired"):
            if self.later(first, "consent_" + one["status"]):
                status = one["status"]
        if status == "pending":
            need(not self.later(first, "consent_denied")
                 and not self.later(first, "consent_expired"), "stamps", "an end without a state")
        need(one["status"] == status, "stamps", "another state")
        grades = ("observed", "asserted", "click", "imported", "staff")
        grade = facts.get("grade") if facts.get("grade") in grades else "observed"
        if confirmed and confirmed.facts.get("grade") in grades:
            grade = confirmed.facts["grade"]
        need(one["grade"] == grade, "stamps", "another grade")

    def check_receipt(self):
        means = {"dpv:ConsentRequested": "opt_in_at", "dpv:ConsentGiven": "confirmed_at",
                 "dpv:RenewedConsentGiven": "confirmed_at", "dpv:ConsentWithdrawn": "revoked_at",
                 "dpv:ConsentRevoked": "erased_at"}

        def once(pairs):
            need(len(dict(pairs)) == len(pairs), "receipt", "a member twice")
            return dict(pairs)

        said = []
        waiting = [json.loads(self.files["receipt.json"], object_pairs_hook=once)]
        while waiting:
            one = waiting.pop()
            if isinstance(one, dict):
                if "dpv:isIndicatedAtTime" in one:
                    said.append((means.get(one.get("@type"), ""),
                                 one["dpv:isIndicatedAtTime"]["@value"]))
                waiting += one.values()
            elif isinstance(one, list):
                waiting += one
        happened = [(name, one[name]) for one in self.proof["rounds"]
                    for name in ("opt_in_at", "confirmed_at", "revoked_at") if one[name]]
        happened += [("erased_at", one["erased_at"]) for one in self.proof["rounds"]
                     if one["erased_at"] and one["confirmed_at"] and not one["revoked_at"]]
        need(sorted(said) == sorted(happened), "receipt", "other times")

    def check_mails(self):
        queued = [mail["submission"] for mail in self.proof["mails"]]
        need(all(a < b for a, b in zip(queued, queued[1:])), "mails", "out of order, or one twice")
        for number, mail in enumerate(self.proof["mails"], 1):
            need(mail["file"] in ("", f"mails/{number}-{mail['kind']}.eml"), "mails",
                 "a wrong name")
            found = next(((leaf, values) for leaf, _, values in self.events
                          if leaf.sequence == mail["submission"]), None)
            need(found, "mails", "a mail without its event")
            leaf, values = found
            need(values.get("mail_sha256") == unhex(mail["sha256"], 32)
                 and mail["cut_committed"] == ("mail_cut_sha256" in leaf.commitments), "mails",
                 "another mail than that of its event")
            if not mail["file"]:
                continue
            need(mail["file"] in self.files, "mails", "a missing file")
            digest = hashlib.sha256(self.files[mail["file"]]).digest()
            if not mail["links_cut"]:
                need(digest == values["mail_sha256"], "mails", "a changed mail")
            elif mail["cut_committed"]:
                need(digest == values.get("mail_cut_sha256"), "mails", "a changed mail")

    def check_growth(self):
        heads = [(self.size, self.root)]
        for growth in self.proof["growth"]:
            text = open_note(growth["checkpoint"], self.keys, "growth")
            origin, size, root = read_checkpoint(text, "growth")
            proof = [unhex(one, 32) for one in growth["consistency"]]
            need(origin == self.origin and consistent(size, root, self.size, self.root, proof),
                 "growth", "an earlier head does not lead to this one")
            heads.append((size, root))
        if self.older:
            need(self.leads_here(heads), "growth", "not shown: no proof from the given head")

    def leads_here(self, heads):
        """Whether one of the given heads does; a changed one is unsound."""
        shown, roots = False, dict(heads)
        for note in notes_in(self.older):
            try:
                origin, size, root = read_checkpoint(open_note(note, self.keys, "growth"), "growth")
            except Unsound:
                continue
            if origin == self.origin and size in roots:
                need(roots[size] == root, "growth", "the log was changed since the given head")
                shown = True
        return shown

    def check_items(self):
        need(any(self.has_items_of(one) for one in self.proof["rounds"]), "items",
             "not what the rest shows")

    def has_items_of(self, one):
        events = [(leaf, values, event["erased"]) for leaf, event, values in self.events
                  if leaf.sequence >= one["submission"]]
        file = next((form["file"] for form in self.proof["forms"]
                     if form["version"] == one["form_version"]), "")
        form = json.loads(self.files[file])["shown_form"] if file else None
        purpose = next((purpose for purpose in form["purposes"] if purpose["id"] == self.purpose),
                       None) if form else None
        mail = next((mail for mail in self.proof["mails"]
                     if mail["submission"] == one["submission"]), None)
        if mail:
            mail = {**mail, "bytes": self.files.get(mail["file"], b"")}
        judged = dossier_items.judge(events, form, purpose, mail, "mail" in events[0][1], self.size,
                                     self.proof["timestamp"])
        return dossier_items.same(judged, self.proof["items"])

    def check_timestamp(self):
        """That it is for this checkpoint (RFC 3161 §2.4.2, messageImprint); not who made it."""
        if self.proof["timestamp"]:
            token = unhex(self.proof["timestamp"])
            hashed = b"\x04\x20" + hashlib.sha256(self.proof["checkpoint"].encode()).digest()
            algorithm = bytes.fromhex("0609608648016503040201")  # SHA-256
            need(any(b"\x30" + bytes([len(one)]) + one + hashed in token
                     for one in (algorithm, algorithm + b"\x05\x00")),
                 "timestamp", "for something else")


def verify(path, key=None, older=None):
    """Nothing where the dossier is sound, else why it is not."""
    try:
        Dossier(read(path), key, older).verify()
    except Unsound as unsound:
        return str(unsound)
    except (KeyError, TypeError, ValueError) as error:  # a date of no calendar, another shape
        return f"malformed: {error!r}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dossier")
    parser.add_argument("--key")
    parser.add_argument("--checkpoint")
    given = parser.parse_args()
    older = given.checkpoint and pathlib.Path(given.checkpoint).read_text(encoding="utf-8")
    if given.key and pathlib.Path(given.key).is_file():
        given.key = pathlib.Path(given.key).read_text(encoding="utf-8").removeprefix("\ufeff")
    wrong = verify(given.dossier, given.key, older)
    print(wrong or "sound")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
