"""Receivers of webhooks for tests, which answer as they are told."""

import http.server
import json
import os
import ssl
import sys
import threading

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                             "support", "smtp"))
from scripted_server import Certificates  # noqa: E402


class Endpoint:
    """`answer(number)` gives (status, headers) of its n-th request. `requests` has their headers
    and bodies. With `certificate`, one of the kinds of scripted_server.py, it speaks TLS."""

    def __init__(self, answer=lambda number: (204, {}), host="127.0.0.1", port=0, certificate=None,
                 certificate_dir=None):
        self.requests = []
        self.connections = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((dict(self.headers), json.loads(body)))
                status, headers = answer(len(outer.requests))
                self.send_response(status)
                for name, value in {**headers, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def get_request(self):
                accepted = super().get_request()
                outer.connections += 1
                return accepted

            def handle_error(self, *_):
                pass  # a refused handshake

        self._server = Server((host, port), Handler)
        self.port = self._server.server_address[1]
        if certificate:
            certificates = Certificates(certificate_dir)
            self.ca_file = certificates.ca_file
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificates.files(certificate))
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                      do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
