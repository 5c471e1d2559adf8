"""Kills and errors at the n-th system call of a kind, by strace. The tracer is a grandchild of
ours, so the server stays our child, with its own exit status."""

import dataclasses
import os
import re

INJECTED = re.compile(r"^\d+ +(\d+\.\d+) .*\(INJECTED\)", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Fault:
    """`calls`: "pwrite64,fdatasync"; they are counted together,
    and for each thread apart. `effect`: "signal=KILL" or
    "error=EIO". `when`: which call, "3", or "3+" for that one and all after it. `files`: only calls
    on these, all when empty."""
    calls: str
    effect: str
    when: str
    files: tuple = ()

    def tracer(self, trace):
        """The command line to run the server under; what was traced goes to the file `trace`."""
        if os.path.exists(trace):
            os.remove(trace)
        paths = [word for file in self.files for word in ("-P", file)]
        return ["strace", "-D", "-f", "-qq", "-ttt", "-o", trace, "-e", f"trace={self.calls}",
                "-e", f"inject={self.calls}:{self.effect}:when={self.when}", *paths]

    def __str__(self):
        where = "".join(f" {os.path.basename(file)}" for file in self.files)
        return f"{self.effect} at {self.calls} number {self.when}{where}"


def error_at(trace):
    """When an error was injected first, in seconds since 1970; None when none was."""
    with open(trace, encoding="utf-8", errors="replace") as file:
        found = INJECTED.search(file.read())
    return float(found[1]) if found else None


def database_files(jawort):
    return (jawort.database, jawort.database + "-wal")
