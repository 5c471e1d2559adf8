"""The repository keeps its rules, and each rule finds what breaks it."""

import pytest

import rules
import source_tree

TREE = source_tree.read_tree()


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_repository(rule):
    findings = rule(TREE)
    assert not findings, "\n" + "\n".join(findings)


def test_the_repository_was_read():
    assert {"dev", "CMakeLists.txt", "engine/base/embedded.h"} <= TREE.keys()
    assert source_tree.ROOM_NAMES[0] == "base" and source_tree.ROOM_NAMES[-1] == "app"


# (rule, path and text of a file that breaks it). Other files of the made-up tree: OTHERS.
OTHERS = {"engine/flow/worker.h": "#pragma once\n", "engine/base/clock.h": "#pragma once\n",
          "tests/support/fake.h": "#pragma once\n",
          "templates/renderer.cc": "#include <kainjow/m.hpp>",
          "engine/base/plain.h": "#pragma once\nstd::string plain(std::string_view text);\n",
          "engine/evidence/keys.h": "#pragma once\n#include <openssl/evp.h>\n",
          "engine/campaign/loader.h": '#pragma once\n#include "engine/evidence/keys.h"\n'}
BROKEN = [
    (rules.includes_point_left, "engine/queue/a.cc", '#include "engine/flow/worker.h"'),
    (rules.includes_point_left, "engine/queue/a.cc", '#include "missing.h"'),
    (rules.includes_point_left, "engine/queue/a.cc", '#include "tests/support/fake.h"'),
    (rules.includes_point_left, "tests/unit/queue/a.cc", '#include "engine/flow/worker.h"'),
    (rules.vendors_stay_in_their_room, "engine/mail/a.cc", "#include <openssl/evp.h>"),
    (rules.vendors_stay_in_their_room, "engine/base/time_zone.h", "#include <date/tz.h>"),
    (rules.vendors_stay_in_their_room, "db/store.cc", "#include <SQLiteCpp/Database.h>"),
    (rules.vendors_stay_in_their_room, "engine/consent/a.cc", "#include <psl.h>"),
    (rules.vendors_stay_in_their_room, "templates/second.cc", "#include <kainjow/m.hpp>"),
    (rules.vendors_stay_in_their_room, "tests/unit/base/a.cc", "#include <catch2/catch.hpp>"),
    (rules.vendors_are_hidden, "engine/mail/a.cc", '#include "engine/campaign/loader.h"'),
    (rules.pure_rooms_do_no_io, "engine/consent/a.cc", "#include <fstream>"),
    (rules.pure_rooms_do_no_io, "engine/queue/a.h", "#include <sys/stat.h>"),
    (rules.clock_is_read_in_base, "engine/flow/a.cc", "auto t = std::chrono::system_clock::now();"),
    (rules.clock_is_read_in_base, "engine/flow/a.cc", "auto t = time(nullptr);"),
    (rules.clock_is_read_in_base, "db/sqlite/a.cc", "clock_gettime(CLOCK_REALTIME, &t);"),
    (rules.entropy_is_read_in_base, "engine/evidence/a.cc", "RAND_bytes(p, 32);"),
    (rules.entropy_is_read_in_base, "tests/flow/a.cc", "std::random_device device;"),
    (rules.entropy_is_read_in_base, "engine/mail/a.cc", "int x = rand();"),
    (rules.no_regex_no_locale, "engine/campaign/a.cc", 'std::regex r("a");'),
    (rules.no_regex_no_locale, "engine/campaign/a.cc", "#include <cctype>"),
    (rules.no_regex_no_locale, "engine/campaign/a.cc", "if (std::isalpha(c)) c = 1;"),
    (rules.no_regex_no_locale, "engine/campaign/a.cc", "c = tolower(c);"),
    (rules.enum_switches_have_no_default, "engine/consent/a.cc",
     "switch (s) {\n case State::kPending: return 1;\n default: return 2;\n}"),
    (rules.tests_fit_both_catch2, "tests/flow/a.cc", 'CHECK_THAT(a, Catch::Contains("b"));'),
    (rules.headers_have_pragma_once, "engine/base/a.h", "int a();\n// #pragma once\n"),
    (rules.lines_are_short, "engine/base/a.cc", "x" * 101),
    (rules.files_are_short, "engine/base/a.cc", "x\n" * 601),
    (rules.files_are_short, "engine/base/a.h", "x\n" * 301),
    (rules.a_function_has_one_home, "engine/queue/a.h",
     "#pragma once\nstd::string plain(std::string_view words);\n"),
    (rules.nothing_is_left_to_do, "engine/base/a.cc", "// TODO: more"),
    (rules.no_machine_paths, "README.md", "see /root/notes"),
    (rules.file_names_say_what_is_inside, "engine/base/string_util.h", ""),
]
# The same rules leave these alone.
FINE = [
    (rules.includes_point_left, "engine/flow/a.cc", '#include "engine/base/clock.h"'),
    (rules.includes_point_left, "tests/flow/a.cc", '#include "engine/flow/worker.h"'),
    (rules.vendors_stay_in_their_room, "engine/evidence/a.cc",
     "#include <openssl/evp.h>\n#include <nlohmann/json.hpp>\n#include <string>"),
    (rules.vendors_are_hidden, "engine/evidence/a.cc", '#include "engine/evidence/keys.h"'),
    (rules.pure_rooms_do_no_io, "engine/mail/a.cc", "#include <fstream>"),
    (rules.clock_is_read_in_base, "engine/base/a.cc", "auto t = std::chrono::system_clock::now();"),
    (rules.clock_is_read_in_base, "engine/flow/a.cc",
     '// time(nullptr)\nauto a = clock.now(); auto s = "time(nullptr)"; auto b = send_time(0);'),
    (rules.entropy_is_read_in_base, "engine/mail/a.cc", "int operand(int); int x = operand(1);"),
    (rules.no_regex_no_locale, "engine/campaign/a.cc",
     "if (is_alpha(c) || text::isdigit(c) || s.isspace()) ascii_tolower(c);"),
    (rules.enum_switches_have_no_default, "engine/consent/a.cc",
     "switch (c) {\n case 'a': return State::kPending;\n default: return State::kNone;\n}"),
    (rules.tests_fit_both_catch2, "tests/flow/a.cc",
     'CHECK_THAT(a, Catch::Matchers::ContainsSubstring("b"));'),
    (rules.lines_are_short, "engine/base/a.cc", "ü" * 100),
    (rules.no_machine_paths, "README.md", "docs/work/items, see https://example.org/root/x"),
    (rules.file_names_say_what_is_inside, "engine/app/jawort.service", ""),
]


def case_name(value):
    return value.__name__ if callable(value) else None


@pytest.mark.parametrize("rule, path, text", BROKEN, ids=case_name)
def test_rule_finds(rule, path, text):
    findings = rule({**OTHERS, path: text})
    assert any(path in finding for finding in findings)


@pytest.mark.parametrize("rule, path, text", FINE, ids=case_name)
def test_rule_accepts(rule, path, text):
    findings = rule({**OTHERS, path: text})
    assert not [finding for finding in findings if path in finding]


def test_every_rule_has_a_file_that_breaks_it():
    assert set(rules.RULES) == {rule for rule, _, _ in BROKEN}
