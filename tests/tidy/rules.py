"""The rules that a machine can check. Each takes a tree {path: text} and returns its findings, one
line each. test_tidy.py runs them on the repository, and on made-up files that break them."""

import fnmatch
import re

from source_tree import ROOM_NAMES, code_of, includes_of, is_cpp, room_of

PURE_ROOMS = {"consent", "campaign", "queue", "privacy"}  # rules only: no I/O, no threads

# Which files may include which library, and in how many files at most.
VENDORS = {
    "date/": (["engine/base/*.cc"], None),
    "curl/": (["engine/net/*", "engine/mail/*.cc", "webhooks/outgoing/*.cc"], None),
    "ares.h": (["engine/net/*.cc"], 1),
    "openssl/": (["engine/evidence/*"], None),
    "idn2.h": (["engine/consent/*.cc"], 1),
    "nlohmann/": (["engine/evidence/*.cc", "engine/campaign/*.cc", "webhooks/*.cc",
                   "engine/dossier/*.cc", "engine/app/*.cc"], None),
    "toml++/": (["engine/campaign/*.cc", "templates/*.cc", "engine/app/*.cc"], None),
    "kainjow/": (["templates/*.cc"], 1),
    "pango/": (["engine/dossier/*.cc"], 1),
    "cairo-pdf.h": (["engine/dossier/*.cc"], 1),
    "SQLiteCpp/": (["db/sqlite/*"], None),
    "sqlite3.h": (["db/sqlite/*"], None),
    "httplib.h": (["webhooks/incoming/*.cc"], 1),
    "CLI/": (["engine/app/*"], None),
    "spdlog/": (["engine/app/*.cc"], None),
    "fmt/": (["engine/app/*.cc"], None),
    "catch2/": (["tests/support/catch.h"], None),
}
POSIX = re.compile(r"(sys|netinet|arpa|linux|net)/\w+\.h|(unistd|fcntl|poll|signal|errno|netdb|pwd"
                   r"|grp|pthread|termios|dirent|syslog|string|stdlib|time)\.h")
IO_HEADERS = {"thread", "mutex", "shared_mutex", "condition_variable", "future", "atomic",
              "iostream", "fstream", "ostream", "istream", "filesystem"}

CLOCK = r"\w*_clock::now\s*\(|\btime\s*\(\s*(nullptr|NULL|0|&)|\bgettimeofday\b|\bclock_gettime\b"
ENTROPY = r"\brandom_device\b|\bs?rand\s*\(|\bgetrandom\b|\bgetentropy\b|\bRAND_\w*bytes\b"
LOCALE = (r"\bstd::w?regex|\bstd::locale\b|\bsetlocale\b"
          r"|#\s*include\s*<(regex|locale|clocale|cctype|ctype\.h)>"
          r"|(?<![\w.>])(?<!(?<!std)::)(to(lower|upper)|is(alpha|alnum|digit|xdigit|space|upper"
          r"|lower|punct|print|cntrl|graph|blank))\s*\(")

LINE_LIMIT = 100
SIZE_LIMITS = {".cc": 600, ".h": 300}
LONGER_FILES = {}  # path: lines it may have, and in a comment why


def includes_point_left(tree):
    """An include names a file from the root, in the same room or in one further left."""
    findings = []
    for path, text in tree.items():
        if not is_cpp(path):
            continue
        # The tests of a room may use what the room may use; other folders may use all rooms.
        unit = re.match(r"tests/unit/(\w+)/", path)
        room = room_of(path) or (unit.group(1) if unit else None)
        for number, name, ours in includes_of(text):
            where = f"{path}:{number}: includes {name}"
            target = room_of(name)
            if ours and name not in tree:
                findings.append(f"{where}, which is no file seen from the root of the repository")
            elif ours and room_of(path) and target is None:
                findings.append(f"{where}: a room includes rooms only")
            elif (ours and target and room in ROOM_NAMES
                  and ROOM_NAMES.index(target) > ROOM_NAMES.index(room)):
                findings.append(f"{where}: {target} stands to the right of {room}")
    return findings


def vendor_of(name):
    return next((vendor for vendor in VENDORS
                 if name == vendor or vendor.endswith("/") and name.startswith(vendor)), None)


def vendors_stay_in_their_room(tree):
    """A library's header is included in its room only."""
    findings = []
    users = {}
    for path, text in tree.items():
        if not is_cpp(path):
            continue
        for number, name, ours in includes_of(text):
            vendor = vendor_of(name)
            if vendor == "catch2/" or room_of(path):
                where = f"{path}:{number}: includes {name}"
                if vendor and not any(fnmatch.fnmatch(path, p) for p in VENDORS[vendor][0]):
                    findings.append(f"{where}, allowed in {' '.join(VENDORS[vendor][0])}")
                elif vendor:
                    users.setdefault(vendor, set()).add(path)
                elif not ours and not re.fullmatch(r"[a-z_0-9]+|" + POSIX.pattern, name):
                    findings.append(f"{where}: a library without a room")
    for vendor, paths in users.items():
        limit = VENDORS[vendor][1]
        if limit and len(paths) > limit:
            findings.append(f"{vendor} is included by {len(paths)} files, at most {limit}: "
                            f"{' '.join(sorted(paths))}")
    return findings


def vendors_are_hidden(tree):
    """No file of another room reaches a header that includes a library, not even by a detour."""
    findings = []
    for path, text in tree.items():
        if not is_cpp(path) or not room_of(path):
            continue
        seen, waiting = set(), [name for _, name, ours in includes_of(text) if ours]
        while waiting:
            header = waiting.pop()
            if header in seen or header not in tree:
                continue
            seen.add(header)
            for _, name, ours in includes_of(tree[header]):
                if ours:
                    waiting.append(name)
                elif vendor_of(name) and room_of(header) != room_of(path):
                    findings.append(f"{path}: reaches {name} through {header}")
    return findings


def pure_rooms_do_no_io(tree):
    """Rules know no files, threads or system calls."""
    return [f"{path}:{number}: {room_of(path)} is pure rules and includes {name}"
            for path, text in tree.items() if is_cpp(path) and room_of(path) in PURE_ROOMS
            for number, name, ours in includes_of(text)
            if not ours and (name in IO_HEADERS or POSIX.fullmatch(name))]


def matches(path, text, pattern, message):
    return [f"{path}:{number}: {message}: {line.strip()}"
            for number, line in enumerate(text.split("\n"), 1) if re.search(pattern, line)]


def clock_is_read_in_base(tree):
    """Time comes from base::Clock, so that tests can turn it."""
    return [finding for path, text in tree.items()
            if is_cpp(path) and room_of(path) not in (None, "base")
            for finding in matches(path, code_of(text), CLOCK, "reads the clock")]


def entropy_is_read_in_base(tree):
    """Chance comes from base::Random, so that one seed repeats a test."""
    return [finding for path, text in tree.items() if is_cpp(path) and room_of(path) != "base"
            for finding in matches(path, code_of(text), ENTROPY, "reads entropy")]


def no_regex_no_locale(tree):
    """std::regex overflows the stack on long input; <cctype> and locales differ by machine."""
    return [finding for path, text in tree.items() if is_cpp(path)
            for finding in matches(path, code_of(text), LOCALE, "regex, locale or <cctype>")]


def enum_switches_have_no_default(tree):
    """A switch over an enum names every value, so that the compiler finds the forgotten one."""
    findings = []
    for path, text in tree.items():
        if not is_cpp(path) or not room_of(path):
            continue
        code = code_of(text)
        for match in re.finditer(r"\bswitch\s*\(", code):
            start = code.find("{", match.end())
            depth, end = 1, start + 1
            while depth and end < len(code):
                depth += {"{": 1, "}": -1}.get(code[end], 0)
                end += 1
            body = code[start:end]
            if re.search(r"\bdefault\s*:", body) and re.search(r"\bcase\s+[\w:]*::\w+\s*:", body):
                number = code.count("\n", 0, match.start()) + 1
                findings.append(f"{path}:{number}: a switch over an enum with default")
    return findings


def tests_fit_both_catch2(tree):
    """Debian 12 and 13 have different versions: see tests/support/catch.h."""
    return [finding for path, text in tree.items()
            if is_cpp(path) and path.startswith("tests/") and path != "tests/support/catch.h"
            for finding in matches(path, code_of(text), r"\bContains\(",
                                   "say Catch::Matchers::ContainsSubstring")]


def headers_have_pragma_once(tree):
    return [f"{path}: has no #pragma once" for path, text in tree.items()
            if path.endswith(".h") and not re.search(r"^#pragma once$", text, re.MULTILINE)]


def lines_are_short(tree):
    return [f"{path}:{number}: {len(line)} columns, at most {LINE_LIMIT}"
            for path, text in tree.items()
            if path.endswith((".cc", ".h", ".py", ".cmake", ".sql", "CMakeLists.txt"))
            or path in ("dev", ".ci/run")
            for number, line in enumerate(text.split("\n"), 1) if len(line) > LINE_LIMIT]


def files_are_short(tree):
    findings = []
    for path, text in tree.items():
        suffix = path[path.rfind("."):]
        limit = LONGER_FILES.get(path, SIZE_LIMITS.get(suffix))
        lines = text.count("\n")
        if is_cpp(path) and lines > limit:
            findings.append(f"{path}: {lines} lines, at most {limit}")
    return findings


def nothing_is_left_to_do(tree):
    """What is open belongs into an issue, not into a comment."""
    return [finding for path, text in tree.items() if not path.startswith("tests/tidy/")
            for finding in matches(path, text, r"\b(TODO|FIXME|XXX)\b", "left open")]


def no_machine_paths(tree):
    """No path of the machine on which somebody worked."""
    return [finding for path, text in tree.items() if not path.startswith("tests/tidy/")
            for finding in matches(path, text, r"(?<![\w.~-])/(work|root)/", "path of a machine")]


FREE_FUNCTION = re.compile(r"^(?=[A-Za-z])(?!using|typedef|return)[\w:<>&*, ]+?[ &*](\w+)"
                           r"(\([^;{}()]*\));", re.MULTILINE)


def a_function_has_one_home(tree):
    """Two free functions of one signature in two headers: the linker takes one of them, unseen."""
    homes, findings = {}, []
    for path, text in tree.items():
        if not path.endswith(".h") or not room_of(path):
            continue
        for match in FREE_FUNCTION.finditer(code_of(text)):
            types = re.sub(r"\s*\w+(?=\s*[,)])", "", " ".join(match[2].split()))
            home = homes.setdefault((match[1], types), path)
            if home != path:
                findings.append(f"{path}: {match[1]}{types} stands in {home} too")
    return findings


def file_names_say_what_is_inside(tree):
    vague = {"helper", "helpers", "manager", "util", "utils", "service", "misc", "common"}
    return [f"{path}: {word} says nothing" for path in tree
            for word in re.split(r"[_\-.]", path.rsplit("/", 1)[-1].rsplit(".", 1)[0])
            if word in vague]


RULES = [includes_point_left, vendors_stay_in_their_room, vendors_are_hidden, pure_rooms_do_no_io,
         clock_is_read_in_base, entropy_is_read_in_base, no_regex_no_locale,
         enum_switches_have_no_default, tests_fit_both_catch2, headers_have_pragma_once,
         lines_are_short, files_are_short, nothing_is_left_to_do, no_machine_paths,
         a_function_has_one_home, file_names_say_what_is_inside]
