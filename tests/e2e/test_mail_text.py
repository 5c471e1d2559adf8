"""What strangers type does not get into our mails, and languages are kept apart."""

import pytest

from signing_up import OPEN, sign_up, wait_for_mails
from visitor import Visitor

BOMB = "Buy cheap pills at https://pills.example now"
FOREIGN = ["https://evil.example/lure", "http://probe.example/insecure", "javascript:alert(1)",
           "https://probe.example@evil.example/", "not a url"]


def test_no_posted_value_stands_in_the_mail(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    for number, page in enumerate(FOREIGN):
        sign_up(jawort, f"p{number}@example.org", first_name=BOMB, page=page, lang="en")
    for mail in wait_for_mails(relay, len(FOREIGN)):
        text = mail.part("plain") + mail.part("html") + str(mail.message.items())
        for word in ("pills", "evil", "lure", "insecure", "javascript", "not a url"):
            assert word not in text


def test_line_ends_in_fields_stay_there(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    plain = None
    tries = ["Anna", "Anna\r\nBcc: eve@example.org", "Anna\nBcc: eve@example.org", "Anna\r.\r\n",
             "Anna\u2028Bcc: eve@example.org", "Anna\u0085x", "Anna\r\n.\r\nMAIL FROM:<eve@x.org>"]
    for number, name in enumerate(tries):
        answer = Visitor(jawort.port).post_json(
            "/forms/open", {"email": f"p{number}@example.org", "first_name": name,
                            "consent": ["newsletter"]})
        assert answer.status in (202, 422)
        if answer.status == 202:
            mail = wait_for_mails(relay, len(jawort.mails()))[-1]
            plain = plain or list(mail.message.keys())
            assert list(mail.message.keys()) == plain
    assert all(len(message.recipients) == 1 for message in relay.messages())


@pytest.mark.parametrize("language, subject, word", [
    ("de", "Bitte bestätigen Sie Ihre Anmeldung", "Rundbrief"),
    ("en", "Please confirm your sign-up", "its letter by e-mail"),
])
def test_languages(language, subject, word, new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org", lang=language)
    mail = wait_for_mails(relay, 1)[0]
    assert mail.header("Subject") == f"{subject} – Probe & Söhne GmbH"
    assert mail.header("Content-Language") == language
    assert word in mail.part("plain") and word in mail.part("html").replace("&amp;", "&")
    visitor = Visitor(jawort.port, **{"Accept-Language": "fr"})
    for answer in (visitor.get(mail.confirm_path), visitor.press(mail.confirm_path),
                   visitor.get(jawort.revocation_path("anna@example.org"))):
        assert f'<html lang="{language}"' in answer.text, "the language of the sign-up"


def test_no_advertising(new_jawort, relay):
    """Nothing but the question, and who asks it."""
    jawort = new_jawort({"smtp.url": relay.url}, [OPEN]).start()
    sign_up(jawort, "anna@example.org", lang="de")
    mail = wait_for_mails(relay, 1)[0]
    for word in ("Willkommen", "Angebot", "<img", "Fragen?", "Rabatt"):
        assert word not in mail.part("plain") + mail.part("html")
    ours = f"http://127.0.0.1:{jawort.port}/"
    elsewhere = [url for url in mail.urls if not url.startswith(ours)]
    assert all(url.startswith("https://probe.example/") for url in elsewhere), elsewhere
