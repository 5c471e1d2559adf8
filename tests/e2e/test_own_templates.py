"""Templates beside jawort.toml go before those in the binary, and are checked when loaded."""

import os

import pytest

from signing_up import OPEN, sign_up, wait_for_mails
from visitor import Visitor

SUBJECT = "templates/mail/confirmation.de.subject.mustache"
TEXT = "templates/mail/confirmation.de.text.mustache"


def put(jawort, name, text):
    path = os.path.join(jawort.folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def test_an_own_mail(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN])
    put(jawort, SUBJECT, "Nur noch ein Schritt – {{controller.name}}\n")
    put(jawort, TEXT, "{{#purposes}}{{wording}}{{/purposes}}\n.\n..\nFrom here: {{confirm.url}}\n")
    jawort.start()
    sign_up(jawort, "anna@example.org")
    mail = wait_for_mails(relay, 1)[0]
    assert mail.header("Subject") == "Nur noch ein Schritt – Probe & Söhne GmbH", "not as HTML"
    text = mail.part("plain").replace("\r\n", "\n")
    assert "Probe & Söhne GmbH darf mir" in text
    assert "\n.\n..\nFrom here: http" in text, "dots arrive as they are"
    assert Visitor(jawort.port).press(mail.confirm_path).status == 200


@pytest.mark.parametrize("name, text", [
    (TEXT, "{{contact.first_name}} {{confirm.url}}"), (TEXT, "{{confirm.ulr}}"),
    (TEXT, "{{#purposes}} never closed"), (SUBJECT, "{{> missing}}"),
    (SUBJECT, "{{opt_in.page.x}}"),
])
def test_a_wrong_one_is_refused(name, text, new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN])
    put(jawort, name, text)
    answer = jawort.run("serve")
    assert answer.returncode in (1, 78), answer.stderr
    assert os.path.basename(name) in answer.stderr
    assert jawort.run("check").returncode == 1
