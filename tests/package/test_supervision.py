"""`jawort serve` under a supervisor, and verbs that root types."""

import os
import socket
import tempfile
import uuid

import pytest

from built import NOBODY
from jawort import clean_environment
from supervised import Ear
from visitor import Visitor
from waiting import wait_until


def abstract_name():
    return f"@jawort-{uuid.uuid4().hex}"


@pytest.fixture(params=["abstract", "path"])
def ear(request):
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chmod(folder, 0o711)  # the service's user reaches the socket
        ear = Ear(abstract_name() if request.param == "abstract" else folder + "/notify")
        yield ear
        ear.close()


def environment(ear, **more):
    return clean_environment(NOTIFY_SOCKET=ear.name, **more)


def test_ready_then_alive_then_stopping(installation, ear):
    installation.launch(environment(ear, WATCHDOG_USEC="300000"))
    ready = ear.hear_until("READY")
    assert ready["READY"] == "1" and "http://127.0.0.1:" in ready["STATUS"]
    wait_until(installation.ready, "the log says so too")
    assert Visitor(installation.port).get("/readyz").status == 200, "ready means ready"
    for _ in range(3):
        assert ear.hear() == {"WATCHDOG": "1"}
    installation.signal_stop()
    stopping = ear.hear_until("STOPPING")
    # [server] stop_within is 25 s: the supervisor must not cut that short.
    assert stopping["STOPPING"] == "1" and int(stopping["EXTEND_TIMEOUT_USEC"]) > 25_000_000
    installation.wait_for_end()
    ear.hear_rest()
    kinds = [next(key for key in ("READY", "WATCHDOG", "STOPPING", "STATUS") if key in message)
             for message in ear.messages]
    assert kinds.index("READY") < kinds.index("WATCHDOG") < kinds.index("STOPPING")
    assert kinds[-1] == "STOPPING" and kinds.count("READY") == kinds.count("STOPPING") == 1
    assert kinds[0] == "STATUS", "what it does before it is ready"


def test_a_longer_stop_asks_for_more_time(installation, ear):
    installation.configure({"server.stop_within": "PT10M"})
    installation.launch(environment(ear))
    ear.hear_until("READY")
    installation.signal_stop()
    assert int(ear.hear_until("STOPPING")["EXTEND_TIMEOUT_USEC"]) > 600_000_000
    installation.wait_for_end()


def test_no_sign_of_life_unless_asked_for(installation, ear):
    installation.launch(environment(ear))
    ear.hear_until("READY")
    installation.signal_stop()
    installation.wait_for_end()
    ear.hear_rest()
    assert not [message for message in ear.messages if "WATCHDOG" in message]


def test_a_start_that_fails_is_never_ready(installation):
    ear = Ear(abstract_name())
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        installation.configure({"server.listen": f"127.0.0.1:{held.getsockname()[1]}"})
        installation.launch(environment(ear))
        assert installation.process.wait(40) == 1
        installation.process = None
    ear.hear_rest()
    assert ear.messages and not [message for message in ear.messages if "READY" in message]
    ear.close()


def test_a_supervisor_that_is_gone_stops_nothing(installation):
    gone = Ear(abstract_name())
    gone.close()
    installation.start(environment(gone))
    assert installation.log.events("supervisor_not_told")
    assert Visitor(installation.port).get("/readyz").status == 200


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_leaves_nothing_that_the_service_cannot_open(installation):
    """The data folder is somebody else's: whatever root types there is done as its owner."""
    data = os.path.dirname(installation.database)
    assert installation.contact_list() == []
    assert installation.run("check").returncode == 0
    assert installation.ask("migrate")["applied"] == 0
    installation.start()
    assert os.stat(f"/proc/{installation.process.pid}").st_uid == NOBODY
    with open(f"/proc/{installation.process.pid}/status", encoding="ascii") as status:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in status)
    assert fields["Groups"].strip() == "" and int(fields["CapEff"], 16) == 0
    owners = {name: os.stat(os.path.join(data, name)).st_uid for name in os.listdir(data)}
    assert "jawort.db" in owners and set(owners.values()) == {NOBODY}, owners
    assert installation.contact_list() == [], "root may still ask the server"

