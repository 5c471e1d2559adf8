"""What is recorded is what was shown, also when the form has changed in between."""

from jawort import SOMMER
from signing_up import wait_for_mails
from visitor import Visitor


def changed_copy(tmp_path, old, new):
    with open(SOMMER, encoding="utf-8") as file:
        text = file.read()
    assert old in text
    path = tmp_path / "changed.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return str(path)


def test_the_version_that_was_shown(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [SOMMER]).start()
    visitor = Visitor(jawort.port)
    shown = dict(visitor.get("/forms/newsletter").forms[0].filled())["version"]
    change = changed_copy(tmp_path, "höchstens einmal pro Woche per E-Mail", "täglich per E-Mail")
    applied = jawort.apply(change)
    assert [(entry["kind"], entry["id"]) for entry in applied["changed"]] == [
        ("purpose", "newsletter")]
    now_shown = dict(visitor.get("/forms/newsletter").forms[0].filled())["version"]
    assert now_shown != shown, "other words, another version"

    answer = visitor.post("/forms/newsletter", {
        "email": "anna@example.org", "consent": "newsletter", "lang": "de", "version": shown})
    assert answer.status == 303
    consent = jawort.consent("anna@example.org")
    assert consent["form_version"] == shown
    assert "höchstens einmal pro Woche" in consent["wording"]
    mail = wait_for_mails(relay, 1)[0]
    assert "höchstens einmal pro Woche" in mail.part("html")
    assert "höchstens einmal pro Woche" in visitor.get(mail.confirm_path).text
    visitor.press(mail.confirm_path)
    assert jawort.consent("anna@example.org")["wording"] == consent["wording"]

    visitor.post_json("/forms/newsletter", {"email": "ben@example.org", "consent": ["newsletter"]})
    other = jawort.consent("ben@example.org")
    assert other["form_version"] == now_shown and "täglich" in other["wording"]
    facts = jawort.contact("ben@example.org")["history"][0]["facts"]
    assert facts["version_stated"] == "false"


def test_a_version_of_another_form_is_unknown(new_jawort, closed_port):
    jawort = new_jawort({"smtp.url": f"smtp://127.0.0.1:{closed_port}"}, [SOMMER]).start()
    visitor = Visitor(jawort.port)
    other = dict(visitor.get("/forms/contact").forms[0].filled())["version"]
    for version in (other, "sha256:" + "f" * 64, "sha256:", "x"):
        answer = visitor.post_json("/forms/newsletter", {
            "email": "anna@example.org", "consent": ["newsletter"], "version": version})
        assert answer.status == 422
        assert [error["field"] for error in answer.json["errors"]] == ["version"]
    assert not jawort.knows("anna@example.org")
