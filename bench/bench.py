#!/usr/bin/env python3
"""Measures Jawort. Each figure stands beside a limit that was measured in the same run, because
absolute numbers say more about the machine than about the program."""

import argparse
import contextlib
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time

from figures import FIGURES, Bench, Sizes
from installation import BINARY
from paced import percentile
from partners import Unmeasurable

MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs"}


def file_system_of(folder):
    """The type of the file system that holds the folder."""
    best = ("", "unknown")
    with open("/proc/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, point, kind = line.split()[:3]
            inside = os.path.commonpath([os.path.realpath(folder), point]) == point
            if inside and len(point) >= len(best[0]):
                best = (point, kind)
    return best[1]


def machine(folder):
    return {"cores": os.cpu_count(), "system": platform.platform(),
            "load_average": round(os.getloadavg()[0], 2), "flush_ms": flush_ms(folder),
            "file_system": file_system_of(folder), "binary": BINARY}


def flush_ms(folder):
    """Milliseconds that the disk takes to make a small write durable; the median of some."""
    path, took = os.path.join(folder, "flush"), []
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    for _ in range(200):
        os.write(file, bytes(4096))
        began = time.monotonic()
        os.fdatasync(file)
        took.append((time.monotonic() - began) * 1e3)
    os.close(file)
    os.remove(path)
    return round(percentile(took, 50), 3)


def number_text(value, unit=""):
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}" + (f" {unit}" if unit else "")


def unit_text(value, unit):
    return number_text(value) + unit if unit == "/s" else number_text(value, unit)


def row_of(figure):
    reached = {True: "reached", False: "missed", None: ""}[figure.goal]
    limit = f"{unit_text(figure.limit, figure.unit)}  {figure.limit_what}" if figure.limit else "–"
    return [figure.what, unit_text(figure.value, figure.unit), limit,
            number_text(figure.ratio) if figure.ratio is not None else "–",
            figure.goal_text or "–", reached]


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                     for row in rows)


def details_text(figure):
    return "; ".join(f"{name.replace('_', ' ')} {detail_text(value)}"
                     for name, value in figure.details.items())


def detail_text(value):
    if isinstance(value, dict):
        return ", ".join(f"{name} {detail_text(item)}" for name, item in value.items())
    if isinstance(value, list):
        return " and ".join(map(detail_text, value))
    return number_text(value)


def as_json(figure):
    return {"name": figure.name, "what": figure.what, "value": figure.value, "unit": figure.unit,
            "limit": figure.limit, "limit_what": figure.limit_what, "ratio": figure.ratio,
            "goal": figure.goal_text, "reached": figure.goal, "details": figure.details}


def read_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", choices=FIGURES,
                        help=f"only this figure (may be repeated): {', '.join(FIGURES)}")
    parser.add_argument("--long", action="store_true", help="greater numbers, about ten minutes")
    parser.add_argument("--people", type=int, metavar="N",
                        help="how many sign up for the mails, confirmations, disk and start")
    parser.add_argument("--many", type=int, metavar="N",
                        help="how many have confirmed already in the figure `many`")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument("--folder", metavar="DIR", default="/var/tmp",
                        help="where the databases are made: on the disk to be measured (/var/tmp)")
    return parser.parse_args()


def measure(bench, names, say):
    """(figures, {name: why there is none})."""
    figures, missing = [], {}
    for name in names:
        say(f"measuring: {name}")
        try:
            figures.append(getattr(bench, name)())
        except (Unmeasurable, OSError, TimeoutError) as error:
            missing[name] = str(error)
            say(f"{name}: {error}")
    return figures, missing


def print_table(figures, missing, about, seconds):
    if figures:
        print(table([["figure", "value", "limit", "ratio", "goal", ""],
                     *(row_of(figure) for figure in figures)]) + "\n")
    for figure in figures:
        if figure.details:
            print(f"{figure.name}: {details_text(figure)}")
    print(f"\n{about['cores']} cores, {about['file_system']}, a flush takes {about['flush_ms']} ms,"
          f" load average {about['load_average']} before and {os.getloadavg()[0]:.2f} after,"
          f" {seconds:.0f} s")
    for name, why in missing.items():
        print(f"not measured: {name}: {why}")


def main():
    arguments = read_arguments()
    # A terminated run cleans up like an interrupted one.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))

    def say(text):
        print(f"  {text}", file=sys.stderr, flush=True)

    sizes = Sizes(arguments.long)
    if arguments.people:
        sizes.people = arguments.people
    if arguments.many:
        sizes.many = arguments.many
    if not os.access(BINARY, os.X_OK):
        sys.exit(f"./dev bench: there is no program {BINARY}: ./dev build, or set JAWORT_BINARY")
    began = time.monotonic()
    folder = tempfile.mkdtemp(prefix="jawort-bench-", dir=arguments.folder)
    try:
        os.chmod(folder, 0o755)  # nginx gives root up
        about = machine(folder)
        if about["file_system"] in MEMORY_FILE_SYSTEMS:
            say(f"{arguments.folder} is kept in memory, where flushing costs nothing: the durable "
                "figures will flatter. Choose a disk with --folder")
        if about["load_average"] > about["cores"] / 2:
            say(f"the load average is {about['load_average']}: the ratios will waver")
        names = [name for name in FIGURES if not arguments.only or name in arguments.only]
        figures, missing = measure(Bench(folder, sizes, say), names, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.json:
        about["load_average_after"] = round(os.getloadavg()[0], 2)
        print(json.dumps({"machine": about, "figures": [as_json(figure) for figure in figures],
                          "missing": missing}, indent=1))
    else:
        print_table(figures, missing, about, time.monotonic() - began)
    return 1 if missing else 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
