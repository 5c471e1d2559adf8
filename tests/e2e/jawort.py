"""One installation of Jawort in a folder of its own, used as an operator uses it."""

import json
import os
import re
import signal
import subprocess
import threading

from waiting import PATIENCE, wait_until

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.path.abspath(os.environ.get(
    "JAWORT_BINARY", os.path.join(REPOSITORY, "build", "release", "jawort")))
SOMMER = os.path.join(REPOSITORY, "tests", "golden", "sommer.toml")
DEFINITIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "definitions")


def definitions(name):
    return os.path.join(DEFINITIONS, name)


def clean_environment(**more):
    """Without what would configure another installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JAWORT_")}
    return {**kept, **more}


def run_binary(*arguments, cwd=None, environment=None, stdin=subprocess.DEVNULL):
    """Runs a verb to its end; the answer has returncode, stdout and stderr."""
    return subprocess.run([BINARY, *arguments], cwd=cwd, env=environment or clean_environment(),
                          stdin=stdin, capture_output=True, encoding="utf-8",
                          timeout=PATIENCE, check=False)


def with_setting(toml, section, key, value):
    """The configuration's text with [section] key = value, in place of what stood there."""
    line = f"{key} = {json.dumps(value)}"
    head = f"[{section}]"
    if head not in toml.split("\n"):
        return f"{toml}\n{head}\n{line}\n"
    lines, inside = [], False
    for old in toml.split("\n"):
        inside = old == head if old.startswith("[") else inside
        if inside and re.match(rf"{re.escape(key)}\s*=", old):
            continue
        lines.append(old)
        if old == head:
            lines.append(line)
    return "\n".join(lines)


class Log:
    """What a server writes to standard error: one JSON object per line."""

    def __init__(self, stream):
        self.lines = []
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        for line in stream:
            self.lines.append(line.rstrip("\n"))

    def end(self):
        self._thread.join(PATIENCE)

    def events(self, name):
        found = (json.loads(line) for line in list(self.lines) if line.startswith("{"))
        return [event for event in found if event["event"] == name]

    def check(self):
        for line in self.lines:
            event = json.loads(line)
            assert list(event)[:3] == ["time", "level", "event"], line
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["time"]), line
            assert event["level"] in ("debug", "info", "warning", "error"), line


class Jawort:
    def __init__(self, folder, settings=None):
        """Initialised, with free ports; `settings` are {"section.key": value}."""
        self.folder = str(folder)
        self.config = os.path.join(self.folder, "jawort.toml")
        self.database = os.path.join(self.folder, "data", "jawort.db")
        self.process = self.log = None
        self.port = self.admin_port = None
        made = run_binary("init", self.folder)
        assert made.returncode == 0, made.stderr
        self.configure({"server.listen": "127.0.0.1:0", "server.admin_listen": "127.0.0.1:0",
                        "mail.from": "Bäckerei Sommer <brot@sommer.example>", **(settings or {})})

    def configure(self, settings):
        with open(self.config, encoding="utf-8") as file:
            toml = file.read()
        for name, value in settings.items():
            toml = with_setting(toml, *name.split("."), value)
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(toml)

    # --- verbs ---

    def run(self, *arguments):
        return run_binary("--config", self.config, *arguments)

    def done(self, *arguments):
        """What the verb printed; it must say that all is well, and nothing else."""
        answer = self.run(*arguments)
        assert answer.returncode == 0, f"{arguments}: {answer.returncode}: {answer.stderr}"
        assert answer.stderr == "", f"{arguments}: {answer.stderr}"
        return answer.stdout

    def ask(self, *arguments):
        """The verb's answer in JSON."""
        return json.loads(self.done(*arguments, "--json"))

    def apply(self, *files):
        return self.ask("apply", *files)

    def contact(self, who):
        return self.ask("contact", "show", who)

    def contact_list(self):
        return [json.loads(line) for line in self.done("contact", "list", "--json").splitlines()]

    def knows(self, who):
        return self.run("contact", "show", who).returncode == 0

    def consent(self, who, purpose="newsletter"):
        return next(c for c in self.contact(who)["consents"] if c["purpose"] == purpose)

    def mails(self, *arguments):
        return self.ask("queue", "list", *(arguments or ("--all",)))["messages"]

    def wait_for_mail(self, **wanted):
        """The only mail of the queue, as soon as it is as wanted (state=, attempts=)."""
        def look():
            mails = self.mails()
            return mails and all(mails[0][key] == value for key, value in wanted.items()) and mails

        mails = wait_until(look, f"a mail with {wanted}")
        assert len(mails) == 1, mails
        return mails[0]

    def revocation_path(self, who, purpose="newsletter"):
        return path_of(self.ask("link", "revoke", who, "--purpose", purpose)["url"])

    def checks(self):
        """What `check` finds, whether or not all of it is well."""
        return json.loads(self.run("check", "--json").stdout)["results"]

    # --- the server ---

    def launch(self, environment=None, tracer=()):
        """Starts without waiting; `tracer` is the command line of a program to run it under."""
        self.process = subprocess.Popen(
            [*tracer, BINARY, "serve", "--config", self.config], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8",
            env=environment or clean_environment())
        self.log = Log(self.process.stderr)

    def ready(self):
        """Whether it has said that it is ready; then the ports are known."""
        for event in self.log.events("ready"):
            self.port = int(event["listen"].rsplit(":", 1)[1])
            self.admin_port = int(event["admin_listen"].rsplit(":", 1)[1])
            return True
        return False

    def start(self, environment=None):
        self.launch(environment)

        def ready():
            assert self.process.poll() is None, "\n".join(self.log.lines)
            return self.ready()

        wait_until(ready, "the server says that it is ready")
        return self

    def signal_stop(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """As an operator stops it; it must end well and have logged in its format."""
        self.signal_stop()
        self.wait_for_end()

    def wait_for_end(self):
        status = self.process.wait(PATIENCE)
        self.log.end()
        self.process = None
        assert status == 0, f"the server ended with status {status}"
        self.log.check()

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        self.log.end()
        self.process = None

    def clean_up(self):
        """After a test: what runs is stopped, and the log is there to be read."""
        try:
            if self.process is not None:
                self.stop()
        finally:
            if self.process is not None and self.process.poll() is None:
                self.kill()
            if self.log is not None:
                print("\n".join(self.log.lines[-40:]))


def path_of(url):
    """The path of a link: what remains of it behind a proxy, or after a restart on another port."""
    return "/" + url.split("://", 1)[1].split("/", 1)[1]
