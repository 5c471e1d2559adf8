"""PROMISES 29: a rotation that is killed leaves the old keys or the new ones, never half of one."""

import json
import os
import shutil
import signal
import subprocess

import pytest

from faults import Fault
from installation import BINARY, PATIENCE, Jawort, clean_environment, run_binary

CALLS = "openat,write,fchmod,fsync,renameat2,rename,unlink"


class Rotation:
    def __init__(self, folder):
        self.jawort = Jawort(folder / "jawort")
        self.keys = os.path.join(self.jawort.folder, "keys")
        self.saved = str(folder / "saved")
        shutil.copytree(self.keys, self.saved)
        self.trace = str(folder / "strace.log")

    def kill(self, number):
        """Answers whether it struck, and the ids that are there afterwards."""
        shutil.rmtree(self.keys)
        shutil.copytree(self.saved, self.keys)
        tracer = Fault(CALLS, "signal=KILL", str(number)).tracer(self.trace)
        done = subprocess.run([*tracer, BINARY, "--config", self.jawort.config, "keys", "rotate"],
                              env=clean_environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, check=False)
        listed = run_binary("--config", self.jawort.config, "keys", "list", "--json")
        assert listed.returncode == 0, (number, listed.stderr)
        ids = [key["id"] for key in json.loads(listed.stdout)["keys"]]
        for name in os.listdir(self.saved):
            with open(os.path.join(self.saved, name), "rb") as before, \
                    open(os.path.join(self.keys, name), "rb") as after:
                assert before.read() == after.read(), (number, name)
        again = run_binary("--config", self.jawort.config, "keys", "rotate", "--json")
        assert json.loads(again.stdout) == {"current": ids[-1] + 1}, (number, again.stderr)
        left = [name for name in os.listdir(self.keys) if not name.endswith(".key")]
        assert left == [], (number, "the next rotation cleans up")
        return done.returncode == -signal.SIGKILL, ids


def kill_all(rotation, step):
    number, outcomes, struck = 1, [], True
    while struck:
        struck, ids = rotation.kill(number)
        assert ids in ([1], [1, 2]), number
        outcomes.append(ids)
        number += step
    assert outcomes[-1] == [1, 2], "the one that was not killed"
    return outcomes


def test_killed_now_and_then(tmp_path):
    assert len(kill_all(Rotation(tmp_path), 5)) > 5


@pytest.mark.long
def test_killed_at_each_call(tmp_path):
    outcomes = kill_all(Rotation(tmp_path), 1)
    assert [1] in outcomes and outcomes.count([1, 2]) > 1, "also after it is there"
