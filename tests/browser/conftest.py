"""One Chromium, one demo and one server for all tests here; each test uses addresses of its own."""

import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path[1:1] = [os.path.join(TESTS, "e2e"), os.path.join(TESTS, "support", "smtp")]

import npm  # noqa: E402
from chromium import CHROMIUM, DRIVER, Browser  # noqa: E402
from demo import Demo  # noqa: E402
from jawort import BINARY, Jawort  # noqa: E402
from neighbour import Neighbour  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from steps import DEFINITIONS  # noqa: E402


def pytest_sessionstart():
    for program in (BINARY, CHROMIUM, DRIVER):
        if not os.access(program, os.X_OK):
            pytest.exit(f"{program} is not there: ./dev test installs and builds it", 3)


@pytest.fixture(scope="session")
def the_browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.quit()


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """The source of axe-core, as a script for a page."""
    modules = npm.install(tmp_path_factory.mktemp("npm"), "axe-core@4.14.1")
    return (modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def browser(the_browser):
    """As of an English person at a desk, with nothing requested or complained about so far."""
    the_browser.become()
    the_browser.forget()
    yield the_browser
    the_browser.close_other_windows()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo") / "folder")
    yield demo
    demo.stop()


@pytest.fixture(scope="session")
def relay(tmp_path_factory):
    with ScriptedServer(certificate_dir=str(tmp_path_factory.mktemp("certificates"))) as server:
        yield server


@pytest.fixture(scope="session")
def partner():
    """The site that the form "embedded" names as its own."""
    partner = Neighbour()
    yield partner
    partner.stop()


@pytest.fixture
def stranger():
    """A site that no form knows."""
    stranger = Neighbour()
    yield stranger
    stranger.stop()


# A form with the limits that a form has by itself. The strictest of all forms' limits holds for an
# address, so it stands in a shop of its own.
STRICT_FORM = """
[[form]]
id        = "strict"
title     = { de = "Rundbrief", en = "Letter" }
languages = ["de", "en"]
purposes  = [{ id = "newsletter" }]
campaign  = "opt-in"
"""


def open_shop(folder, relay, partner, further=""):
    definitions = folder / "definitions.toml"
    with open(DEFINITIONS, encoding="utf-8") as file:
        text = file.read().replace("https://partner.example", partner.origin)
    definitions.write_text(text + further, encoding="utf-8")
    jawort = Jawort(folder / "installation", {"smtp.url": relay.url})
    jawort.apply(str(definitions))
    jawort.start()
    jawort.definitions = definitions
    return jawort


@pytest.fixture(scope="session")
def shop(tmp_path_factory, relay, partner):
    """`jawort serve` with forms that have every kind of field and two purposes."""
    jawort = open_shop(tmp_path_factory.mktemp("shop"), relay, partner)
    yield jawort
    jawort.clean_up()


@pytest.fixture
def strict_shop(tmp_path, relay, partner):
    """The same and the form "strict"."""
    jawort = open_shop(tmp_path, relay, partner, STRICT_FORM)
    yield jawort
    jawort.clean_up()
