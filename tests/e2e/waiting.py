"""Waiting for a condition instead of for a while."""

import time

PATIENCE = 40  # seconds; nothing takes that long, but a machine may be busy with other things


def wait_until(condition, what, seconds=PATIENCE):
    """The condition's first true value. `what` is said when it does not come."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.02)
