"""Links for other newsletter tools: all who are confirmed, one line each."""

import csv
import io
import json

from jawort import definitions, path_of
from signing_up import confirmed, sign_up
from visitor import Visitor


def test_links(new_jawort, relay):
    jawort = new_jawort({"smtp.url": relay.url}, [definitions("open.toml")]).start()
    people = ["anna@example.org", "=1+1@example.org", "Bert@Example.org"]
    for address in people:
        confirmed(jawort, relay, address)
    sign_up(jawort, "pending@example.org")

    lines = jawort.done("links", "--purpose", "newsletter", "--json").splitlines()
    listed = [json.loads(line) for line in lines]
    assert [entry["email"] for entry in listed] == people
    text = jawort.done("links", "--purpose", "newsletter", "--csv")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["email", "revoke_url", "preferences_url"]
    assert [row[0] for row in rows[1:]] == [people[0], "'" + people[1], people[2]]
    assert [row[1:] for row in rows[1:]] == [[entry["revoke_url"], entry["preferences_url"]]
                                             for entry in listed]
    assert "/confirm/" not in text + "".join(lines)

    visitor = Visitor(jawort.port)
    assert visitor.get(path_of(listed[0]["preferences_url"])).status == 200
    assert visitor.one_click(path_of(listed[0]["revoke_url"])).status == 200
    assert jawort.consent(people[0])["status"] == "revoked"
    assert people[0] not in jawort.done("links", "--purpose", "newsletter")
    assert jawort.done("links", "--purpose", "events", "--csv") == (
        "email,revoke_url,preferences_url\n"), "nobody is not an error"
    assert jawort.run("links", "--purpose", "nope").returncode == 1
    assert jawort.run("links").returncode == 2
