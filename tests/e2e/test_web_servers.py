"""The whole way through each web server that OPERATING.md shows, over TLS."""

import http.client
import shutil
import urllib.parse

import pytest

from jawort import definitions, path_of
from scripted_server import Certificates
from signing_up import wait_for_mails
from visitor import Answer
from waiting import PATIENCE
from web_servers import NAME, WebServer

KINDS = {"nginx": "nginx", "caddy": "caddy", "apache": "apache2"}
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(params=KINDS)
def before(request, tmp_path, new_jawort, relay, certificates):
    """A web server before a running installation: its `ask` is a visitor's request."""
    if not shutil.which(KINDS[request.param], path="/usr/sbin:/usr/bin"):
        pytest.skip(f"{request.param} is not installed")
    jawort = new_jawort({"smtp.url": relay.url, "server.public_url": f"https://{NAME}",
                         "server.trusted_proxies": ["127.0.0.1"]},
                        [definitions("limited.toml")]).start()
    server = WebServer(request.param, tmp_path / "web", jawort.port, *certificates.files("good"))
    server.jawort, server.relay = jawort, relay
    tls = server.context(certificates.ca_file)

    def ask(method, path, body=None, source="127.0.0.1", headers=None):
        connection = http.client.HTTPSConnection("localhost", server.port, timeout=PATIENCE,
                                                 context=tls, source_address=(source, 0))
        try:
            connection.request(method, path, body, headers or {}, encode_chunked=True)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    server.ask = ask
    yield server
    server.stop()
    print(server.output)


def post(server, path, fields, **options):
    return server.ask("POST", path, urllib.parse.urlencode(fields, doseq=True),
                      headers={**URLENCODED, **options.pop("headers", {})}, **options)


def test_sign_up_confirm_and_leave(before):
    page = before.ask("GET", "/forms/limited?lang=en")
    assert page.status == 200 and page.forms
    fields = [*page.forms[0].filled(), ("email", "anna@example.org"), ("consent", "newsletter")]
    fields = [pair for pair in fields if pair != ("email", "")]
    assert post(before, "/forms/limited", fields).status == 303
    mail = wait_for_mails(before.relay, 1)[0]
    assert all(url.startswith(f"https://{NAME}/") for url in mail.urls if NAME in url)

    opened = before.ask("GET", mail.confirm_path)
    assert opened.status == 200
    assert "default-src 'none'" in opened.header("Content-Security-Policy")  # and it came once
    assert opened.header("Cache-Control") == "no-store"
    assert post(before, mail.confirm_path, {"decision": "confirm"}).status == 200
    assert before.jawort.consent("anna@example.org")["status"] == "confirmed"

    leave = path_of(mail.header("List-Unsubscribe").strip("<>"))
    gone = post(before, leave, {"List-Unsubscribe": "One-Click"})
    assert gone.status == 200
    assert before.jawort.consent("anna@example.org")["revoked_by"] == "one_click"
    before.jawort.stop()
    assert before.ask("GET", leave).status in (502, 503)  # what fails is logged most readily
    before.stop()
    for name, content in before.files():
        for secret in (mail.confirm_path, leave, "anna"):
            assert secret.encode() not in content, name


def test_limits_are_per_visitor(before):
    def status(source, number):
        return post(before, "/forms/limited",
                    {"email": f"p{source[-1]}-{number}@example.org", "consent": "newsletter"},
                    source=source, headers={"X-Forwarded-For": f"203.0.113.{number}"}).status

    assert [status("127.0.0.2", n) for n in range(4)] == [303, 303, 303, 429]
    assert status("127.0.0.3", 1) == 303, "another visitor"


def test_bodies(before):
    """Without a length and too large; what is refused is refused with a word."""
    def chunks():
        yield b"email=bernd%40example.org&"
        yield b"consent=newsletter"

    taken = before.ask("POST", "/forms/limited", chunks(),
                       headers={**URLENCODED, "Transfer-Encoding": "chunked"})
    adds_length = before.kind != "caddy"
    assert taken.status == (303 if adds_length else 411)
    assert before.jawort.knows("bernd@example.org") == adds_length
    assert post(before, "/forms/limited", {"email": "x" * 70_000}).status == 413
