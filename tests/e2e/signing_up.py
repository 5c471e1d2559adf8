"""Steps that many scenarios begin with."""

from jawort import definitions
from mails import Mail
from visitor import Visitor
from waiting import wait_until

OPEN = definitions("open.toml")


def sign_up(jawort, address, form="open", consents=("newsletter",), **fields):
    """A post that must be accepted. Answers what came back."""
    answer = Visitor(jawort.port).post_json(
        f"/forms/{form}", {"email": address, "consent": list(consents), **fields})
    assert answer.status == 202, answer.text
    return answer


def mails_at(relay):
    """Mails that a scripted server took, in the order in which they came."""
    return [Mail(message.data, message.recipients[0]) for message in relay.messages()]


def wait_for_mails(relay, count):
    relay.wait_for(count, 40)
    return mails_at(relay)


def mail_to(jawort, address):
    """The one mail that the resident's relay has for this address, when the record says so too."""
    def look():
        return [mail for mail in mails_at(jawort.relay) if mail.recipient == address]

    mails = wait_until(look, "the mail has come")
    assert len(mails) == 1
    wait_until(lambda: jawort.contact(address)["consents"][0]["mailed_at"], "it is recorded")
    return mails[0]


def confirmed(jawort, relay, address, form="open", consents=("newsletter",)):
    """A contact that has gone the whole way. Answers the mail that asked."""
    before = len(relay.messages())
    sign_up(jawort, address, form, consents)
    mail = wait_for_mails(relay, before + 1)[before]
    assert mail.recipient == address
    assert Visitor(jawort.port).press(mail.confirm_path).status in (200, 303)
    return mail
