"""A wrong configuration is refused at start, by name: file, line and key."""

import pytest

from jawort import clean_environment, run_binary

GOOD = """[server]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
{server}
[database]
url = "sqlite:data/jawort.db"
{database}
[smtp]
url = "smtp://127.0.0.1:1"
{smtp}
[mail]
from = "Probe <probe@example.org>"
{mail}
[consent]
{consent}
[log]
{log}
{end}
"""
LINES = {"server": 4, "database": 7, "smtp": 10, "mail": 13, "consent": 15, "log": 17, "end": 18}

BROKEN = [
    ("server", 'liste = "127.0.0.1:80"', "liste"),
    ("server", 'public_url = "http://optin.example.org"', "public_url"),
    ("server", 'public_url = "https://optin.example.org/path"', "public_url"),
    ("server", 'public_url = "optin.example.org"', "public_url"),
    ("server", 'trusted_proxies = "127.0.0.1"', "trusted_proxies"),
    ("server", 'trusted_proxies = ["10.0.0.1/8"]', "trusted_proxies"),
    ("server", 'trusted_proxies = ["localhost"]', "trusted_proxies"),
    ("server", 'stop_within = "25s"', "stop_within"),
    ("server", "stop_within = 25", "stop_within"),
    ("database", "timeout = 5", "timeout"),
    ("smtp", 'tls = "yes"', "tls"),
    ("smtp", 'tls = "none"\nusername = "u"\npassword = "p"', "tls"),
    ("smtp", "connections = 0", "connections"),
    ("smtp", 'connections = "8"', "connections"),
    ("smtp", 'username = "u"', "username"),
    ("smtp", 'rate = "fast"', "rate"),
    ("smtp", 'password_file = "not-there"\nusername = "u"', "password_file"),
    ("mail", 'reply_to = "not an address"', "reply_to"),
    ("mail", 'dkim_selector = "s"', "dkim"),
    ("consent", 'link_valid = "P60D"', "link_valid"),
    ("consent", 'link_valid = "-P1D"', "link_valid"),
    ("consent", 'ip = "all"', "ip"),
    ("consent", 'time_zone = "Europe/Atlantis"', "time_zone"),
    ("log", 'level = "loud"', "level"),
    ("log", 'format = "xml"', "format"),
    ("end", "[smpt]\n", "smpt"),
    ("end", "loose", "jawort.toml"),
    ("end", "[log]\n", "jawort.toml"),
]


@pytest.mark.parametrize("place, line, key", BROKEN, ids=[f"{b[0]}: {b[1]!r}" for b in BROKEN])
def test_broken(place, line, key, tmp_path):
    texts = {name: line if name == place else "" for name in LINES}
    config = tmp_path / "jawort.toml"
    config.write_text(GOOD.format(**texts), encoding="utf-8")
    (tmp_path / "keys").mkdir()
    for verb in (["serve"], ["contact", "list"]):
        answer = run_binary("--config", str(config), *verb)
        assert (answer.returncode, answer.stdout) == (78, "")
        first = answer.stderr.splitlines()[0]
        assert f"jawort.toml:{LINES[place]}" in first or f"jawort.toml:{LINES[place] + 1}" in first
        assert key in first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jawort.toml", "keys"]


def test_all_mistakes_at_once(tmp_path):
    config = tmp_path / "jawort.toml"
    texts = {name: "" for name in LINES}
    texts.update(server="stop_within = 1", consent='ip = "all"', log='level = "loud"')
    config.write_text(GOOD.format(**texts), encoding="utf-8")
    answer = run_binary("--config", str(config), "serve")
    assert answer.returncode == 78
    lines = answer.stderr.splitlines()
    assert len(lines) == 3
    for line, name in zip(lines, ("server", "consent", "log")):
        assert f"jawort.toml:{LINES[name]}" in line


def test_what_is_missing(tmp_path):
    config = tmp_path / "jawort.toml"
    config.write_text('[server]\nlisten = "0.0.0.0:0"\n', encoding="utf-8")
    answer = run_binary("--config", str(config), "serve")
    assert answer.returncode == 78
    assert "[mail] from" in answer.stderr and "[server] public_url" in answer.stderr


def test_no_keys(tmp_path):
    config = tmp_path / "jawort.toml"
    config.write_text(GOOD.format(**{name: "" for name in LINES}), encoding="utf-8")
    answer = run_binary("--config", str(config), "serve")
    assert answer.returncode in (1, 78)
    assert "keys" in answer.stderr


def test_a_password_is_not_repeated(tmp_path):
    config = tmp_path / "jawort.toml"
    texts = {name: "" for name in LINES}
    texts["smtp"] = 'password = "hush-hush-7"\nusername = 7'
    config.write_text(GOOD.format(**texts), encoding="utf-8")
    answer = run_binary("--config", str(config), "serve")
    assert answer.returncode == 78 and "hush-hush-7" not in answer.stderr
    address = GOOD.format(**{name: "" for name in LINES}).replace(
        "smtp://127.0.0.1:1", "smtp://user:hush-hush-7@127.0.0.1:1")
    config.write_text(address, encoding="utf-8")
    answer = run_binary("--config", str(config), "serve")
    assert answer.returncode == 78 and "hush-hush-7" not in answer.stderr


def test_environment_is_named(tmp_path):
    config = tmp_path / "jawort.toml"
    config.write_text(GOOD.format(**{name: "" for name in LINES}), encoding="utf-8")
    answer = run_binary("--config", str(config), "serve",
                        environment=clean_environment(JAWORT_SMTP__CONNECTIONS="many"))
    assert answer.returncode == 78 and "JAWORT_SMTP__CONNECTIONS" in answer.stderr
