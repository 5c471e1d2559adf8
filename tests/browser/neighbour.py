"""Another company's web server, with pages that a test puts there: an origin of its own."""

import http.server
import threading


class Neighbour:
    def __init__(self):
        self.pages = pages = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                kind, content, policy = pages.get(self.path.split("?")[0], ("text/html", b"", ""))
                self.send_response(200 if content else 404)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                if policy:
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def put(self, path, body):
        """Answers the page's URL."""
        page = f"<!DOCTYPE html><html lang=en><title>A neighbour</title><body>{body}</body></html>"
        return self.put_file(path, "text/html", page.encode("utf-8"))

    def put_file(self, path, kind, content, policy=""):
        """`policy`: the page's Content-Security-Policy."""
        self.pages[path] = (kind, content, policy)
        return self.origin + path

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
