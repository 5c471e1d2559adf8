"""The package as CPack makes it of what has been built, and its content unpacked."""

import os
import subprocess
import sys
import tempfile

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path += [os.path.join(TESTS, "e2e"), os.path.join(TESTS, "support", "smtp")]

from built import BUILD, NOBODY, make_package  # noqa: E402
from jawort import Jawort, definitions  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402


def pytest_sessionstart():
    if not os.access(os.path.join(BUILD, "package", "jawort.bash"), os.R_OK):
        pytest.exit("not built: ninja -C build/release package_files", 3)


@pytest.fixture(scope="session")
def package(tmp_path_factory):
    return make_package(tmp_path_factory.mktemp("cpack"))


@pytest.fixture(scope="session")
def unpacked(package, tmp_path_factory):
    """The files of the package, below a folder; control files in DEBIAN/."""
    folder = tmp_path_factory.mktemp("unpacked") / "root"
    subprocess.run(["dpkg-deb", "--raw-extract", package, folder], check=True)
    return folder


@pytest.fixture
def installation():
    """A Jawort whose mails go to `relay`, which takes everything; not started. Where this is run
    by root, all of it belongs to somebody else, as it does where the package is installed."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, ScriptedServer() as relay:
        jawort = Jawort(os.path.join(folder, "jawort"), {"smtp.url": relay.url})
        if os.geteuid() == 0:
            os.makedirs(os.path.dirname(jawort.database))
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", folder], check=True)
        jawort.apply(definitions("open.toml"))
        jawort.relay = relay
        yield jawort
        jawort.clean_up()
