"""The commands in README.md and OPERATING.md, run as they stand, block after block of a document.

Only what differs from machine to machine is put in their place: folders, the public address, and
the editor, which writes what an operator would."""

import os
import re
import signal
import stat
import subprocess
import sys

import pytest

from jawort import BINARY, REPOSITORY, clean_environment
from waiting import PATIENCE, wait_until

DOCUMENTS = ("README.md", "OPERATING.md")

# The first words of commands that need another place than this test, and where they are run.
ELSEWHERE = {
    "./dev": "what runs this test",
    "apt-get": "tests/package", "apt": "tests/package", "dpkg": "tests/package",
    "journalctl": "needs a running systemd",
}

EDITOR = """#!{python}
import sys
sys.path.insert(0, {here!r})
from jawort import with_setting
path = sys.argv[1]
text = open(path, encoding="utf-8").read()
for section, key, value in [("server", "listen", "127.0.0.1:0"),
                            ("server", "admin_listen", "127.0.0.1:0"),
                            ("server", "public_url", "https://optin.example.org"),
                            ("mail", "from", "Brot <brot@sommer.example>"),
                            ("smtp", "url", {smtp!r})]:
    text = with_setting(text, section, key, value)
open(path, "w", encoding="utf-8").write(text)
"""

# `serve` stays: it runs on behind the following blocks. Without --config a verb means what the
# document has set up. `curl` meets the server where it listens, systemctl stops and starts it.
PRELUDE = r"""
set -eu
serve() {
  "$BINARY" "$@" 2>"$SANDBOX/serve.log" &
  echo $! >"$SANDBOX/serve.pid"
  echo "$@" >"$SANDBOX/serve.command"
  for _ in $(seq 400); do
    grep -q '"event":"ready"' "$SANDBOX/serve.log" && return
    kill -0 $! || { cat "$SANDBOX/serve.log"; return 1; }
    sleep 0.1
  done
  return 1
}
jawort() {
  case " $* " in
  *" --config "*) ;;
  *)
    if [ ! -e jawort.toml ] && [ "$1" != init ]; then
      set -- --config "$SANDBOX/srv/jawort/jawort.toml" "$@"
    fi ;;
  esac
  case " $* " in
  *" serve "*) serve "$@" ;;
  *" restore "*) "$BINARY" "$@" --yes </dev/null ;;
  *" queue drop "*) "$BINARY" "$@" </dev/null || [ $? = 1 ] ;;  # the mail of the example
  *) "$BINARY" "$@" </dev/null ;;
  esac
}
systemctl() {
  case $1 in
  stop)
    kill "$(cat "$SANDBOX/serve.pid")"
    while kill -0 "$(cat "$SANDBOX/serve.pid")" 2>/dev/null; do sleep 0.05; done ;;
  start) serve $(cat "$SANDBOX/serve.command") ;;
  *) return 1 ;;
  esac
}
curl() {
  listen=$(sed -n 's/.*"event":"ready".*"listen":"\([^"]*\)".*/\1/p' "$SANDBOX/serve.log")
  command curl -sS --fail "${@//https:\/\/optin.example.org/http://$listen}"
}
"""


def commands(document):
    """Its ```sh blocks, each as a list of lines."""
    with open(os.path.join(REPOSITORY, document), encoding="utf-8") as file:
        blocks = re.findall(r"^```sh\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
    return [block.splitlines() for block in blocks]


def first_word(line):
    words = re.sub(r"^(sudo|cd \S+ &&) ", "", line.strip()).split()
    return words[0] if words and not words[0].startswith("#") else ""


class Reader:
    """Somebody who types what a document says."""

    def __init__(self, folder, smtp):
        self.folder = str(folder)
        self.place = os.path.join(self.folder, "home")
        for name in ("home", "srv"):
            os.mkdir(os.path.join(self.folder, name))
        os.symlink(os.path.join(REPOSITORY, "examples"), os.path.join(self.place, "examples"))
        editor = self._path("editor")
        with open(editor, "w", encoding="utf-8") as file:
            file.write(EDITOR.format(python=sys.executable, smtp=smtp,
                                     here=os.path.dirname(os.path.abspath(__file__))))
        os.chmod(editor, stat.S_IRWXU)
        self.environment = clean_environment(BINARY=BINARY, SANDBOX=self.folder, EDITOR=editor)

    def _path(self, name):
        return os.path.join(self.folder, name)

    def type(self, lines):
        text = "\n".join(lines).replace("/srv/", self._path("srv") + "/")
        # One backup for all days, so that yesterday's is there.
        text = re.sub(r"/backup/\S+\.db", self._path("backup.db"), text)
        script = f"{PRELUDE}cd {self.place}\n{text}\npwd >$SANDBOX/place\n"
        with open(self._path("output"), "w+b") as output:
            done = subprocess.run(["bash", "-c", script], stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=output, env=self.environment, timeout=PATIENCE,
                                  check=False)
            output.seek(0)
            said = output.read().decode("utf-8", errors="replace")
        assert done.returncode == 0, f"{text}\n{said}"
        with open(self._path("place"), encoding="utf-8") as file:
            self.place = file.read().strip()

    def end(self):
        path = self._path("serve.pid")
        if not os.path.exists(path):
            return
        with open(path, encoding="ascii") as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the server ends")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands(document, tmp_path, relay):
    reader, typed = Reader(tmp_path, relay.url), 0
    try:
        for lines in commands(document):
            here = [line for line in lines if first_word(line) not in ELSEWHERE]
            if any(first_word(line) for line in here):
                reader.type(here)
                typed += 1
    finally:
        reader.end()
    assert typed > 0
