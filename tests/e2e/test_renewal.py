"""Signing up again over the wire: told so, or asked about a new wording."""

from jawort import definitions
from signing_up import confirmed, mails_at, sign_up
from visitor import Visitor
from waiting import wait_until

ADDRESS = "anna@example.org"


def next_mail(relay, count):
    return wait_until(lambda: mails_at(relay)[count:], "a mail")[0]


def test_renewal(new_jawort, relay, tmp_path):
    jawort = new_jawort({"smtp.url": relay.url}, [definitions("open.toml")]).start()
    visitor = Visitor(jawort.port)
    confirmed(jawort, relay, ADDRESS)
    before = wait_until(lambda: (consent := jawort.consent(ADDRESS))["mailed_at"] and consent,
                        "it is recorded")
    assert before["renewal"] is None

    sign_up(jawort, ADDRESS)
    mail = next_mail(relay, 1)
    assert jawort.mails("--all")[1]["kind"] == "already_subscribed"
    assert not any("/confirm/" in url for url in mail.urls)
    assert "/revoke/" in mail.header("List-Unsubscribe")
    assert jawort.consent(ADDRESS) == before

    with open(definitions("open.toml"), encoding="utf-8") as file:
        text = file.read()
    old = before["wording"]
    assert old in text
    changed = tmp_path / "changed.toml"
    changed.write_text(text.replace(old, "New: " + old), encoding="utf-8")
    jawort.apply(str(changed))
    sign_up(jawort, ADDRESS)
    mail = next_mail(relay, 2)
    assert "New: " in mail.part("plain") and "New: " in mail.part("html")
    waiting = wait_until(lambda: (consent := jawort.consent(ADDRESS))["renewal"]["mailed_at"]
                         and consent, "it is recorded")
    assert waiting["renewal"]["wording"] == "New: " + old
    assert {**waiting, "renewal": None} == before, "no stamp is touched"
    page = visitor.get(mail.confirm_path)
    assert page.status == 200 and "New: " in page.text
    assert {**jawort.consent(ADDRESS), "renewal": None} == before
    assert visitor.press(mail.confirm_path).status in (200, 303)
    after = jawort.consent(ADDRESS)
    assert (after["status"], after["renewal"], after["wording"]) == (
        "confirmed", None, "New: " + old)
    assert after["confirmed_at"] > before["confirmed_at"]
    events = [event for event in jawort.contact(ADDRESS)["history"]
              if event["type"] == "consent_confirmed"]
    assert [event["at"] for event in events] == [before["confirmed_at"], after["confirmed_at"]]
