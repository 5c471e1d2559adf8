"""What the build has left for the package, and CPack."""

import glob
import os
import subprocess

from supervised import REPOSITORY

NOBODY = 65534
BUILD = os.path.join(REPOSITORY, "build", "release")


def make_package(folder):
    """Runs CPack into that folder. Answers the path of the package."""
    done = subprocess.run(
        ["cpack", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", str(folder)],
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}, capture_output=True,
        encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = glob.glob(os.path.join(str(folder), "*.deb"))
    return path
