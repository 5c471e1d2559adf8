"""One installation of Jawort in a folder of its own: set up, served, watched, looked into."""

import contextlib
import http.client
import json
import os
import re
import sqlite3
import subprocess
import time

from partners import HERE, PATIENCE, Unmeasurable, end_process, wait_until

REPOSITORY = os.path.dirname(HERE)
BINARY = os.path.abspath(os.environ.get(
    "JAWORT_BINARY", os.path.join(REPOSITORY, "build", "release", "jawort")))
FORM_PATH = "/forms/bench"
ACCEPTED = 'jawort_mail_attempts_total{verdict="accepted"}'

SETTINGS = {
    "JAWORT_SERVER__LISTEN": "127.0.0.1:0",
    "JAWORT_SERVER__ADMIN_LISTEN": "127.0.0.1:0",
    "JAWORT_SERVER__STOP_WITHIN": "PT2S",
    "JAWORT_MAIL__FROM": "Messwerk GmbH <newsletter@example.org>",
}


class Installation:
    def __init__(self, folder):
        self.folder = folder
        self.config = os.path.join(folder, "jawort.toml")
        self.database = os.path.join(folder, "data", "jawort.db")
        self.log = os.path.join(folder, "serve.log")
        self.process = self.port = self.admin_port = None
        self._verb("init", folder)
        self._verb("--config", self.config, "apply", os.path.join(HERE, "definitions.toml"))

    @staticmethod
    def _environment(**more):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("JAWORT_")}
        return {**kept, **SETTINGS, **more}

    def verb(self, *arguments):
        """Another verb; its output. It may run beside the server."""
        return self._verb(*arguments, "--config", self.config)

    def _verb(self, *arguments):
        done = subprocess.run([BINARY, *arguments], env=self._environment(), capture_output=True,
                              stdin=subprocess.DEVNULL, encoding="utf-8", timeout=PATIENCE,
                              check=False)
        if done.returncode != 0:
            raise Unmeasurable(f"jawort {arguments[0]} ended with status {done.returncode}: "
                               f"{done.stderr.strip()[-300:]}")
        return done.stdout

    def dkim_key(self, selector):
        """Makes a key; answers the environment under which `serve` signs with it."""
        self._verb("--config", self.config, "keys", "dkim", selector)
        return {"JAWORT_MAIL__DKIM_SELECTOR": selector,
                "JAWORT_MAIL__DKIM_KEY": f"keys/dkim-{selector}.pem"}

    @contextlib.contextmanager
    def serving(self, relay_port, **more):
        """Runs `serve` with this relay; yields the seconds from start to ready."""
        seconds = self._start(JAWORT_SMTP__URL=f"smtp://127.0.0.1:{relay_port}", **more)
        try:
            yield seconds
        except BaseException:
            end_process(self.process)
            raise
        status = end_process(self.process)
        if status != 0:
            raise Unmeasurable(f"jawort serve ended with status {status}: {self._end_of_log()}")

    def _start(self, **environment):
        with open(self.log, "wb") as log:
            began = time.monotonic()
            self.process = subprocess.Popen(
                [BINARY, "serve", "--config", self.config], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=log, start_new_session=True,
                env=self._environment(**environment))
        try:
            event = wait_until(self._ready_event, "jawort serve says that it is ready",
                               pause=0.001)
        except BaseException:
            end_process(self.process)
            raise
        seconds = time.monotonic() - began
        self.port = int(event["listen"].rsplit(":", 1)[1])
        self.admin_port = int(event["admin_listen"].rsplit(":", 1)[1])
        return seconds

    def _ready_event(self):
        if self.process.poll() is not None:
            raise Unmeasurable(f"jawort serve ended with status {self.process.returncode}: "
                               f"{self._end_of_log()}")
        with open(self.log, encoding="utf-8") as log:
            for line in log:
                if '"event":"ready"' in line and line.endswith("\n"):
                    return json.loads(line)
        return None

    def _end_of_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-400:].strip()

    # --- while it serves ---

    def form_version(self):
        """As the hosted page carries it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", FORM_PATH)
            page = connection.getresponse().read().decode("utf-8")
        found = re.search(r'name="version" value="([^"]+)"', page)
        if not found:
            raise Unmeasurable("the form's page carries no version")
        return found[1]

    def mails_accepted(self):
        """How many mails the relay has taken since the start."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode("utf-8").splitlines()
        return next((int(float(line.rsplit(" ", 1)[1])) for line in lines
                     if line.startswith(ACCEPTED)), 0)

    def memory(self):
        """Resident memory of the server in bytes: (now, at its peak)."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            found = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", status.read(), re.MULTILINE))
        return int(found["VmRSS"]) * 1024, int(found["VmHWM"]) * 1024

    def ask_beside(self, sql, *values):
        """The only row of a query; changes nothing."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as one:
            return one.execute(sql, values).fetchone()

    def cpu_seconds(self):
        """What the server has taken of the processors since its start."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # --- afterwards ---

    def ask(self, sql):
        """The only row of a query. The server must have stopped: what it left in its log is
        checkpointed first, as far as there is any."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return connection.execute(sql).fetchone()

    def table_bytes(self):
        """{table or index: bytes of its pages}; empty where SQLite was built without dbstat."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            with contextlib.suppress(sqlite3.OperationalError):
                return dict(connection.execute(
                    "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"))
        return {}
