"""Which status answers what, for programs and for people."""

import pytest

from visitor import Visitor

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
KIND = "application/x-www-form-urlencoded"
GOOD = b"email=anna%40example.org&consent=newsletter"


@pytest.fixture
def visitor(resident):
    return Visitor(resident.port)


REFUSALS = {
    "percent sign without digits": (400, KIND, b"email=%zz&consent=newsletter"),
    "broken JSON": (400, "application/json", b'{"email":'),
    "JSON that is no object": (400, "application/json", b'["anna@example.org"]'),
    "multipart without a boundary": (400, "multipart/form-data", b"--x\r\n\r\n--x--\r\n"),
    "not UTF-8": (400, KIND, b"email=anna%40example.org&first_name=%ff%fe"),
    "too many fields": (413, KIND, b"&".join(b"f%d=1" % n for n in range(65))),
    "another kind of body": (415, "text/plain", GOOD),
    "a body of no kind": (415, "", GOOD),
}


@pytest.mark.parametrize("accept", [JSON, HTML], ids=["for programs", "for people"])
@pytest.mark.parametrize("what", REFUSALS)
def test_refused_bodies(what, accept, visitor):
    status, kind, body = REFUSALS[what]
    headers = {**accept, **({"Content-Type": kind} if kind else {})}
    answer = visitor.request("POST", "/forms/open", body, headers)
    assert answer.status == status
    if accept is JSON:
        assert answer.header("content-type") == "application/problem+json"
        assert answer.json["status"] == status and answer.json["title"]
    else:
        assert answer.header("content-type").startswith("text/html")


def test_a_body_over_the_limit(visitor):
    """Refused by its length before anybody knows which form is meant."""
    body = b"email=anna%40example.org&first_name=" + b"a" * 65536
    answer = visitor.request("POST", "/forms/open", body, {"Content-Type": KIND})
    assert answer.status == 413
    assert answer.header("connection") == "close"


def test_a_compressed_body_is_refused(visitor):
    answer = visitor.request("POST", "/forms/open", GOOD,
                             {"Content-Type": KIND, "Content-Encoding": "gzip"})
    assert answer.status == 415


FIELD_ERRORS = {
    "no address": ({"consent": ["newsletter"]}, {"email"}),
    "no address at all": ({"email": "not an address", "consent": ["newsletter"]}, {"email"}),
    "literal": ({"email": "anna@[127.0.0.1]", "consent": ["newsletter"]}, {"email"}),
    "line end": ({"email": "anna@example.org\r\nBcc: b@example.org"}, {"email"}),
    "umlaut before the @": ({"email": "änne@example.org"}, {"email"}),
    "unknown purpose": ({"email": "anna@example.org", "consent": ["phone"]}, {"consent"}),
    "too long a name": ({"email": "a@example.org", "first_name": "x" * 81}, {"first_name"}),
    "unknown version": ({"email": "a@example.org", "version": "sha256:" + "0" * 64}, {"version"}),
}


@pytest.mark.parametrize("what", FIELD_ERRORS)
def test_wrong_fields(what, visitor):
    fields, wrong = FIELD_ERRORS[what]
    problem = visitor.post_json("/forms/open", {**fields, "lang": "en"})
    assert problem.status == 422
    assert problem.header("content-type") == "application/problem+json"
    errors = problem.json["errors"]
    assert {error["field"] for error in errors} == wrong
    assert all(error["code"] and error["message"] for error in errors)

    page = visitor.post("/forms/open", {**fields, "lang": "en"})
    assert page.status == 422
    assert page.header("content-type").startswith("text/html")
    assert len(page.forms) == 1, "the form again"
    for error in errors:
        assert error["message"].replace("'", "&#39;") in page.text.replace("&#x27;", "&#39;")


def test_the_form_again_keeps_what_was_typed(visitor):
    typed = {"email": "anna@", "first_name": "Änne <b> & \"Co\"", "lang": "en",
             "consent": ["newsletter"]}
    version = dict(visitor.get("/forms/open").forms[0].filled())["version"]
    form = visitor.post("/forms/open", {**typed, "version": version}).forms[0]
    values = {entry["name"]: entry["value"] for entry in form.inputs}
    assert (values["email"], values["first_name"]) == (typed["email"], typed["first_name"])
    ticked = [entry["value"] for entry in form.inputs if entry["checked"]]
    assert ticked == ["newsletter"], "what was ticked is, what was not is not"


def test_a_name_given_twice(visitor):
    pairs = [("email", "anna@example.org"), ("email", "ben@example.org")]
    assert visitor.post("/forms/open", pairs).status == 422
    again = b'{"email":"anna@example.org","email":"ben@example.org"}'
    answer = visitor.request("POST", "/forms/open", again, {"Content-Type": "application/json"})
    assert answer.status in (400, 422)
    assert visitor.post_multipart("/forms/open", pairs).status == 422
    twice = [("email", "twice@example.org"), ("consent", "newsletter"), ("consent", "events"),
             ("utm_source", "a"), ("utm_source", "b")]
    assert visitor.post("/forms/open", twice).status == 303, "unknown names are ignored"


@pytest.mark.parametrize("path", ["/", "/forms", "/forms/", "/forms/nobody", "/form/open",
                                  "/forms/open/", "/forms/open/more", "/Forms/open", "/confirm",
                                  "/confirm/", "/admin", "/api/v1/contacts", "/metrics",
                                  "/demo/mailbox", "/forms/..%2fopen", "/%66orms/open"])
def test_not_found(path, visitor):
    answer = visitor.get(path)
    assert answer.status == 404
    assert visitor.post_json(path, {"email": "anna@example.org"}).status == 404
    assert visitor.head(path).status == 404


@pytest.mark.parametrize("method, path, allowed", [
    ("PUT", "/forms/open", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("DELETE", "/confirm/abc", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("PATCH", "/revoke/abc", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("POST", "/forms/open/sent", {"GET", "HEAD", "OPTIONS"}),
    ("POST", "/forms/open/embed", {"GET", "HEAD", "OPTIONS"}),
    ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ("TRACE", "/forms/open", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("BREW", "/forms/open", {"GET", "HEAD", "POST", "OPTIONS"}),
])
def test_method_not_allowed(method, path, allowed, visitor):
    answer = visitor.request(method, path)
    assert answer.status == 405
    assert set(answer.header("allow").replace(" ", "").split(",")) == allowed
    options = visitor.options(path)
    assert options.status in (200, 204)
    assert set(options.header("allow").replace(" ", "").split(",")) == allowed


def test_over_long_heads(visitor):
    assert visitor.get("/forms/open?page=" + "a" * 4200).status == 414
    assert visitor.get("/forms/open", X_Filler="a" * 17000).status == 431
    many = {f"X-Filler-{number}": "1" for number in range(70)}
    assert visitor.request("GET", "/forms/open", headers=many).status == 431


@pytest.mark.parametrize("body, accept, status", [
    ("form", None, 303), ("form", "*/*", 303), ("form", HTML["Accept"], 303),
    ("form", "application/json", 202), ("form", "application/json, */*;q=0.1", 202),
    ("json", None, 202), ("json", "*/*", 202), ("json", "application/json", 202),
    ("json", "text/html", 303), ("json", "text/html;q=0.9, application/json;q=0.5", 303),
])
def test_who_gets_json(body, accept, status, visitor):
    headers = {} if accept is None else {"Accept": accept}
    post = visitor.post if body == "form" else visitor.post_json
    answer = post("/forms/open", {"email": "kind@example.org", "consent": ["newsletter"]},
                  **headers)
    assert answer.status == status
    if status == 202:
        assert answer.json == {"status": "pending"}
    else:
        sent = visitor.get(answer.header("location"))
        assert answer.header("location") == "/forms/open/sent?lang=de" and sent.status == 200


def test_without_a_purpose_it_is_accepted_only(visitor):
    answer = visitor.post_json("/forms/open", {"email": "lead@example.org", "first_name": "Lea"})
    assert (answer.status, answer.json) == (202, {"status": "accepted"})


def test_languages_choose_the_target(visitor):
    answer = visitor.post("/forms/open", {"email": "lang@example.org", "lang": "en"})
    assert answer.header("location") == "/forms/open/sent?lang=en"
    assert 'lang="en"' in visitor.get("/forms/open?lang=en").text
    assert 'lang="de"' in visitor.get("/forms/open?lang=fr").text
    assert 'lang="en"' in visitor.get("/forms/open", Accept_Language="fr, en-GB;q=0.8").text


def test_boxes_are_never_ticked(visitor):
    for form in visitor.get("/forms/open").forms:
        assert not [entry for entry in form.inputs if entry["checked"]]
