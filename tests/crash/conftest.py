"""What the crash suite starts."""

import os

import pytest

from installation import BINARY


def pytest_sessionstart():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is not there: ./dev build, or set JAWORT_BINARY", 3)
