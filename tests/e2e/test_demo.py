"""`jawort demo`: the whole product without a mail server, for somebody who has just met it."""

import re
import signal
import socket
import subprocess

import pytest

from jawort import BINARY, clean_environment, run_binary
from processes import listening_port
from visitor import Visitor
from waiting import PATIENCE, wait_until


class Demo:
    def __init__(self, folder, *arguments):
        self.folder = folder
        with open(folder / "demo.out", "w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [BINARY, "demo", "--dir", str(folder / "demo"), *arguments], cwd=folder,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=clean_environment(JAWORT_SMTP__URL="smtp://mx.example.org"))
        listening_port(self.process, "the demo")
        self.welcome = wait_until(self._welcome, "the demo says what to open")
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)/forms/", self.welcome)[1])

    def _welcome(self):
        text = (self.folder / "demo.out").read_text(encoding="utf-8")
        return text if "Ctrl-C" in text else None

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) == 0


@pytest.fixture
def new_demo(tmp_path):
    made = []

    def make(*arguments):
        made.append(Demo(tmp_path, *arguments))
        return made[-1]

    yield make
    for demo in made:
        if demo.process.poll() is None:
            demo.stop()


def sign_up_on_the_page(visitor, address):
    form = visitor.get("/forms/newsletter?lang=en").forms[0]
    fields = [pair for pair in form.filled() if pair[0] not in ("email", "first_name")]
    purpose = next(entry["value"] for entry in form.inputs if entry["name"] == "consent")
    answer = visitor.post(form.action, [*fields, ("email", address), ("first_name", "Anna"),
                                        ("consent", purpose)])
    assert answer.status == 303
    return visitor.get(answer.header("location"))


def newest_mail(visitor):
    def look():
        return re.search(r'href="(/demo/mailbox/[0-9-]+)"', visitor.get("/demo/mailbox").text)

    return visitor.get(wait_until(look, "a mail lies in the mailbox")[1])


def test_the_way_of_a_newcomer(new_demo):
    demo = new_demo("--port", "0")
    visitor = Visitor(demo.port)
    for path in ("/forms/newsletter", "/demo/mailbox", "/demo/contacts"):
        assert f"http://127.0.0.1:{demo.port}{path}" in demo.welcome
        assert visitor.get(path).status == 200
    assert sign_up_on_the_page(visitor, "anna@example.org").status == 200

    mail = newest_mail(visitor)
    assert "anna@example.org" in mail.text
    link = re.search(r'href="(http://127\.0\.0\.1:\d+(/confirm/[\w-]+))"', mail.text)
    page = visitor.get(link[2])
    assert page.status == 200
    confirm = page.forms[0]
    assert visitor.post(confirm.action, confirm.filled()).status in (200, 303)
    contacts = visitor.get("/demo/contacts").text
    assert "anna@example.org" in contacts and "confirmed" in contacts and "Anna" in contacts

    config = re.search(r"--config (\S+)", demo.welcome)[1]
    shown = run_binary("--config", config, "contact", "show", "anna@example.org", "--json")
    assert shown.returncode == 0 and '"status":"confirmed"' in shown.stdout
    revoke = run_binary("--config", config, "link", "revoke", "anna@example.org", "--purpose",
                        "newsletter").stdout.strip()
    assert visitor.one_click("/" + revoke.split("/", 3)[3]).status == 200
    assert "revoked" in visitor.get("/demo/contacts").text


def test_it_is_still_there_tomorrow(new_demo):
    demo = new_demo("--port", "0")
    sign_up_on_the_page(Visitor(demo.port), "anna@example.org")
    newest_mail(Visitor(demo.port))
    demo.stop()
    config = str(demo.folder / "demo" / "jawort.toml")
    assert run_binary("--config", config, "contact", "show", "anna@example.org").returncode == 0
    assert run_binary("--config", config, "serve").returncode == 78, "that folder is for the demo"
    again = new_demo("--port", "0")
    assert "anna@example.org" in newest_mail(Visitor(again.port)).text
    assert "anna@example.org" in Visitor(again.port).get("/demo/contacts").text


def test_the_next_free_port(new_demo):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8080))
            taken.listen()
        except OSError:
            pass  # somebody else has it, which is just as well
        demo = new_demo()
        assert 8080 < demo.port < 8200
        assert Visitor(demo.port).get("/forms/newsletter").status == 200


def test_a_port_that_was_asked_for_is_not_exchanged(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = run_binary("demo", "--dir", str(tmp_path / "demo"), "--port", port)
        assert answer.returncode == 1 and port in answer.stderr


def test_only_the_demo_shows_mails(new_demo):
    demo = new_demo("--port", "0")
    visitor = Visitor(demo.port)
    assert visitor.get("/demo/mailbox/../../jawort").status == 404
    assert visitor.get("/demo/mailbox/..%2fjawort").status == 404
    assert visitor.get("/demo/mailbox/0000000000000-0000").status == 404
    assert visitor.post("/demo/mailbox", {}).status == 405
    for path in ("/demo", "/demo/mailbox", "/demo/contacts"):
        page = visitor.get(path, Accept_Language="en")
        assert "<script" not in page.text and 'lang="en"' in page.text
        assert 'lang="de"' in visitor.get(path, Accept_Language="de").text
