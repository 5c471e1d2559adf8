"""A time-stamp authority (RFC 3161) made with OpenSSL's own tools, behind HTTP; and all the ways in
which one can be wrong. `mode`: "good", "other_hash", "other_nonce", "other_ca", "rejects",
"garbage", "cut", "fails", "slow"."""

import http.server
import os
import subprocess
import threading
import time

CONFIG = """
[tsa]
default_tsa = one
[one]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **more).stdout


class TimeStampAuthority:
    def __init__(self, folder, mode="good"):
        self.folder = str(folder)
        self.mode = mode
        self.requests = []
        os.makedirs(self.folder, exist_ok=True)
        with open(self.path("tsa.cnf"), "w", encoding="utf-8") as file:
            file.write(CONFIG.format(folder=self.folder))
        with open(self.path("serial"), "w", encoding="utf-8") as file:
            file.write("01\n")
        for ca in ("ca", "other"):
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-keyout",
                    self.path(f"{ca}.key"), "-out", self.path(f"{ca}.pem"), "-subj",
                    f"/CN=Root {ca}", "-addext", "basicConstraints=critical,CA:TRUE")
        self.certify("tsa", "ca", "critical,timeStamping")
        self.certify("stranger", "other", "critical,timeStamping")
        self.ca_file = self.path("ca.pem")
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((self.path, self.headers["Content-Type"], body))
                status, answer = outer.answer(body)
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/timestamp-reply")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    pass  # whoever asked has gone

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/stamp"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def path(self, name):
        return os.path.join(self.folder, name)

    def certify(self, name, ca, usage):
        with open(self.path(f"{name}.ext"), "w", encoding="utf-8") as file:
            file.write(f"extendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path(f"{name}.key"), "-out",
                self.path(f"{name}.csr"), "-subj", f"/CN=Time stamps by {name}")
        openssl("x509", "-req", "-in", self.path(f"{name}.csr"), "-CA", self.path(f"{ca}.pem"),
                "-CAkey", self.path(f"{ca}.key"), "-CAcreateserial", "-days", "3650", "-extfile",
                self.path(f"{name}.ext"), "-out", self.path(f"{name}.pem"))

    def reply(self, request, signer="tsa"):
        with open(self.path("query.tsq"), "wb") as file:
            file.write(request)
        return openssl("ts", "-reply", "-config", self.path("tsa.cnf"), "-queryfile",
                       self.path("query.tsq"), "-signer", self.path(f"{signer}.pem"), "-inkey",
                       self.path(f"{signer}.key"))

    def query(self, *arguments):
        return openssl("ts", "-query", "-config", self.path("tsa.cnf"), "-sha256", "-cert",
                       *arguments)

    def answer(self, request):
        if self.mode == "other_hash":
            return 200, self.reply(self.query("-data", self.ca_file))
        if self.mode == "other_nonce":
            # OpenSSL's words for the hash: "Message data:" and a dump in hexadecimal.
            with open(self.path("asked.tsq"), "wb") as file:
                file.write(request)
            text = openssl("ts", "-query", "-in", self.path("asked.tsq"), "-text").decode()
            dump = [line.split(" - ")[1][:47] for line in text.splitlines() if " - " in line]
            digest = "".join(dump).replace("-", "").replace(" ", "")
            return 200, self.reply(self.query("-digest", digest))
        if self.mode == "other_ca":
            return 200, self.reply(request, "stranger")
        if self.mode == "rejects":
            return 200, self.reply(b"\x30\x03\x02\x01\x01")
        if self.mode == "garbage":
            return 200, b"<html>Welcome to the hotel's network</html>"
        if self.mode == "cut":
            return 200, self.reply(request)[:-20]
        if self.mode == "fails":
            return 503, b""
        if self.mode == "slow":
            time.sleep(20)
            return 200, b""
        return 200, self.reply(request)

    def verifies(self, content, token):
        """Whether OpenSSL's own tool takes the token (DER) for the content, as of now."""
        for name, data in (("content", content), ("token.der", token)):
            with open(self.path(name), "wb") as file:
                file.write(data)
        found = subprocess.run(["openssl", "ts", "-verify", "-data", self.path("content"), "-in",
                                self.path("token.der"), "-token_in", "-CAfile", self.ca_file],
                               capture_output=True, check=False)
        return found.returncode == 0

    def close(self):
        self._server.shutdown()
        self._server.server_close()
