"""init, check, migrate, and two servers on one database."""

import json
import os
import sqlite3
import stat
import subprocess
import tempfile

import pytest

from jawort import BINARY, SOMMER, clean_environment, run_binary
from signing_up import OPEN, sign_up
from waiting import PATIENCE


def results(jawort, status=0):
    answer = jawort.run("check", "--json")
    assert answer.returncode == status, answer.stdout
    found = {}
    for result in json.loads(answer.stdout)["results"]:
        assert set(result) == {"name", "status", "detail", "advice"}
        assert result["status"] in ("ok", "warning", "error")
        found.setdefault(result["name"], []).append(result)
    return found


def worst(found, name):
    return max((result["status"] for result in found[name]), key=["ok", "warning", "error"].index)


def test_init(tmp_path):
    made = run_binary("init", str(tmp_path / "new" / "folder"))
    assert made.returncode == 0 and "jawort.toml" in made.stdout
    config = tmp_path / "new" / "folder" / "jawort.toml"
    keys = tmp_path / "new" / "folder" / "keys"
    for path in [config, *keys.iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    text = config.read_text(encoding="utf-8")
    assert text.count("#") > 10, "commented"
    before = {path: path.read_bytes() for path in [config, *keys.iterdir()]}
    again = run_binary("init", str(tmp_path / "new" / "folder"))
    assert again.returncode == 1 and "exists" in again.stderr
    assert {path: path.read_bytes() for path in [config, *keys.iterdir()]} == before


def test_init_overwrites_neither(tmp_path):
    for kept in ("keys", "jawort.toml"):
        folder = tmp_path / kept.replace(".", "-")
        folder.mkdir()
        if kept == "keys":
            (folder / "keys").mkdir()
        else:
            (folder / kept).write_text("mine", encoding="utf-8")
        assert run_binary("init", str(folder)).returncode == 1
        assert [path.name for path in folder.iterdir()] == [kept], "nothing was written"


def test_init_here(tmp_path):
    answer = run_binary("init", "--json", cwd=tmp_path)
    assert answer.returncode == 0 and '"config":"jawort.toml"' in answer.stdout.replace(" ", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jawort.toml", "keys"]
    unchanged = run_binary("contact", "list", cwd=tmp_path)
    assert unchanged.returncode == 0, "what init writes is a valid configuration"


def test_keys_are_fresh(tmp_path):
    for name in ("a", "b"):
        assert run_binary("init", str(tmp_path / name)).returncode == 0
    for key in os.listdir(tmp_path / "a" / "keys"):
        assert (tmp_path / "a" / "keys" / key).read_bytes() != (
            tmp_path / "b" / "keys" / key).read_bytes()


def test_check_of_a_good_installation(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url})
    resting = results(jawort)
    for name in ("configuration", "keys", "database", "templates", "smtp"):
        assert worst(resting, name) == "ok", resting[name]
    assert "definitions" in resting
    jawort.start()
    running = results(jawort)
    assert {name: worst(running, name) for name in running} == {
        name: worst(resting, name) for name in resting}
    for word in ("ok", "warning"):
        assert word in jawort.run("check").stdout


def test_check_of_a_bad_one(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, definitions=())
    found = results(jawort, 1)
    assert worst(found, "smtp") == "error"
    assert worst(found, "definitions") == "warning"
    for name in os.listdir(os.path.join(jawort.folder, "keys")):
        os.remove(os.path.join(jawort.folder, "keys", name))
    found = results(jawort, 1)
    assert worst(found, "keys") == "error" and found["keys"][0]["advice"]


def test_check_finds_a_refused_login(new_jawort, new_relay):
    relay = new_relay(tls="starttls", auth=["PLAIN"], username="jawort", password="right")
    jawort = new_jawort({"smtp.url": relay.url.replace("127.0.0.1", "localhost"),
                         "smtp.ca_file": relay.ca_file, "smtp.username": "jawort",
                         "smtp.password": "wrong-word"})
    answer = jawort.run("check", "--json")
    assert answer.returncode == 1 and "wrong-word" not in answer.stdout + answer.stderr
    assert worst(results(jawort, 1), "smtp") == "error"
    jawort.configure({"smtp.password": "right"})
    assert worst(results(jawort), "smtp") == "ok"


def test_check_names_posts_without_a_version(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    found = results(jawort)
    text = str(found)
    assert "version" in text, "PRODUCT 4.1: check names posts that stated none"


def test_migrate(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, definitions=())
    plan = jawort.ask("migrate", "--dry-run")
    assert plan["in_database"] == 0 and plan["in_binary"] >= 1 and plan["applied"] == 0
    assert not os.path.exists(jawort.database), "a dry run does nothing"
    assert jawort.ask("migrate")["applied"] == plan["in_binary"]
    assert jawort.ask("migrate") == {"in_database": plan["in_binary"],
                                     "in_binary": plan["in_binary"], "applied": 0}
    jawort.apply(SOMMER)


def test_a_newer_schema_is_refused(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"})
    with sqlite3.connect(jawort.database) as database:
        database.execute("INSERT INTO migration VALUES (9999, 'of the future', zeroblob(32))")
    database.close()
    for verb in (["serve"], ["contact", "list"], ["migrate"], ["apply", SOMMER]):
        answer = jawort.run(*verb)
        assert answer.returncode in (1, 78), verb
        assert "schema" in answer.stderr or "newer" in answer.stderr, answer.stderr
    assert worst(results(jawort, 1), "database") == "error"


@pytest.fixture
def running(new_jawort, closed_port):
    return new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [OPEN]).start()


def test_a_second_server_is_refused(running):
    second = subprocess.run([BINARY, "serve", "--config", running.config], capture_output=True,
                            env=clean_environment(), encoding="utf-8", timeout=PATIENCE,
                            check=False)
    assert second.returncode == 1, second.stderr
    assert "another" in second.stderr or "running" in second.stderr or "held" in second.stderr
    assert "ready" not in second.stderr
    assert running.contact_list() == [], "the first one is still there"


def test_verbs_side_by_side(new_jawort, closed_port):
    """Each has the database for a moment; the others wait for it."""
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"})
    verbs = [subprocess.Popen([BINARY, "--config", jawort.config, "contact", "list"],
                              env=clean_environment(), stderr=subprocess.PIPE, encoding="utf-8")
             for _ in range(8)]
    for verb in verbs:
        _, error = verb.communicate(timeout=PATIENCE)
        assert (verb.returncode, error) == (0, "")


def test_migrate_beside_a_server(running):
    assert running.ask("migrate")["applied"] == 0


def test_a_killed_server_leaves_nothing_in_the_way(running):
    running.kill()
    assert running.contact_list() == []
    running.start()
    assert running.contact_list() == []


def test_a_taken_port(running, new_jawort, closed_port):
    other = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}",
                        "server.listen": f"127.0.0.1:{running.port}"}, [OPEN])
    answer = other.run("serve")
    assert answer.returncode in (1, 78)
    assert str(running.port) in answer.stderr
    assert other.contact_list() == [], "and it has let go of its database"


def test_files_are_for_the_owner_alone(running):
    for folder, _, names in os.walk(os.path.join(running.folder, "data")):
        assert stat.S_IMODE(os.stat(folder).st_mode) & 0o077 == 0
        for name in names:
            mode = os.stat(os.path.join(folder, name)).st_mode
            assert stat.S_IMODE(mode) & 0o077 == 0, name


def test_check_speaks_of_the_certificate_of_the_mail_server(new_jawort, new_relay):
    relay = new_relay(tls="starttls", auth=[])
    jawort = new_jawort({"smtp.url": relay.url, "smtp.tls": "required"})
    smtp = results(jawort, 1)["smtp"][0]
    assert smtp["status"] == "error" and "ca_file" in smtp["advice"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_verbs_of_root_before_the_first_start_leave_nothing_to_root(new_jawort):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        nothing_is_roots(new_jawort(definitions=(), name=os.path.join(folder, "jawort")))


def nothing_is_roots(jawort):
    keys = os.path.join(jawort.folder, "keys")
    before = set(os.listdir(keys))
    for path in [jawort.folder, jawort.config, keys, *(os.path.join(keys, k) for k in before)]:
        os.chown(path, 12345, 12345)
    jawort.run("keys", "rotate")
    made = [os.path.join(keys, name) for name in set(os.listdir(keys)) - before]
    data = os.path.dirname(jawort.database)
    made += [data] if os.path.exists(data) else []
    for path in made or ["nothing was made"]:
        assert os.stat(path).st_uid == 12345, path
