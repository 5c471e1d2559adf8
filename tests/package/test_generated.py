"""Manual pages and completion say what the program says."""

import os
import re
import subprocess

import pytest

from built import BUILD
from jawort import REPOSITORY, run_binary
from supervised import unit_settings

MADE = os.path.join(BUILD, "package")
COMPLETION = os.path.join(MADE, "jawort.bash")


def rendered(page):
    """The page as text, 200 columns wide; groff must have nothing to say."""
    done = subprocess.run(
        ["man", "--warnings", "-l", os.path.join(MADE, page)], capture_output=True,
        encoding="utf-8", check=True,
        env={**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""})
    assert done.stderr == ""
    return re.sub(r".\x08", "", done.stdout)


def words_of_help(*verb):
    """What --help lists: (options, verbs)."""
    text = run_binary(*verb, "--help").stdout
    options = set(re.findall(r"^ +(?:-\w,)?(--[a-z0-9-]+)", text, re.MULTILINE))
    after = text.partition("\nSubcommands:\n")[2] or text.partition("\nSUBCOMMANDS:\n")[2]
    verbs = re.findall(r"^  ([a-z-]+) ", after, re.MULTILINE)
    return options, verbs


def all_verbs():
    found = []

    def walk(*verb):
        for name in words_of_help(*verb)[1]:
            found.append((*verb, name))
            walk(*verb, name)

    walk()
    assert ("contact", "show") in found and ("serve",) in found
    return found


def test_manual_knows_every_verb_and_option():
    text = rendered("jawort.1")
    for verb in all_verbs():
        options, below = words_of_help(*verb)
        section = re.search(rf"^   {' '.join(verb)}\n((?:      .*\n|\n)+)", text, re.MULTILINE)
        assert section, verb
        for option in options - {"--help", "--config", "--json"}:
            assert below or re.search(rf"^ +{option}\b", section[1], re.MULTILINE), (verb, option)
    for part in ("--config FILE", "--json", "Exit status: 0 done", "/etc/jawort/jawort.toml"):
        assert part in text, part


def test_manual_of_the_configuration_knows_every_key(tmp_path):
    text = rendered("jawort.toml.5")
    with open(os.path.join(REPOSITORY, "engine/app/config_keys.cc"), encoding="utf-8") as file:
        keys = re.findall(r'ConfigKey\{"(\w+)", "(\w+)"', file.read())
    assert len(keys) > 20
    for section, key in keys:
        found = re.search(rf"^   \[{section}\]\n((?:      .*\n|\n)+)", text, re.MULTILINE)
        assert found and re.search(rf"^ +{key}\b", found[1], re.MULTILINE), (section, key)
    assert run_binary("init", str(tmp_path)).returncode == 0
    for line in (tmp_path / "jawort.toml").read_text(encoding="utf-8").splitlines():
        assert line.strip() in text, line


def complete(line):
    """What bash offers for the last word of this line."""
    words = re.findall(r"=|[^\s=]+", line)
    if line.endswith((" ", "=")):
        words.append("")
    script = f"""
        set -u
        source {COMPLETION}
        compopt() {{ :; }}
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _jawort
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True,
                          encoding="utf-8", cwd=REPOSITORY, check=True)
    assert done.stderr == "", done.stderr
    return done.stdout.split()


def test_completion_offers_the_verbs_of_help():
    assert complete("jawort ") == words_of_help()[1]
    for verb in all_verbs():
        options, below = words_of_help(*verb)
        line = "jawort " + " ".join(verb)
        if below:
            assert complete(line + " ") == below
        assert options <= set(complete(line + " --")), verb


@pytest.mark.parametrize("line, offered", [
    ("jawort con", ["contact"]),
    ("jawort contact sh", ["show"]),
    ("jawort --json contact sh", ["show"]),
    ("jawort --config a.toml contact sh", ["show"]),
    ("jawort --config=a.toml contact sh", ["show"]),
    ("jawort contact show --js", ["--json"]),
    ("jawort contact show demo --js", ["--json"]),
    ("jawort queue list --st", ["--state"]),
    ("jawort queue list --state ", []),
    ("jawort contact show ", []),
    ("jawort apply READM", ["README.md"]),
    ("jawort --config READM", ["README.md"]),
    ("jawort --config=READM", ["README.md"]),
    ("jawort nonsense", []),
])
def test_completion(line, offered):
    assert complete(line) == offered


def test_the_shell_finds_it():
    done = subprocess.run(["bash", "-c", f"source {COMPLETION} && complete -p jawort"],
                          capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "complete -F _jawort jawort\n"


def test_unit_names_pages_that_there_are():
    names = " ".join(unit_settings()["Unit", "Documentation"])
    assert "man:jawort(1)" in names and "man:jawort.toml(5)" in names
