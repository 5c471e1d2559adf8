"""Usage of the command line: help, exit statuses, where an answer goes, where it is looked for."""

import json
import os
import signal

import pytest

from jawort import SOMMER, clean_environment, run_binary
from signing_up import OPEN, sign_up, wait_for_mails

VERBS = ["demo", "init", "serve", "check", "migrate", "apply", "contact", "contact show",
         "contact erase", "contact list", "link", "link revoke", "link preferences",
         "link confirm", "links", "queue", "queue list", "queue retry", "queue release",
         "queue drop", "webhook", "webhook list", "webhook show", "webhook secret",
         "webhook rotate", "webhook deliveries", "webhook redeliver", "webhook enable",
         "webhook disable", "webhook test"]


@pytest.fixture
def resting(new_jawort, closed_port):
    """Definitions are loaded; nothing runs."""
    return new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"})


@pytest.mark.parametrize("verb", VERBS)
def test_help(verb, tmp_path):
    answer = run_binary(*verb.split(), "--help", cwd=tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "Usage: " in answer.stdout
    assert "Example: jawort " in answer.stdout
    assert os.listdir(tmp_path) == [], "help does nothing else"


def test_help_of_the_whole():
    answer = run_binary("--help")
    assert (answer.returncode, answer.stderr) == (0, "")
    for verb in VERBS:
        assert verb.split()[0] in answer.stdout
    version = run_binary("--version")
    assert version.returncode == 0 and version.stdout.startswith("jawort ")


@pytest.mark.parametrize("arguments", [
    [], ["contcat", "show"], ["contact"], ["contact", "show"], ["contact", "show", "a", "b"],
    ["contact", "list", "--limit", "many"], ["contact", "list", "--limit", "0"], ["apply"],
    ["--config"], ["serve", "now"], ["queue", "retry"], ["queue", "retry", "--all", "0" * 16],
    ["link", "revoke", "a@example.org"], ["link", "revoke", "--purpose", "newsletter"],
    ["demo", "--port", "65536"], ["check", "--no-such-flag"], ["--jsno", "check"],
])
def test_wrong_usage(arguments, tmp_path):
    answer = run_binary(*arguments, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.strip()
    assert os.listdir(tmp_path) == []


def test_a_typing_mistake_is_understood(tmp_path):
    assert 'did you mean "contact"' in run_binary("contcat", "show", cwd=tmp_path).stderr


@pytest.mark.parametrize("verb", [["serve"], ["check"], ["migrate"], ["apply", SOMMER],
                                  ["contact", "list"], ["queue", "list"],
                                  ["contact", "show", "a@example.org"]])
def test_no_configuration(verb, tmp_path):
    if os.path.exists("/etc/jawort/jawort.toml"):
        pytest.skip("this machine has an installation of its own")
    answer = run_binary(*verb, cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (78, "")
    assert "jawort.toml" in answer.stderr and "jawort init" in answer.stderr
    named = run_binary(*verb, "--config", "elsewhere.toml", cwd=tmp_path)
    assert named.returncode == 78 and "elsewhere.toml" in named.stderr
    assert os.listdir(tmp_path) == []


def test_where_the_configuration_is_looked_for(resting, tmp_path):
    expected = resting.done("contact", "list", "--json")
    sign = [("--config", resting.config, "contact", "list"), ("contact", "--config",
            resting.config, "list"), ("contact", "list", "--config", resting.config)]
    for arguments in sign:
        assert run_binary(*arguments, "--json", cwd=tmp_path).stdout == expected
    here = run_binary("contact", "list", "--json", cwd=resting.folder)
    assert (here.returncode, here.stdout) == (0, expected)
    assert not os.path.exists(tmp_path / "data"), "paths are relative to the file"


def test_environment_goes_before_the_file(resting):
    broken = run_binary("--config", resting.config, "contact", "list",
                        environment=clean_environment(JAWORT_LOG__LEVEL="loud"))
    assert broken.returncode == 78
    assert "JAWORT_LOG__LEVEL" in broken.stderr and "loud" in broken.stderr
    one = run_binary("--config", resting.config, "contact", "list",
                     environment=clean_environment(JAWORT_LOG_LEVEL="debug"))
    assert one.returncode == 78 and "JAWORT_LOG__LEVEL" in one.stderr
    moved = run_binary("--config", resting.config, "apply", SOMMER, "--json",
                       environment=clean_environment(JAWORT_DATABASE__URL="sqlite:other/j.db"))
    assert json.loads(moved.stdout)["unchanged"] == 0, "another database"
    assert os.path.exists(os.path.join(resting.folder, "other", "j.db"))


def test_confirmation_links_are_refused(resting):
    for arguments in (["anna@example.org"], ["anna@example.org", "--purpose", "newsletter"]):
        answer = resting.run("link", "confirm", *arguments)
        assert (answer.returncode, answer.stdout) == (1, "")
        assert "mailbox" in answer.stderr
    help_ = run_binary("link", "--help").stdout
    assert "only the mailbox" in help_


def test_revocation_links(resting):
    assert resting.run("link", "revoke", "nobody@example.org", "--purpose",
                       "newsletter").returncode in (1, 78)
    resting.start()
    assert resting.run("link", "revoke", "nobody@example.org", "--purpose",
                       "newsletter").returncode == 1
    sign_up(resting, "anna@example.org", "newsletter")
    assert resting.run("link", "revoke", "anna@example.org", "--purpose", "phone").returncode == 1
    assert resting.run("link", "revoke", "anna@example.org", "--purpose", "nope").returncode == 1
    text = resting.done("link", "revoke", "anna@example.org", "--purpose", "newsletter")
    url = resting.ask("link", "revoke", "ANNA@example.org", "--purpose", "newsletter")["url"]
    assert url.startswith(f"http://127.0.0.1:{resting.port}/revoke/")
    assert text.startswith(f"http://127.0.0.1:{resting.port}/revoke/") and text.endswith("\n")


def test_contacts(resting):
    for state in ("resting", "running"):
        for who in ("nobody@example.org", "nobody", "0" * 16, "", "a@b@c", "%", "' OR 1=1 --"):
            answer = resting.run("contact", "show", who, "--json")
            assert (answer.returncode, answer.stdout) == (1, ""), who
            assert answer.stderr.strip()
        assert resting.contact_list() == []
        if state == "resting":
            resting.start()
    for number in range(5):
        sign_up(resting, f"Person-{number}@Example.org", "newsletter")
    contact = resting.contact("person-3@example.org")
    assert contact == resting.contact(contact["id"]) == resting.contact("PERSON-3@EXAMPLE.ORG")
    listed = resting.contact_list()
    assert [entry["email"] for entry in listed] == [f"Person-{n}@Example.org" for n in range(5)]
    assert listed[3]["id"] == contact["id"] and "consents" in listed[3]
    two = resting.done("contact", "list", "--limit", "2", "--json").splitlines()
    assert [json.loads(line) for line in two] == listed[:2]
    resting.stop()
    assert resting.contact(contact["id"])["email"] == "Person-3@Example.org"


def test_keys_of_the_record(resting):
    resting.start()
    sign_up(resting, "anna@example.org", "newsletter")
    contact = resting.contact("anna@example.org")
    assert set(contact) >= {"id", "email", "language", "source", "created_at", "fields", "consents"}
    assert set(contact["consents"][0]) >= {
        "purpose", "status", "grade", "form", "form_version", "language", "wording", "opt_in_at",
        "opt_in_date", "mailed_at", "opened_at", "confirmed_at", "confirmed_date", "revoked_at",
        "revoked_date", "revoked_by"}
    assert set(resting.mails()[0]) >= {"id", "kind", "to", "state", "attempts", "next_at",
                                       "last_reply"}


def test_text_for_people(resting):
    resting.start()
    sign_up(resting, "anna@example.org", "newsletter")
    shown = resting.done("contact", "show", "anna@example.org")
    assert "anna@example.org" in shown and "newsletter" in shown and "pending" in shown
    assert "/confirm/" not in shown
    assert "anna@example.org" in resting.done("contact", "list")
    assert "anna@example.org" in resting.done("queue", "list")


def test_no_verb_shows_a_confirmation_link(new_jawort, relay):
    """Nor does the database hold one: only the mailbox gets it."""
    jawort = new_jawort({"smtp.url": relay.url}).start()
    sign_up(jawort, "anna@example.org", "newsletter")
    token = wait_for_mails(relay, 1)[0].confirm_path.rsplit("/", 1)[1]
    jawort.wait_for_mail(state="sent")
    for verb in (["contact", "show", "anna@example.org"], ["contact", "list"],
                 ["queue", "list", "--all"], ["check"]):
        for flags in ([], ["--json"]):
            answer = jawort.run(*verb, *flags)
            assert "/confirm/" not in answer.stdout + answer.stderr
    assert token not in "\n".join(jawort.log.lines)
    for name in os.listdir(os.path.dirname(jawort.database)):
        if not name.endswith(".sock"):
            with open(os.path.join(os.path.dirname(jawort.database), name), "rb") as file:
                assert token.encode() not in file.read(), name


def test_a_server_that_hangs_is_named_and_does_nothing_later(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    os.kill(jawort.process.pid, signal.SIGSTOP)
    try:
        given_up = jawort.run("keys", "rotate")
        assert given_up.returncode == 1
        assert f"process {jawort.process.pid}" in given_up.stderr
        found = json.loads(jawort.run("check", "--json").stdout)["results"]
        wrong = [result for result in found if result["status"] == "error"]
        assert any(str(jawort.process.pid) in result["detail"] for result in wrong)
        assert "smtp" in {result["name"] for result in found}, "the others are there all the same"
    finally:
        os.kill(jawort.process.pid, signal.SIGCONT)
    assert [key["id"] for key in jawort.ask("keys", "list")["keys"]] == [1]


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_no_file_is_no_crash(verb, new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN])
    answer = jawort.run(verb, "", *(["--yes"] if verb == "restore" else []))
    assert answer.returncode == 2 and answer.stderr.strip()
