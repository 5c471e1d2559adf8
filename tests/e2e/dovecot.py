"""A Dovecot of its own: IMAP and POP3 over TLS on loopback, one mailbox per user, any user."""

import os
import shutil
import socket
import subprocess
import tempfile

from waiting import wait_until

PROGRAM = "/usr/sbin/dovecot"
MAIL_USER = 65534  # nobody
PASSWORD = "mailbox-secret"

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap pop3
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={user} home={folder}/home/%u
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = 0
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
"""


def available():
    """Why there can be none; empty when there can."""
    if os.geteuid() != 0:
        return "a Dovecot of one's own needs root"
    return "" if os.access(PROGRAM, os.X_OK) else "dovecot is not installed"


def free_ports(count):
    """Dovecot takes port 0 for "none", so it is given ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Dovecot:
    def __init__(self, certificate, key):
        self.folder = tempfile.mkdtemp(prefix="jawort-dovecot-")
        os.chmod(self.folder, 0o755)
        for name in ("mail", "home"):
            os.mkdir(os.path.join(self.folder, name))
            os.chown(os.path.join(self.folder, name), MAIL_USER, MAIL_USER)
        os.mkdir(os.path.join(self.folder, "run"), 0o755)
        self.imaps, self.pop3s = free_ports(2)
        path = os.path.join(self.folder, "dovecot.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=self.folder, certificate=certificate, key=key,
                                     user=MAIL_USER, password=PASSWORD, imaps=self.imaps,
                                     pop3s=self.pop3s))
        self.process = subprocess.Popen([PROGRAM, "-F", "-c", path], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._listens, "dovecot listens")

    def _listens(self):
        assert self.process.poll() is None, self.log
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.imaps)) == 0

    @property
    def log(self):
        path = os.path.join(self.folder, "dovecot.log")
        if not os.path.exists(path):
            return "(dovecot logged nothing)"
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def deliver(self, user, data, name):
        """Puts a mail into a user's INBOX, as a mail server does."""
        box = os.path.join(self.folder, "mail", user)
        for sub in ("", "tmp", "new", "cur"):
            path = os.path.join(box, sub)
            if not os.path.isdir(path):
                os.mkdir(path, 0o700)
                os.chown(path, MAIL_USER, MAIL_USER)
        waiting = os.path.join(box, "tmp", name)
        with open(waiting, "wb") as file:
            file.write(data)
        os.chown(waiting, MAIL_USER, MAIL_USER)
        os.rename(waiting, os.path.join(box, "new", name))

    def names(self, user):
        """Of the mails that are there, whether seen or not."""
        box = os.path.join(self.folder, "mail", user)
        return sorted(name.split(":")[0].split(",")[0] for sub in ("new", "cur")
                      for name in os.listdir(os.path.join(box, sub)))

    def is_unread(self, user, name):
        box = os.path.join(self.folder, "mail", user)
        return not any(mail.startswith(name) and "S" in mail.rpartition(",")[2]
                       for mail in os.listdir(os.path.join(box, "cur")))

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
