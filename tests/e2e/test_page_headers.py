"""What the pages tell the browser to allow, and that they need nothing from elsewhere."""

import base64
import hashlib
import re

from jawort import SOMMER
from signing_up import wait_for_mails
from visitor import Visitor


def directives(answer):
    policy = answer.header("content-security-policy")
    pairs = (part.strip().partition(" ") for part in policy.split(";") if part.strip())
    return {name: value.split() for name, _, value in pairs}


def check_alone(answer):
    assert not re.search(r"<(script|img|iframe|link|object|embed)\b", answer.text)
    assert not re.search(r"\bon\w+=|javascript:", answer.text)
    assert not answer.header("set-cookie")
    assert answer.header("x-content-type-options") == "nosniff"
    assert re.search(r'<html lang="(de|en)"', answer.text)
    assert '<meta name="viewport"' in answer.text and "<title>" in answer.text


def check_token_page(answer):
    check_alone(answer)
    assert answer.header("cache-control") == "no-store"
    assert answer.header("referrer-policy") == "no-referrer"
    assert answer.header("x-robots-tag") == "noindex"
    policy = directives(answer)
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert "'self'" in policy["form-action"]
    assert "'unsafe-inline'" not in str(policy)
    return policy


def test_pages(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [SOMMER]).start()
    visitor = Visitor(jawort.port)
    hosted = visitor.get("/forms/newsletter")
    check_alone(hosted)
    assert hosted.header("referrer-policy") == "same-origin"
    policy = directives(hosted)
    sites = ["https://sommer.example", "https://www.sommer.example"]
    assert policy["frame-ancestors"] == sites
    assert policy["form-action"] == ["'self'", "https://sommer.example"], "the redirect's target"

    form = hosted.forms[0]
    # Without the token that would ask this quick visitor to press again.
    fields = [pair for pair in form.filled() if pair[0] not in ("email", "form_token")]
    answer = visitor.post(form.action, [*fields, ("email", "anna@example.org"),
                                        ("consent", "newsletter")])
    assert answer.status == 303
    check_alone(visitor.get("/forms/newsletter/sent"))
    path = wait_for_mails(relay, 1)[0].confirm_path
    page = visitor.get(path)
    assert check_token_page(page)["form-action"] == ["'self'", "https://sommer.example"]
    assert "anna@example.org" not in page.text and "Anna" not in page.text
    assert "Bäckerei Sommer GmbH" in page.text, "who asks"
    visitor.press(path)
    check_token_page(visitor.get(path))
    link = jawort.revocation_path("anna@example.org")
    check_token_page(visitor.get(link))
    check_token_page(visitor.one_click(link))
    check_token_page(visitor.get("/confirm/unknown"))
    check_token_page(visitor.press(path, "perhaps"))


def test_the_style_is_the_one_that_the_policy_names(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [SOMMER]).start()
    answer = Visitor(jawort.port).get("/forms/newsletter")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert directives(answer)["style-src"] == [f"'sha256-{digest}'"]
    assert " style=" not in answer.text


def test_embedding(new_jawort, relay):
    """The snippet, pasted into a page and sent by its visitor, is a stated version of the form."""
    jawort = new_jawort({"smtp.url": relay.url}, [SOMMER]).start()
    visitor = Visitor(jawort.port)
    snippet = visitor.get("/forms/newsletter/embed?lang=en&page=https%3A%2F%2Fsommer.example%2Fx")
    assert snippet.status == 200
    form = snippet.forms[0]
    assert form.action == f"http://127.0.0.1:{jawort.port}/forms/newsletter"
    fields = dict(form.filled())
    assert fields["page"] == "https://sommer.example/x" and fields["lang"] == "en"
    answer = visitor.post("/forms/newsletter",
                          {**fields, "email": "anna@example.org", "consent": "newsletter"},
                          Origin="https://sommer.example")
    assert answer.header("location") == "https://sommer.example/en/thanks"
    submitted = jawort.contact("anna@example.org")["history"][0]["facts"]
    assert submitted["version_stated"] == "true"
    assert submitted["form_version"] == fields["version"]
    assert "https://sommer.example" in wait_for_mails(relay, 1)[0].part("plain")
