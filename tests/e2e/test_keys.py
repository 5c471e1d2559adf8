"""Keys: rotated while the server runs and while it does not, listed, kept from others."""

import base64
import contextlib
import hmac
import json
import os
import sqlite3
import subprocess

from jawort import clean_environment, path_of
from mails import Mail
from signing_up import OPEN, confirmed, mails_at, sign_up, wait_for_mails
from visitor import Visitor
from waiting import wait_until


def key_of(link):
    """The number of the key in a link: its second byte (FORMAT.md §7)."""
    return base64.urlsafe_b64decode(link.rsplit("/", 1)[1])[1]


def keys_of(jawort):
    return [(key["id"], key["current"]) for key in jawort.ask("keys", "list")["keys"]]


def revocation_link(mail: Mail):
    return path_of(mail.header("List-Unsubscribe").strip("<>"))


def test_links_and_queued_mails_outlive_a_rotation(new_jawort, relay, closed_port):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    anna = confirmed(jawort, relay, "anna@example.org")
    sign_up(jawort, "bernd@example.org")
    bernd = wait_for_mails(relay, 2)[1]
    for_tools = jawort.revocation_path("anna@example.org")
    jawort.stop()
    jawort.configure({"smtp.url": f"smtp://127.0.0.1:{closed_port}"})
    jawort.start()
    sign_up(jawort, "clara@example.org")  # her mail waits, composed under key 1
    assert keys_of(jawort) == [(1, True)]

    assert jawort.ask("keys", "rotate") == {"current": 2}
    assert keys_of(jawort) == [(1, False), (2, True)]
    assert [event["key"] for event in jawort.log.events("token_key_rotated")] == [2]
    assert key_of(jawort.revocation_path("anna@example.org")) == 2, "without a restart"
    assert Visitor(jawort.port).press(bernd.confirm_path).status in (200, 303)
    assert jawort.consent("bernd@example.org")["status"] == "confirmed"
    jawort.stop()

    assert jawort.ask("keys", "rotate") == {"current": 3}, "also while no server runs"
    jawort.configure({"smtp.url": relay.url})
    jawort.start()
    clara = wait_for_mails(relay, 3)[2]
    assert key_of(clara.confirm_path) == 1, "the very mail that was queued"
    assert Visitor(jawort.port).press(clara.confirm_path).status in (200, 303)
    sign_up(jawort, "dora@example.org")
    dora = wait_for_mails(relay, 4)[3]
    assert key_of(dora.confirm_path) == 3
    assert Visitor(jawort.port).press(dora.confirm_path).status in (200, 303)
    assert Visitor(jawort.port).get(revocation_link(anna)).status == 200
    assert Visitor(jawort.port).post(for_tools, {}).status == 200
    assert jawort.consent("anna@example.org")["status"] == "revoked"
    assert Visitor(jawort.port).one_click(revocation_link(clara)).status == 200
    assert jawort.consent("clara@example.org")["status"] == "revoked"


def make_token(secret, number, genuine, mail):
    """A confirmation token of FORMAT.md §7, with the expiry of a genuine one."""
    def subkey(label):
        return hmac.digest(secret, label, "sha256")

    block = int(mail, 16).to_bytes(8, "big") + b"\x01" + bytes(7)
    identifier = subprocess.run(
        ["openssl", "enc", "-aes-128-ecb", "-nopad", "-K",
         subkey(b"jawort/token/identifier/1")[:16].hex()],
        input=block, capture_output=True, check=True).stdout
    head = b"\x01" + bytes([number]) + identifier + genuine[18:22]
    token = head + hmac.digest(subkey(b"jawort/token/mac/1"), head, "sha256")
    return base64.urlsafe_b64encode(token).decode("ascii")


def test_a_stolen_older_key_makes_no_link_of_a_newer_mail(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    jawort.done("keys", "rotate")
    sign_up(jawort, "anna@example.org")
    token = wait_for_mails(relay, 1)[0].confirm_path.rsplit("/", 1)[1]
    genuine = base64.urlsafe_b64decode(token)
    made = {}
    for number in (1, 2):
        with open(os.path.join(jawort.folder, "keys", f"token-{number}.key"), "rb") as file:
            secret = base64.b64decode(file.readline())
        made[number] = make_token(secret, number, genuine, jawort.mails()[0]["id"])
    assert made[2] == token, "so it is done as Jawort does it"
    assert Visitor(jawort.port).get("/confirm/" + made[1]).status == 404
    assert Visitor(jawort.port).press("/confirm/" + made[1]).status == 404
    assert jawort.consent("anna@example.org")["status"] == "pending"
    assert Visitor(jawort.port).press("/confirm/" + made[2]).status in (200, 303)


def test_no_secret_is_ever_printed(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"})
    said = jawort.done("keys", "rotate") + jawort.done("keys", "list")
    said += jawort.done("keys", "list", "--json") + jawort.run("check").stdout
    said += jawort.done("keys", "rotate", "--ledger") + jawort.done("ledger", "key", "--history")
    folder = os.path.join(jawort.folder, "keys")
    assert sorted(os.listdir(folder)) == ["address.key", "ledger-1.key", "ledger-2.key",
                                          "token-1.key", "token-2.key"]
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="ascii") as file:
            assert file.readline().strip() not in said
    assert all(key["created_at"] for key in jawort.ask("keys", "list")["keys"])


def test_open_keys_are_refused_with_the_cure(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"})
    key = os.path.join(jawort.folder, "keys", "token-1.key")
    os.chmod(key, 0o644)
    for verb in (["serve"], ["contact", "list"], ["keys", "list"], ["keys", "rotate"]):
        answer = jawort.run(*verb)
        assert answer.returncode == 78, verb
        assert f"chmod 600 {key}" in answer.stderr


def test_keys_and_login_from_credentials(new_jawort, new_relay, tmp_path):
    """As systemd hands them over: LoadCredential=keys:FOLDER, smtp.username and smtp.password."""
    relay = new_relay(tls="starttls", auth=["PLAIN"], username="jawort", password="open-sesame")
    jawort = new_jawort({"smtp.url": relay.url.replace("127.0.0.1", "localhost"),
                         "smtp.ca_file": relay.ca_file}, [OPEN])
    given = tmp_path / "credentials"
    given.mkdir(mode=0o700)
    folder = os.path.join(jawort.folder, "keys")
    for name in os.listdir(folder):
        os.rename(os.path.join(folder, name), given / f"keys_{name}")
    for name, text in (("smtp.username", "jawort"), ("smtp.password", "open-sesame")):
        (given / name).write_text(text, encoding="utf-8")
        (given / name).chmod(0o400)
    jawort.start(clean_environment(CREDENTIALS_DIRECTORY=str(given)))
    sign_up(jawort, "anna@example.org")
    mail = wait_for_mails(relay, 1)[0]
    assert relay.messages()[0].auth == "jawort"
    assert Visitor(jawort.port).press(mail.confirm_path).status in (200, 303)
    wait_until(lambda: jawort.consent("anna@example.org")["status"] == "confirmed", "it counts")
    assert mails_at(relay)[0].recipient == "anna@example.org"


def test_an_address_key_of_another_installation_is_refused(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    jawort.stop()
    path = os.path.join(jawort.folder, "keys", "address.key")
    with open(path, "rb") as file:
        right = file.read()
    elsewhere = new_jawort({"smtp.url": relay.url}, [OPEN])
    with open(os.path.join(elsewhere.folder, "keys", "address.key"), "rb") as file:
        other = file.read()
    assert other != right
    for known in ("the mark", "the journal alone, in a database that is older than the mark"):
        with open(path, "wb") as file:
            file.write(other)
        served = jawort.run("serve")
        assert served.returncode == 78, known
        assert "address.key is not the one" in served.stderr and "[keys] dir" in served.stderr
        checked = jawort.run("check", "--json")
        assert checked.returncode == 1
        [keys] = [line for line in json.loads(checked.stdout)["results"] if line["name"] == "keys"]
        assert keys["status"] == "error" and "address.key" in keys["detail"]
        with open(path, "wb") as file:
            file.write(right)
        assert not [name for name in os.listdir(os.path.join(jawort.folder, "data"))
                    if "opt-outs." in name], "the journal is where it was"
        jawort.done("contact", "show", "anna@example.org")
        with contextlib.closing(sqlite3.connect(jawort.database)) as database:
            database.execute("DELETE FROM progress WHERE name = 'address_key'")
            database.commit()
