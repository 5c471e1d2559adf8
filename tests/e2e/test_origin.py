"""Who may post from where: the form's own sites, and nobody else's pages."""

import pytest

from jawort import SOMMER
from visitor import Visitor

POST = {"email": "anna@example.org", "consent": ["newsletter"]}
OWN = "https://sommer.example"


@pytest.fixture
def visitor(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [SOMMER]).start()
    return Visitor(jawort.port)


def test_origins(visitor):
    for origin in (OWN, "https://www.sommer.example", f"http://127.0.0.1:{visitor.port}"):
        answer = visitor.post_json("/forms/newsletter", POST, Origin=origin)
        assert answer.status == 202
        assert answer.header("access-control-allow-origin") == origin
        assert "origin" in answer.header("vary").lower()
    foreign = ["https://evil.example", "http://sommer.example", "https://sommer.example:8443",
               "https://sommer.example.evil.example", "null", "https://shop.sommer.example"]
    for origin in foreign:
        answer = visitor.post_json("/forms/newsletter", POST, Origin=origin)
        assert answer.status == 403, origin
        assert answer.header("content-type") == "application/problem+json"
        assert answer.header("access-control-allow-origin") is None
        page = visitor.post("/forms/newsletter", POST, Origin=origin)
        assert page.status == 403 and page.header("content-type").startswith("text/html")


def test_preflight(visitor):
    asked = {"Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "content-type"}
    answer = visitor.request("OPTIONS", "/forms/newsletter", headers={"Origin": OWN, **asked})
    assert answer.status in (200, 204)
    assert answer.header("access-control-allow-origin") == OWN
    assert "POST" in answer.header("access-control-allow-methods")
    assert "content-type" in answer.header("access-control-allow-headers").lower()
    assert answer.header("access-control-allow-credentials") is None
    foreign = visitor.request("OPTIONS", "/forms/newsletter",
                              headers={"Origin": "https://evil.example", **asked})
    assert foreign.status == 403
    assert foreign.header("access-control-allow-origin") is None


def test_problems_can_be_read_across_origins(visitor):
    answer = visitor.post_json("/forms/newsletter", {"email": "no"}, Origin=OWN)
    assert answer.status == 422
    assert answer.header("access-control-allow-origin") == OWN


def test_token_routes_ask_for_no_origin(visitor):
    answer = visitor.press("/confirm/unknown", Origin="https://webmail.example")
    assert answer.status == 404, "their token is the proof; this one is none"


def test_too_many_posts_of_one_client(visitor):
    statuses = []
    while 429 not in statuses and len(statuses) < 30:
        answer = visitor.post_json("/forms/newsletter", POST)
        statuses.append(answer.status)
    assert statuses == [202] * 20 + [429], "20 per PT1H, as the form says"
    assert 0 < int(answer.header("retry-after")) <= 3600
    assert answer.header("content-type") == "application/problem+json"
    page = visitor.post("/forms/newsletter", POST)
    assert page.status == 429 and page.header("content-type").startswith("text/html")
    assert 0 < int(page.header("retry-after")) <= 3600
    other = visitor.post_json("/forms/contact", {"email": "ben@example.org", "first_name": "B"})
    assert other.status == 202, "another form counts for itself"
    assert visitor.post_json("/forms/newsletter", POST,
                             X_Forwarded_For="203.0.113.5").status == 429, "anybody can write that"
