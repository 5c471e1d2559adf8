"""An SMTP server that does what a test tells it to, and writes down what it got.

As a program: prints "port N" when it listens, then serves until its standard input ends.
    scripted_server.py --record FILE --rule 'RCPT 450 4.2.0 greylisted' --tls starttls --auth PLAIN
As a module:
    with ScriptedServer(rules=["DOT delay 0.3 250 2.0.0 ok"]) as server:
        ... server.port ... server.messages() ... server.events ...

Rules: "POINT[*COUNT][(TEXT)] [delay SECONDS] ACTION"
  POINT   CONNECT EHLO HELO STARTTLS AUTH MAIL RCPT DATA DOT NOOP QUIT, REUSE (MAIL of a second
          message on one connection), IDLE (after a message was answered)
  *COUNT  how often the rule holds, 1 when left out; "*" alone: always
  (TEXT)  only when the command holds TEXT (at DOT: when the message does)
  ACTION  ok               what the server does without the rule
          CODE text        this reply; "|" separates the lines of a longer one. 421 also hangs up
          raw TEXT         these bytes, with \\r and \\n spelled out
          inject TEXT      at STARTTLS: TEXT in plain text right behind the 220
          drop             hang up without an answer
          drop-now         at DATA: hang up in the middle of the message
          deaf             say nothing and keep the connection
The first rule that fits is used, so a list reads as a story.

The record is JSON, one object per line, in the order of what happened:
  {"event":"connect","connection":1}            {"event":"close","connection":1}
  {"event":"line","connection":1,"tls":false,"line":"EHLO a.example"}   all lines but the message's
  {"event":"tls","connection":1,"version":"TLSv1.3"}
  {"event":"auth","connection":1,"mechanism":"PLAIN","username":"u","password":"p","ok":true}
  {"event":"message","connection":1,"sender":…,"recipients":[…],"helo":…,"tls":"TLSv1.3" or null,
   "auth":"u" or null,"complete":true,"reply":250 or null,"data":base64 of the bytes, dots undone}
  {"event":"partial", … as message}             bytes of a message of which the dot never came
"""

import argparse
import base64
import dataclasses
import json
import os
import re
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

CERTIFICATES = ("good", "wrong-name", "expired", "stranger")


class Certificates:
    """A root of our own and certificates under it, made with the openssl command."""

    CONFIG = """
[ca]
default_ca = test
[test]
dir = {folder}
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = any
unique_subject = no
x509_extensions = leaf
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
CN = test
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:false
subjectAltName = {names}
"""

    def __init__(self, folder):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.ca_file = os.path.join(self.folder, "ca.pem")
        if not os.path.exists(self.ca_file):
            self._root("ca")

    def files(self, kind):
        """(certificate, key) of this kind; made when it is not there yet."""
        certificate, key = self._path(f"{kind}.pem"), self._path(f"{kind}.key")
        if not os.path.exists(certificate):
            if kind == "stranger":
                self._root("stranger")
            else:
                self._leaf(kind)
        return certificate, key

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _write_config(self, names):
        with open(self._path("openssl.cnf"), "w", encoding="ascii") as file:
            file.write(self.CONFIG.format(folder=self.folder, names=names))

    def _openssl(self, *arguments):
        done = subprocess.run(
            ["openssl", *arguments], cwd=self.folder, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")

    def _key_options(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", self._path(f"{name}.key"), "-config", self._path("openssl.cnf"))

    def _root(self, name):
        self._write_config("DNS:localhost,IP:127.0.0.1")
        self._openssl("req", "-x509", *self._key_options(name), "-out", self._path(f"{name}.new"),
                      "-days", "30", "-subj", f"/CN=test {name}", "-extensions",
                      "root" if name == "ca" else "leaf")
        if name == "ca":
            for file, text in (("index.txt", ""), ("serial", "1000\n")):
                with open(self._path(file), "w", encoding="ascii") as out:
                    out.write(text)
        os.rename(self._path(f"{name}.new"), self._path(f"{name}.pem"))

    def _leaf(self, kind):
        wrong = kind == "wrong-name"
        self._write_config("DNS:elsewhere.example" if wrong else "DNS:localhost,IP:127.0.0.1")
        begin, end = time.time() - 86400, time.time() + 30 * 86400
        if kind == "expired":
            begin, end = time.time() - 30 * 86400, time.time() - 86400
        stamp = "%Y%m%d%H%M%SZ"
        self._openssl("req", "-new", *self._key_options(kind), "-out", self._path(f"{kind}.csr"),
                      "-subj", f"/CN={kind}")
        self._openssl("ca", "-batch", "-notext", "-config", self._path("openssl.cnf"),
                      "-in", self._path(f"{kind}.csr"), "-out", self._path(f"{kind}.new"),
                      "-startdate", time.strftime(stamp, time.gmtime(begin)),
                      "-enddate", time.strftime(stamp, time.gmtime(end)))
        os.rename(self._path(f"{kind}.new"), self._path(f"{kind}.pem"))


class Rule:
    PATTERN = re.compile(
        r"(?P<point>[A-Z]+)(?P<many>\*(?P<count>\d*))?(?:\((?P<text>[^)]*)\))?"
        r"(?:\s+delay\s+(?P<delay>[\d.]+))?(?:\s+(?P<action>.+))?\Z", re.DOTALL)

    def __init__(self, spelling):
        match = self.PATTERN.match(spelling.strip())
        if not match:
            raise ValueError(f"not a rule: {spelling!r}")
        self.point = match["point"]
        self.left = 1 if not match["many"] else int(match["count"]) if match["count"] else None
        self.text = match["text"] or ""
        self.delay = float(match["delay"] or 0)
        self.action = match["action"] or "ok"

    def fits(self, point, subject):
        return self.point == point and self.left != 0 and self.text in subject


@dataclasses.dataclass
class Message:
    connection: int
    sender: str
    recipients: list
    helo: str
    tls: str
    auth: str
    data: bytes
    reply: int
    complete: bool


class HangUp(Exception):
    pass


class Connection:
    """One conversation, in a thread of its own."""

    def __init__(self, server, number, sock):
        self.server, self.number, self.sock = server, number, sock
        self.buffer = b""
        self.tls = self.user = None
        self.helo = ""
        self.messages = 0
        self.sender, self.recipients = None, []

    def run(self):
        self.server.note("connect", connection=self.number)
        try:
            if self.server.implicit_tls:
                self.start_tls()
            self.answer("CONNECT", "", "220 scripted.example ESMTP")
            while True:
                self.command(self.line())
        except (HangUp, OSError, ssl.SSLError):
            pass
        finally:
            self.close()
            self.server.note("close", connection=self.number)

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    # --- bytes ---

    def read(self):
        piece = self.sock.recv(65536)
        if not piece:
            raise HangUp
        self.buffer += piece

    def line(self):
        while b"\n" not in self.buffer:
            self.read()
        line, self.buffer = self.buffer.split(b"\n", 1)
        text = line.rstrip(b"\r").decode("latin-1")
        self.server.note("line", connection=self.number, tls=self.tls is not None, line=text)
        return text

    def say(self, reply):
        lines = reply.split("|")
        code = lines[0][:3]
        out = []
        for index, line in enumerate(lines):
            rest = line[4:] if index == 0 else line
            out.append(f"{code}{' ' if index == len(lines) - 1 else '-'}{rest}\r\n")
        self.sock.sendall("".join(out).encode("latin-1"))

    def start_tls(self):
        self.sock = self.server.tls_context().wrap_socket(self.sock, server_side=True)
        self.tls = self.sock.version()
        self.buffer = b""
        self.server.note("tls", connection=self.number, version=self.tls)

    # --- rules ---

    def scripted(self, point, subject):
        """The action of the rule that holds here, after its delay; "ok" when there is none."""
        rule = self.server.take_rule(point, subject)
        if rule is None:
            return "ok"
        if rule.delay:
            time.sleep(rule.delay)
        return rule.action

    def act(self, action, usual):
        """Does what the rule says; answers the code that was sent, None for none."""
        if action == "drop":
            raise HangUp
        if action == "deaf":
            while True:
                self.read()
        if action.startswith("raw "):
            raw = action[4:].replace("\\r", "\r").replace("\\n", "\n")
            self.sock.sendall(raw.encode("latin-1"))
            return int(raw[:3]) if raw[:3].isdigit() else None
        reply = usual if action in ("ok", "drop-now") else action
        self.say(reply)
        if reply.startswith("421"):
            raise HangUp
        return int(reply[:3])

    def answer(self, point, subject, usual):
        return self.act(self.scripted(point, subject), usual)

    # --- commands ---

    def command(self, line):
        verb = line.split(" ", 1)[0].upper()
        handler = getattr(self, "on_" + verb.lower(), None)
        if handler is None:
            self.say("502 5.5.1 not known here")
        else:
            handler(line)

    def on_ehlo(self, line):
        self.helo = line[5:]
        lines = ["250 scripted.example", "PIPELINING", "SIZE 10485760"]
        if self.server.starttls and self.tls is None:
            lines.append("STARTTLS")
        if self.server.mechanisms and (self.tls is not None or self.server.auth_in_clear):
            lines.append("AUTH " + " ".join(self.server.mechanisms))
        lines.append("ENHANCEDSTATUSCODES")
        self.answer("EHLO", line, "|".join(lines))

    def on_helo(self, line):
        self.helo = line[5:]
        self.answer("HELO", line, "250 scripted.example")

    def on_noop(self, line):
        self.answer("NOOP", line, "250 2.0.0 ok")

    def on_rset(self, line):
        self.sender, self.recipients = None, []
        self.answer("RSET", line, "250 2.0.0 ok")

    def on_quit(self, line):
        self.answer("QUIT", line, "221 2.0.0 bye")
        raise HangUp

    def on_starttls(self, line):
        action = self.scripted("STARTTLS", line)
        if action.startswith("inject "):
            injected = action[7:].replace("\\r", "\r").replace("\\n", "\n")
            self.sock.sendall(("220 2.0.0 go ahead\r\n" + injected + "\r\n").encode("latin-1"))
        elif not self.server.starttls:
            return self.act(action, "502 5.5.1 no TLS here")
        elif self.act(action, "220 2.0.0 go ahead") != 220:
            return None
        self.start_tls()
        return None

    def on_auth(self, line):
        action = self.scripted("AUTH", line)
        words = line.split(" ")
        mechanism = words[1].upper() if len(words) > 1 else ""
        if mechanism not in self.server.mechanisms:
            return self.say("504 5.5.4 not this mechanism")
        username, password = self.credentials(mechanism, words[2] if len(words) > 2 else None)
        right = username == self.server.username and password == self.server.password
        usual = "235 2.7.0 welcome" if right else "535 5.7.8 wrong name or password"
        self.server.note("auth", connection=self.number, mechanism=mechanism, username=username,
                         password=password, ok=right)
        if self.act(action, usual) == 235:
            self.user = username
        return None

    def credentials(self, mechanism, first):
        if mechanism == "PLAIN":
            if first is None:
                self.say("334 ")
                first = self.line()
            _, username, password = base64.b64decode(first).decode().split("\0")
            return username, password
        self.say("334 VXNlcm5hbWU6")
        username = base64.b64decode(self.line()).decode()
        self.say("334 UGFzc3dvcmQ6")
        return username, base64.b64decode(self.line()).decode()

    def on_mail(self, line):
        action = self.scripted("REUSE", line) if self.messages else "ok"
        if action == "ok":
            action = self.scripted("MAIL", line)
        usual = "250 2.1.0 ok"
        if self.server.require_tls and self.tls is None:
            usual = "530 5.7.0 STARTTLS first"
        elif self.server.require_auth and self.user is None:
            usual = "530 5.7.0 log in first"
        if self.act(action, usual) == 250:
            self.sender, self.recipients = self.path(line), []

    def on_rcpt(self, line):
        usual = "503 5.5.1 MAIL first" if self.sender is None else "250 2.1.5 ok"
        if self.answer("RCPT", line, usual) == 250:
            self.recipients.append(self.path(line))

    @staticmethod
    def path(line):
        match = re.search(r"<(.*?)>", line)
        return match[1] if match else line.split(":", 1)[-1]

    def on_data(self, line):
        action = self.scripted("DATA", line)
        usual = "354 go ahead" if self.recipients else "503 5.5.1 RCPT first"
        if self.act(action, usual) != 354:
            return
        data = self.message_bytes(stop_early=action == "drop-now")
        self.take(data)

    def message_bytes(self, stop_early):
        data = b"\r\n" + self.buffer  # so that a dot in the first line is found too
        try:
            while b"\r\n.\r\n" not in data:
                self.buffer = b""
                self.read()
                data += self.buffer
                if stop_early:
                    raise HangUp
        except (HangUp, OSError):
            self.note_message("partial", data[2:], None)
            raise HangUp from None
        data, self.buffer = data.split(b"\r\n.\r\n", 1)
        return (data + b"\r\n").replace(b"\r\n..", b"\r\n.")[2:]

    def take(self, data):
        """The whole message is here: it is written down before the relay says a word about it."""
        self.messages += 1
        entry = self.note_message("message", data, None)
        try:
            queued = f"250 2.0.0 queued as {self.messages}"
            code = self.answer("DOT", data.decode("latin-1"), queued)
            self.server.set_reply(entry, code)
        finally:
            self.sender, self.recipients = None, []
        action = self.scripted("IDLE", "")
        if action != "ok":
            self.act(action, "")

    def note_message(self, event, data, reply):
        return self.server.note(
            event, connection=self.number, sender=self.sender, recipients=self.recipients,
            helo=self.helo, tls=self.tls, auth=self.user, complete=event == "message", reply=reply,
            data=base64.b64encode(data).decode())


class ScriptedServer:
    """Listens on a free port of 127.0.0.1 from construction on. Thread-safe."""

    def __init__(self, rules=(), tls="none", certificate="good", certificate_dir=None, auth=(),
                 auth_in_clear=False, username="user", password="secret", require_tls=False,
                 require_auth=False, record=None):
        if tls not in ("none", "starttls", "implicit"):
            raise ValueError(f"tls: {tls!r}")
        self.rules = [Rule(rule) for rule in rules]
        self.starttls, self.implicit_tls = tls == "starttls", tls == "implicit"
        self.mechanisms, self.auth_in_clear = [name.upper() for name in auth], auth_in_clear
        self.username, self.password = username, password
        self.require_tls, self.require_auth = require_tls, require_auth
        self.events = []
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._connections = {}
        self._record = open(record, "a", encoding="utf-8") if record else None
        self._certificate, self._context, self.ca_file = certificate, None, None
        if tls != "none":
            self._folder = certificate_dir or tempfile.mkdtemp(prefix="scripted-smtp-")
            self.ca_file = Certificates(self._folder).ca_file
            self._make_context()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"{'smtps' if self.implicit_tls else 'smtp'}://127.0.0.1:{self.port}"

    def add_rule(self, spelling):
        with self._lock:
            self.rules.append(Rule(spelling))

    def clear_rules(self):
        with self._lock:
            self.rules.clear()

    def messages(self):
        """Messages that came whole, with or without our yes to them."""
        with self._lock:
            return [self._message(event) for event in self.events if event["event"] == "message"]

    def wait_for(self, count, seconds=10):
        """The messages, as soon as there are `count`; TimeoutError when they do not come."""
        def there():
            return sum(event["event"] == "message" for event in self.events) >= count
        with self._changed:
            if not self._changed.wait_for(there, seconds):
                raise TimeoutError(f"fewer than {count} messages in {seconds} s")
        return self.messages()

    def stop(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._thread.join()
        with self._lock:
            connections = list(self._connections.values())
        for connection in connections:
            connection.close()

    # --- for the connections ---

    def take_rule(self, point, subject):
        with self._lock:
            for rule in self.rules:
                if rule.fits(point, subject):
                    if rule.left is not None:
                        rule.left -= 1
                    return rule
        return None

    def note(self, event, **facts):
        entry = {"event": event, **facts}
        with self._changed:
            self.events.append(entry)
            self._write(entry)
            self._changed.notify_all()
        return entry

    def set_reply(self, entry, code):
        with self._lock:
            entry["reply"] = code
            self._write({"event": "reply", "connection": entry["connection"], "code": code})

    def tls_context(self):
        return self._context

    def _write(self, entry):
        if self._record:
            self._record.write(json.dumps(entry) + "\n")
            self._record.flush()

    def _make_context(self):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*Certificates(self._folder).files(self._certificate))

    @staticmethod
    def _message(event):
        keys = (field.name for field in dataclasses.fields(Message))
        facts = {key: event[key] for key in keys}
        facts["data"] = base64.b64decode(facts["data"])
        return Message(**facts)

    def _accept(self):
        number = 0
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, number, sock)
            with self._lock:
                self._connections[number] = connection
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.run()
        finally:
            with self._lock:
                self._connections.pop(connection.number, None)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--record", metavar="FILE", help="where the JSON lines go")
    parser.add_argument("--rule", action="append", default=[], dest="rules")
    parser.add_argument("--tls", choices=("none", "starttls", "implicit"), default="none")
    parser.add_argument("--certificate", choices=CERTIFICATES, default="good")
    parser.add_argument("--certificate-dir", help="kept and used again; ca.pem in it is the root")
    parser.add_argument("--auth", default="", help="mechanisms, PLAIN,LOGIN; none when left out")
    parser.add_argument("--auth-in-clear", action="store_true", help="offer AUTH without TLS too")
    parser.add_argument("--username", default="user")
    parser.add_argument("--password", default="secret")
    parser.add_argument("--require-tls", action="store_true", help="530 to MAIL without it")
    parser.add_argument("--require-auth", action="store_true", help="530 to MAIL without it")
    options = vars(parser.parse_args())
    options["rules"] = [os.fsencode(rule).decode("latin-1") for rule in options["rules"]]
    options["auth"] = [name for name in options["auth"].split(",") if name]
    with ScriptedServer(**options) as server:
        print(f"port {server.port}", flush=True)
        # The test that started us holds the other end: when it goes, however it goes, we go.
        while select.select([sys.stdin], [], [])[0] and sys.stdin.buffer.read1(4096):
            pass


if __name__ == "__main__":
    main()
