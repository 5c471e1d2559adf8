"""Load by wrk: sign-ups, and visits of links."""

import json
import mmap
import os
import re
import subprocess

from installation import FORM_PATH
from partners import HERE, Unmeasurable, find_program

CONNECTIONS = 64
THREADS = min(2, os.cpu_count() or 1)
LONGEST = 900  # seconds that a run with a count may take, on a slow machine with --long


def run_wrk(port, script, arguments, seconds):
    """What the script's done() printed, of a run without errors."""
    command = [find_program("wrk", "wrk"), "-t", str(THREADS), "-c", str(CONNECTIONS),
               "-d", f"{seconds}s", "--timeout", "30s", "-s", os.path.join(HERE, script),
               f"http://127.0.0.1:{port}", "--", *map(str, arguments)]
    run = subprocess.run(command, env={**os.environ, "JAWORT_BENCH_FOLDER": HERE},
                         stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                         timeout=seconds + 60, check=False)
    last = run.stdout.strip().rsplit("\n", 1)[-1]
    if run.returncode != 0 or not last.startswith("{"):
        raise Unmeasurable(f"wrk ended with status {run.returncode}: "
                           f"{(run.stdout + run.stderr).strip()[-300:]}")
    result = json.loads(last)
    if result["bad_status"] or result["timeouts"] or not result["answers"]:
        raise Unmeasurable(f"{script}: {result['answers']} answers, {result['bad_status']} of them "
                           f"refusals, {result['timeouts']} time-outs")
    return result


def post_forms(port, version, name, seconds, count=0):
    """Sign-ups of addresses that begin with `name`; `count` of them, or for `seconds`."""
    per_thread = -(-count // THREADS)
    return run_wrk(port, "posts.lua", [FORM_PATH, version, name, per_thread],
                   LONGEST if count else seconds)


def visit_links(port, method, file, seconds=LONGEST):
    """GET or POST of each path in the file, once."""
    return run_wrk(port, "presses.lua", [method, file, THREADS], seconds)


# A token may be broken by quoted-printable's soft line breaks.
CONFIRM_LINK = re.compile(rb"/confirm/((?:[A-Za-z0-9_-]|=\r?\n)+)")
SOFT_BREAK = re.compile(rb"=\r?\n")


def confirmation_paths(dump):
    """The paths of all confirmation links in a dump of smtp-sink, once each, in their order."""
    if not os.path.exists(dump) or os.path.getsize(dump) == 0:
        return []
    with open(dump, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mails:
        tokens = (SOFT_BREAK.sub(b"", match[1]) for match in CONFIRM_LINK.finditer(mails))
        return [f"/confirm/{token.decode('ascii')}" for token in dict.fromkeys(tokens)]
