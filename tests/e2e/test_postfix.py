"""A mail through a real Postfix into a mailbox, and what a mail program makes of it."""

import re

import pytest

import postfix
from jawort import path_of
from scripted_server import Certificates
from visitor import Visitor
from waiting import wait_until

ANNA = "o'Anna+brot@example.org"
ONCE = ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
        "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post"]


@pytest.fixture(scope="module")
def mx(tmp_path_factory):
    reason = postfix.available()
    if reason:
        pytest.skip(reason)
    certificates = Certificates(tmp_path_factory.mktemp("certificates"))
    server = postfix.Postfix(*certificates.files("good"))
    server.ca_file = certificates.ca_file
    yield server
    print(server.log)
    server.stop()


def sign_up(mx, new_jawort, address):
    """(installation, mail): somebody has signed up, in German, for both purposes."""
    jawort = new_jawort({"smtp.url": f"smtp://localhost:{mx.port}", "smtp.tls": "required",
                         "smtp.ca_file": mx.ca_file,
                         "server.public_url": "https://optin.sommer.example",
                         "mail.reply_to": "Bäckerei <info@sommer.example>"}).start()
    answer = Visitor(jawort.port).post("/forms/newsletter", {
        "email": address, "first_name": "=?utf-8?q?Eve?=", "lang": "de",
        "page": "https://sommer.example/brot", "consent": ["newsletter", "phone"]})
    assert answer.status == 303
    return jawort, wait_until(lambda: mx.mails_to(address), "the mail lies in the mailbox")[0]


def check_headers(mail):
    for name in ONCE:
        assert mail.header(name), name
    names = [name.lower() for name in mail.message.keys()]
    added_by_postfix = {"return-path", "delivered-to", "x-original-to", "received"}
    own = [name for name in names if name not in added_by_postfix]
    assert len(own) == len(set(own)), "each header once"
    sender = mail.message["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Bäckerei Sommer", "brot@sommer.example")
    assert mail.message["Reply-To"].addresses[0].addr_spec == "info@sommer.example"
    assert [to.addr_spec for to in mail.message["To"].addresses] == [ANNA]
    assert mail.message["Subject"] == ("Bitte bestätigen Sie Ihre Anmeldung"
                                       " – Bäckerei Sommer GmbH")
    assert mail.message["Date"].datetime.tzinfo is not None
    assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", mail.header("Message-ID"))
    assert not mail.message.defects


def check_bytes(mail):
    assert max(mail.data) < 0x80, "7-bit"
    assert all(len(line) <= 998 for line in mail.data.split(b"\n"))
    head = mail.data.replace(b"\r\n", b"\n").split(b"\n\n")[0]
    assert all(len(line) <= 320 for line in head.split(b"\n"))


def check_parts(mail):
    kinds = [part.get_content_type() for part in mail.message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    for part in mail.message.iter_parts():
        assert part.get_content_charset() == "utf-8"
        assert part["Content-Transfer-Encoding"] in ("quoted-printable", "base64", "7bit")
        assert not part.defects
    wordings = ["Ja, ich möchte den Newsletter der Bäckerei Sommer GmbH",
                "Ja, die Bäckerei Sommer GmbH darf mich zu Catering-Angeboten anrufen."]
    for text in (mail.part("plain"), mail.part("html")):
        assert all(wording in text for wording in wordings)
        assert "https://sommer.example" in text
        assert "https://optin.sommer.example/confirm/" in text
        assert "Eve" not in text, "the mail takes no contact field"
    assert not re.search(r"<(img|script|link)|src=|url\(", mail.part("html")), "nothing to load"


def test_mail_in_the_mailbox(mx, new_jawort):
    jawort, mail = sign_up(mx, new_jawort, ANNA)
    check_headers(mail)
    check_bytes(mail)
    check_parts(mail)
    assert "TLS connection established from" in mx.log, "it came through TLS"
    assert jawort.wait_for_mail(state="sent")["last_reply"].startswith("250")

    visitor = Visitor(jawort.port)
    page = visitor.get(mail.confirm_path)
    assert page.status == 200
    confirm = page.forms[0]
    assert sorted(confirm.names("checkbox")) == ["purpose", "purpose"]
    assert visitor.post(confirm.action, confirm.filled()).status == 303
    for purpose in ("newsletter", "phone"):
        consent = jawort.consent(ANNA, purpose)
        assert consent["status"] == "confirmed"


def test_the_mail_programs_own_button(mx, new_jawort):
    """List-Unsubscribe of the confirmation mail: nothing is confirmed yet, so it denies."""
    jawort, mail = sign_up(mx, new_jawort, "ben@example.org")
    assert mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    links = re.findall(r"<(https?://[^>]+)>", mail.header("List-Unsubscribe"))
    assert len(links) == 1
    visitor = Visitor(jawort.port)
    assert links[0].startswith("https://optin.sommer.example/revoke/")
    path = path_of(links[0])
    assert visitor.get(path).status == 200
    assert jawort.consent("ben@example.org")["status"] == "pending"
    assert visitor.one_click(path).status == 200
    assert not jawort.knows("ben@example.org")
    assert visitor.get(mail.confirm_path).status == 404
