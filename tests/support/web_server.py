"""A web server for tests that answers as it is told: plain, or with a certificate of the kinds that
scripted_server.py makes. As a program it answers every path with its own name: prints its port,
and ends with its standard input."""

import http.server
import os
import select
import ssl
import sys
import threading
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "smtp"))
from scripted_server import Certificates  # noqa: E402


class _KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class WebServer:
    """`answer(path)` gives (status, headers, body); `proxy_to(port)` passes requests on."""

    def __init__(self, answer=lambda path: (200, {}, path.encode()), certificate=None,
                 certificate_dir=None):
        self.answer = answer
        self.ca_file = None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, headers, body = outer.answer(self.path)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            certificates = Certificates(certificate_dir)
            self.ca_file = certificates.ca_file
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificates.files(certificate))
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                      do_handshake_on_connect=False)
        self._server.handle_error = lambda *_: None  # a refused handshake
        self.port = self._server.server_address[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def proxy_to(self, port):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _KeepRedirects())

        def ask(path):
            try:
                with opener.open(f"http://127.0.0.1:{port}{path}", timeout=20) as got:
                    return got.status, {}, got.read()
            except urllib.error.HTTPError as refused:
                return refused.code, {}, refused.read()

        self.answer = ask

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def main():
    server = WebServer(certificate=sys.argv[1], certificate_dir=sys.argv[2])
    print(f"port {server.port}", flush=True)
    while select.select([sys.stdin], [], [])[0] and sys.stdin.buffer.read1(4096):
        pass


if __name__ == "__main__":
    main()
