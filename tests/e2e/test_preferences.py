"""The page where a person chooses, purpose by purpose, over the wire."""

import pathlib
import re

from jawort import SOMMER, path_of
from signing_up import mails_at, sign_up, wait_for_mails
from test_page_headers import check_token_page
from visitor import Visitor
from waiting import wait_until


def preferences_path(jawort, address):
    return path_of(jawort.ask("link", "preferences", address, "--purpose", "newsletter")["url"])


def boxes(page):
    return {entry["value"]: entry["checked"] for entry in page.forms[0].inputs
            if entry["type"] == "checkbox"}


def test_choosing(resident, address):
    visitor = Visitor(resident.port)
    before = len(resident.relay.messages())
    sign_up(resident, address)
    mail = wait_for_mails(resident.relay, before + 1)[before]
    assert visitor.press(mail.confirm_path).status in (200, 303)
    path = preferences_path(resident, address)
    page = visitor.get(path)
    assert page.status == 200
    check_token_page(page)
    assert address not in page.text
    assert boxes(page)["newsletter"] and not boxes(page)["events"]
    state = resident.contact(address)
    for answer in (visitor.head(path), visitor.options(path), visitor.post(path, {})):
        assert answer.status in (200, 204)
    assert resident.contact(address) == state, "nothing by looking, nothing by an empty post"

    # A tick asks; it never confirms.
    fields = page.forms[0].filled()
    answer = visitor.post(page.forms[0].action, [*fields, ("purpose", "events")])
    check_token_page(answer)
    assert "role=\"status\"" in answer.text
    assert resident.consent(address, "events")["status"] == "pending"
    asked = wait_until(lambda: [mail for mail in mails_at(resident.relay)[before + 1:]
                                if mail.recipient == address], "the mail")[0]
    assert visitor.press(asked.confirm_path).status in (200, 303)
    assert resident.consent(address, "events")["status"] == "confirmed"

    # Unticked is over at once, the other one stays.
    page = visitor.get(path)
    fields = [pair for pair in page.forms[0].filled() if pair != ("purpose", "newsletter")]
    assert visitor.post(path, fields).status == 200
    consent = resident.consent(address)
    assert (consent["status"], consent["revoked_by"]) == ("revoked", "preferences")
    assert resident.consent(address, "events")["status"] == "confirmed"


def test_tokens(resident, address):
    visitor = Visitor(resident.port)
    sign_up(resident, address)
    path = preferences_path(resident, address)
    unknown = visitor.get("/confirm/unknown").comparable
    wrong = path[:-1] + ("A" if path[-1] != "A" else "B")
    for other in (wrong, path[:-1], path + "A", "/preferences/x",
                  resident.revocation_path(address).replace("/revoke/", "/preferences/")):
        assert visitor.get(other).comparable == unknown, other
        assert visitor.post(other, {"was": "newsletter"}).comparable == unknown, other
    assert visitor.get(path.replace("/preferences/", "/revoke/")).comparable == unknown
    assert visitor.request("PUT", path).status == 405
    assert resident.consent(address)["status"] == "pending"
    # Whom the link is about has gone: a genuine token stays genuine.
    visitor.post(path, {"was": "newsletter"})
    assert not resident.knows(address)
    gone = visitor.get(path)
    assert gone.status == 200 and not re.search("<form", gone.text)


def test_own_mail_may_name_it(new_jawort, relay):
    """{{preferences.url}} in a mail of the operator's own."""
    jawort = new_jawort({"smtp.url": relay.url}, [SOMMER])
    folder = pathlib.Path(jawort.folder) / "templates" / "mail"
    folder.mkdir(parents=True)
    (folder / "confirmation.de.text.mustache").write_text("{{confirm.url}}\n{{preferences.url}}\n")
    jawort.start()
    sign_up(jawort, "anna@example.org", "newsletter")
    mail = wait_for_mails(relay, 1)[0]
    path = path_of(next(url for url in mail.urls if "/preferences/" in url))
    assert boxes(Visitor(jawort.port).get(path))["newsletter"]
