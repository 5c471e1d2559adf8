"""The figures about proof: the tree, `ledger verify`, dossiers."""

import contextlib
import json
import os
import resource
import sqlite3
import subprocess
import time

from installation import BINARY
from paced import percentile
from partners import Unmeasurable

HASHING = os.path.join(os.path.dirname(BINARY), "bench_hashing")
ROUNDS = 3


def hash_leaves(house, folder, count):
    """What bench_hashing says of the leaves of this installation, repeated up to `count`."""
    path = os.path.join(folder, "leaves")
    with contextlib.closing(sqlite3.connect(house.database)) as connection, \
            open(path, "wb") as file:
        for leaf, in connection.execute("SELECT leaf FROM event ORDER BY sequence LIMIT 200000"):
            file.write(len(leaf).to_bytes(4, "big") + leaf)
    if not os.access(HASHING, os.X_OK):
        raise Unmeasurable(f"there is no program {HASHING}")
    done = subprocess.run([HASHING, path, str(count)], capture_output=True, encoding="ascii",
                          check=False)
    if done.returncode != 0:
        raise Unmeasurable(f"bench_hashing ended with status {done.returncode}")
    return json.loads(done.stdout)


def time_verification(house):
    """`ledger verify` of this installation, which does not run; the median of some rounds."""
    events, = house.ask("SELECT count(*) FROM event")
    took, cpu = [], []
    for _ in range(ROUNDS):
        before, began = children_cpu(), time.monotonic()
        answer = json.loads(house.verb("ledger", "verify", "--json"))
        took.append(time.monotonic() - began)
        cpu.append(children_cpu() - before)
        if not answer["ok"]:
            raise Unmeasurable("ledger verify said no")
    return {"events": events, "seconds": percentile(took, 50), "cpu_seconds": percentile(cpu, 50)}


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def time_dossiers(house, people, copies):
    """Milliseconds of `dossier` beside the server, one after the other. That of a person is held to
    be whole by `verify`; a copy's is none, but it is as much work."""
    ms, cpu, path = [], [], os.path.join(house.folder, "dossier.zip")
    for address in [*people, *copies]:
        before, began = house.cpu_seconds() + children_cpu(), time.monotonic()
        house.verb("dossier", address, "-o", path)
        ms.append((time.monotonic() - began) * 1e3)
        cpu.append((house.cpu_seconds() + children_cpu() - before) * 1e3)
        size = os.path.getsize(path)
        if address == people[0]:
            house.verb("verify", path)
        os.remove(path)
    return {"first_ms": ms[0], "ms": ms[1:], "bytes": size, "cpu_ms": sum(cpu[1:]) / len(cpu[1:])}
