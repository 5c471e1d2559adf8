"""Webhooks of the real server at real receivers: the example receiver with the standard's own
library, a CRM's stand-in, and receivers that misbehave."""

import collections
import json
import os
import shutil
import socket
import subprocess
import sys
import threading

import pytest

from endpoints import Endpoint
from jawort import REPOSITORY, clean_environment
from signing_up import OPEN, confirmed, sign_up
from suitecrm import SuiteCrm
from visitor import Visitor
from waiting import PATIENCE, wait_until

sys.path.append(os.path.join(REPOSITORY, "tests", "browser"))
from npm import install  # noqa: E402

ALL = ["consent.requested", "consent.mail_sent", "consent.mail_failed", "consent.confirmed",
       "consent.denied", "consent.expired", "consent.revoked", "contact.created",
       "contact.updated", "contact.erased", "message.bounced", "message.complained"]
PRIVATE = {"webhooks.allow_private": ["127.0.0.0/8"]}


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """examples/ with the library that they need."""
    folder = tmp_path_factory.mktemp("examples")
    for name in ("webhook-receiver", "crm-sync"):
        shutil.copytree(os.path.join(REPOSITORY, "examples", name), folder / name)
    install(folder, "standardwebhooks@1.1.1")
    return folder


class Program:
    """One of the examples, running."""

    def __init__(self, examples, script, seen, secrets, port=0, **environment):
        self.process = subprocess.Popen(
            ["node", str(examples / script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", env=clean_environment(
                PORT=str(port), WEBHOOK_SECRETS=" ".join(secrets), SEEN_FILE=str(seen),
                **environment))
        self.port = json.loads(self.process.stdout.readline())["listening"]
        self.events = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def told(self):
        return [event["type"] for event in self.events]

    def stop(self):
        self.process.kill()
        self.process.wait(PATIENCE)


@pytest.fixture
def new_endpoint():
    made = []

    def make(*arguments, **options):
        made.append(Endpoint(*arguments, **options))
        return made[-1]

    yield make
    for endpoint in made:
        endpoint.stop()


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def declare(jawort, port, name="crm", events=None, personal=False, scheme="http"):
    path = os.path.join(jawort.folder, f"{name}.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'[[webhook]]\nid = "{name}"\nurl = "{scheme}://127.0.0.1:{port}/hook"\n'
                   f"events = {json.dumps(events or ALL)}\n"
                   f"include_personal = {json.dumps(personal)}\n")
    warnings = jawort.apply(path)["warnings"]
    assert not [warning for warning in warnings if "webhook" in warning], warnings


def deliveries(jawort, name="crm", *more):
    return jawort.ask("webhook", "deliveries", name, "--all", *more)["deliveries"]


def all_delivered(jawort, count, name="crm"):
    def look():
        rows = deliveries(jawort, name)
        return len(rows) >= count and all(row["state"] == "delivered" for row in rows)

    wait_until(look, f"{count} deliveries are over")


def test_the_standards_library_verifies_all_of_a_life(new_jawort, relay, examples, tmp_path):
    port = free_port()
    jawort = new_jawort({"smtp.url": relay.url, **PRIVATE}, definitions=[OPEN])
    declare(jawort, port, personal=True)
    jawort.start()
    secret = jawort.ask("webhook", "secret", "crm")["secret"]
    receiver = Program(examples, "webhook-receiver/receive.mjs", tmp_path / "seen", [secret], port)
    try:
        assert jawort.ask("webhook", "test", "crm")["status"] == 204
        confirmed(jawort, relay, "anna@example.org")
        Visitor(jawort.port).post(jawort.revocation_path("anna@example.org"), {})
        all_delivered(jawort, 5)  # an address goes out only as long as it is known
        jawort.done("contact", "erase", "anna@example.org", "--yes")
        all_delivered(jawort, 6)
        wait_until(lambda: len(receiver.events) >= 7, "the receiver has printed them")
        assert receiver.told() == [
            "webhook.test", "contact.created", "consent.requested", "consent.mail_sent",
            "consent.confirmed", "consent.revoked", "contact.erased"]
        confirmation = receiver.events[4]["data"]
        assert confirmation["grade"] == "observed"
        assert confirmation["email"] == "anna@example.org"
        assert "email" not in receiver.events[-1]["data"]
        assert len({event["data"].get("contact_id") for event in receiver.events[1:]}) == 1

        # A secret that is on its way out, and the new one, are each enough.
        rotated = jawort.ask("webhook", "rotate", "crm")
        assert rotated["previous"] == secret != rotated["secret"]
        assert jawort.ask("webhook", "test", "crm")["status"] == 204
        receiver.stop()
        receiver = Program(examples, "webhook-receiver/receive.mjs", tmp_path / "seen",
                           [rotated["secret"]], port)
        assert jawort.ask("webhook", "test", "crm")["status"] == 204
        receiver.stop()
        wrong = "whsec_" + "A" * 43 + "="
        receiver = Program(examples, "webhook-receiver/receive.mjs", tmp_path / "seen", [wrong],
                           port)
        refused = jawort.run("webhook", "test", "crm", "--json")
        assert refused.returncode == 1 and json.loads(refused.stdout)["status"] == 401
    finally:
        receiver.stop()


def test_a_kill_loses_nothing_and_the_order_stays(new_jawort, relay, new_endpoint):
    endpoint = new_endpoint()
    jawort = new_jawort({"smtp.url": relay.url, **PRIVATE}, definitions=[OPEN])
    declare(jawort, endpoint.port)
    jawort.start()
    people = [f"person{i}@example.org" for i in range(30)]
    for number, person in enumerate(people):
        sign_up(jawort, person)
        if number % 6 == 5:
            jawort.kill()
            jawort.start()
    # A mail that two kills left open is held; of it nobody can be told that it went.
    wait_until(lambda: all(mail["state"] in ("sent", "held") for mail in jawort.mails()),
               "all mails are over")
    held = len(jawort.mails("--state", "held"))
    all_delivered(jawort, 3 * len(people) - held)
    jawort.stop()
    told = collections.defaultdict(list)
    for headers, body in endpoint.requests:
        event = (headers["webhook-id"], body["type"])
        contact = told[body["data"]["contact_id"]]
        if event not in contact:
            contact.append(event)
    assert len(told) == len(people)
    whole = ["contact.created", "consent.requested", "consent.mail_sent"]
    stories = [[kind for _, kind in events] for events in told.values()]
    assert stories.count(whole) == len(people) - held
    assert all(story in (whole, whole[:2]) for story in stories)


def test_failure_is_tried_again_and_410_disables(new_jawort, relay, new_endpoint):
    moody = new_endpoint(lambda number: (500 if number == 1 else 204, {}))
    gone = new_endpoint(lambda number: (410, {}))
    jawort = new_jawort({"smtp.url": relay.url, **PRIVATE}, definitions=[OPEN])
    declare(jawort, moody.port, "moody", ["contact.created"])
    declare(jawort, gone.port, "gone", ["contact.created"])
    jawort.start()
    sign_up(jawort, "anna@example.org")
    all_delivered(jawort, 1, "moody")  # about five seconds later
    assert len({headers["webhook-id"] for headers, _ in moody.requests}) == 1
    assert len(moody.requests) == 2
    views = {view["id"]: view for view in jawort.ask("webhook", "list")["webhooks"]}
    assert views["gone"]["state"] == "disabled"
    assert views["gone"]["disabled_because"] == "it answered 410 Gone"
    assert views["gone"]["waiting"] == 1 and views["moody"]["waiting"] == 0
    assert jawort.log.events("webhook_disabled")
    warned = [result for result in jawort.checks() if result["name"] == "webhooks"]
    assert sorted(result["status"] for result in warned) == ["ok", "warning"]
    metrics = Visitor(jawort.admin_port).get("/metrics").text
    assert 'jawort_webhook_deliveries_total{endpoint="moody",outcome="delivered"} 1' in metrics
    assert 'jawort_webhook_deliveries_total{endpoint="moody",outcome="given_up"} 0' in metrics
    assert 'jawort_webhook_oldest_waiting_seconds{endpoint="moody"} 0' in metrics
    assert "anna@example.org" not in "\n".join(jawort.log.lines) + metrics


def test_nothing_goes_into_the_house(new_jawort, relay, new_endpoint):
    inside = new_endpoint()
    outside = new_endpoint(
        lambda number: (307, {"Location": f"http://127.0.0.1:{inside.port}/hook"}))
    jawort = new_jawort({"smtp.url": relay.url}, definitions=[OPEN])
    refused = os.path.join(jawort.folder, "refused.toml")
    for url in (f"http://127.0.0.1:{inside.port}/", f"https://localhost:{inside.port}/",
                f"https://0x7f000001:{inside.port}/", f"https://[::1]:{inside.port}/"):
        with open(refused, "w", encoding="utf-8") as file:
            file.write(f'[[webhook]]\nid = "h"\nurl = "{url}"\nevents = ["contact.created"]\n')
        answer = jawort.run("apply", refused)
        assert answer.returncode == 78 and "refused.toml:3: webhook \"h\": url: " in answer.stderr
    # Declared while it was let through, and not any more; and one that redirects.
    jawort.configure(PRIVATE)
    declare(jawort, inside.port, "inside", ["contact.created"])
    declare(jawort, outside.port, "outside", ["contact.created"])
    jawort.configure({"webhooks.allow_private": []})
    jawort.start()
    sign_up(jawort, "anna@example.org")
    wait_until(lambda: deliveries(jawort, "inside")[:1]
               and deliveries(jawort, "inside")[0]["attempts"], "it was tried")
    assert "not public" in deliveries(jawort, "inside")[0]["last_problem"] or \
        "no public address" in deliveries(jawort, "inside")[0]["last_problem"]
    assert (inside.requests, outside.requests) == ([], [])
    jawort.stop()
    jawort.configure(PRIVATE)
    jawort.start()
    wait_until(lambda: outside.requests, "the one that redirects was asked")
    wait_until(lambda: deliveries(jawort, "outside")[0]["last_status"] == 307, "it is recorded")
    assert deliveries(jawort, "outside")[0]["state"] == "waiting"
    all_delivered(jawort, 1, "inside")
    assert len(inside.requests) == 1


def test_a_name_that_changes_leads_nowhere_else(tmp_path):
    """On the real resolver, against a name server of the test, in a network of its own."""
    apart = ["unshare", "--net", "--mount"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody have a network of their own")
    here = os.path.dirname(os.path.abspath(__file__))
    done = subprocess.run([*apart, sys.executable, os.path.join(here, "moving_name.py"),
                           str(tmp_path)], capture_output=True, encoding="utf-8",
                          timeout=2 * PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen == {"outside": 1, "inside": 0, "asked": True,
                    "problem": "leads to an address that is not public"}


def test_only_a_good_certificate_is_told(new_jawort, relay, new_endpoint, tmp_path):
    kinds = ("good", "expired", "wrong-name", "stranger")
    made = {kind: new_endpoint(certificate=kind, certificate_dir=str(tmp_path / "certificates"))
            for kind in kinds}
    jawort = new_jawort({"smtp.url": relay.url, "webhooks.ca_file": made["good"].ca_file,
                         **PRIVATE}, definitions=[OPEN])
    for kind, endpoint in made.items():
        declare(jawort, endpoint.port, kind, ["contact.created"], scheme="https")
    jawort.start()
    sign_up(jawort, "anna@example.org")
    all_delivered(jawort, 1, "good")
    for kind in kinds[1:]:
        tried = wait_until(lambda kind=kind: [row for row in deliveries(jawort, kind)
                                              if row["attempts"]], "it was tried")
        assert tried[0]["state"] == "waiting" and tried[0]["last_status"] is None
        assert made[kind].requests == [] and made[kind].connections > 0
    assert len(made["good"].requests) == 1


def test_a_restored_backup_tells_nothing_by_itself(new_jawort, relay, new_endpoint, tmp_path):
    endpoint = new_endpoint()
    jawort = new_jawort({"smtp.url": relay.url, **PRIVATE}, definitions=[OPEN])
    declare(jawort, endpoint.port, events=["contact.created"])
    jawort.start()
    jawort.done("webhook", "disable", "crm")
    sign_up(jawort, "anna@example.org")
    backup = str(tmp_path / "backup.db")
    jawort.done("backup", backup)
    jawort.done("webhook", "enable", "crm")
    all_delivered(jawort, 1)
    first = endpoint.requests[0][0]["webhook-id"]
    jawort.stop()
    jawort.done("restore", backup, "--yes")
    jawort.start()
    jawort.done("webhook", "enable", "crm")
    wait_until(lambda: deliveries(jawort), "it is known what would be told")
    assert len(endpoint.requests) == 1
    jawort.done("queue", "release", "--all")
    all_delivered(jawort, 1)
    # The same identifier: a receiver knows it already.
    assert [headers["webhook-id"] for headers, _ in endpoint.requests] == [first, first]


def test_contacts_of_a_crm_stay_in_step(new_jawort, relay, examples, tmp_path):
    port = free_port()
    crm = SuiteCrm()
    jawort = new_jawort({"smtp.url": relay.url, **PRIVATE}, definitions=[OPEN])
    declare(jawort, port, personal=True,
            events=["consent.confirmed", "consent.revoked", "contact.erased", "message.bounced"])
    jawort.start()
    secret = jawort.ask("webhook", "secret", "crm")["secret"]
    known = crm._write("POST", {"type": "Contacts", "attributes": {
        "last_name": "Bauer", "email1": "bert@example.org"}})[1]["data"]["id"]
    crm.broken = 1  # the first try fails, and is made again
    sync = Program(examples, "crm-sync/sync.mjs", tmp_path / "seen", [secret], port,
                   CRM_URL=crm.url, CRM_CLIENT_ID="client", CRM_CLIENT_SECRET="secret")
    try:
        confirmed(jawort, relay, "anna@example.org")
        confirmed(jawort, relay, "bert@example.org")
        all_delivered(jawort, 2)
        by_mail = {contact["email1"]: contact for contact in crm.contacts.values()}
        assert set(by_mail) == {"anna@example.org", "bert@example.org"}
        assert crm.contacts[known]["last_name"] == "Bauer"
        for contact in by_mail.values():
            assert contact["newsletter_consent_c"] == "confirmed"
            assert contact["newsletter_since_c"].endswith("Z")
            assert len(contact["jawort_id_c"]) == 16
        crm.tokens.clear()  # revoked before their time
        Visitor(jawort.port).post(jawort.revocation_path("bert@example.org"), {})
        all_delivered(jawort, 3)
        assert crm.contacts[known]["newsletter_consent_c"] == "revoked"
        jawort.done("contact", "erase", "anna@example.org", "--yes")
        all_delivered(jawort, 4)
        assert list(crm.contacts) == [known]
    finally:
        sync.stop()
        crm.stop()


def test_verbs_work_without_a_server(new_jawort, relay, closed_port):
    jawort = new_jawort({"smtp.url": relay.url, **PRIVATE}, definitions=[OPEN])
    assert jawort.ask("webhook", "list") == {"webhooks": []}
    declare(jawort, closed_port)
    view = jawort.ask("webhook", "show", "crm")
    assert (view["state"], view["waiting"], view["events"]) == ("active", 0, ALL)
    before = jawort.ask("webhook", "secret", "crm")
    assert before["previous"] is None
    assert jawort.ask("webhook", "rotate", "crm")["previous"] == before["secret"]
    assert jawort.run("webhook", "test", "crm").returncode == 1
    for verb in ("show", "secret", "rotate", "deliveries", "enable", "disable", "test"):
        unknown = jawort.run("webhook", verb, "nobody")
        assert unknown.returncode == 1 and 'no webhook "nobody"' in unknown.stderr
    assert jawort.run("webhook", "redeliver", "crm").returncode == 2
    assert jawort.run("webhook", "redeliver", "crm", "nonsense").returncode == 2
    assert jawort.run("webhook", "redeliver", "crm", "msg_1_0_" + "0" * 16).returncode == 1
    assert jawort.run("webhook", "deliveries", "crm", "--state", "x").returncode == 2
    assert before["secret"] not in jawort.done("webhook", "list")
