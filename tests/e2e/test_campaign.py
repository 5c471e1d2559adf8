"""A drip campaign by the real binary: what follows a press, the verbs, and kills in the middle."""

import collections
import concurrent.futures
import os
import re

import pytest

from jawort import SOMMER, definitions
from mails import Mail
from signing_up import confirmed, sign_up, wait_for_mails
from test_ledger import rows
from visitor import Visitor
from waiting import wait_until

ADDRESS = "anna@example.org"
WELCOME, RECIPES = "Ihre Anmeldung ist bestätigt", "Was man aus dem Brot von gestern macht"


def step(on, after, mail, more=""):
    return (f'\n[[campaign.step]]\non = "{on}"\nafter = "{after}"\nmail = "{mail}"\n{more}')


def with_steps(folder, *steps):
    with open(definitions("open.toml"), encoding="utf-8") as file:
        text = file.read()
    before = re.search(r'\[\[campaign\.step\]\](?:\n[^\[\n]+)+\n', text)
    path = folder / "steps.toml"
    path.write_text(text[:before.end()] + "".join(steps) + text[before.end():], encoding="utf-8")
    return str(path)


def funnel(jawort):
    return {(row["step"], row["what"]): row["people"]
            for row in jawort.ask("campaign", "status", "opt-in")["funnel"]}


def test_what_follows_a_press(new_jawort, relay, tmp_path):
    steps = with_steps(tmp_path, step("confirmed", "PT0S", "welcome"),
                       step("confirmed", "PT1S", "recipes"), step("revoked", "PT0S", "revoked"))
    jawort = new_jawort({"smtp.url": relay.url}, [steps]).start()
    confirmed(jawort, relay, ADDRESS)
    _, welcome, recipes = wait_for_mails(relay, 3)
    assert welcome.header("Subject").startswith(WELCOME)
    assert recipes.header("Subject").startswith(RECIPES)
    for mail in (welcome, recipes):
        for part in ("plain", "html"):
            text = mail.part(part)
            assert "/revoke/" in text and "/preferences/" in text and "Probe & S" in (
                text.replace("&amp;", "&"))
    assert [mail["kind"] for mail in jawort.mails("--all")] == ["confirmation", "step", "step"]
    assert {event["type"] for event in jawort.contact(ADDRESS)["history"]} >= {"step_queued"}

    # The link in it ends it, and the campaign says that it is done.
    link = re.search(r"/revoke/[\w-]+", recipes.header("List-Unsubscribe"))[0]
    assert Visitor(jawort.port).post(link, {"List-Unsubscribe": "One-Click"}).status == 200
    notice = wait_for_mails(relay, 4)[3]
    assert notice.header("Subject").startswith("Ihr Widerruf ist eingetragen")
    jawort.done("ledger", "verify")
    wait_until(lambda: funnel(jawort).get((4, "handed_over")), "the notice is counted")
    assert funnel(jawort) == {
        (0, "signed_up"): 1, (0, "handed_over"): 1, (0, "confirmed"): 1, (0, "revoked"): 1,
        (2, "queued"): 1, (2, "handed_over"): 1, (3, "queued"): 1, (3, "handed_over"): 1,
        (4, "queued"): 1, (4, "handed_over"): 1}


def test_the_reminder_replaces_the_link(new_jawort, relay, tmp_path):
    steps = with_steps(tmp_path, step("opt_in", "PT1S", "reminder", 'while = "pending"\n'))
    jawort = new_jawort({"smtp.url": relay.url}, [steps]).start()
    sign_up(jawort, ADDRESS)
    first, second = wait_for_mails(relay, 2)
    visitor = Visitor(jawort.port)
    assert visitor.get(first.confirm_path).status == 410
    assert visitor.press(first.confirm_path).status == 410
    assert jawort.consent(ADDRESS)["status"] == "pending"
    assert visitor.press(second.confirm_path).status in (200, 303)
    assert jawort.consent(ADDRESS)["status"] == "confirmed"
    jawort.done("ledger", "verify")


def test_verbs(new_jawort, relay, tmp_path):
    steps = with_steps(tmp_path, step("confirmed", "PT0S", "welcome"),
                       step("confirmed", "P3D", "recipes",
                            'between = { from = "08:00", to = "20:00" }\n'))
    jawort = new_jawort({"smtp.url": relay.url}, [steps]).start()
    [listed] = jawort.ask("campaign", "list")["campaigns"]
    assert (listed["id"], listed["kind"], listed["forms"]) == ("opt-in", "drip", ["click", "open"])
    shown = jawort.ask("campaign", "show", "opt-in")["steps"]
    assert [(one["on"], one["after"], one["mail"]) for one in shown] == [
        ("opt_in", "PT0S", "confirmation"), ("confirmed", "PT0S", "welcome"),
        ("confirmed", "P3D", "recipes")]
    assert shown[2]["between"] == {"from": "08:00", "to": "20:00"}
    assert "step 3" in jawort.done("campaign", "show", "opt-in")

    assert jawort.ask("campaign", "pause", "opt-in") == {"changed": True}
    assert jawort.ask("campaign", "pause", "opt-in") == {"changed": False}
    assert "paused since" in jawort.done("campaign", "list")
    confirmed(jawort, relay, ADDRESS)  # sign-ups go on
    assert jawort.ask("campaign", "status", "opt-in")["waiting"][0]["step"] == 2
    assert len(relay.messages()) == 1
    assert jawort.ask("campaign", "resume", "opt-in") == {"changed": True}
    assert wait_for_mails(relay, 2)[1].header("Subject").startswith(WELCOME)
    wait_until(lambda: jawort.ask("campaign", "status", "opt-in")["waiting"][0]["step"] == 3,
               "the third step waits")
    assert jawort.run("campaign", "show", "nothing").returncode == 1
    assert jawort.run("campaign", "show").returncode == 2
    jawort.done("campaign", "status", "opt-in")

    # Who is on the way stays with what they began.
    more = with_steps(tmp_path, step("confirmed", "PT1H", "recipes"))
    answer = jawort.run("apply", more, "--json")
    assert "1 person stays with the version that they began" in answer.stdout


def test_a_step_without_its_foot_is_refused(new_jawort, tmp_path):
    steps = with_steps(tmp_path, step("confirmed", "PT0S", "thanks"))
    jawort = new_jawort({}, [])
    answer = jawort.run("apply", steps)
    assert answer.returncode == 78 and "mail/thanks" in answer.stderr
    folder = tmp_path / "thanks"
    folder.mkdir()
    templates = f"{jawort.folder}/templates/mail"
    os.makedirs(templates)
    for part, text in (("subject", "Danke"), ("text", "Danke. {{revoke.url}}")):
        with open(f"{templates}/thanks.de.{part}.mustache", "w", encoding="utf-8") as file:
            file.write(text + "\n")
    answer = jawort.run("apply", steps)
    assert answer.returncode == 78
    for missing in ("controller.name", "confirm.date", "preferences.url"):
        assert "{{" + missing + "}} is missing" in answer.stderr
    with open(f"{templates}/thanks.de.text.mustache", "w", encoding="utf-8") as file:
        file.write("Danke, {{contact.first_name}}.\n\n{{> footer}}\n")
    assert jawort.run("apply", steps).returncode == 0


def test_the_example_is_accepted_whole(new_jawort):
    jawort = new_jawort({}, [])
    warnings = " ".join(jawort.ask("apply", SOMMER)["warnings"])
    assert "newsletter-opt-in" not in warnings and "frequency_max" not in warnings


def subjects(sink):
    """{recipient: {which mail: copies}}."""
    found = collections.defaultdict(collections.Counter)
    for message in sink.mails():
        subject = Mail(message.data).header("Subject").split(" – ")[0]
        found[message.recipient][subject] += 1
    return found


@pytest.mark.parametrize("people", [40, pytest.param(10_000, marks=pytest.mark.long)])
def test_kills_in_the_middle(people, new_jawort, smtp_sink, tmp_path):
    """Everybody gets every step, and none twice without its being listed."""
    steps = with_steps(tmp_path, step("confirmed", "PT0S", "welcome"),
                       step("confirmed", "PT1S", "recipes"))
    jawort = new_jawort({"smtp.url": smtp_sink.url}, [steps]).start()
    names = [f"p{number}@example.org" for number in range(people)]

    def arrived():
        return len(os.listdir(smtp_sink.folder))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: sign_up(jawort, name), names))
        mails = wait_until(lambda: arrived() >= people and len(found := smtp_sink.mails()) >= people
                           and found, "the confirmation mails", 600)
        paths = [mail.confirm_path for mail in mails]
        list(pool.map(lambda path: Visitor(jawort.port).press(path), paths))
    for part in range(1, 8):
        reached = people + people * part // 4
        wait_until(lambda goal=reached: arrived() >= goal, f"{reached} mails", 600)
        jawort.kill()
        jawort.start()

    def all_done():
        waiting = jawort.mails("--limit", "1000")
        if waiting and {mail["state"] for mail in waiting} == {"held"}:
            jawort.ask("queue", "release", "--all")
        return not waiting and rows(jawort, "SELECT count(*) FROM enrolment") == [(0,)]

    wait_until(all_done, "everybody has gone the whole way", 600)
    uncertain = collections.Counter(mail["to"] for mail in jawort.mails("--uncertain"))
    found = subjects(smtp_sink)
    for name in names:
        for which in (WELCOME, RECIPES):
            assert found[name][which] >= 1, f"{name} has no {which}"
        copies = sum(found[name][which] - 1 for which in (WELCOME, RECIPES))
        assert copies <= uncertain[name], f"{name}: a copy that nothing explains"
    assert rows(jawort, "SELECT count(*) FROM event WHERE type = 'step_queued'") == [(2 * people,)]
    jawort.done("ledger", "verify")
