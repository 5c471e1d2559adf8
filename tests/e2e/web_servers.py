"""The web servers of OPERATING.md, set up as it says; only names, ports and files differ."""

import os
import re
import shutil
import socket
import ssl
import subprocess

from jawort import REPOSITORY
from waiting import wait_until

NAME = "optin.example.org"

NGINX = """
daemon off;
pid {folder}/nginx.pid;
events {{ worker_connections 512; }}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
{site}
}}
"""

# No redirect from port 80, no certificate from outside.
CADDY_OPTIONS = """{{
  admin off
  auto_https off
  storage file_system {folder}/caddy
"""

APACHE = """
ServerRoot {folder}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
Mutex file:{folder}
ErrorLog {folder}/error.log
ServerName localhost
Listen 127.0.0.1:{port}
{user}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule env_module {modules}/mod_env.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
{site}
"""


def snippet(language):
    """The one block of OPERATING.md in this language."""
    with open(os.path.join(REPOSITORY, "OPERATING.md"), encoding="utf-8") as file:
        blocks = re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 1, language
    return blocks[0]


def replaced(text, changes):
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


class WebServer:
    """One of them before an installation. `certificate`, `key`: for the name localhost."""

    def __init__(self, kind, folder, upstream_port, certificate, key):
        self.kind, self.folder = kind, str(folder)
        self._upstream = {"127.0.0.1:8080": f"127.0.0.1:{upstream_port}"}
        self._certificate, self._key = certificate, key
        os.makedirs(self.folder, exist_ok=True)
        self.port = self.process = None
        for _ in range(5):  # none of them takes port 0, and a free one may be taken meanwhile
            if self._start():
                return
        raise AssertionError(f"{kind} does not start:\n{self.output}")

    def _start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = getattr(self, "_" + self.kind)()
        with open(os.path.join(self.folder, "output"), "wb") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": self.folder})
        wait_until(lambda: self.process.poll() is not None or self._answers(), self.kind)
        return self.process.poll() is None

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    @property
    def output(self):
        with open(os.path.join(self.folder, "output"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def _write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def _files(self):
        return {f"/etc/ssl/{NAME}.pem": self._certificate, f"/etc/ssl/{NAME}.key": self._key}

    def _nginx(self):
        site = replaced(snippet("nginx"), {**self._files(), **self._upstream, NAME: "localhost",
                                           "listen 443": f"listen 127.0.0.1:{self.port}"})
        config = self._write("nginx.conf", NGINX.format(folder=self.folder, site=site))
        return [program("nginx"), "-e", "stderr", "-c", config, "-p", self.folder]

    def _caddy(self):
        site = (f"https://localhost:{self.port} {{\n  bind 127.0.0.1\n"
                f"  tls {self._certificate} {self._key}")
        options, separator, sites = snippet("caddyfile").partition("\n}\n")
        options = options.replace("{\n", CADDY_OPTIONS.format(folder=self.folder), 1)
        config = self._write("Caddyfile", options + separator + replaced(
            sites, {NAME + " {": site, **self._upstream}))
        return [program("caddy"), "run", "--config", config, "--adapter", "caddyfile"]

    def _apache(self):
        site = replaced(snippet("apache"), {**self._files(), **self._upstream, NAME: "localhost",
                                            "*:443": f"127.0.0.1:{self.port}"})
        user = "User nobody\nGroup nogroup" if os.geteuid() == 0 else ""
        config = self._write("apache.conf", APACHE.format(
            folder=self.folder, port=self.port, user=user, site=site,
            modules="/usr/lib/apache2/modules"))
        return [program("apache2"), "-X", "-f", config]

    def context(self, ca_file):
        return ssl.create_default_context(cafile=ca_file)

    def files(self):
        """The content of everything that it has written."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    yield name, file.read()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def program(name):
    return shutil.which(name, path="/usr/sbin:/usr/bin") or name
