"""The installation that is killed: that of the end-to-end suite, with this suite's relay."""

import os
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[1:1] = [os.path.join(TESTS, "e2e"), os.path.join(TESTS, "support", "smtp")]

# What this suite uses of the others; everybody here takes it from this module.
from jawort import (BINARY, REPOSITORY, Jawort, clean_environment,  # noqa: E402, F401
                    definitions, run_binary)
from recording_sink import Copy, Manners, RecordingSink  # noqa: E402, F401
from visitor import Visitor  # noqa: E402, F401
from waiting import PATIENCE, wait_until  # noqa: E402, F401

CALM = Manners()
RUDE = Manners(delays=(0, 0, 0, 0, 0.005, 0.005, 0.005, 0.5), go_delays=(0, 0, 0, 0, 0, 0.004),
               hang_up=0.02, defer=0.01)


def install(folder, relay, **settings):
    """A fresh installation with the form `open`. `settings`: section__key=value."""
    named = {name.replace("__", "."): value for name, value in settings.items()}
    jawort = Jawort(folder, {"smtp.url": relay.url, "smtp.connections": 16, **named})
    jawort.apply(definitions("open.toml"))
    return jawort


def started(jawort):
    """Waits for a launched server; False when it ended before it was ready."""
    return wait_until(lambda: jawort.ready() or (jawort.process.poll() is not None and "ended"),
                      "the server is ready") is True
