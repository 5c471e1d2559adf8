"""What comes back: from standard input, and from a real Postfix that could not deliver."""

import fcntl
import json
import os
import re
import shutil
import tempfile

import pytest

import postfix
from incoming import DOMAIN, history, ingest, sample
from jawort import BINARY, Jawort, SOMMER, clean_environment
from mails import Mail
from scripted_server import Certificates
from signing_up import OPEN, sign_up
from test_ledger import rows
from visitor import Visitor
from waiting import wait_until

ADDRESS = "anna@example.org"


@pytest.fixture
def signed_up(new_jawort, relay):
    """(installation, return path): Anna has signed up, and her mail is with the relay."""
    jawort = new_jawort({"smtp.url": relay.url, "mail.bounce_domain": DOMAIN}, [OPEN]).start()
    sign_up(jawort, ADDRESS)
    relay.wait_for(1)
    message = relay.messages()[0]
    jawort.wait_for_mail(state="sent")
    return jawort, message


def answer_of(process):
    assert process.returncode == 0, process.stderr
    assert process.stderr == b""
    return json.loads(process.stdout)


def test_every_mail_has_two_ways_out_and_one_back(signed_up):
    _, message = signed_up
    assert re.fullmatch(rf"b-[a-z2-7]{{48}}@{re.escape(DOMAIN)}", message.sender)
    field = re.search(rb"^List-Unsubscribe: ([^\r]*(?:\r\n [^\r]*)*)", message.data,
                      re.MULTILINE)[1]
    links = re.findall(rb"<([^>]*)>", field)
    assert [link.split(b":")[0] for link in links] == [b"http", b"mailto"]
    assert re.fullmatch(rb"mailto:u-[a-z2-7]{48}@bounce\.sommer\.example\?subject=unsubscribe",
                        links[1])


@pytest.mark.parametrize("running", [True, False])
def test_a_hard_bounce_on_standard_input(signed_up, running):
    jawort, message = signed_up
    if not running:
        jawort.stop()
    mail = sample("hard.exchange_o365", message.sender)
    told = answer_of(ingest(jawort, mail, "--json"))
    assert told == {"outcome": "recorded", "class": "hard", "status": "5.1.10",
                    "mail": jawort.mails()[0]["id"], "suppressed": True}
    assert history(jawort, ADDRESS)[-1] == "message_bounced"
    assert rows(jawort, "SELECT reason FROM suppression") == [("hard_bounce",)]
    again = ingest(jawort, mail)
    assert (again.returncode, again.stdout.split(b": ")[-1]) == (0, b"recorded before\n")
    assert history(jawort, ADDRESS).count("message_bounced") == 1
    jawort.done("ledger", "verify")
    seen = "\n".join(jawort.log.lines).lower()
    token = message.sender.split("@")[0].removeprefix("b-")
    assert not [one for one in (ADDRESS, "example.net", "recipientnotfound", token) if one in seen]


def test_to_whom_it_came(signed_up):
    """By the option, by the variable that mail servers set; else by the mail's own head."""
    jawort, message = signed_up
    bare = sample("soft.postfix_mailbox_full", message.sender)
    bare = bare.replace(message.sender.encode(), b"somebody@else.example")
    assert answer_of(ingest(jawort, bare, "--json"))["outcome"] == "foreign"
    asked = ingest(jawort, bare, "--json", "--recipient", message.sender.upper())
    assert answer_of(asked)["outcome"] == "recorded"
    set_by_server = clean_environment(ORIGINAL_RECIPIENT=message.sender)
    other = sample("our_fault.gmail_blocked", message.sender)
    other = other.replace(message.sender.encode(), b"somebody@else.example")
    told = answer_of(ingest(jawort, other, "--json", environment=set_by_server))
    assert (told["outcome"], told["class"]) == ("recorded", "our_fault")
    assert rows(jawort, "SELECT * FROM suppression") == []


def test_a_complaint_revokes(signed_up):
    jawort, message = signed_up
    assert Visitor(jawort.port).press(Mail(message.data).confirm_path).status in (200, 303)
    assert answer_of(ingest(jawort, sample("complaint.arf_abuse", message.sender),
                            "--json"))["class"] == "complaint"
    consent = jawort.consent(ADDRESS)
    assert (consent["status"], consent["revoked_by"]) == ("revoked", "complaint")
    assert rows(jawort, "SELECT reason FROM suppression") == [("complaint",)]


def test_forged_and_foreign_mails_change_nothing(signed_up):
    jawort, message = signed_up
    before = rows(jawort, "SELECT count(*) FROM event")
    at = 20
    other = "q" if message.sender[at] != "q" else "r"
    forged = message.sender[:at] + other + message.sender[at + 1:]
    assert answer_of(ingest(jawort, sample("hard.gmail_not_found", forged),
                            "--json"))["outcome"] == "forged"
    for data in (b"", b"\xff\x00\r\n\r\n", b"From: a@b.example\n\nBuy!\n" * 400_000):
        assert answer_of(ingest(jawort, data, "--json"))["outcome"] == "foreign"
    assert rows(jawort, "SELECT count(*) FROM event") == before


def test_a_mail_server_is_told_to_try_again(signed_up):
    """EX_TEMPFAIL where the database cannot be had; 78 where the configuration is wrong."""
    jawort, message = signed_up
    jawort.stop()
    mail = sample("hard.gmail_not_found", message.sender)
    with open(jawort.database + ".lock", "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert ingest(jawort, mail).returncode == 75
    assert ingest(jawort, mail).returncode == 0
    jawort.configure({"mail.bounce_domain": "nodot"})
    assert ingest(jawort, mail).returncode == 78


# --- a real Postfix that takes a mail and then cannot deliver it ---

MAIN = """
smtpd_reject_unlisted_recipient = no
smtpd_tls_security_level = may
virtual_mailbox_maps = inline:{{anna@example.org=inbox/}}
transport_maps = inline:{{{domain}=jawort:}}
jawort_destination_recipient_limit = 1
"""
PIPE = """
jawort unix - n n - - pipe flags=q user={user} argv={binary} ingest-bounce --config {config}
  --recipient ${{recipient}}
"""


@pytest.fixture
def behind_postfix(tmp_path):
    reason = postfix.available()
    if reason:
        pytest.skip(reason)
    user = postfix.DELIVERY_USER
    # The pipe's user is the server's: it owns the installation, and may enter its folder.
    folder = tempfile.mkdtemp(prefix="jawort-bounces-")
    os.chmod(folder, 0o755)
    certificates = Certificates(tmp_path)
    jawort = Jawort(os.path.join(folder, "jawort"), {"mail.bounce_domain": DOMAIN})
    jawort.apply(SOMMER)
    server = postfix.Postfix(
        *certificates.files("good"), main=MAIN.format(domain=DOMAIN),
        services=PIPE.format(user="nobody", binary=BINARY, config=jawort.config))
    jawort.configure({"smtp.url": f"smtp://127.0.0.1:{server.port}"})
    for path, _, files in os.walk(jawort.folder):
        for name in ["", *files]:
            os.chown(os.path.join(path, name), user, user)
    yield jawort.start()
    print(server.log)
    jawort.clean_up()
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_mail_that_postfix_could_not_deliver(behind_postfix):
    jawort = behind_postfix
    post = {"lang": "de", "page": "https://sommer.example/brot", "consent": ["newsletter"]}
    for address in ("anna@example.org", "ghost@example.org"):
        assert Visitor(jawort.port).post("/forms/newsletter",
                                         {"email": address, **post}).status == 303
    wait_until(lambda: "message_bounced" in history(jawort, "ghost@example.org"),
               "the mail comes back and is recorded")
    assert rows(jawort, "SELECT reason FROM suppression") == [("hard_bounce",)]
    assert "message_bounced" not in history(jawort, "anna@example.org")
    assert jawort.consent("ghost@example.org")["status"] == "pending"
