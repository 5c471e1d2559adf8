"""The proof of one consent: made beside a running server and without one, checked elsewhere."""

import io
import json
import os
import stat
import subprocess
import sys
import zipfile

import pytest

from jawort import REPOSITORY, clean_environment, definitions, run_binary
from signing_up import OPEN, confirmed, sign_up, wait_for_mails
from visitor import Visitor

sys.path.insert(0, os.path.join(REPOSITORY, "tests", "support"))
from time_stamp_authority import TimeStampAuthority  # noqa: E402

ANNA = "anna@example.org"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def dossier(jawort, tmp_path, address=ANNA, *more):
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.zip"
    jawort.done("dossier", address, "-o", str(path), *more)
    return path


def verify(path, *more, folder):
    """In a folder where there is nothing else, without configuration."""
    answer = run_binary("verify", str(path), "--json", *more, cwd=folder)
    result = json.loads(answer.stdout)
    assert answer.returncode == (0 if result["ok"] else 1), answer.stderr
    assert answer.stderr == ""
    return result


def second_verifier(path, *more):
    """What the one says that was written from the formats alone."""
    script = os.path.join(REPOSITORY, "tests", "verifier", "verify_dossier.py")
    return subprocess.run([sys.executable, script, str(path), *more], capture_output=True,
                          encoding="utf-8", check=False).stdout


def proof_of(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return json.loads(archive.read("proof.json"))


@pytest.fixture
def elsewhere(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_one_of_ten(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    people = [f"person{number}@example.org" for number in range(10)]
    for address in people:
        confirmed(jawort, relay, address)
    path = dossier(jawort, tmp_path, people[4])
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    again = jawort.run("dossier", people[4], "-o", str(path))
    assert again.returncode == 1 and "exists already" in again.stderr

    moved = elsewhere / "proof.zip"
    moved.write_bytes(path.read_bytes())
    result = verify(moved, folder=elsewhere)
    assert result["ok"] and len(result["warnings"]) == 1, result
    key = proof_of(path)["keys"][-1]
    assert verify(moved, "--key", key, folder=elsewhere)["warnings"] == []
    assert second_verifier(moved, "--key", key) == "sound\n"
    data = moved.read_bytes()
    for at in range(0, len(data), max(1, len(data) // 200)):
        moved.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1:])
        assert at % 7 or second_verifier(moved) != "sound\n", at
        assert not verify(moved, "--key", key, folder=elsewhere)["ok"], at

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        texts = b"".join(archive.read(name) for name in names)
        archive.extractall(elsewhere / "unpacked")
    assert {"README.txt", "dossier.html", "dossier.pdf", "form/1.html", "form/1.json",
            "form/1.txt", "mails/1-confirmation.eml", "manifest.txt", "proof.json",
            "receipt.json"} == set(names)
    assert not any(other.encode() in texts for other in people if other != people[4])
    assert verify("unpacked", folder=elsewhere)["ok"]
    (elsewhere / "unpacked" / "more.txt").write_text("more")
    assert not verify("unpacked", folder=elsewhere)["ok"]


def test_without_a_server(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    first = dossier(jawort, tmp_path)
    jawort.stop()
    second = dossier(jawort, tmp_path)
    assert verify(second, folder=elsewhere)["ok"]
    head = elsewhere / "head.txt"
    head.write_text(proof_of(first)["checkpoint"], encoding="utf-8")
    grown = verify(second, "--checkpoint", str(head), folder=elsewhere)
    assert grown["ok"]
    assert [check for check in grown["checks"] if check["item"] == "growth"]
    head.write_text(proof_of(second)["checkpoint"], encoding="utf-8")
    assert not verify(first, "--checkpoint", str(head), folder=elsewhere)["ok"]
    types = [event["type"] for event in jawort.contact(ANNA)["history"]]
    assert types.count("dossier_made") == 2


@pytest.mark.parametrize("served", [True, False])
def test_characters_without_a_font_are_said(served, new_jawort, relay, tmp_path, elsewhere):
    """The last character of the private planes stands for a script whose fonts are missing."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, ANNA, first_name="An\U0010fffdna\U0010fffd")
    mail = wait_for_mails(relay, 1)[0]
    assert Visitor(jawort.port).press(mail.confirm_path).status in (200, 303)
    if not served:
        jawort.stop()
    path = tmp_path / "boxes.zip"
    answer = jawort.run("dossier", ANNA, "-o", str(path), "--json")
    assert answer.returncode == 0 and json.loads(answer.stdout)["file"] == str(path)
    assert "the PDF shows 2 characters as boxes" in answer.stderr
    assert "fonts-noto-core" in answer.stderr and ANNA not in answer.stderr
    with zipfile.ZipFile(path) as archive:
        assert "An\U0010fffdna\U0010fffd" in archive.read("dossier.html").decode()
    assert verify(path, folder=elsewhere)["ok"]
    if not served:
        jawort.start()
    confirmed(jawort, relay, "bert@example.org")
    dossier(jawort, tmp_path, "bert@example.org")  # and nothing is said


def test_refusals(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}).start()
    target = str(tmp_path / "x.zip")
    answer = jawort.run("dossier", "nobody@example.org", "-o", target)
    assert answer.returncode == 1 and "no contact" in answer.stderr
    confirmed(jawort, relay, ANNA, "newsletter", ("newsletter", "phone"))
    answer = jawort.run("dossier", ANNA, "-o", target)
    assert answer.returncode == 2 and '"newsletter", "phone"' in answer.stderr
    answer = jawort.run("dossier", ANNA, "--purpose", "other", "-o", target)
    assert answer.returncode == 1
    assert jawort.run("dossier", ANNA).returncode == 2
    answer = jawort.run("dossier", ANNA, "--purpose", "phone", "-o", str(tmp_path / "no" / "x.zip"))
    assert answer.returncode == 1 and "there is no folder" in answer.stderr
    assert not any(event["type"] == "dossier_made" for event in jawort.contact(ANNA)["history"])
    assert not os.path.exists(target)
    assert run_binary("verify", target).returncode == 1
    wrong_key = run_binary("verify", target, "--key", "no key")
    assert wrong_key.returncode == 2


def test_two_purposes(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}).start()
    confirmed(jawort, relay, ANNA, "newsletter", ("newsletter", "phone"))
    for purpose, other in (("newsletter", "phone"), ("phone", "newsletter")):
        path = dossier(jawort, tmp_path, ANNA, "--purpose", purpose, "--lang", "en")
        assert verify(path, folder=elsewhere)["ok"]
        proof = proof_of(path)
        withheld = {name for event in proof["events"] for name in event["withheld"]}
        assert withheld == {f"previous:{other}"}
        assert len(proof["items"]) == 21


def test_every_state(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()

    def status():
        path = dossier(jawort, tmp_path)
        assert verify(path, folder=elsewhere)["ok"]
        return [one["status"] for one in proof_of(path)["rounds"]]

    sign_up(jawort, ANNA)
    mail = wait_for_mails(relay, 1)[0]
    assert status() == ["pending"]
    visitor = Visitor(jawort.port)
    visitor.press(mail.confirm_path)
    assert status() == ["confirmed"]
    visitor.one_click(jawort.revocation_path(ANNA))
    assert status() == ["revoked"]
    sign_up(jawort, ANNA)
    assert status() == ["revoked", "pending"]
    visitor.press(wait_for_mails(relay, 2)[1].confirm_path)
    assert status() == ["revoked", "confirmed"]


def test_a_renewal(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    old = jawort.consent(ANNA)["wording"]
    changed = tmp_path / "changed.toml"
    with open(definitions("open.toml"), encoding="utf-8") as file:
        changed.write_text(file.read().replace(old, "New: " + old), encoding="utf-8")
    jawort.apply(str(changed))
    sign_up(jawort, ANNA)
    path = dossier(jawort, tmp_path)
    assert verify(path, folder=elsewhere)["ok"] and proof_of(path)["renewal_of"]
    Visitor(jawort.port).press(wait_for_mails(relay, 2)[1].confirm_path)
    path = dossier(jawort, tmp_path)
    assert verify(path, folder=elsewhere)["ok"]
    assert [one["status"] for one in proof_of(path)["rounds"]] == ["confirmed", "confirmed"]
    with zipfile.ZipFile(path) as archive:
        assert "New: " in archive.read("form/2.txt").decode("utf-8")


def test_a_click(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, ANNA, "click")
    Visitor(jawort.port).get(wait_for_mails(relay, 1)[0].confirm_path, User_Agent=BROWSER)
    path = dossier(jawort, tmp_path)
    assert verify(path, folder=elsewhere)["ok"]
    assert proof_of(path)["rounds"][0]["grade"] == "click"


def test_a_rotated_key(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    first = proof_of(dossier(jawort, tmp_path))["keys"]
    jawort.done("keys", "rotate", "--ledger")
    path = dossier(jawort, tmp_path)
    keys = proof_of(path)["keys"]
    assert keys[:1] == first and len(keys) == 2
    for key in keys:
        assert verify(path, "--key", key, folder=elsewhere)["ok"]


def test_the_history_of_the_keys(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    path = dossier(jawort, tmp_path)
    jawort.done("keys", "rotate", "--ledger")
    newer = jawort.done("ledger", "key").strip()
    history = elsewhere / "history.txt"
    history.write_text(jawort.done("ledger", "key", "--history"), encoding="utf-8")
    alone = verify(path, "--key", newer, folder=elsewhere)
    assert not alone["ok"] and "ledger key --history" in alone["checks"][0]["detail"]
    assert second_verifier(path, "--key", newer) != "sound\n"
    assert verify(path, "--key", str(history), folder=elsewhere)["ok"]
    assert second_verifier(path, "--key", str(history)) == "sound\n"
    assert verify(path, "--key", f"  {proof_of(path)['keys'][0]} ", folder=elsewhere)["ok"]


def test_a_head_that_was_kept(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, "first@example.org")
    head = elsewhere / "head.txt"
    head.write_text(jawort.done("ledger", "checkpoint"), encoding="utf-8")
    confirmed(jawort, relay, ANNA)
    without = dossier(jawort, tmp_path)
    answer = run_binary("verify", str(without), "--checkpoint", str(head))
    assert answer.returncode == 1 and "?    growth" in answer.stdout
    assert "NOT sound" not in answer.stdout and "--checkpoint HEAD" in answer.stdout
    assert "not shown" in second_verifier(without, "--checkpoint", str(head))
    with_it = dossier(jawort, tmp_path, ANNA, "--checkpoint", str(head))
    assert verify(with_it, "--checkpoint", str(head), folder=elsewhere)["ok"]
    assert second_verifier(with_it, "--checkpoint", str(head)) == "sound\n"
    other = elsewhere / "other.txt"
    other.write_text(head.read_text(encoding="utf-8").replace("\n", "0\n", 1), encoding="utf-8")
    refused = jawort.run("dossier", ANNA, "-o", str(tmp_path / "x.zip"), "--checkpoint", str(other))
    assert refused.returncode == 1 and "not signed" in refused.stderr


def test_verify_in_german(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    path = str(dossier(jawort, tmp_path))

    def said(language, *more):
        environment = {**clean_environment(), "LANG": language}
        environment.pop("LC_ALL", None)
        environment.pop("LC_MESSAGES", None)
        return run_binary("verify", path, *more, environment=environment).stdout

    for german in (said("de_DE.UTF-8"), said("C", "--lang", "de")):
        assert german.endswith("Der Nachweis ist in Ordnung.\n")
        assert "\nja     receipt" in german and "Nicht belegt:" in german and "\nyes" not in german
    assert said("de_DE.UTF-8", "--lang", "en").endswith("The dossier is sound.\n")
    assert "Es wurde kein" not in said("de_DE.UTF-8", "--json")
    assert "Es wurde kein" in said("C", "--json", "--lang", "de")


def test_what_verify_does_not_take(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    path = str(dossier(jawort, tmp_path))
    empty = elsewhere / "empty.txt"
    empty.write_text("")
    no_pem = elsewhere / "no.pem"
    no_pem.write_text("no certificate\n")
    for more in (("--key", ""), ("--timestamp-ca", str(empty)), ("--timestamp-ca", str(no_pem)),
                 ("--key", ""), ("--checkpoint", ""), ("--timestamp-ca", ""),
                 ("--timestamp-ca", "nosuch"), ("--checkpoint", str(empty)),
                 ("--checkpoint", "nosuch")):
        answer = run_binary("verify", path, *more)
        assert answer.returncode == 2 and answer.stderr, more
    os.mkfifo(elsewhere / "pipe")
    for file in (str(elsewhere / "pipe"), "/dev/zero"):
        answer = run_binary("verify", file)
        assert answer.returncode == 1 and "neither a file nor a folder" in answer.stderr
    for target in ("", "-"):
        assert jawort.run("dossier", ANNA, "-o", target).returncode == 2, target


def test_a_time_stamp(new_jawort, relay, tmp_path, elsewhere):
    authority = TimeStampAuthority(tmp_path / "authority")
    try:
        jawort = new_jawort({"smtp.url": relay.url, "ledger.timestamp_url": authority.url,
                             "ledger.timestamp_ca_file": authority.ca_file}, [OPEN]).start()
        confirmed(jawort, relay, ANNA)
        path = dossier(jawort, tmp_path)
    finally:
        authority.close()
    assert proof_of(path)["timestamp"]
    believed = verify(path, folder=elsewhere)
    assert believed["ok"] and any("genuine" in line for line in believed["not_proved"])
    sure = verify(path, "--timestamp-ca", authority.ca_file, folder=elsewhere)
    assert sure["ok"] and not any("genuine" in line for line in sure["not_proved"])
    other = verify(path, "--timestamp-ca", authority.path("other.pem"), folder=elsewhere)
    assert [check["item"] for check in other["checks"] if not check["ok"]] == ["timestamp"]
    assert second_verifier(path) == "sound\n"


def test_erasing_others_changes_nothing(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    others = ["a@example.org", "b@example.org"]
    for address in (*others, ANNA):
        confirmed(jawort, relay, address)
    before = dossier(jawort, tmp_path)
    head = elsewhere / "head.txt"
    head.write_text(proof_of(before)["checkpoint"], encoding="utf-8")
    jawort.done("contact", "erase", others[0], "--yes")
    jawort.done("contact", "erase", others[1], "--with-proof", "--yes")
    assert verify(before, folder=elsewhere)["ok"]
    after = dossier(jawort, tmp_path)
    assert verify(after, "--checkpoint", str(head), folder=elsewhere)["ok"]


def test_the_proof_that_an_erasure_leaves(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    jawort.done("contact", "erase", ANNA, "--yes")
    assert not jawort.knows(ANNA)
    path = dossier(jawort, tmp_path)
    assert verify(path, folder=elsewhere)["ok"]
    assert second_verifier(path) == "sound\n"
    proof = proof_of(path)
    assert proof["email"] == ANNA and proof["rounds"][0]["erased_at"]
    with zipfile.ZipFile(path) as archive:
        assert "dpv:ConsentRevoked" in archive.read("receipt.json").decode()
    assert any("ended by erasure" in check["detail"]
               for check in verify(path, folder=elsewhere)["checks"])
    jawort.done("contact", "erase", ANNA, "--with-proof", "--yes")
    gone = jawort.run("dossier", ANNA, "-o", str(tmp_path / "gone.zip"))
    assert gone.returncode == 1 and "no contact" in gone.stderr
    none = jawort.run("dossier", ANNA, "--kept", "-o", str(tmp_path / "gone.zip"))
    assert none.returncode == 1


def test_a_kept_proof_beside_a_new_sign_up(new_jawort, relay, tmp_path, elsewhere):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    jawort.done("contact", "erase", ANNA, "--yes")
    sign_up(jawort, ANNA)
    path = tmp_path / "now.zip"
    answer = jawort.run("dossier", ANNA, "-o", str(path), "--lang", "en")
    assert answer.returncode == 0 and "1 more proof is kept" in answer.stderr
    assert proof_of(path)["rounds"][0]["status"] == "pending"
    with zipfile.ZipFile(path) as archive:
        assert "proofs from before an erasure are kept" in archive.read("dossier.html").decode()
    kept = dossier(jawort, tmp_path, ANNA, "--kept")
    assert proof_of(kept)["rounds"][0]["confirmed_at"] and proof_of(kept)["email"] == ANNA
    assert verify(kept, folder=elsewhere)["ok"] and second_verifier(kept) == "sound\n"
    second = jawort.run("dossier", ANNA, "--kept=2", "-o", str(tmp_path / "second.zip"))
    assert second.returncode == 1 and "no more than 1" in second.stderr


def test_what_cannot_be_written_is_not_recorded(new_jawort, relay, tmp_path):
    """Not even as root can a file be made in /proc."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    confirmed(jawort, relay, ANNA)
    assert jawort.run("dossier", ANNA, "-o", "/proc/anna.zip").returncode == 1
    jawort.stop()
    folder = os.path.join(jawort.folder, "keys")
    keys = [name for name in os.listdir(folder) if name.startswith("ledger")]
    for name in keys:
        os.rename(os.path.join(folder, name), tmp_path / name)
    assert jawort.run("dossier", ANNA, "-o", str(tmp_path / "x.zip")).returncode != 0
    for name in keys:
        os.rename(tmp_path / name, os.path.join(folder, name))
    types = [event["type"] for event in jawort.contact(ANNA)["history"]]
    assert "dossier_made" not in types
    dossier(jawort, tmp_path)
    assert [name for name in os.listdir(tmp_path) if name.startswith(".jawort")] == []
