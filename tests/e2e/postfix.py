"""A Postfix of its own: configuration, queue and mailboxes below one folder, a port on loopback."""

import os
import shutil
import subprocess
import tempfile

from mails import Mail
from processes import listening_port

MASTER = "/usr/lib/postfix/sbin/master"
DELIVERY_USER = 65534  # nobody: mailboxes do not belong to root

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
local_transport = error:no local mail here
alias_maps =
alias_database =
virtual_mailbox_domains = example.org
virtual_mailbox_maps = static:inbox/
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{user}
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_loglevel = 1
disable_vrfy_command = yes
strict_7bit_headers = yes
strict_8bitmime = yes
strict_mime_encoding_domain = yes
"""

SERVICES = """
127.0.0.1:0 inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def available():
    """Why there can be none; empty when there can."""
    if os.geteuid() != 0:
        return "a Postfix of one's own needs root"
    return "" if os.access(MASTER, os.X_OK) else "postfix is not installed"


class Postfix:
    def __init__(self, certificate, key, main="", services=""):
        """`main` and `services` are added to the two files, and win over what stands there."""
        # Not below pytest's folder, which nobody but root may enter: Postfix gives root up.
        self.folder = tempfile.mkdtemp(prefix="jawort-postfix-")
        os.chmod(self.folder, 0o755)
        for name in ("etc", "queue", "data", "mail", "log"):
            os.mkdir(os.path.join(self.folder, name), 0o755)
        shutil.chown(os.path.join(self.folder, "data"), "postfix")
        os.chown(os.path.join(self.folder, "mail"), DELIVERY_USER, DELIVERY_USER)
        self._write("main.cf", MAIN.format(folder=self.folder, user=DELIVERY_USER,
                                           certificate=certificate, key=key) + main)
        self._write("master.cf", SERVICES + services)
        etc = os.path.join(self.folder, "etc")
        subprocess.run(["/usr/sbin/postfix", "-c", etc, "check"], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.process = subprocess.Popen(
            [MASTER, "-c", etc, "-d"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={"PATH": "/usr/sbin:/usr/bin:/bin"})
        try:
            self.port = listening_port(self.process, "postfix")
        except AssertionError:
            print(self.log)
            self.stop()
            raise

    def _write(self, name, text):
        with open(os.path.join(self.folder, "etc", name), "w", encoding="ascii") as file:
            file.write(text)

    @property
    def log(self):
        path = os.path.join(self.folder, "log", "mail.log")
        if not os.path.exists(path):
            return "(postfix logged nothing)"
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def mails(self):
        inbox = os.path.join(self.folder, "mail", "inbox", "new")
        found = []
        for name in sorted(os.listdir(inbox)) if os.path.isdir(inbox) else []:
            with open(os.path.join(inbox, name), "rb") as file:
                found.append(Mail(file.read()))
        return found

    def mails_to(self, address):
        return [mail for mail in self.mails() if mail.header("Delivered-To") == address]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
