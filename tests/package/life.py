#!/usr/bin/env python3
"""The life of the package on this machine, which must be one to throw away: installed, used as its
unit would use it, upgraded with a database and with an older schema, removed, installed again,
purged with and without proofs. Usage: life.py PACKAGE.deb (as root; python3 is all it needs)."""

import contextlib
import fcntl
import grp
import hashlib
import json
import os
import pwd
import re
import shlex
import sqlite3
import stat
import subprocess
import sys
import tempfile
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
REPOSITORY = os.path.dirname(TESTS)
sys.path += [os.path.join(TESTS, "e2e"), os.path.join(TESTS, "support", "smtp")]
os.environ["JAWORT_BINARY"] = "/usr/bin/jawort"

from jawort import Log, with_setting  # noqa: E402
from mails import Mail  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402
from supervised import Ear, unit_settings  # noqa: E402
from visitor import Visitor  # noqa: E402
from waiting import wait_until  # noqa: E402

CONFIG = "/etc/jawort/jawort.toml"
STATE = "/var/lib/jawort"
DATABASE = STATE + "/jawort.db"
KEYS = STATE + "/keys"
UNIT = "/usr/lib/systemd/system/jawort.service"
WANTED = "/etc/systemd/system/multi-user.target.wants/jawort.service"
ANNA = "anna@example.org"


PATH = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"  # of maintainer scripts; see Systemd


def run(*command, status=0):
    """What it printed; ends all if it ends with another status."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8", check=False, cwd="/",
                          env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": PATH})
    assert done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


def apt(*words, status=0):
    return run("apt-get", "-y", "--no-install-recommends", "-o", f"DPkg::Path={PATH}", *words,
               status=status)


def ask(*words):
    return json.loads(run("jawort", *words, "--json"))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def documented(command):
    """Runs a command that stands in OPERATING.md."""
    with open(os.path.join(REPOSITORY, "OPERATING.md"), encoding="utf-8") as file:
        assert re.search(rf"(?:^# |`|&& ){re.escape(command)}(?:`|$|  | &&)", file.read(),
                         re.MULTILINE), f"OPERATING.md does not say: {command}"
    return run(*command.split())


def keys():
    return {name: read(os.path.join(KEYS, name)) for name in sorted(os.listdir(KEYS))}


def check_owner(path, mode, user, group):
    status = os.stat(path)
    found = (stat.S_IMODE(status.st_mode), pwd.getpwuid(status.st_uid).pw_name,
             grp.getgrgid(status.st_gid).gr_name)
    assert found == (mode, user, group), f"{path}: {oct(found[0])} {found[1:]}"


def check_owners():
    """Root has just typed something: all there is must still be the service's."""
    for folder, _, names in os.walk(STATE):
        for name in names:
            path = os.path.join(folder, name)
            assert os.stat(path).st_uid == pwd.getpwnam("jawort").pw_uid, path


def older(package, folder):
    """The same package as version 0.0.1."""
    raw = os.path.join(folder, "raw")
    run("dpkg-deb", "--raw-extract", package, raw)
    control = os.path.join(raw, "DEBIAN", "control")
    text = read(control).decode("utf-8")
    with open(control, "w", encoding="utf-8") as file:
        file.write(re.sub(r"^Version: .*$", "Version: 0.0.1-1", text, flags=re.MULTILINE))
    path = os.path.join(folder, "jawort_0.0.1-1.deb")
    run("dpkg-deb", "--root-owner-group", "--build", raw, path)
    return path


class Systemd:
    """Stands in for systemd where the maintainer scripts ask for it, and writes down what they
    want; what the unit starts is started by Service."""

    CALLS = "/run/systemd/calls"
    SCRIPT = """#!/bin/sh
printf '%s\\n' "$*" >>{calls}
"""

    def __init__(self):
        os.makedirs("/run/systemd/system")
        path = "/usr/local/sbin/deb-systemd-invoke"
        with open(path, "w", encoding="ascii") as file:
            file.write(self.SCRIPT.format(calls=self.CALLS))
        os.chmod(path, 0o755)

    def wanted(self):
        """What the service was to do since this was last asked."""
        if not os.path.exists(self.CALLS):
            return []
        calls = read(self.CALLS).decode("ascii").splitlines()
        os.unlink(self.CALLS)
        return [call.split()[0] for call in calls if call.endswith(" jawort.service")]


class Service:
    """What the unit starts, with its user, its environment and no more rights than it gives."""

    def __init__(self, ear_name, **environment):
        settings = unit_settings(UNIT)

        def one(key):
            return settings["Service", key][0]

        self.ear = Ear(ear_name)
        self.process = subprocess.Popen(
            ["setpriv", f"--reuid={one('User')}", f"--regid={one('Group')}", "--clear-groups",
             "--no-new-privs", "--bounding-set=-all", *shlex.split(one("ExecStart"))],
            cwd=one("WorkingDirectory"), umask=int(one("UMask"), 8), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8",
            env={"PATH": "/usr/sbin:/usr/bin", "NOTIFY_SOCKET": ear_name,
                 "WATCHDOG_USEC": "300000", "STATE_DIRECTORY": STATE, **environment})
        self.log = Log(self.process.stderr)
        self.ear.hear_until("READY")
        ready = wait_until(lambda: self.log.events("ready"), "it says that it is ready")[0]
        self.port = int(ready["listen"].rsplit(":", 1)[1])
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
            assert answer.status == 200
        self.ear.hear_until("WATCHDOG")

    def stop(self):
        self.process.terminate()
        self.ear.hear_until("STOPPING")
        assert self.process.wait(40) == 0
        self.ear.hear_rest()
        assert "READY" not in self.ear.messages[-1] and "STOPPING" in self.ear.messages[-1]
        self.ear.close()


@contextlib.contextmanager
def service(**environment):
    started = Service(f"@jawort-{uuid.uuid4().hex}", **environment)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.stop()


def sign_up(port, relay, address):
    before = len(relay.messages())
    answer = Visitor(port).post_json("/forms/newsletter",
                                     {"email": address, "consent": ["newsletter"]})
    assert answer.status == 202, answer.text
    relay.wait_for(before + 1, 40)
    message = relay.messages()[before]
    assert message.recipients == [address]
    mail = Mail(message.data, address)
    assert Visitor(port).press(mail.confirm_path).status in (200, 303)
    assert confirmed(address)


def confirmed(address):
    return [c["status"] for c in ask("contact", "show", address)["consents"]] == ["confirmed"]


def put_old_schema():
    """The database of somebody who installed the first version: schema 1, with people in it."""
    for name in os.listdir(STATE):
        if name.startswith("jawort."):
            os.unlink(os.path.join(STATE, name))
    with open(os.path.join(REPOSITORY, "db/migrations/0001_first.sql"), encoding="utf-8") as file:
        first = file.read()
    with open(os.path.join(TESTS, "db/rows_of_schema_1.dump"), encoding="utf-8") as file:
        rows = file.read()
    with contextlib.closing(sqlite3.connect(DATABASE)) as database:
        database.executescript(first)
        database.execute("INSERT INTO migration VALUES (1, '0001_first.sql', ?)",
                         (hashlib.sha256(first.encode("utf-8")).digest(),))
        database.executescript(rows)
        database.commit()
        people = database.execute("SELECT count(*) FROM contact").fetchone()[0]
    owner = pwd.getpwnam("jawort")
    os.chown(DATABASE, owner.pw_uid, owner.pw_gid)
    os.chmod(DATABASE, 0o600)
    assert people > 0
    return people


# --- the steps, in their order -------------------------------------------------------------------

def install(packages):
    told = apt("install", packages["old"])
    assert "[mail] from" in told and "jawort check" in told, told
    check_owner("/etc/jawort", 0o750, "root", "jawort")
    check_owner("/etc/jawort/templates", 0o750, "root", "jawort")
    check_owner(CONFIG, 0o640, "root", "jawort")
    check_owner(STATE, 0o700, "jawort", "jawort")
    check_owner(KEYS, 0o700, "jawort", "jawort")
    for name in keys():
        check_owner(os.path.join(KEYS, name), 0o600, "jawort", "jawort")
    assert keys() and os.listdir(STATE) == ["keys"]
    user = pwd.getpwnam("jawort")
    assert user.pw_uid < 1000 and user.pw_shell.endswith("nologin"), user
    assert os.path.islink(WANTED), "the service starts with the machine"
    assert packages["systemd"].wanted() == ["restart"]


def serve_untouched(_):
    """Straight after the installation it starts; only ports are free ones here."""
    with service(JAWORT_SERVER__LISTEN="127.0.0.1:0", JAWORT_SERVER__ADMIN_LISTEN="127.0.0.1:0"):
        pass


def purge_unused(packages):
    os.unlink(DATABASE)  # that start has made one; nobody has signed up
    told = apt("purge", "jawort")
    assert "stays" not in told and packages["systemd"].wanted() == ["stop"]
    for path in ("/etc/jawort", STATE, WANTED, "/usr/bin/jawort", "/usr/share/jawort"):
        assert not os.path.lexists(path), path
    install(packages)


def use(packages):
    relay = packages["relay"]
    toml = read(CONFIG).decode("utf-8")
    for key, value in {"server.listen": "127.0.0.1:0", "server.admin_listen": "127.0.0.1:0",
                       "mail.from": "Jawort <jawort@teekontor.example>",
                       "smtp.url": relay.url}.items():
        toml = with_setting(toml, *key.split("."), value)
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.write(toml)
    documented("jawort apply /usr/share/doc/jawort/examples/quickstart.toml")
    documented("jawort check")
    check_owners()
    with service() as running:
        sign_up(running.port, relay, ANNA)
        run("jawort", "check")
        run("jawort", "keys", "rotate")
        run("jawort", "backup", os.path.join(packages["folder"], "running.db"))
        check_owners()
    assert confirmed(ANNA)
    backup = os.path.join(packages["folder"], "resting.db")
    run("jawort", "backup", backup)
    run("jawort", "restore", backup, "--yes")
    run("jawort", "queue", "release", "--all")
    run("jawort", "keys", "rotate")
    check_owners()
    assert confirmed(ANNA) and len(keys()) == 4


def kept():
    return read(CONFIG), keys()


def upgrade(packages):
    before = kept()
    assert "0.0.1" in run("dpkg-query", "-W", "jawort")
    told = apt("install", packages["new"])
    assert "0.0.1" not in run("dpkg-query", "-W", "jawort") and "[mail] from" not in told
    assert kept() == before and confirmed(ANNA)
    assert packages["systemd"].wanted() == ["restart"], "the old one served until then"
    with service() as running:
        sign_up(running.port, packages["relay"], "berta@example.org")


def upgrade_of_the_schema(packages):
    aside = os.path.join(packages["folder"], "aside")
    run("sh", "-c", f"mkdir {aside} && mv {STATE}/jawort.* {aside}/")
    apt("install", "--allow-downgrades", packages["old"])
    people = put_old_schema()
    packages["systemd"].wanted()
    told = apt("install", packages["new"])
    assert packages["systemd"].wanted() == ["stop", "restart"]
    assert "schema 1 is now" in told and f"Backup: {DATABASE}.schema-1-" in told, told
    check_owners()
    assert len(run("jawort", "contact", "list", "--json").splitlines()) == people
    with service():
        pass
    run("sh", "-c", f"rm {STATE}/jawort.* && mv {aside}/* {STATE}/")
    assert confirmed(ANNA)


def upgrade_that_cannot_migrate(packages):
    """The package stays unconfigured, the data as they are, until the cause is gone."""
    aside = os.path.join(packages["folder"], "aside2")
    run("sh", "-c", f"mkdir {aside} && mv {STATE}/jawort.* {aside}/")
    apt("install", "--allow-downgrades", packages["old"])
    put_old_schema()
    packages["systemd"].wanted()
    with open(DATABASE + ".lock", "w", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        os.chmod(held.name, 0o666)
        told = apt("install", packages["new"], status=100)
        assert "dpkg --configure -a" in told, told
        assert packages["systemd"].wanted() == ["stop"]
    documented("dpkg --configure -a")
    assert packages["systemd"].wanted() == ["stop", "restart"]
    assert ask("migrate", "--dry-run")["applied"] == 0
    run("sh", "-c", f"rm {STATE}/jawort.* && mv {aside}/* {STATE}/")
    assert confirmed(ANNA)


def upgrade_with_a_wrong_configuration(packages):
    """What is wrong is said; the operator's file stays as it is, and the package is installed."""
    apt("install", "--allow-downgrades", packages["old"])
    right = read(CONFIG)
    with open(CONFIG, "ab") as file:
        file.write(b"\n[no_such_section]\n")
    packages["systemd"].wanted()
    told = apt("install", packages["new"])
    assert packages["systemd"].wanted() == [], "what runs is left running"
    assert "no_such_section" in told and "systemctl restart jawort" in told, told
    assert read(CONFIG) == right + b"\n[no_such_section]\n"
    with open(CONFIG, "wb") as file:
        file.write(right)


def remove_and_return(packages):
    before = kept()
    packages["systemd"].wanted()
    apt("remove", "jawort")
    assert packages["systemd"].wanted() == ["stop"]
    assert not os.path.exists("/usr/bin/jawort") and os.path.exists(DATABASE)
    assert kept() == before
    told = apt("install", packages["new"])
    assert "[mail] from" not in told and kept() == before and confirmed(ANNA)


def purge_and_return(packages):
    before = keys()
    told = apt("purge", "jawort")
    assert f"{STATE} stays" in told and f"rm -r {STATE}" in told, told
    assert not os.path.exists("/etc/jawort") and not os.path.lexists(WANTED)
    assert keys() == before and os.path.exists(DATABASE)
    check_owner(DATABASE, 0o600, "jawort", "jawort")
    told = apt("install", packages["new"])
    assert "[mail] from" in told and keys() == before and confirmed(ANNA)


def leave_nothing(_):
    apt("purge", "jawort")
    documented("rm -r /var/lib/jawort")
    documented("deluser --system jawort")
    left = run("find", "/etc", "/usr", "/run", "/var", "-xdev", "-iname", "*jawort*", "-not",
               "-path", "/var/tmp/*")
    assert left == "", left


STEPS = [install, serve_untouched, purge_unused, use, upgrade, upgrade_of_the_schema,
         upgrade_that_cannot_migrate, upgrade_with_a_wrong_configuration, remove_and_return,
         purge_and_return, leave_nothing]


def refuse(why):
    sys.exit(f"life.py: {why}")


def main():
    if len(sys.argv) != 2:
        refuse("usage: life.py PACKAGE.deb")
    if os.geteuid() != 0:
        refuse("needs root, on a machine to throw away")
    for path in ("/etc/jawort", STATE, "/usr/bin/jawort", "/run/systemd/system"):
        if os.path.lexists(path):
            refuse(f"{path} is there: this is not a machine to throw away")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, ScriptedServer() as relay:
        os.chmod(folder, 0o755)  # apt reads packages as a user of its own
        new = os.path.join(folder, os.path.basename(sys.argv[1]))
        run("cp", os.path.abspath(sys.argv[1]), new)
        packages = {"new": new, "old": older(new, folder), "relay": relay, "folder": folder,
                    "systemd": Systemd()}
        run("apt-get", "update")
        for step in STEPS:
            step(packages)
            print(f"  {step.__name__.replace('_', ' ')}: as it should be", flush=True)
    print(f"{len(STEPS)} steps passed")


if __name__ == "__main__":
    main()
