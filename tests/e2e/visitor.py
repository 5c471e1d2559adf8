"""A web client that sends exactly what a test wants and keeps exactly what came back."""

import dataclasses
import html.parser
import http.client
import json
import urllib.parse

from waiting import PATIENCE

CHANGING_HEADERS = ("date", "x-request-id")


@dataclasses.dataclass
class Answer:
    status: int
    headers: list  # pairs, as they came
    body: bytes

    def header(self, name):
        """The header's value, None when it is not there; twice is a mistake."""
        values = [value for known, value in self.headers if known.lower() == name.lower()]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def comparable(self):
        """All of it but what may differ from answer to answer."""
        kept = [pair for pair in self.headers if pair[0].lower() not in CHANGING_HEADERS]
        return self.status, kept, self.body

    @property
    def forms(self):
        reader = FormReader()
        reader.feed(self.text)
        return reader.forms


@dataclasses.dataclass
class Form:
    method: str
    action: str
    inputs: list  # {"name":…, "value":…, "type":…, "checked":…} in order

    def filled(self):
        """What a browser sends if nothing is typed or clicked."""
        return [(entry["name"], entry["value"]) for entry in self.inputs
                if entry["type"] not in ("checkbox", "radio") or entry["checked"]]

    def names(self, kind):
        return [entry["name"] for entry in self.inputs if entry["type"] == kind]


class FormReader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.forms.append(Form(attributes.get("method", "get").lower(),
                                   attributes.get("action", ""), []))
        elif tag in ("input", "textarea", "select") and attributes.get("name"):
            self.forms[-1].inputs.append({
                "name": attributes["name"], "value": attributes.get("value") or "",
                "type": attributes.get("type", tag), "checked": "checked" in attributes})


class Visitor:
    """Without cookies or memory; one connection per request unless kept open by `with`."""

    def __init__(self, port, **headers):
        self.port, self.headers = port, headers
        self._kept = None

    def __enter__(self):
        self._kept = self._connect()
        return self

    def __exit__(self, *_):
        self._kept.close()
        self._kept = None

    def _connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def request(self, method, path, body=None, headers=None):
        connection = self._kept or self._connect()
        try:
            connection.request(method, path, body, {**self.headers, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            if connection is not self._kept:
                connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers=with_dashes(headers))

    def head(self, path, **headers):
        return self.request("HEAD", path, headers=with_dashes(headers))

    def options(self, path, **headers):
        return self.request("OPTIONS", path, headers=with_dashes(headers))

    def post(self, path, fields, **headers):
        """Urlencoded, as a browser does by itself. `fields`: a dict, or pairs."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", path, urllib.parse.urlencode(fields, doseq=True),
                            {**kind, **with_dashes(headers)})

    def post_json(self, path, value, **headers):
        kind = {"Content-Type": "application/json"}
        return self.request("POST", path, json.dumps(value), {**kind, **with_dashes(headers)})

    def post_multipart(self, path, fields, **headers):
        kind = {"Content-Type": "multipart/form-data; boundary=the-boundary"}
        return self.request("POST", path, multipart(fields, "the-boundary"),
                            {**kind, **with_dashes(headers)})

    def press(self, path, decision="confirm", **headers):
        return self.post(path, {"decision": decision}, **headers)

    def one_click(self, path):
        """RFC 8058 §3.2: what a mail program sends when its own button is pressed."""
        return self.post(path, {"List-Unsubscribe": "One-Click"})


def with_dashes(headers):
    return {name.replace("_", "-"): value for name, value in headers.items()}


def multipart(fields, boundary):
    pairs = fields.items() if isinstance(fields, dict) else fields
    parts = []
    for name, values in pairs:
        for value in values if isinstance(values, list) else [values]:
            parts.append(f"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n"
                         f"{value}\r\n")
    return ("".join(parts) + f"--{boundary}--\r\n").encode("utf-8")
