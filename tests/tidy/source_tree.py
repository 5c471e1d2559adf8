"""Reads the repository as text: which files are ours, their code without comments, their rooms."""

import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT_SUFFIXES = {".cc", ".h", ".py", ".sql", ".cmake", ".txt", ".toml", ".json", ".md", ".sh",
                 ".mustache", ".css", ".yml", ".ini"}
NAMED_FILES = {"dev", "run", ".clang-format", ".clang-tidy", ".gitignore", ".editorconfig"}
SKIPPED_FOLDERS = {"build", ".git", "__pycache__", "data", "keys"}


def read_tree():
    """{path from the root: text} of all text files."""
    tree = {}
    for path in sorted(ROOT.rglob("*")):
        name = path.relative_to(ROOT)
        if SKIPPED_FOLDERS.intersection(name.parts[:-1]) or not path.is_file():
            continue
        if path.suffix in TEXT_SUFFIXES or path.name in NAMED_FILES:
            tree[str(name)] = path.read_text(encoding="utf-8")
    return tree


def read_rooms():
    """[(room, [folders])] from left to right, as CMakeLists.txt declares them."""
    cmake = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    calls = re.findall(r"^jawort_room\((\w+)\s+([^)]*)\)", cmake, re.MULTILINE)
    return [(name, rest.split("EXCEPT")[0].split()) for name, rest in calls]


ROOMS = read_rooms()
ROOM_NAMES = [name for name, _ in ROOMS]


@functools.cache
def room_of(path):
    """The room whose folder holds the file, or None (tests, bench, examples)."""
    best = max(((folder, name) for name, folders in ROOMS for folder in folders
                if path.startswith(folder + "/")), key=lambda pair: len(pair[0]), default=None)
    return best[1] if best else None


def is_cpp(path):
    return path.endswith((".cc", ".h"))


_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<raw>R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<char>(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+')""",
    re.VERBOSE | re.DOTALL)


@functools.cache
def code_of(text):
    """C++ without comments and without what strings say; line numbers stay, includes too."""
    def blank(match):
        newlines = "\n" * match.group().count("\n")
        if match.group("comment"):
            return " " + newlines
        if match.group("char"):
            return "'c'"
        line_start = text.rfind("\n", 0, match.start()) + 1
        if text[line_start:match.start()].lstrip().startswith("#"):
            return match.group()
        return '""' + newlines
    return _TOKEN.sub(blank, text)


@functools.cache
def includes_of(text):
    """[(line number, name, is ours)]: ours are those in quotes."""
    found = []
    for number, line in enumerate(code_of(text).split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            found.append((number, match.group(2), match.group(1) == '"'))
    return found
