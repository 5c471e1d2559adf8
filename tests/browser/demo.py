"""The demo as a newcomer starts it: one command, and the links that it prints."""

import json
import os
import re
import subprocess

from jawort import BINARY, clean_environment, run_binary
from visitor import Visitor
from waiting import PATIENCE, wait_until


class Demo:
    def __init__(self, folder):
        self.folder = str(folder)
        self.config = os.path.join(self.folder, "jawort.toml")
        self.printed = os.path.join(os.path.dirname(self.folder), "demo-printed.txt")
        with open(self.printed, "wb") as output:
            self.process = subprocess.Popen(
                [BINARY, "demo", "--dir", self.folder, "--port", "0"], stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, env=clean_environment())
        self.url = wait_until(self._look, "the demo prints its links")
        self.visitor = Visitor(int(self.url.rsplit(":", 1)[1]))

    def _look(self):
        assert self.process.poll() is None, f"the demo has ended: {self.welcome}"
        return "Ctrl-C" in self.welcome and re.search(r"http://127\.0\.0\.1:\d+", self.welcome)[0]

    @property
    def welcome(self):
        with open(self.printed, encoding="utf-8") as file:
            return file.read()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0

    def run(self, *arguments):
        answer = run_binary("--config", self.config, *arguments)
        assert answer.returncode == 0, f"{arguments}: {answer.stderr}"
        return answer.stdout

    def contact(self, who):
        return json.loads(self.run("contact", "show", who, "--json"))

    def consent(self, who):
        return self.contact(who)["consents"][0]

    def wait_for_mail(self, who):
        """Until the mailbox's page lists a mail to this address."""
        wait_until(lambda: who in self.visitor.get("/demo/mailbox").text, f"a mail to {who}")
