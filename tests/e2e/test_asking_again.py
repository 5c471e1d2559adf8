"""[consent] suspicious = "ask_again": a press like a machine's asks for the address."""

import pytest

from jawort import Jawort, definitions
from scripted_server import ScriptedServer
from signing_up import mail_to, sign_up
from visitor import Visitor

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SCANNER = "Mozilla/5.0 (compatible; Barracuda Sentinel)"


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    """An installation that asks again."""
    with ScriptedServer() as relay:
        jawort = Jawort(tmp_path_factory.mktemp("asking") / "jawort",
                        {"smtp.url": relay.url, "consent.suspicious": "ask_again"})
        jawort.apply(definitions("open.toml"))
        jawort.relay = relay
        yield jawort.start()
        jawort.clean_up()


def link_to(jawort, address, form="open", **more):
    sign_up(jawort, address, form, **more)
    return mail_to(jawort, address).confirm_path


def asked_form(answer):
    """The form with the field, and what a browser sends of it before anything is typed."""
    form = next(form for form in answer.forms if form.names("email") == ["address"])
    return form, [pair for pair in form.filled() if pair[0] != "address"]


@pytest.mark.parametrize("language, words", [
    ("de", "sah aus wie der eines Programms, das E-Mails prüft"),
    ("en", "looked like that of a program that checks e-mails")])
def test_a_scanner_does_not_confirm_and_the_person_does(language, words, asking, address):
    link = link_to(asking, address, lang=language)
    answer = Visitor(asking.port).press(link, User_Agent=SCANNER)
    assert answer.status == 200 and words in answer.text
    assert address not in answer.text, "the page shows it masked"
    assert "<script" not in answer.text
    assert asking.consent(address)["status"] == "pending"

    person = Visitor(asking.port, **{"User-Agent": BROWSER})
    form, filled = asked_form(person.get(link))
    wrong = person.post(form.action, [*filled, ("address", "somebody@example.org")])
    assert wrong.status == 422 and 'aria-invalid="true"' in wrong.text
    assert address not in wrong.text
    assert asking.consent(address)["status"] == "pending"
    form, filled = asked_form(wrong)
    assert person.post(form.action, [*filled, ("address", address.upper())]).status in (200, 303)
    assert asking.consent(address)["status"] == "confirmed"
    facts = next(event["facts"] for event in asking.contact(address)["history"]
                 if event["type"] == "consent_confirmed")
    assert facts["asked_again"] == "address" and "scanner_pressed" in facts["suspicious"]
    shown = asking.done("contact", "show", address).partition("History")[0]
    assert "asked_again  address" in shown and asking.consent(address)["asked_again"]


def test_five_tries_and_no_more(asking, address):
    link = link_to(asking, address)
    visitor = Visitor(asking.port, **{"User-Agent": SCANNER})
    visitor.press(link)
    for _ in range(5):
        assert visitor.post(link, {"decision": "confirm", "address": "a@b.example"}).status == 422
    answer = visitor.post(link, {"decision": "confirm", "address": address})
    assert answer.status == 429 and 0 < int(answer.header("Retry-After")) <= 3600
    assert asking.consent(address)["status"] == "pending"
    assert visitor.press(link, "deny").status == 200, "who objects is not asked"
    assert not asking.knows(address)


def test_what_was_chosen_stays_chosen(asking, address):
    link = link_to(asking, address, consents=("newsletter", "events"))
    visitor = Visitor(asking.port, **{"User-Agent": SCANNER})
    chosen = [("decision", "confirm"), ("choose", "1"), ("purpose", "newsletter")]
    form, filled = asked_form(visitor.post(link, chosen))
    assert filled == chosen
    visitor.post(form.action, [*filled, ("address", address)])
    consents = {entry["purpose"]: entry["status"]
                for entry in asking.contact(address)["consents"]}
    assert consents == {"newsletter": "confirmed"}


def test_a_link_that_confirms_by_itself_shows_the_button(asking, address):
    link = link_to(asking, address, "click")
    Visitor(asking.port).get(link, User_Agent=SCANNER)
    answer = Visitor(asking.port).get(link, User_Agent=BROWSER)  # opened by a scanner only so far
    assert answer.status == 200
    assert answer.forms[0].filled() == [("decision", "confirm")], "one press, no address"
    assert asking.consent(address)["status"] == "pending"


def test_only_marked_unless_told(resident, address):
    link = link_to(resident, address)
    assert Visitor(resident.port).press(link, User_Agent=SCANNER).status in (200, 303)
    consent = resident.consent(address)
    assert consent["status"] == "confirmed" and "scanner_pressed" in consent["suspicious"]
    assert not consent["asked_again"]


def test_a_press_that_says_nothing_gets_the_page_again(resident, address):
    link = link_to(resident, address, consents=("newsletter", "events"), lang="en")
    visitor = Visitor(resident.port)
    none = visitor.post(link, {"decision": "confirm", "choose": "1"})
    assert none.status == 422 and "Please leave at least one box ticked" in none.text
    form = none.forms[0]
    assert form.filled() == [("decision", "confirm"), ("choose", "1")], "nothing is ticked again"
    assert form.names("checkbox") == ["purpose", "purpose"]
    unclear = visitor.press(link, "perhaps")
    assert unclear.status == 422 and "did not reach us" in unclear.text
    assert [form.filled()[0] for form in unclear.forms] == [("decision", "confirm"),
                                                            ("decision", "deny")]
    assert resident.consent(address)["status"] == "pending"
