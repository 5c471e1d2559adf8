"""`jawort template`: what a mail looks like, what the law says of it, and one sent to oneself."""

import json
import os

import pytest

from jawort import SOMMER
from mails import Mail
from signing_up import OPEN
from test_own_templates import SUBJECT, TEXT, put

HTML = TEXT.replace(".text.", ".html.")
REMINDER = TEXT.replace("confirmation", "reminder")
WHAT_AND_WHO = "{{purpose.wording}}\n{{controller.name}}\n"


@pytest.fixture
def jawort(new_jawort, relay):
    return new_jawort({"smtp.url": relay.url}, [SOMMER])


def findings(jawort, status, *arguments):
    answer = jawort.run("template", "lint", *arguments, "--json")
    assert answer.returncode == status, answer.stdout + answer.stderr
    found = json.loads(answer.stdout)["findings"]
    for finding in found:
        assert set(finding) == {"severity", "rule", "text"}
    return found


def test_list(jawort):
    put(jawort, TEXT, "{{confirm.url}} {{deny.url}}\n")
    listed = {(t["name"], t["language"]): t for t in jawort.ask("template", "list")["templates"]}
    german, english = listed["confirmation", "de"], listed["confirmation", "en"]
    assert german["source"] == os.path.join(jawort.folder, TEXT) and not german["html"]
    assert english["source"].startswith("built-in") and english["html"]
    assert english["used_by"] == ["newsletter-opt-in step 1"]
    assert "confirmation.en" in jawort.done("template", "list")
    unused = [line.split()[0] for line in jawort.done("template", "list").splitlines()
              if "unused" in line]
    assert unused == ["receipt.de", "receipt.en", "revoked.de", "revoked.en"], (
        "no campaign mails receipts, or answers a revocation")


@pytest.mark.parametrize("hidden, rule", [
    ({TEXT: "Hallo{{^controller.name}} {{confirm.url}} {{deny.url}}{{/controller.name}}\n"},
     "confirm_link"),
    ({TEXT: "Hallo{{#opt_in.page}} {{confirm.url}} {{deny.url}}{{/opt_in.page}}\n"},
     "confirm_link"),
    ({TEXT: "{{confirm.url}} {{deny.url}}\n",
      HTML: "<p>Hallo</p><!-- <a href=\"{{confirm.url}}\">x</a> {{deny.url}} -->\n"},
     "confirm_link"),
    ({TEXT: "{{confirm.url}} {{deny.url}}\n", SUBJECT: "{{#opt_in.page}}x{{/opt_in.page}}\n"},
     "subject"),
])
def test_what_a_reader_does_not_see_is_not_there(hidden, rule, jawort):
    for name, text in hidden.items():
        put(jawort, name, text)
    assert rule in {f["rule"] for f in findings(jawort, 1) if f["severity"] == "error"}
    applied = jawort.run("apply", SOMMER)
    assert applied.returncode == 78 and "as it goes out" in applied.stderr


def test_a_mail_that_does_not_say_what_and_who(jawort):
    put(jawort, TEXT, "{{confirm.url}} {{deny.url}}\n")
    assert {f["rule"] for f in findings(jawort, 0)} >= {"wording", "sender"}


@pytest.mark.parametrize("running", [False, True], ids=["resting", "running"])
def test_an_unlawful_mail_is_refused(running, jawort):
    put(jawort, TEXT, "Willkommen!\n{{confirm.url}}\n{{deny.url}}\nhttps://sommer.example/brot\n"
        + WHAT_AND_WHO)
    put(jawort, HTML, "<p>{{confirm.url}} {{purpose.wording}} {{controller.name}}</p>\n"
        "<img src=\"https://x.example/logo.png\">\n")
    put(jawort, SUBJECT, "Ihr Gutschein\n")
    found = findings(jawort, 1)
    assert {(f["severity"], f["rule"]) for f in found} == {
        ("error", rule) for rule in ("advertising", "link", "image", "not_you")}
    for name, line, word in ((TEXT, 1, "Willkommen"), (TEXT, 4, "https://sommer.example/brot"),
                             (HTML, 2, "<img>"), (SUBJECT, 1, "Gutschein")):
        place = f"{os.path.join(jawort.folder, name)}:{line}: "
        assert any(f["text"].startswith(place) and word in f["text"] for f in found), found
    assert all("; " in f["text"] for f in found)
    if running:
        jawort.start()
    applied = jawort.run("apply", SOMMER)
    assert applied.returncode == 78 and "LG Stendal 22 S 87/20" in applied.stderr
    assert len(applied.stderr.splitlines()) == len(found)


def test_a_server_says_so_when_it_starts(jawort):
    put(jawort, TEXT, "Willkommen!\n{{confirm.url}} {{deny.url}}\n")
    jawort.start()
    said = jawort.log.events("unlawful")
    assert len(said) == 1 and said[0]["level"] == "error" and "Willkommen" in said[0]["detail"]


def test_what_no_step_sends_is_a_warning(new_jawort):
    jawort = new_jawort({}, [OPEN])
    put(jawort, REMINDER, "Willkommen!\n{{confirm.url}} {{deny.url}}\n" + WHAT_AND_WHO)
    put(jawort, REMINDER.replace(".text.", ".subject."), "Noch einmal\n")
    found = findings(jawort, 0)
    assert [(f["severity"], f["rule"]) for f in found] == [("warning", "advertising")]
    assert any("Willkommen" in warning for warning in jawort.apply(OPEN)["warnings"])
    assert "warning: " in jawort.done("template", "lint", "reminder")
    assert "nothing found" in jawort.done("template", "lint", "confirmation")
    assert jawort.run("template", "lint", "nothing").returncode == 1


def test_other_mails_may_advertise(jawort):
    put(jawort, TEXT.replace("confirmation", "welcome"),
        "Willkommen! {{controller.website}}\n\n{{> footer}}\n")
    put(jawort, SUBJECT.replace("confirmation", "welcome"), "Willkommen!\n")
    assert findings(jawort, 0) == []


def test_preview(jawort, tmp_path):
    text = jawort.done("template", "preview", "confirmation", "--lang", "de", "--form",
                       "newsletter")
    assert text.startswith("Sample of confirmation.de, form newsletter: sample data, no link")
    assert "Subject: Bitte bestätigen Sie Ihre Anmeldung – Bäckerei Sommer GmbH" in text
    assert "Ja, ich möchte den Newsletter der Bäckerei Sommer GmbH" in text
    assert "MUSTER@example.org" in text and "SAMPLE-link-that-leads-nowhere" in text
    page = tmp_path / "mail.html"
    shown = jawort.ask("template", "preview", "confirmation", "--lang", "en", "--form", "contact",
                       "--html", str(page))
    assert shown["sample"] is True and shown["form"] == "contact"
    assert "Form: Write to us" in shown["text"] and "may call me" not in shown["text"]
    assert shown["html"] == page.read_text(encoding="utf-8") and "<a href=" in shown["html"]
    assert "SAMPLE@example.org" in shown["text"]
    put(jawort, TEXT, "Neu {{confirm.url}} {{deny.url}}\n")
    jawort.start()
    again = jawort.ask("template", "preview", "confirmation", "--lang", "de")
    assert again["text"].startswith("Neu http") and again["html"] is None, "as the file is now"
    assert jawort.run("template", "preview", "confirmation", "--html", str(page),
                      "--lang", "de").returncode == 1
    for wrong in (["nothing"], ["confirmation", "--lang", "fr"],
                  ["confirmation", "--form", "nothing"]):
        answer = jawort.run("template", "preview", *wrong)
        assert (answer.returncode, answer.stdout) == (1, "")
        assert "there is no " in answer.stderr or "does not exist" in answer.stderr


def test_preview_before_anything_is_loaded(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, definitions=())
    text = jawort.done("template", "preview", "confirmation", "--lang", "en")
    assert "SAMPLE: here stands the wording of the consent." in text
    assert not os.path.exists(jawort.database), "nothing was made for it"


def test_send_test(jawort, relay):
    jawort.start()
    answer = jawort.ask("template", "send-test", "confirmation", "--lang", "en", "--to",
                        "me@operator.example")
    assert answer["verdict"] == "accepted" and answer["code"] == 250
    relay.wait_for(1)
    mail = Mail(relay.messages()[0].data)
    assert mail.header("Subject") == "[Test] Please confirm your sign-up – Bäckerei Sommer GmbH"
    assert mail.header("To") == "me@operator.example"
    assert mail.header("List-Unsubscribe") is None, "a press there would go somewhere"
    assert all("SAMPLE" in url for url in mail.urls if "/confirm/" in url)
    assert jawort.contact_list() == [] and jawort.mails() == [], "it leaves no trace"


def test_send_test_that_is_not_taken(new_jawort, new_relay):
    relay = new_relay(rules=["RCPT 550 5.1.1 nobody here"])
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN])
    answer = jawort.run("template", "send-test", "confirmation", "--to", "me@operator.example")
    assert answer.returncode == 1 and "550" in answer.stderr and answer.stdout == ""
    wrong = jawort.run("template", "send-test", "confirmation", "--to", "nobody")
    assert wrong.returncode == 2
