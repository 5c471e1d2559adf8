"""Signed mails: from the verb that makes a key to what verifiers of others say."""

import json
import os
import sqlite3
import stat
import sys
from contextlib import closing

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))

from dkim_verifiers import VERIFIERS, all_right, tampered  # noqa: E402
from dns_server import DnsServer  # noqa: E402
from signing_up import sign_up, wait_for_mails  # noqa: E402
from waiting import wait_until  # noqa: E402

DOMAIN = "sommer.internal"
SENDER = {"mail.from": f"Bäckerei Sommer <brot@{DOMAIN}>"}
HTTPS = {"server.public_url": "https://optin.sommer.internal"}


def make_key(jawort, selector, *arguments):
    return jawort.ask("keys", "dkim", selector, *arguments)


def sign_with(jawort, *keys):
    """As the verb says that it is set: one as text, several as a list."""
    selectors = [key["selector"] for key in keys]
    files = [os.path.relpath(key["file"], jawort.folder) for key in keys]
    one = len(keys) == 1
    jawort.configure({"mail.dkim_selector": selectors[0] if one else selectors,
                      "mail.dkim_key": files[0] if one else files})


def records_of(*keys):
    return {key["name"]: key["record"] for key in keys}


def verify(mails, keys):
    """Every verifier takes every signature that it knows."""
    algorithms = {key["selector"]: key["algorithm"] for key in keys}
    for verifier in VERIFIERS:
        for verified in verifier([mail.data for mail in mails], records_of(*keys)):
            assert all_right(verifier, verified, algorithms), (verifier.__name__, verified)


def test_every_mail_is_signed_by_both_keys(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url, "ledger.mail_officer": "P1D", **SENDER, **HTTPS})
    keys = [make_key(jawort, "s1"), make_key(jawort, "s2", "--ed25519")]
    sign_with(jawort, *keys)
    jawort.start()
    sign_up(jawort, "anna@example.org", "newsletter")
    wait_for_mails(relay, 1)
    jawort.ask("ledger", "checkpoint")
    wait_for_mails(relay, 2)
    jawort.ask("template", "send-test", "confirmation", "--to", "me@sommer.internal")
    mails = wait_for_mails(relay, 3)
    assert sorted(mail.recipient for mail in mails) == [
        "anna@example.org", "datenschutz@sommer.example", "me@sommer.internal"]
    for mail in mails:
        assert len(mail.message.get_all("DKIM-Signature")) == 2
        signatures = mail.data[:mail.data.index(b"\r\nFrom: ")].split(b"\r\n")
        assert all(line.isascii() and len(line) <= 78 for line in signatures)
    verify(mails, keys)
    asked = next(mail for mail in mails if mail.recipient == "anna@example.org")
    assert asked.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    changed = list(tampered(asked.data))
    assert len(changed) == 19
    for verifier in VERIFIERS:
        found = verifier([mail for _, mail in changed], records_of(*keys))
        assert [name for (name, _), verified in zip(changed, found) if verified] == []
    with closing(sqlite3.connect(jawort.database)) as database:
        leaf, = database.execute(
            "SELECT leaf FROM event WHERE type = 'mail_handed_over'").fetchone()
        kept, = database.execute("SELECT message FROM mail").fetchone()
    assert b"\x00\x04dkim\x05s1 s2" in leaf, "a name that the table of FORMAT.md has not"
    assert b"DKIM-Signature" not in (kept if isinstance(kept, bytes) else kept.encode())


def test_keys_are_exchanged_without_a_mail_that_does_not_verify(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url, **SENDER})
    old = make_key(jawort, "old")
    stages = [[old]]
    sign_with(jawort, old)
    new = make_key(jawort, "new")
    stages += [[old, new], [new]]
    for number, keys in enumerate(stages):
        sign_with(jawort, *keys)
        assert [key["selector"] for key in jawort.ask("keys", "list")["dkim_keys"]] == [
            key["selector"] for key in keys]
        jawort.start()
        sign_up(jawort, f"p{number}@example.org", "newsletter")
        verify([wait_for_mails(relay, number + 1)[number]], keys)
        jawort.stop()


def test_the_same_bytes_go_twice(new_jawort, new_relay):
    """The word after the dot is lost, and the server is killed: signed anew, it is the same."""
    relay = new_relay(rules=["DOT drop"])
    jawort = new_jawort({"smtp.url": relay.url, **SENDER})
    keys = [make_key(jawort, "s1"), make_key(jawort, "s2", "--ed25519")]
    sign_with(jawort, *keys)
    jawort.start()
    sign_up(jawort, "anna@example.org", "newsletter")
    waiting = wait_until(lambda: jawort.mails("--uncertain"), "the word is lost")
    jawort.kill()
    jawort.start()
    jawort.ask("queue", "retry", waiting[0]["id"])
    first, second = wait_for_mails(relay, 2)
    assert first.data == second.data
    verify([first, second], keys)


def test_a_key_is_made_once_and_for_us_alone(new_jawort):
    jawort = new_jawort(SENDER, definitions=())
    key = make_key(jawort, "S1")
    assert key["file"] == os.path.join(jawort.folder, "keys", "dkim-s1.pem")
    assert (key["name"], key["algorithm"]) == (f"s1._domainkey.{DOMAIN}", "rsa-sha256")
    assert stat.S_IMODE(os.stat(key["file"]).st_mode) == 0o600
    assert "".join(key["strings"]) == key["record"] and len(key["strings"]) == 2
    with open(key["file"], encoding="ascii") as file:
        secret = file.read()
    again = jawort.run("keys", "dkim", "s1", "--ed25519")
    assert again.returncode == 1 and "exists already" in again.stderr
    with open(key["file"], encoding="ascii") as file:
        assert file.read() == secret
    said = jawort.done("keys", "dkim", "s2", "--ed25519")
    assert f"s2._domainkey.{DOMAIN}.  IN  TXT  (" in said and "v=DKIM1; k=ed25519; p=" in said
    assert 'dkim_selector = "s2"' in said and 'dkim_key      = "keys/dkim-s2.pem"' in said
    for line in secret.splitlines()[1:-1]:
        assert line not in said + json.dumps(key)
    for wrong in ("", "a b", "-x", "ä", "s1;"):
        assert jawort.run("keys", "dkim", wrong).returncode == 2


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


@pytest.mark.parametrize("spoil, word", [
    (lambda path: os.chmod(path, 0o644), "chmod 600"),
    (os.remove, "jawort keys dkim s1"),
    (lambda path: write(path, "no key\n"), "holds no private key in PEM"),
])
def test_a_bad_key_is_refused_at_start(spoil, word, new_jawort):
    jawort = new_jawort(SENDER, definitions=())
    sign_with(jawort, make_key(jawort, "s1"))
    spoil(os.path.join(jawort.folder, "keys", "dkim-s1.pem"))
    with open(jawort.config, encoding="utf-8") as file:
        line = 1 + [text.split(" ")[0] for text in file].index("dkim_key")
    for verb in ("serve", "check"):
        answer = jawort.run(verb)
        assert answer.returncode == 78
        assert f"jawort.toml:{line}: [mail] dkim_key: " in answer.stderr and word in answer.stderr


def test_check_holds_the_dns_against_the_key(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url, **SENDER})
    key, other = make_key(jawort, "s1"), make_key(jawort, "s2")
    sign_with(jawort, key)
    server = DnsServer({DOMAIN: ["v=spf1 mx -all"], f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none"]})

    def result():
        answer = jawort.run("check", "--json", "--dns", server.address)
        found = [r for r in json.loads(answer.stdout)["results"] if r["name"] == "dkim"]
        assert len(found) == 1
        return found[0]["status"], found[0]["detail"], found[0]["advice"]

    try:
        status, _, advice = result()
        assert status == "error" and advice.endswith(f'{key["name"]}: "{key["record"]}"')
        server.records[key["name"]] = [key["record"]]
        status, detail, _ = result()
        assert status == "ok" and key["name"] in detail and "2048 bits" in detail
        server.records[key["name"]] = [other["record"]]
        status, detail, advice = result()
        assert status == "error" and "another key" in detail and key["record"] in advice
    finally:
        server.stop()
