"""The systemd unit: tight, valid, and wide enough for what the program does."""

import os
import re
import shlex
import subprocess

from built import NOBODY
from jawort import BINARY, clean_environment
from signing_up import mails_at, sign_up
from supervised import UNIT, unit_settings
from visitor import Visitor
from waiting import wait_until


def test_security_score():
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT],
                          capture_output=True, encoding="utf-8", check=True)
    score = float(re.search(r"Overall exposure level for \S+: (\d+\.\d)", done.stdout)[1])
    assert score <= 1.2, done.stdout


def test_verify(tmp_path):
    """Nothing unknown, nothing misspelled; the program is put where it is here."""
    with open(UNIT, encoding="utf-8") as file:
        text = file.read()
    assert "ExecStart=/usr/bin/jawort " in text
    unit = tmp_path / "jawort.service"
    unit.write_text(text.replace("ExecStart=/usr/bin/jawort ", f"ExecStart={BINARY} "),
                    encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(text.replace("ProtectClock=", "ProtectClocks="), encoding="utf-8")
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert "ProtectClocks" in done.stderr, "this test can fail"


def test_times_fit_the_program(installation):
    settings = unit_settings()
    [stop] = settings["Service", "TimeoutStopSec"]
    with open(installation.config, encoding="utf-8") as file:
        within = int(re.search(r'stop_within = "PT(\d+)S"', file.read())[1])
    assert int(stop.removesuffix("s")) > within + 20
    assert settings["Service", "Type"] == ["notify"]
    assert settings["Service", "RestartPreventExitStatus"] == ["2 78"]
    assert settings["Service", "StateDirectory"] == ["jawort"]


# --- what the sandbox takes away is nothing that the program needs -------------------------------

def system_calls(*names):
    """All calls of systemd's groups and of groups in them."""
    listed = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", *names],
                            capture_output=True, encoding="utf-8", check=True).stdout
    found = set()
    for line in map(str.strip, listed.splitlines()):
        if line.startswith("@") and line not in names:
            found |= system_calls(line)
        elif line and not line.startswith(("#", "@")):
            found.add(line)
    return found


def allowed_system_calls():
    first, second = unit_settings()["Service", "SystemCallFilter"]
    assert second.startswith("~")
    return (system_calls(*first.split()) - system_calls(*second[1:].split())) | system_calls(
        "@default")


def test_sandbox_leaves_what_the_program_does(installation):
    """A life from start to stop, with a sign-up, a mail and a press, under strace."""
    trace = os.path.join(installation.folder, "trace")
    as_service = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    installation.launch(tracer=[*(as_service if os.geteuid() == 0 else []),
                                "strace", "-f", "-qq", "-o", trace])
    wait_until(installation.ready, "the server is ready")
    sign_up(installation, "anna@example.org")
    installation.relay.wait_for(1, 40)
    [mail] = mails_at(installation.relay)
    assert Visitor(installation.port).press(mail.confirm_path).status in (200, 303)
    assert installation.consent("anna@example.org")["status"] == "confirmed"
    [server] = children_of(installation.process.pid)
    os.kill(server, 15)
    installation.process.wait(40)

    calls = {}
    with open(trace, encoding="utf-8", errors="replace") as file:
        for line in file:
            call = re.match(r"\d+ +(\w+)\((.*)", line)
            if call:
                calls.setdefault(call[1], []).append(call[2])
    # execve is systemd's own, before the filter is there for the program.
    missing = set(calls) - allowed_system_calls() - {"execve"}
    assert {"epoll_wait", "fdatasync", "sendto"} <= set(calls), sorted(calls)
    assert not missing, sorted(missing)
    writable_code = [line for name in ("mmap", "mprotect") for line in calls.get(name, [])
                     if "PROT_WRITE|PROT_EXEC" in line]
    assert not writable_code, "MemoryDenyWriteExecute"
    families = {line.split(",")[0] for line in calls["socket"]}
    [allowed] = unit_settings()["Service", "RestrictAddressFamilies"]
    # glibc asks the kernel over netlink for its addresses, and does without where it may not.
    assert families <= set(allowed.split()) | {"AF_NETLINK"}, families


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def test_command_is_one_that_the_program_knows():
    [command] = unit_settings()["Service", "ExecStart"]
    words = shlex.split(command)
    assert words[0] == "/usr/bin/jawort"
    known = subprocess.run([BINARY, *words[1:], "--help"], env=clean_environment(),
                           capture_output=True, encoding="utf-8", check=False)
    assert known.returncode == 0 and "serve" in known.stdout
