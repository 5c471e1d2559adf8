"""Canaries: strings that nobody else uses, put wherever a person or a stranger can put any. They
must not come out where an operator, a support worker or another visitor would see them."""

import itertools

import pytest

from jawort import definitions
from signing_up import wait_for_mails
from visitor import Visitor
from waiting import wait_until

OPEN = definitions("open.toml")
BROWSER = "Mozilla/5.0 Firefox"


class Canaries:
    def __init__(self):
        self.all, self._numbers = [], itertools.count()

    def new(self, pattern="{}"):
        canary = f"kanari{next(self._numbers)}vogel"
        self.all.append(canary)
        return pattern.format(canary)

    def check(self, text, where):
        found = [canary for canary in self.all if canary.lower() in text.lower()]
        assert found == [], f"{where} shows {len(found)} values"


@pytest.fixture
def canaries():
    return Canaries()


def headers_of(canaries):
    return {"User-Agent": canaries.new(BROWSER + "/{}"), "Referer": canaries.new(
        "https://probe.example/{}"), "Cookie": canaries.new("s={}"),
            "X-Forwarded-For": "203.0.113.77", "X-Canary": canaries.new(),
            "Authorization": canaries.new("Bearer {}"), "Forwarded": canaries.new("for={}")}


def person(canaries):
    return {"email": canaries.new("{}@example.org"), "first_name": canaries.new("Eva {}"),
            "page": canaries.new("https://probe.example/?utm={}"), "lang": "de",
            canaries.new("unknown-{}"): canaries.new(), "altcha": canaries.new()}


def walk_the_whole_way(jawort, relay, canaries):
    visitor = Visitor(jawort.port, **headers_of(canaries))
    before = len(relay.messages())
    for kind in ("post", "post_json", "post_multipart"):
        fields = {**person(canaries), "consent": ["newsletter"]}
        assert getattr(visitor, kind)("/forms/open", fields).status in (202, 303)
    mails = wait_for_mails(relay, before + 3)[before:]
    pressed, denied, left = [mail.confirm_path for mail in mails]
    canaries.all += [path.rsplit("/", 1)[1] for path in (pressed, denied, left)]
    for path in (pressed, denied, left):
        visitor.get(path + "?" + canaries.new("q={}"))
    visitor.press(pressed)
    visitor.press(denied, "deny")
    visitor.press(left)
    visitor.post("/forms/open", {**person(canaries), "company_fax": canaries.new()})


def bad_requests(visitor, canaries):
    """(what, answer) of all kinds of refusal; none may repeat what was sent."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    canary = canaries.new
    yield visitor.get("/" + canary())
    yield visitor.get("/forms/" + canary())
    yield visitor.get("/confirm/" + canary())
    yield visitor.get("/revoke/" + canary() + "?" + canary("x={}"))
    yield visitor.request(canary("X{}").upper(), "/forms/open")
    yield visitor.request("PUT", "/confirm/" + canary(), canary().encode())
    yield visitor.post("/confirm/" + canary(), {"decision": canary()})
    yield visitor.post("/revoke/" + canary(), {"List-Unsubscribe": canary()})
    yield visitor.request("POST", "/forms/open", canary("email=%zz{}").encode(), kind)
    yield visitor.request("POST", "/forms/open", canary('{{"email":"{}').encode(),
                          {"Content-Type": "application/json"})
    yield visitor.request("POST", "/forms/open", canary().encode(),
                          {"Content-Type": canary("text/{}")})
    yield visitor.post("/forms/open", {"email": canary("{}@example.org")},
                       Origin=canary("https://{}.example"))
    yield visitor.post_json("/forms/open", {"email": canary("no address {}"),
                                            "first_name": canary("{}" + "x" * 100),
                                            "version": canary(), "consent": [canary()]})
    yield visitor.get("/forms/open?" + "a" * 4200 + canary())
    yield visitor.get("/forms/open", X_Long=canary() + "a" * 17000)
    yield visitor.get("/forms/open", Host=canary("{}.example") + "/x")
    yield visitor.request("POST", "/forms/open", canary().encode(),
                          {**kind, "Content-Encoding": canary()})


def test_canaries(new_jawort, new_relay, canaries):
    relay = new_relay(rules=["RCPT 451 4.2.1 the mailbox is full"])
    jawort = new_jawort({"smtp.url": relay.url, "log.level": "debug",
                         "server.trusted_proxies": ["127.0.0.1"]}, [OPEN]).start()
    greylisted = person(canaries)
    Visitor(jawort.port).post_json("/forms/open", {**greylisted, "consent": ["newsletter"]})
    waiting = jawort.wait_for_mail(state="queued", attempts=1)
    jawort.ask("queue", "retry", waiting["id"])
    wait_for_mails(relay, 1)
    relay.add_rule("RCPT 550 5.1.1 nobody of that name: " + canaries.new("<{}@example.org>"))
    Visitor(jawort.port).post_json("/forms/open", {**person(canaries), "consent": ["events"]})
    wait_until(lambda: jawort.mails("--state", "failed"), "a mail is refused")
    walk_the_whole_way(jawort, relay, canaries)
    link = jawort.ask("link", "revoke", greylisted["email"], "--purpose", "newsletter")["url"]
    canaries.all.append(link.rsplit("/", 1)[1])
    Visitor(jawort.port).one_click("/revoke/" + link.rsplit("/", 1)[1])

    visitor = Visitor(jawort.port, **headers_of(canaries))
    for number, answer in enumerate(bad_requests(visitor, canaries)):
        assert 400 <= answer.status < 500, number
        canaries.check(str(answer.headers) + answer.text, f"refusal {number}: {answer.status}")
    canaries.all.append("203.0.113.77")
    canaries.check(Visitor(jawort.admin_port).get("/metrics").text, "metrics")
    check = jawort.run("check")
    canaries.check(check.stdout + check.stderr, "check")
    for who in (canaries.new("{}@example.org"), canaries.new()):
        canaries.check(jawort.run("contact", "show", who).stderr, "an error message")
        canaries.check(jawort.run("link", "revoke", who, "--purpose", "newsletter").stderr,
                       "an error message")
    record = jawort.done("contact", "list", "--json")
    assert sum(canary in record for canary in canaries.all) >= 4, "where they belong, they are"
    jawort.stop()
    assert len(jawort.log.lines) > 30
    canaries.check("\n".join(jawort.log.lines), "the log")


def test_passwords(new_jawort, new_relay, canaries):
    relay = new_relay(tls="starttls", auth=["PLAIN"], username="jawort", password="another")
    secret = canaries.new()
    jawort = new_jawort({"smtp.url": relay.url.replace("127.0.0.1", "localhost"),
                         "smtp.ca_file": relay.ca_file, "log.level": "debug",
                         "smtp.username": "jawort", "smtp.password": secret}, [OPEN]).start()
    Visitor(jawort.port).post_json("/forms/open", {"email": "anna@example.org",
                                                   "consent": ["newsletter"]})
    wait_until(lambda: jawort.mails()[0]["last_reply"], "the relay refused the login")
    shown = [jawort.run(*verb) for verb in (["check"], ["check", "--json"], ["queue", "list"],
                                           ["contact", "show", "anna@example.org"])]
    jawort.stop()
    canaries.check("\n".join(answer.stdout + answer.stderr for answer in shown), "a verb")
    canaries.check("\n".join(jawort.log.lines), "the log")


def test_error_pages_quote_nothing_as_markup(new_jawort, closed_port):
    """The form shown again holds what was typed, as text and nothing else."""
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [OPEN]).start()
    evil = "\"><script>alert(1)</script>'{{7*7}}{{{x}}}&lt;"
    answer = Visitor(jawort.port).post("/forms/open", {
        "email": evil, "first_name": evil, "page": "https://probe.example/" + evil, "lang": evil})
    assert answer.status == 422
    assert "<script" not in answer.text
    values = {entry["name"]: entry["value"] for entry in answer.forms[0].inputs}
    assert values["email"] == evil and values["first_name"] == evil
