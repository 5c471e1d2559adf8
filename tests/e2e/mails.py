"""Reading mails with Python's own e-mail package, and smtp-sink that takes them."""

import email
import email.policy
import os
import re
import subprocess

from jawort import path_of
from processes import listening_port
from waiting import wait_until

SMTP_SINK = "/usr/sbin/smtp-sink"


class Mail:
    def __init__(self, data, recipient=None):
        self.data = data
        self.recipient = recipient
        self.message = email.message_from_bytes(data, policy=email.policy.default)

    def part(self, kind):
        """The decoded content of the text/`kind` part; empty where there is none."""
        body = self.message.get_body(preferencelist=(kind,))
        return body.get_content() if body else ""

    def header(self, name):
        values = self.message.get_all(name, [])
        assert len(values) <= 1, f"{name} stands {len(values)} times"
        return str(values[0]) if values else None

    @property
    def urls(self):
        """Every URL in it, of both parts and of the headers, in order, once each."""
        places = [self.part("plain"), self.part("html").replace("&amp;", "&")]
        places += [str(value) for value in self.message.values()]
        found = (url for place in places for url in re.findall(r"https?://[^\s<>\"“”]+", place))
        return list(dict.fromkeys(found))

    @property
    def confirm_path(self):
        paths = {re.split("[?#]", path_of(url))[0] for url in self.urls if "/confirm/" in url}
        assert len(paths) == 1, paths
        return paths.pop()

    @property
    def deny_path(self):
        """What the server sees of "That was not me": a fragment stays in the browser."""
        paths = {path_of(url).split("#")[0] for url in self.urls if url.endswith("#not-me")}
        assert len(paths) == 1, paths
        return paths.pop()


class SmtpSink:
    """Postfix's smtp-sink, which keeps each mail in a file."""

    HEAD = re.compile(rb"X-(Client|Helo|Mail|Rcpt|Mail-Args|Rcpt-Args|Client-Addr|Client-Proto"
                      rb"|Helo-Args)[^\n]*\n|Received:[^\n]*\n(?:[ \t][^\n]*\n)*")

    def __init__(self, folder):
        self.folder = str(folder)
        os.makedirs(self.folder)
        as_root = ["-u", "root"] if os.geteuid() == 0 else []  # it insists on being told
        self.process = subprocess.Popen(
            [SMTP_SINK, *as_root, "-d", os.path.join(self.folder, "%s."), "127.0.0.1:0", "256"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"smtp://127.0.0.1:{listening_port(self.process, 'smtp-sink')}"

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def mails(self):
        found = []
        for name in sorted(os.listdir(self.folder)):
            with open(os.path.join(self.folder, name), "rb") as file:
                data = file.read()
            if re.search(rb"\n--[^\n]+--\s*\Z", data):  # the last boundary: it is here as a whole
                found.append(self._read(data))
        return found

    def wait_for(self, count):
        mails = wait_until(lambda: len(self.mails()) >= count and self.mails(), f"{count} mails")
        assert len(mails) == count, f"{len(mails)} mails instead of {count}"
        return mails

    def _read(self, data):
        """The dump begins with lines of smtp-sink's own."""
        recipient = re.search(rb"^X-Rcpt-Args: <([^>]*)>", data, re.MULTILINE)[1].decode()
        while match := self.HEAD.match(data):
            data = data[match.end():]
        return Mail(data.replace(b"\n", b"\r\n"), recipient)
