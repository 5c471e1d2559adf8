"""With a password set, mail goes through verified TLS and a login, or it does not go."""

import pytest

from jawort import clean_environment
from signing_up import OPEN, mails_at, sign_up, wait_for_mails
from waiting import wait_until

LOGIN = {"smtp.username": "jawort", "smtp.password": "open-sesame"}


def settings(relay):
    host = relay.url.replace("127.0.0.1", "localhost")  # a certificate is for a name
    return {"smtp.url": host, "smtp.ca_file": relay.ca_file, **LOGIN}


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_mail_arrives_authenticated(tls, mechanism, new_jawort, new_relay):
    relay = new_relay(tls=tls, auth=[mechanism], username="jawort", password="open-sesame",
                      require_tls=True, require_auth=True)
    jawort = new_jawort(settings(relay), [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    wait_for_mails(relay, 1)
    message = relay.messages()[0]
    assert message.tls and message.tls.startswith("TLSv1.")
    assert message.auth == "jawort"
    assert jawort.wait_for_mail(state="sent")["attempts"] == 1
    if tls == "starttls":
        clear = [event["line"].split()[0] for event in relay.events
                 if event["event"] == "line" and not event["tls"]]
        assert clear == ["EHLO", "STARTTLS"], "all that is said before TLS"


def words_in_clear(relay):
    return [event["line"] for event in relay.events
            if event["event"] == "line" and not event["tls"]]


def check_nothing_went(jawort, relay):
    wait_until(lambda: jawort.mails()[0]["last_reply"], "the operator can see why")
    assert jawort.wait_for_mail(state="queued")["attempts"] == 0, "held against nobody"
    assert mails_at(relay) == []
    assert not [event for event in relay.events if event["event"] in ("auth", "partial")]
    for line in words_in_clear(relay):
        assert line.split()[0].upper() in ("EHLO", "HELO", "STARTTLS", "QUIT", ""), line
    assert "open-sesame" not in "\n".join(jawort.log.lines)


def test_nothing_goes_without_starttls(new_jawort, new_relay):
    relay = new_relay(auth=["PLAIN", "LOGIN"], auth_in_clear=True, username="jawort",
                      password="open-sesame")
    jawort = new_jawort({"smtp.url": relay.url, **LOGIN}, [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    check_nothing_went(jawort, relay)


@pytest.mark.parametrize("certificate", ["wrong-name", "expired", "stranger"])
def test_nothing_goes_to_a_certificate_that_is_not_the_relays(certificate, new_jawort, new_relay):
    relay = new_relay(tls="starttls", certificate=certificate, auth=["PLAIN"], username="jawort",
                      password="open-sesame")
    jawort = new_jawort(settings(relay), [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    check_nothing_went(jawort, relay)


def test_nothing_goes_where_no_login_is_offered(new_jawort, new_relay):
    relay = new_relay(tls="starttls", auth=[])
    jawort = new_jawort(settings(relay), [OPEN]).start()
    sign_up(jawort, "anna@example.org")
    wait_until(lambda: jawort.mails()[0]["last_reply"], "the operator can see why")
    assert mails_at(relay) == []


def test_a_password_from_a_file_named_in_the_environment(new_jawort, new_relay, tmp_path):
    relay = new_relay(tls="starttls", auth=["PLAIN"], username="jawort", password="open-sesame")
    jawort = new_jawort({"smtp.url": relay.url.replace("127.0.0.1", "localhost"),
                         "smtp.ca_file": relay.ca_file}, [OPEN])
    secret = tmp_path / "secret"
    secret.write_text("open-sesame\n", encoding="utf-8")
    secret.chmod(0o600)
    jawort.start(clean_environment(JAWORT_SMTP__USERNAME="jawort",
                                   JAWORT_SMTP__PASSWORD_FILE=str(secret)))
    sign_up(jawort, "anna@example.org")
    wait_for_mails(relay, 1)
    assert relay.messages()[0].auth == "jawort"
