"""What the scenarios start and what they leave behind: nothing."""

import os
import socket
import sys
import uuid

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support", "smtp"))

from jawort import BINARY, SOMMER, Jawort, definitions  # noqa: E402
from mails import SMTP_SINK, SmtpSink  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402


def pytest_sessionstart():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is not there: ./dev build, or set JAWORT_BINARY", 3)


@pytest.fixture
def new_jawort(tmp_path):
    """Makes installations: new_jawort(settings={"smtp.url": …}, definitions=[…])."""
    made = []

    def make(settings=None, definitions=(SOMMER,), name=None):
        jawort = Jawort(tmp_path / (name or f"jawort-{len(made)}"), settings)
        made.append(jawort)
        if definitions:
            jawort.apply(*definitions)
        return jawort

    yield make
    for jawort in made:
        jawort.clean_up()


@pytest.fixture(scope="module")
def resident(tmp_path_factory):
    """An installation that runs for all tests of a file, with `relay` which takes everything."""
    with ScriptedServer() as relay:
        jawort = Jawort(tmp_path_factory.mktemp("resident") / "jawort", {"smtp.url": relay.url})
        jawort.apply(definitions("open.toml"))
        jawort.relay = relay
        yield jawort.start()
        jawort.clean_up()


@pytest.fixture
def address():
    """An address that no other test has."""
    return f"person-{uuid.uuid4().hex}@example.org"


@pytest.fixture
def smtp_sink(tmp_path):
    if not os.access(SMTP_SINK, os.X_OK):
        pytest.skip("smtp-sink is not installed (package postfix)")
    sink = SmtpSink(tmp_path / "sink")
    yield sink
    sink.stop()


@pytest.fixture
def new_relay(tmp_path):
    """Makes scripted SMTP servers: new_relay(rules=[…], tls="starttls", …)."""
    made = []

    def make(**options):
        server = ScriptedServer(certificate_dir=str(tmp_path / "certificates"), **options)
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def relay(new_relay):
    """A relay that takes everything."""
    return new_relay()


@pytest.fixture
def closed_port():
    """A port on which nobody listens, and nobody will."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
