"""The signed head of the log: printed, made by the timer, brought out of the house, stamped by an
authority; keys that are made, changed and lost; clocks that are set."""

import base64
import hashlib
import http.server
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading

import pytest

from jawort import BINARY, clean_environment, run_binary
from signing_up import OPEN, mails_at, sign_up
from waiting import PATIENCE, wait_until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))
from time_stamp_authority import TimeStampAuthority  # noqa: E402


# --- a reader of FORMAT.md, with nothing of ours ---

class InvalidSignature(Exception):
    pass


def verify_ed25519(key, signature, text):
    """By OpenSSL's own tool; the bytes before the key are its DER for a public key of Ed25519."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, content in (("key", bytes.fromhex("302a300506032b6570032100") + key),
                              ("signature", signature), ("text", text)):
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(content)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", paths["key"],
                               "-keyform", "DER", "-rawin", "-in", paths["text"], "-sigfile",
                               paths["signature"]], capture_output=True, check=False)
    if done.returncode != 0:
        raise InvalidSignature


def opened(note, vkey):
    """The lines of the text of a note that this key has signed."""
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key)
    assert key[0] == 1 and len(key) == 33
    assert hashlib.sha256(name.encode() + b"\n\x01" + key[1:]).digest()[:4].hex() == key_id
    text, signatures = note[:note.rindex("\n\n") + 1], note[note.rindex("\n\n") + 2:]
    for line in signatures.splitlines():
        dash, signer, value = line.split(" ")
        assert dash == "—"
        value = base64.b64decode(value)
        if signer == name and value[:4].hex() == key_id:
            verify_ed25519(key[1:], value[4:], text.encode())
            return text.splitlines()
    raise InvalidSignature(f"not by {vkey}")


def root(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    left = 1
    while left * 2 < len(hashes):
        left *= 2
    return hashlib.sha256(b"\x01" + root(hashes[:left]) + root(hashes[left:])).digest()


def rows(jawort, sql):
    with sqlite3.connect(f"file:{jawort.database}?mode=ro", uri=True) as database:
        return database.execute(sql).fetchall()


def types(jawort):
    return [kind for (kind,) in rows(jawort, "SELECT type FROM event ORDER BY sequence")]


def check_checkpoints(jawort):
    """Every checkpoint, by every key; answers how many there are."""
    leaves = [hashlib.sha256(b"\x00" + leaf).digest()
              for (leaf,) in rows(jawort, "SELECT leaf FROM event ORDER BY sequence")]
    keys = [note.split("\n")[2].removeprefix("key ")
            for (note,) in rows(jawort, "SELECT note FROM ledger_key ORDER BY number")]
    checkpoints = rows(jawort, "SELECT size, at, note FROM checkpoint ORDER BY size")
    before = (0, 0)
    for size, at, note in checkpoints:
        for vkey in reversed(keys):
            try:
                lines = opened(note, vkey)
                break
            except InvalidSignature:
                lines = None
        assert lines is not None, "no key of the history has signed it"
        assert lines[1] == str(size)
        assert lines[2] == base64.b64encode(root(leaves[:size])).decode()
        between = types(jawort)[before[0]:size]
        assert at >= before[1] or "clock_stepped" in between, "time went back in silence"
        before = (size, at)
    return len(checkpoints)


def checkpoints(jawort):
    return rows(jawort, "SELECT size FROM checkpoint ORDER BY size")


def signed_up(jawort, who="anna@example.org"):
    """An event more."""
    jawort.start()
    sign_up(jawort, who)
    jawort.stop()
    return jawort


@pytest.fixture
def jawort(new_jawort, closed_port):
    return new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [OPEN])


# --- verbs ---

def test_an_empty_log_has_no_head(jawort):
    answer = jawort.run("ledger", "checkpoint")
    assert answer.returncode == 1 and "no event" in answer.stderr


def test_a_checkpoint_is_printed_and_opens_by_the_printed_key(jawort):
    signed_up(jawort)
    key = jawort.done("ledger", "key").strip()
    note = jawort.done("ledger", "checkpoint")
    lines = opened(note, key)
    assert lines[0] == "sommer.example/jawort" == key.split("+")[0], "after the sender's domain"
    assert int(lines[1]) == len(types(jawort))
    answer = jawort.ask("ledger", "checkpoint")
    assert answer["note"] == note, "nothing has happened since"
    assert [answer["origin"], answer["size"], answer["root"]] == [lines[0], int(lines[1]), lines[2]]
    assert "time " + answer["at"] == lines[3] and answer["timestamp"] is None
    assert jawort.ask("ledger", "key") == {"key": key}
    assert check_checkpoints(jawort) == 1


def test_a_running_server_answers_with_all_that_has_happened(jawort):
    jawort.start()
    for number in range(3):
        sign_up(jawort, f"person{number}@example.org")
        assert jawort.ask("ledger", "checkpoint")["size"] >= len(types(jawort)) - 1
    jawort.stop()
    assert check_checkpoints(jawort) >= 3
    assert checkpoints(jawort)[-1] == (len(types(jawort)),), "a stop leaves nothing unsigned"


def test_the_name_is_the_operators_and_stays(jawort):
    jawort.configure({"ledger.origin": "log.example/one"})
    signed_up(jawort)
    assert jawort.done("ledger", "key").startswith("log.example/one+")
    jawort.configure({"ledger.origin": "log.example/two"})
    signed_up(jawort, "bert@example.org")
    assert jawort.done("ledger", "key").startswith("log.example/one+")
    [found] = [result for result in jawort.checks() if result["name"] == "ledger"]
    assert found["status"] == "warning" and "log.example/two" in found["detail"]


# --- keys ---

def test_keys_follow_each_other(jawort):
    signed_up(jawort)
    first = jawort.done("ledger", "key").strip()
    jawort.start()
    assert jawort.ask("keys", "rotate", "--ledger") == {"current": 2}, "while it runs"
    jawort.stop()
    assert jawort.ask("keys", "rotate", "--ledger") == {"current": 3}, "while it does not"
    listed = jawort.ask("keys", "list")
    assert [(key["id"], key["current"]) for key in listed["ledger_keys"]] == [
        (1, False), (2, False), (3, True)]
    assert [key["id"] for key in listed["keys"]] == [1]
    third = jawort.done("ledger", "key").strip()
    history = jawort.ask("ledger", "key", "--history")["history"]
    assert [key["number"] for key in history] == [1, 2, 3]
    assert [key["vouched"] for key in history] == [False, True, True]
    assert history[0]["key"] == first and history[2]["key"] == third
    for before, after in zip(history, history[1:]):
        assert opened(after["note"], before["key"]) == opened(after["note"], after["key"])
        assert after["previous"] == before["key"]
    assert jawort.done("ledger", "key", "--history") == "\n".join(key["note"] for key in history)
    assert types(jawort).count("ledger_key_added") == 2
    signed_up(jawort, "bert@example.org")
    assert check_checkpoints(jawort) >= 3
    assert opened(jawort.done("ledger", "checkpoint"), third)


def test_an_older_installation_gets_its_key_at_the_next_start(jawort):
    key = os.path.join(jawort.folder, "keys", "ledger-1.key")
    os.remove(key)
    signed_up(jawort)
    [event] = jawort.log.events("ledger_key_made")
    assert event["folder"] == os.path.dirname(key)
    assert os.stat(key).st_mode & 0o777 == 0o600
    assert check_checkpoints(jawort) == 1


def give_away(folder):
    """Root writes everywhere, so what root tests belongs to somebody else: whoever starts the
    program as root becomes the owner of the data folder."""
    for path, _, names in os.walk(folder):
        for name in (path, *(os.path.join(path, name) for name in names)):
            os.chown(name, 12345, 12345)


def without_a_ledger_key(new_jawort, relay, folder):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN], os.path.join(folder, "jawort"))
    os.remove(os.path.join(jawort.folder, "keys", "ledger-1.key"))
    return jawort


def close(folder, keys):
    """All of it is the server's, and nobody may write into the key folder."""
    if os.geteuid() == 0:
        give_away(folder)
    os.chmod(keys, 0o500)


@pytest.fixture
def open_folder():
    """The folders of pytest are closed to others."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        yield folder


def serves_and_signs_nothing(jawort, keys):
    before = sorted(os.listdir(keys))
    signed_up(jawort)
    [event] = jawort.log.events("ledger_key_not_made")
    assert "cannot be written here" in event["reason"]
    assert len(jawort.log.events("ledger_not_sealed")) == 1
    [found] = [result for result in jawort.checks() if result["name"] == "ledger"]
    assert found["status"] == "error" and "keys rotate --ledger" in found["detail"]
    for verb in (["ledger", "checkpoint"], ["ledger", "key"],
                 ["dossier", "anna@example.org", "-o", jawort.folder + "/dossier.zip"]):
        said = jawort.run(*verb)
        assert said.returncode == 1 and said.stderr.count("there is no ledger key") == 1, verb
    said = jawort.run("keys", "rotate", "--ledger")
    assert said.returncode == 1 and "add a key where it is kept" in said.stderr
    assert sorted(os.listdir(keys)) == before, "and none was made"


def test_a_key_folder_that_cannot_be_written(new_jawort, relay, open_folder):
    jawort = without_a_ledger_key(new_jawort, relay, open_folder)
    keys = os.path.join(jawort.folder, "keys")
    close(open_folder, keys)
    serves_and_signs_nothing(jawort, keys)


def test_a_credential_without_a_ledger_key(new_jawort, relay, open_folder, monkeypatch):
    """LoadCredential=keys:FOLDER of an installation that is older than the signed log."""
    jawort = without_a_ledger_key(new_jawort, relay, open_folder)
    old, keys = os.path.join(jawort.folder, "keys"), os.path.join(open_folder, "given")
    os.mkdir(keys)
    for name in os.listdir(old):
        os.rename(os.path.join(old, name), os.path.join(keys, "keys_" + name))
    close(open_folder, keys)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", keys)
    serves_and_signs_nothing(jawort, keys)
    # Where it is kept, a key is added; the next start has it.
    os.chmod(keys, 0o700)
    shutil.copy(os.path.join(keys, "keys_token-1.key"), os.path.join(keys, "keys_ledger-1.key"))
    close(keys, keys)
    signed_up(jawort, "bert@example.org")
    assert check_checkpoints(jawort) >= 1


def test_a_lost_key_is_not_replaced_in_silence(jawort):
    signed_up(jawort)
    key = os.path.join(jawort.folder, "keys", "ledger-1.key")
    os.rename(key, key + ".away")
    signed_up(jawort, "bert@example.org")
    assert not os.path.exists(key)
    assert len(jawort.log.events("ledger_not_sealed")) == 1, "said once"
    said = jawort.run("ledger", "checkpoint")  # no server runs: the verb itself signs
    assert said.returncode == 1 and said.stderr.count("the ledger key is missing") == 1
    [found] = [result for result in jawort.checks() if result["name"] == "ledger"]
    assert found["status"] == "error" and "put ledger-*.key back" in found["detail"]
    # It is lost for good: another one, for which the first cannot vouch.
    assert jawort.ask("keys", "rotate", "--ledger") == {"current": 2}
    history = jawort.ask("ledger", "key", "--history")["history"]
    assert [key["vouched"] for key in history] == [False, False]
    assert check_checkpoints(jawort) >= 2


def test_a_foreign_key_under_the_old_number_signs_nothing(jawort):
    signed_up(jawort)
    keys = os.path.join(jawort.folder, "keys")
    shutil.copy(os.path.join(keys, "address.key"), os.path.join(keys, "ledger-1.key"))
    answer = jawort.run("ledger", "key")
    assert answer.returncode == 1 and "another key" in answer.stderr


def test_no_private_key_in_database_or_backup(jawort, tmp_path):
    signed_up(jawort)
    backup = str(tmp_path / "backup.db")
    jawort.done("backup", backup)
    with open(os.path.join(jawort.folder, "keys", "ledger-1.key"), encoding="ascii") as file:
        secret = file.readline().strip()
    for path in (jawort.database, backup):
        with open(path, "rb") as file:
            content = file.read()
        assert secret.encode() not in content and base64.b64decode(secret) not in content


# --- somebody changes the log ---

def test_nothing_more_is_signed_over_a_log_whose_end_was_cut_off(jawort):
    signed_up(jawort)
    signed_up(jawort, "bert@example.org")
    before = checkpoints(jawort)
    last = "(SELECT max(sequence) FROM event)"
    with sqlite3.connect(jawort.database) as database:
        database.executescript(f"DROP TRIGGER event_delete;"
                               f"DELETE FROM event_values WHERE sequence = {last};"
                               f"DELETE FROM event WHERE sequence = {last};")
    answer = jawort.run("ledger", "checkpoint")
    assert answer.returncode == 1 and "events are missing" in answer.stderr
    signed_up(jawort, "carla@example.org")  # all else goes on
    assert checkpoints(jawort) == before
    reasons = [event["reason"] for event in jawort.log.events("ledger_not_sealed")]
    assert reasons and all("missing" in why or "was changed" in why for why in reasons)


# --- clocks ---

def fake_time(**more):
    """The wall clock alone. Not by the program `faketime`, which would get our signals instead."""
    library = subprocess.run(["find", "/usr/lib", "-name", "libfaketimeMT.so.1"],
                             capture_output=True, text=True, check=True).stdout.split()[0]
    return clean_environment(LD_PRELOAD=library, FAKETIME_DONT_FAKE_MONOTONIC="1",
                             DONT_FAKE_MONOTONIC="1", TZ="UTC", **more)


def post(jawort, who):
    """A sign-up whose answer is not awaited: it waits for a timer (timerfd_settime with an absolute
    time), which libfaketime 0.9.10 breaks even where it fakes nothing."""
    body = json.dumps({"email": who, "consent": ["newsletter"]})
    with socket.create_connection(("127.0.0.1", jawort.port)) as connection:
        connection.sendall(f"POST /forms/open HTTP/1.1\r\nHost: 127.0.0.1:{jawort.port}\r\n"
                           "Content-Type: application/json\r\n"
                           f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        wait_until(lambda: jawort.knows(who), "the sign-up is there")


def serve_with(jawort, time, who):
    """A life of the server at another time, with one sign-up."""
    jawort.start(fake_time(FAKETIME=time))
    post(jawort, who)
    # The verb asks the server, whose clock counts.
    size = json.loads(jawort.done("ledger", "checkpoint", "--json"))["size"]
    jawort.stop()
    return size


@pytest.mark.parametrize("first, second, steps", [
    ("+0", "-1h", 1), ("+0", "+1h", 0), ("+0", "-3652d", 1), ("+0", "+3652d", 0),
    # An hour that Berlin has twice, and one that it has not; each life takes some seconds.
    ("@2026-10-25 00:59:58", "@2026-10-25 01:05:00", 0),
    ("@2026-03-29 00:59:58", "@2026-03-29 01:05:00", 0),
    ("@2028-02-29 23:59:58", "@2028-03-01 00:05:00", 0),
    ("@2028-02-29 12:00:00", "@2028-02-28 12:00:00", 1),
    ("@2038-01-19 03:14:05", "@2038-01-19 03:20:00", 0),
    ("@2038-01-19 03:14:20", "@2038-01-19 03:13:00", 1)])
def test_a_clock_that_was_set_between_two_lives(first, second, steps, jawort):
    serve_with(jawort, first, "anna@example.org")
    serve_with(jawort, second, "bert@example.org")
    found = [(sequence, at) for sequence, at, kind in
             rows(jawort, "SELECT sequence, at, type FROM event ORDER BY sequence")
             if kind == "clock_stepped"]
    assert len(found) == steps
    times = rows(jawort, "SELECT sequence, at FROM event ORDER BY sequence")
    for (_, before), (sequence, after) in zip(times, times[1:]):
        assert after >= before - 2000 or sequence in [step for step, _ in found], "0 order errors"
    assert check_checkpoints(jawort) >= 2


def test_a_clock_that_is_set_while_the_server_runs(jawort, tmp_path):
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    jawort.start(fake_time(FAKETIME_TIMESTAMP_FILE=str(offset), FAKETIME_NO_CACHE="1"))
    post(jawort, "anna@example.org")
    jawort.ask("ledger", "checkpoint")
    for number, value in enumerate(["+1h", "-1h", "+0"]):
        offset.write_text(value + "\n")
        jawort.ask("ledger", "checkpoint")
        wait_until(lambda: types(jawort).count("clock_stepped") == number + 1, "a step is recorded")
        post(jawort, f"person{number}@example.org")
    jawort.ask("ledger", "checkpoint")
    jawort.stop()
    assert types(jawort).count("clock_stepped") == 3
    assert check_checkpoints(jawort) >= 4


# --- killed while it signs ---

def test_a_kill_leaves_nothing_half(jawort):
    for number in range(6):
        jawort.start()
        sign_up(jawort, f"person{number}@example.org")
        asking = subprocess.Popen([BINARY, "--config", jawort.config, "ledger", "checkpoint"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env=clean_environment())
        if number % 2:
            wait_until(lambda: checkpoints(jawort), "the first checkpoint")
        jawort.kill()
        asking.wait(PATIENCE)
    signed_up(jawort)
    assert check_checkpoints(jawort) >= 1
    assert len(rows(jawort, "SELECT number FROM ledger_key")) == 1


# --- out of the house ---

class Receiver:
    """Takes what is posted; answers with `status`."""

    def __init__(self):
        self.status = 200
        self.posts = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.posts.append((outer.status, self.headers["Content-Type"], body))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/checkpoints"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def notes_in(path):
    """Each note of the file, which ends with an empty line."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    notes, note = [], []
    for line in lines:
        if not line and note and note[-1].startswith("— "):
            notes.append("\n".join(note) + "\n")
            note = []
        else:
            note.append(line)
    return notes


def test_checkpoints_are_appended_to_a_file(jawort, tmp_path):
    path = tmp_path / "checkpoints.txt"
    path.write_text("half a note of a machine that lost power")
    jawort.configure({"ledger.checkpoint_file": str(path)})
    jawort.start()
    sign_up(jawort, "anna@example.org")
    jawort.ask("ledger", "checkpoint")
    wait_until(lambda: len(notes_in(path)) == 1, "the first note is in the file")
    jawort.stop()
    signed_up(jawort, "bert@example.org")
    jawort.start()
    wait_until(lambda: len(notes_in(path)) >= 2, "what was signed at the stop is there too")
    jawort.stop()
    assert path.read_text().startswith("half a note of a machine that lost power\n\n")
    known = {note for (note,) in rows(jawort, "SELECT note FROM checkpoint")}
    written = notes_in(path)
    assert {note.split("power\n\n")[-1] for note in written} <= known
    assert len(set(written)) == len(written), "each once"


def test_a_file_that_cannot_be_written_harms_nothing(jawort, tmp_path):
    jawort.configure({"ledger.checkpoint_file": str(tmp_path / "no" / "such" / "folder.txt")})
    jawort.start()
    sign_up(jawort, "anna@example.org")
    jawort.ask("ledger", "checkpoint")
    [event] = wait_until(lambda: jawort.log.events("checkpoint_not_out"), "the log says so")
    assert event["place"] == "file"
    jawort.stop()
    assert check_checkpoints(jawort) >= 1


def test_checkpoints_are_posted_and_tried_again(jawort, receiver):
    receiver.status = 503
    jawort.configure({"ledger.checkpoint_url": receiver.url})
    jawort.start()
    sign_up(jawort, "anna@example.org")
    note = jawort.done("ledger", "checkpoint")
    wait_until(lambda: receiver.posts, "the first try")
    receiver.status = 200
    wait_until(lambda: any(status == 200 for status, _, _ in receiver.posts), "another try", 90)
    jawort.stop()
    kinds = {kind for _, kind, _ in receiver.posts}
    assert kinds == {"text/plain; charset=utf-8"}
    assert note in [body for _, _, body in receiver.posts]
    assert all("anna" not in body for _, _, body in receiver.posts)
    assert rows(jawort, "SELECT place FROM checkpoint_sent") == [("url",)]


def test_checkpoints_are_mailed_to_the_officer(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url, "ledger.mail_officer": "P1D"})
    jawort.start()
    sign_up(jawort, "anna@example.org", "newsletter")
    jawort.ask("ledger", "checkpoint")

    def mails():
        return [mail for mail in mails_at(relay) if "checkpoint" in mail.header("Subject")]

    [mail] = wait_until(mails, "the officer's mail")
    assert mail.recipient == "datenschutz@sommer.example"
    key = jawort.done("ledger", "key").strip()
    text = mail.part("plain").replace("\r\n", "\n")
    assert opened(text[text.index(key.split("+", 1)[0] + "\n"):].rstrip("\n") + "\n", key)
    sign_up(jawort, "bert@example.org", "newsletter")
    jawort.ask("ledger", "checkpoint")
    jawort.stop()
    assert len(mails()) == 1, "once a day"


# --- an external authority ---

@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    authority = TimeStampAuthority(tmp_path_factory.mktemp("tsa"))
    yield authority
    authority.close()


def stamped(jawort):
    return rows(jawort, "SELECT note, timestamp FROM checkpoint WHERE timestamp IS NOT NULL")


def with_authority(jawort, authority, mode):
    authority.mode = mode
    authority.requests.clear()
    jawort.configure({"ledger.timestamp_url": authority.url,
                      "ledger.timestamp_ca_file": authority.ca_file})
    jawort.start()
    sign_up(jawort, "anna@example.org")
    jawort.ask("ledger", "checkpoint")
    wait_until(lambda: authority.requests, "the authority is asked")


def test_a_checkpoint_is_stamped_by_the_authority(jawort, authority):
    with_authority(jawort, authority, "good")
    [(note, token)] = wait_until(lambda: stamped(jawort), "a time stamp")
    sign_up(jawort, "bert@example.org")
    answer = jawort.ask("ledger", "checkpoint")
    jawort.stop()
    assert authority.verifies(note.encode(), token)
    assert not authority.verifies(note.encode() + b"\n", token)
    assert len(authority.requests) == 1 and answer["timestamp"] is None, "at most one an hour"
    assert authority.requests[0][1] == "application/timestamp-query"


@pytest.mark.parametrize("mode", ["other_hash", "other_nonce", "other_ca", "rejects",
                                  "garbage", "cut", "fails", "slow"])
def test_a_wrong_answer_of_the_authority_is_refused_without_harm(mode, jawort, authority):
    with_authority(jawort, authority, mode)
    [event] = wait_until(lambda: jawort.log.events("checkpoint_not_out"), "the log says so")
    assert event["place"] == "timestamp"
    sign_up(jawort, "bert@example.org")
    assert jawort.ask("ledger", "checkpoint")["size"] >= 2
    jawort.stop()
    assert stamped(jawort) == []
    assert check_checkpoints(jawort) >= 2


def test_verbs_explain_themselves():
    for verb in (("ledger",), ("ledger", "checkpoint"), ("ledger", "key"), ("keys", "rotate")):
        assert run_binary(*verb, "--help").returncode == 0
