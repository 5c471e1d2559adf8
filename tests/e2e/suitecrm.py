"""As much of SuiteCRM's JSON API (V8) as examples/crm-sync uses, as strict as the real one where it
matters: media type, bearer token that expires, last_name required, unknown fields refused."""

import http.server
import json
import threading
import urllib.parse
import uuid

MEDIA_TYPE = "application/vnd.api+json"
KNOWN = {"id", "last_name", "first_name", "email1", "invalid_email", "jawort_id_c",
         "newsletter_consent_c", "newsletter_since_c", "phone_consent_c", "phone_since_c"}


class SuiteCrm:
    def __init__(self, client_id="client", client_secret="secret"):
        self.credentials = {"grant_type": "client_credentials", "client_id": client_id,
                            "client_secret": client_secret}
        self.contacts = {}
        self.tokens = set()
        self.broken = 0  # so many requests fail
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = outer.answer(self.command, self.path, self.headers, body)
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", MEDIA_TYPE)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PATCH = do_DELETE = handle_one

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method, path, headers, body):
        self.requests.append((method, path))
        if self.broken:
            self.broken -= 1
            return 503, {"errors": {"status": 503}}
        if headers.get("Accept") != MEDIA_TYPE or headers.get("Content-Type") != MEDIA_TYPE:
            return 415, {"errors": {"status": 415}}
        url = urllib.parse.urlsplit(path)
        data = json.loads(body) if body else None
        if (method, url.path) == ("POST", "/Api/access_token"):
            return self._token(data)
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, {"errors": {"status": 401}}
        if (method, url.path) == ("GET", "/Api/V8/module/Contacts"):
            return self._find(urllib.parse.parse_qs(url.query))
        if url.path == "/Api/V8/module" and method in ("POST", "PATCH"):
            return self._write(method, data["data"])
        if method == "DELETE" and url.path.startswith("/Api/V8/module/Contacts/"):
            gone = self.contacts.pop(url.path.rsplit("/", 1)[1], None)
            return (200, {"meta": {"message": "deleted"}}) if gone else (404, {"errors": {}})
        return 404, {"errors": {"status": 404}}

    def _token(self, data):
        if data != self.credentials:
            return 401, {"error": "invalid_client"}
        token = uuid.uuid4().hex
        self.tokens.add(token)
        return 200, {"token_type": "Bearer", "expires_in": 3600, "access_token": token}

    def _find(self, query):
        wanted = {name[len("filter["):-len("][eq]")]: values[0] for name, values in query.items()
                  if name.startswith("filter[") and name.endswith("][eq]")}
        if not wanted or not set(wanted) <= KNOWN:
            return 400, {"errors": {"status": 400}}
        found = [{"type": "Contacts", "id": id_, "attributes": {}}
                 for id_, contact in self.contacts.items()
                 if all(contact.get(name) == value for name, value in wanted.items())]
        return 200, {"data": found[:int(query.get("page[size]", ["20"])[0])]}

    def _write(self, method, data):
        attributes = data["attributes"]
        if data["type"] != "Contacts" or not set(attributes) <= KNOWN:
            return 400, {"errors": {"status": 400}}
        if method == "POST":
            if not attributes.get("last_name"):
                return 400, {"errors": {"status": 400}}
            id_ = str(uuid.uuid4())
            self.contacts[id_] = dict(attributes)
        else:
            id_ = data.get("id")
            if id_ not in self.contacts:
                return 404, {"errors": {"status": 404}}
            self.contacts[id_].update(attributes)
        return 201, {"data": {"type": "Contacts", "id": id_, "attributes": self.contacts[id_]}}
