"""Loading definitions: what changed, nothing twice, a mistake named by file, line and key."""

import pytest

from jawort import SOMMER
from signing_up import OPEN
from visitor import Visitor

KINDS = {"controller": 1, "processor": 1, "field": 3, "purpose": 2, "form": 2, "campaign": 2,
         "retention": 5, "webhook": 1}


@pytest.fixture
def empty(new_jawort, closed_port):
    return new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, definitions=())


@pytest.mark.parametrize("running", [False, True], ids=["resting", "running"])
def test_the_example_as_it_is(running, empty):
    if running:
        empty.start()
    planned = empty.ask("apply", SOMMER, "--dry-run")
    assert empty.ask("apply", SOMMER, "--dry-run") == planned, "a dry run does nothing"
    applied = empty.apply(SOMMER)
    assert applied == planned
    kinds = [entry["kind"] for entry in applied["changed"]]
    assert {kind: kinds.count(kind) for kind in kinds} == KINDS
    assert all(entry["version"].startswith("sha256:") for entry in applied["changed"])
    assert applied["unchanged"] == 0
    again = empty.apply(SOMMER)
    assert (again["changed"], again["unchanged"]) == ([], len(kinds))
    assert again["warnings"] == applied["warnings"]
    assert any("newsletter" in warning for warning in applied["warnings"])
    if running:
        empty.stop()
        assert empty.apply(SOMMER)["changed"] == [], "it is in the database"


def test_only_what_changed(empty, tmp_path):
    empty.apply(SOMMER)
    with open(SOMMER, encoding="utf-8") as file:
        text = file.read()
    changed = tmp_path / "changed.toml"
    changed.write_text(text.replace('"Vorname"', '"Rufname"'), encoding="utf-8")
    applied = empty.apply(str(changed))
    assert [(entry["kind"], entry["id"]) for entry in applied["changed"]] == [
        ("field", "first_name")]
    assert empty.apply(SOMMER)["changed"][0]["version"] != applied["changed"][0]["version"]


def test_a_running_server_shows_it_at_once(empty):
    empty.start()
    visitor = Visitor(empty.port)
    assert visitor.get("/forms/open").status == 404
    empty.apply(OPEN)
    assert visitor.get("/forms/open").status == 200


def test_spaces_and_comments_change_nothing(empty, tmp_path):
    empty.apply(OPEN)
    with open(OPEN, encoding="utf-8") as file:
        text = file.read()
    other = tmp_path / "other.toml"
    other.write_text("# a comment\r\n" + text.replace(" = ", "  =  ").replace("\n", "\r\n"),
                     encoding="utf-8", newline="")
    assert empty.apply(str(other))["changed"] == []


MISTAKES = {
    "unknown key": ('confirm   = "button"', 'confrim   = "button"', "confrim"),
    "wrong type": ("max_length = 80", 'max_length = "80"', "max_length"),
    "unknown choice": ('confirm   = "button"', 'confirm   = "press"', "confirm"),
    "unknown purpose": ('{ id = "phone" }]', '{ id = "fax" }]', "fax"),
    "unknown field": ('[{ name = "first_name" }, {', '[{ name = "surname" }, {', "surname"),
    "unknown campaign": ('campaign  = "newsletter-opt-in"\nallowed', 'campaign  = "x"\nallowed',
                         "campaign"),
    "bad duration": ('link_valid = "P7D"', 'link_valid = "7 days"', "link_valid"),
    "too long": ('link_valid = "P7D"', 'link_valid = "P60D"', "link_valid"),
    "no origin": ('"https://sommer.example", "https://www', '"sommer.example", "https://www',
                  "allowed_origins"),
    "script for a target": ('submitted_url = { de = "https://sommer.example/danke"',
                            'submitted_url = { de = "javascript:alert(1)"', "submitted_url"),
    "no keep": ('keep      = "P3Y"\n', "", "keep"),
    "no wording in a language": ('en = "Yes, Bäckerei Sommer GmbH may call', 'fr = "Oui', "phone"),
    "bad limit": ('"1 per P1D, 3 per P30D"', '"1 a day"', "per_address"),
    "not TOML": ('id        = "newsletter"\ntitle', "id        = \ntitle", "sommer.toml:"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_named(what, empty, tmp_path):
    old, new, named = MISTAKES[what]
    with open(SOMMER, encoding="utf-8") as file:
        text = file.read()
    assert text.count(old) >= 1, "the example has changed"
    broken = tmp_path / "sommer.toml"
    broken.write_text(text.replace(old, new, 1), encoding="utf-8")
    answer = empty.run("apply", str(broken), "--json")
    assert (answer.returncode, answer.stdout) == (78, "")
    line = text[:text.index(old)].count("\n") + 1
    near = {f"sommer.toml:{number}:" for number in range(line - 12, line + 13)}
    assert any(place in answer.stderr for place in near), answer.stderr
    assert named in answer.stderr
    assert empty.apply(SOMMER)["unchanged"] == 0, "nothing of a broken file is loaded"


def test_files_that_cannot_be_read(empty, tmp_path):
    missing = empty.run("apply", str(tmp_path / "nothing.toml"))
    assert missing.returncode in (1, 78) and "nothing.toml" in missing.stderr
    latin = tmp_path / "latin.toml"
    latin.write_bytes("# Bäckerei".encode("latin-1"))
    wrong = empty.run("apply", str(latin))
    assert wrong.returncode == 78 and "latin.toml:1" in wrong.stderr


def test_all_files_or_none(empty, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[[form]]\nid = 5\n", encoding="utf-8")
    assert empty.run("apply", OPEN, str(broken)).returncode == 78
    assert empty.apply(OPEN)["unchanged"] == 0
