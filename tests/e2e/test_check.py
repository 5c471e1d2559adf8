"""`jawort check`, the doctor: each thing that can be wrong is made wrong once."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "support"))

from dns_server import REFUSED, SERVER_FAILURE, DnsServer  # noqa: E402
from jawort import BINARY, SOMMER, clean_environment  # noqa: E402
from signing_up import OPEN, confirmed, sign_up  # noqa: E402
from test_own_templates import SUBJECT, TEXT, put  # noqa: E402
from test_templates import WHAT_AND_WHO  # noqa: E402
from visitor import Visitor  # noqa: E402
from waiting import PATIENCE  # noqa: E402
from web_server import WebServer  # noqa: E402

DOMAIN = "brot.baeckerei.internal"
SPF = "v=spf1 include:_spf.relay.internal ip4:192.0.2.0/24 -all"
DMARC = "v=DMARC1; p=quarantine; rua=mailto:dmarc@baeckerei.internal"


@pytest.fixture
def jawort(new_jawort, relay):
    return new_jawort({"smtp.url": relay.url})


def results(jawort, *arguments, prefix=()):
    answer = subprocess.run([*prefix, BINARY, "--config", jawort.config, "check", "--json",
                             *arguments], capture_output=True, encoding="utf-8",
                            env=clean_environment(), timeout=PATIENCE, check=False)
    found = {}
    for result in json.loads(answer.stdout)["results"]:
        found.setdefault(result["name"], []).append(result)
    errors = any(r["status"] == "error" for each in found.values() for r in each)
    assert answer.returncode == (1 if errors else 0)
    assert answer.stderr == ""
    return found


def one(found, name, status):
    """The only result of this name; what is not well says what to do."""
    assert len(found.get(name, [])) == 1, found
    result = found[name][0]
    assert result["status"] == status, result
    if status != "ok":
        assert result["advice"], result
    return result


# --- files ---

def test_all_is_well(jawort, relay):
    found = results(jawort)
    for name in ("permissions", "keys", "clock", "disk", "server", "database", "events",
                 "templates", "smtp"):
        one(found, name, "ok")
    assert "does not run" in found["server"][0]["detail"]
    assert "dns" not in found and "spf" not in found, "an example's domain is nobody's"
    jawort.start()
    assert one(results(jawort), "server", "ok")["detail"] == "runs"


@pytest.mark.parametrize("name, mode, status", [
    ("jawort.toml", 0o666, "error"), ("data", 0o755, "warning"), ("data", 0o777, "error"),
    ("templates", 0o777, "error"), ("templates/mail", 0o775, "error"), (TEXT, 0o646, "error"),
])
def test_open_files(name, mode, status, jawort):
    put(jawort, TEXT, "{{confirm.url}} {{deny.url}}\n")
    path = os.path.join(jawort.folder, name)
    os.chmod(path, mode)
    result = one(results(jawort), "permissions", status)
    assert path in result["detail"] and "chmod" in result["advice"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_owners(jawort):
    os.chown(jawort.database, 65534, -1)
    assert "chown" in one(results(jawort), "permissions", "error")["advice"]


def test_a_password_that_others_read(jawort):
    jawort.configure({"smtp.username": "x", "smtp.password": "y"})
    os.chmod(jawort.config, 0o644)
    assert [r["status"] for r in results(jawort)["configuration"]] == ["ok", "warning"]


def test_keys_that_others_read(jawort):
    os.chmod(os.path.join(jawort.folder, "keys", "address.key"), 0o644)
    assert "address.key" in one(results(jawort), "keys", "error")["detail"]


# --- clock ---

@pytest.mark.parametrize("year, status", [(1999, "error"), (2150, "error"), (2030, "ok")])
def test_the_year(year, status, jawort):
    found = results(jawort, prefix=("faketime", "-m", f"{year}-06-01 12:00:00"))
    assert str(year) in one(found, "clock", status)["detail"]


def test_a_clock_that_was_set_back(jawort):
    jawort.start()
    sign_up(jawort, "anna@example.org", "newsletter")
    jawort.stop()
    one(results(jawort), "events", "ok")
    back = results(jawort, prefix=("faketime", "-m", "-f", "-1h"))
    one(back, "clock", "ok")
    assert "timedatectl" in one(back, "events", "error")["advice"]


# --- what is lawful ---

def test_unlawful_templates(jawort):
    put(jawort, TEXT, "Willkommen!\n{{confirm.url}} {{deny.url}} " + WHAT_AND_WHO)
    found = results(jawort)["templates"]
    assert [result["status"] for result in found] == ["ok", "error"]
    assert os.path.join(jawort.folder, TEXT) + ":1: " in found[1]["detail"]
    assert "LG Stendal" in found[1]["detail"] and found[1]["advice"] == "leave it out"
    jawort.start()
    put(jawort, TEXT, "{{confirm.url}} {{deny.url}} " + WHAT_AND_WHO)
    one(results(jawort), "templates", "ok")
    put(jawort, SUBJECT, "{{nothing}}\n")
    one(results(jawort), "templates", "error")


def test_unlawful_definitions_of_an_older_program(jawort):
    """What was accepted before a rule came is in force, and is told."""
    with sqlite3.connect(jawort.database) as database:
        body, = database.execute("SELECT body FROM definition WHERE kind = 'controller'").fetchone()
        assert '"imprint_url":"https://sommer.example/impressum",' in body
        older = body.replace('"imprint_url":"https://sommer.example/impressum",', "")
        version = hashlib.sha256(older.encode()).digest()
        columns = [row[1] for row in database.execute("PRAGMA table_info(definition)")]
        row = dict(zip(columns, database.execute(
            "SELECT * FROM definition WHERE kind = 'controller'").fetchone()))
        row.update(body=older, version=version)
        names = ", ".join(row)
        database.execute(f"INSERT INTO definition ({names}) VALUES ({', '.join('?' * len(row))})",
                         list(row.values()))
        database.execute("UPDATE definition_current SET version = ? WHERE kind = 'controller'",
                         [version])
    database.close()
    found = [r for r in results(jawort)["definitions"] if r["status"] == "error"]
    assert len(found) == 1 and "§ 5 DDG" in found[0]["detail"]
    assert "imprint_url = " in found[0]["advice"]
    jawort.start()
    assert jawort.apply(SOMMER)["changed"][0]["kind"] == "controller"
    assert not [r for r in results(jawort)["definitions"] if r["status"] == "error"]


# --- the public address ---

@pytest.fixture
def web():
    server = WebServer()
    yield server
    server.stop()


@pytest.fixture
def public(new_jawort, relay, web):
    return new_jawort({"smtp.url": relay.url, "server.public_url": web.url}, [OPEN]).start()


def test_the_public_address_is_ours(public, web):
    web.proxy_to(public.port)
    assert "forms that are in force here" in one(results(public), "reachable", "ok")["detail"]
    public.apply(SOMMER)
    one(results(public), "reachable", "ok")


@pytest.mark.parametrize("answer, word", [
    ((502, {}, b""), "127.0.0.1:"), ((404, {}, b""), "all paths"),
    ((301, {"Location": "https://elsewhere.internal/"}, b""), "redirect"),
    ((200, {}, b"Welcome to nginx!"), "another installation"),
])
def test_the_public_address_is_not_ours(answer, word, public, web):
    web.answer = lambda path: answer
    assert word in one(results(public), "reachable", "error")["advice"]


def test_nobody_at_the_public_address(public, web, closed_port):
    public.stop()
    public.configure({"server.public_url": f"http://127.0.0.1:{closed_port}"})
    assert "reachable" not in results(public), "on this machine only, and nothing runs"
    public.start()
    assert "elsewhere" in one(results(public), "reachable", "warning")["advice"]


@pytest.mark.parametrize("certificate", ["expired", "stranger"])
def test_a_bad_certificate(certificate, new_jawort, relay, tmp_path):
    web = WebServer(certificate=certificate, certificate_dir=str(tmp_path / "certificates"))
    jawort = new_jawort({"smtp.url": relay.url, "server.public_url": web.url}, [OPEN]).start()
    found = results(jawort)
    web.stop()
    assert "certificate" in one(found, "reachable", "error")["advice"]


# --- the sender's domain ---

@pytest.fixture
def dns():
    server = DnsServer({DOMAIN: ["another=text", SPF], f"_dmarc.{DOMAIN}": [DMARC]})
    yield server
    server.stop()


@pytest.fixture
def sender(new_jawort, relay):
    return new_jawort({"smtp.url": relay.url, "mail.from": f"Brot <news@{DOMAIN}>"}, [OPEN])


def test_a_good_sender(sender, dns):
    found = results(sender, "--dns", dns.address)
    assert "_spf.relay.internal" in one(found, "spf", "ok")["detail"]
    assert "quarantine" in one(found, "dmarc", "ok")["detail"]
    dkim = one(found, "dkim", "warning")
    assert "unsigned" in dkim["detail"] and "jawort keys dkim" in dkim["advice"]
    assert set(dns.asked) == {DOMAIN, f"_dmarc.{DOMAIN}", "_dmarc.baeckerei.internal"}


def test_a_long_record_comes_by_tcp(sender, dns):
    long = "v=spf1 " + " ".join(f"ip4:192.0.2.{n}" for n in range(100)) + " include:a.internal -all"
    assert len(long) > 1400
    dns.records[DOMAIN] = [long]
    assert "a.internal" in one(results(sender, "--dns", dns.address), "spf", "ok")["detail"]


@pytest.mark.parametrize("records, status, word", [
    ([], "warning", "no SPF record"), (["v=spf10 -all"], "warning", "no SPF record"),
    ([SPF, SPF], "error", "2 SPF records"),
    (["v=spf1 inclued:x.internal -all"], "error", "inclued"),
    (["v=spf1 a +all"], "error", "+all"), (["v=spf1 -all"], "error", "nobody"),
    (["v=spf1 " + " ".join(f"include:s{n}.internal" for n in range(11))], "warning", "10 look-ups"),
])
def test_spf(records, status, word, sender, dns):
    dns.records[DOMAIN] = records
    assert word in one(results(sender, "--dns", dns.address), "spf", status)["detail"]


@pytest.mark.parametrize("own, above, status, word", [
    (None, None, "warning", "no DMARC"), (None, ["v=DMARC1; p=none; sp=reject"], "ok", "reject"),
    ([DMARC, DMARC], None, "error", "more than one"),
    (["v=DMARC1; p=maybe"], None, "error", "maybe"),
    (["v=DMARC1"], None, "error", "p= is missing"), (["v=DMARC1; p=none"], [DMARC], "ok", "none"),
])
def test_dmarc(own, above, status, word, sender, dns):
    del dns.records[f"_dmarc.{DOMAIN}"]
    for name, texts in ((f"_dmarc.{DOMAIN}", own), ("_dmarc.baeckerei.internal", above)):
        if texts is not None:
            dns.records[name] = texts
    assert word in one(results(sender, "--dns", dns.address), "dmarc", status)["detail"]


@pytest.mark.parametrize("code", [None, SERVER_FAILURE, REFUSED])
def test_no_answer_is_a_warning_and_no_wait(code, sender, dns):
    dns.records[DOMAIN] = code
    begin = time.monotonic()
    found = results(sender, "--dns", dns.address)
    assert time.monotonic() - begin < 20, "the deadline is four seconds; a busy machine adds some"
    assert "--dns" in one(found, "dns", "warning")["advice"]
    assert not {"spf", "dmarc", "dkim"} & set(found)


def test_nobody_there_is_a_warning(sender, closed_port):
    one(results(sender, "--dns", f"127.0.0.1:{closed_port}"), "dns", "warning")


def test_a_name_server_that_is_none(sender):
    answer = sender.run("check", "--dns", "nowhere at all")
    assert answer.returncode == 2 and "name server" in answer.stderr


# --- how it is said ---

def test_in_words(jawort):
    text = jawort.run("check").stdout
    assert "\x1b" not in text, "no colours but on a terminal"
    counts = text.splitlines()[-1]
    found = results(jawort)
    for status in ("ok", "warning", "error"):
        number = sum(r["status"] == status for each in found.values() for r in each)
        assert f"{number} {status}" in counts, counts


def test_on_a_terminal(jawort):
    seen = subprocess.run(["script", "-qec", f"{BINARY} --config {jawort.config} check",
                           "/dev/null"], capture_output=True, encoding="utf-8",
                          env=clean_environment(), stdin=subprocess.DEVNULL, timeout=PATIENCE,
                          check=False)
    assert "\x1b[32m✓ ok" in seen.stdout and "\x1b[33m! warning" in seen.stdout


def test_tls_that_is_asked_for_and_not_there(new_jawort, relay):
    found = new_jawort({"smtp.url": relay.url, "smtp.tls": "required"}).checks()
    smtp = next(result for result in found if result["name"] == "smtp")
    assert smtp["status"] == "error" and "TLS" in smtp["detail"] and smtp["advice"]


def test_lost_keys_do_not_lead_to_init(jawort):
    os.remove(os.path.join(jawort.folder, "keys", "token-1.key"))
    advice = one(results(jawort), "keys", "error")["advice"]
    assert "init" not in advice and "copy" in advice


def test_a_fault_of_the_keys_is_said_once(jawort):
    os.remove(os.path.join(jawort.folder, "keys", "token-1.key"))
    found = results(jawort)
    detail = one(found, "keys", "error")["detail"]
    database = one(found, "database", "warning")
    assert detail not in database["detail"] and "keys" in database["advice"]


# --- what would be missing after a restore ---

def test_a_journal_of_opt_outs_that_is_gone(jawort, relay):
    jawort.start()
    assert "opt_outs" not in results(jawort), "nobody has opted out"
    confirmed(jawort, relay, "anna@example.org", "newsletter")
    Visitor(jawort.port).one_click(jawort.revocation_path("anna@example.org"))
    assert "1 opt-out" in one(results(jawort), "opt_outs", "ok")["detail"]
    journal = os.path.join(jawort.folder, "data", "jawort.db.opt-outs")
    with open(journal, "rb") as file:
        heading = file.read().split(b"\n")[0] + b"\n"
    with open(journal, "wb") as file:
        file.write(heading)
    found = one(results(jawort), "opt_outs", "warning")
    assert "1 opt-out of 1" in found["detail"] and journal in found["detail"]
    assert "anna" not in found["detail"]
    os.remove(journal)
    one(results(jawort), "opt_outs", "warning")
    jawort.stop()
    jawort.start()
    one(results(jawort), "opt_outs", "ok")


def test_a_misspelt_template_that_nothing_uses(jawort):
    put(jawort, "templates/mail/confrimation.de.text.mustache", "{{confirm.url}} {{deny.url}}\n")
    put(jawort, "templates/mail/_part.de.text.mustache", "a partial\n")
    warnings = [result["detail"] for result in results(jawort)["templates"]
                if "used by no step" in result["detail"]]
    assert len(warnings) == 1
    assert "confrimation.de.text" in warnings[0] and 'is it "confirmation"?' in warnings[0]
    listed = jawort.run("template", "list")
    assert listed.returncode == 0 and "confrimation.de.text" in listed.stderr
