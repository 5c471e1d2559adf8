"""The other programs of a measurement: the ones Jawort talks to, and the limits it is held against.
Each runs on loopback on a free port, is a context manager, and leaves nothing behind."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDING_SINK = os.path.join(os.path.dirname(HERE), "tests", "support", "smtp",
                              "recording_sink.py")
PATIENCE = 30  # seconds for anything that should take a moment


class Unmeasurable(Exception):
    """Why a figure cannot be had, in words for who reads the table."""


def find_program(name, package):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin")
    if not found:
        raise Unmeasurable(f"{name} is missing: apt-get install {package}")
    return found


def wait_until(condition, what, seconds=PATIENCE, pause=0.02):
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise Unmeasurable(f"waited {seconds} s in vain: {what}")
        time.sleep(pause)
    return value


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def end_process(process, seconds=PATIENCE):
    """SIGTERM, and SIGKILL to what does not listen. Answers the exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def start_on_port(command_of, log):
    """Starts a server that takes connections. `command_of(port)` is its command line; another
    program may snatch a free port, so there is more than one try."""
    for _ in range(3):
        port = free_port()
        with open(log, "ab") as output:
            process = subprocess.Popen(command_of(port), stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, start_new_session=True)
        try:
            wait_until(lambda: process.poll() is not None or accepts(port), "a server starts")
        except BaseException:
            end_process(process)
            raise
        if process.poll() is None:
            return process, port
    with open(log, encoding="utf-8", errors="replace") as text:
        raise Unmeasurable(f"{command_of(port)[0]} does not start: {text.read()[-300:].strip()}")


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


NGINX = """
daemon off;
pid {folder}/nginx.pid;
worker_processes auto;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{ return 200 "ok"; }}
  }}
}}
"""


@contextlib.contextmanager
def nginx(folder):
    """Answers everything with a static 200. Yields its port."""
    folder = os.path.join(folder, "nginx")
    os.makedirs(folder, exist_ok=True)
    config, log = os.path.join(folder, "nginx.conf"), os.path.join(folder, "error.log")
    program = find_program("nginx", "nginx-light")

    def command(port):
        with open(config, "w", encoding="ascii") as file:
            file.write(NGINX.format(folder=folder, port=port))
        return [program, "-e", log, "-c", config, "-p", folder]

    process, port = start_on_port(command, log)
    try:
        yield port
    finally:
        end_process(process)


@contextlib.contextmanager
def smtp_sink(folder, dump=None):
    """Postfix's smtp-sink, which takes all mail; `dump`: a file that it appends them to.
    Yields its port."""
    program = find_program("smtp-sink", "postfix")
    as_root = ["-u", "root"] if os.geteuid() == 0 else []  # it insists on being told
    options = [*as_root, *(["-D", dump] if dump else [])]
    process, port = start_on_port(
        lambda port: [program, *options, f"127.0.0.1:{port}", "256"],
        os.path.join(folder, "smtp-sink.log"))
    try:
        yield port
    finally:
        end_process(process)


def smtp_source(port, sessions, count, size):
    """Messages per second that smtp-source gets rid of, over connections that it keeps."""
    program = find_program("smtp-source", "postfix")
    began = time.monotonic()
    run = subprocess.run(
        [program, "-d", "-s", str(sessions), "-m", str(count), "-l", str(size),
         "-f", "newsletter@example.org", "-t", "somebody@example.org", f"inet:127.0.0.1:{port}"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    if run.returncode != 0:
        raise Unmeasurable(f"smtp-source ended with status {run.returncode}: "
                           f"{run.stderr.decode(errors='replace')[-300:].strip()}")
    return count / (time.monotonic() - began)


def rsa_signatures(seconds):
    """Signatures with RSA-2048 per second by openssl, with a process on each core."""
    program = find_program("openssl", "openssl")
    run = subprocess.run(
        [program, "speed", "-seconds", str(seconds), "-multi", str(os.cpu_count()), "rsa2048"],
        stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=120, check=False)
    found = re.search(r"^rsa +2048 bits +\S+ +\S+ +([0-9.]+) ", run.stdout, re.MULTILINE)
    if not found:
        raise Unmeasurable(f"openssl speed ended with status {run.returncode}")
    return float(found[1])


@contextlib.contextmanager
def silent_relay():
    """A mail server that takes connections and never says a word: senders wait, the queue grows.
    Yields its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        yield silent.getsockname()[1]


class RecordingSink:
    """recording_sink.py in a process of its own: when was which mail's final dot answered?"""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, RECORDING_SINK], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, encoding="ascii", start_new_session=True)
        line = self.process.stdout.readline()
        if not line:
            raise Unmeasurable(f"recording_sink.py ended with status {self.process.wait()}")
        self.port = int(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()  # it would wait for somebody to read what it remembers
        self.process.communicate()

    def end(self):
        """{recipient: seconds on the monotonic clock}."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=PATIENCE)
        answered = {}
        for line in output.splitlines():
            seconds, recipient = line.split(" ", 1)
            answered.setdefault(recipient, float(seconds))
        return answered
