"""The same post many times at once, as a stuck script or an impatient attacker sends it."""

import threading
import time

from jawort import definitions
from signing_up import mails_at
from visitor import Visitor
from waiting import wait_until

POSTS, CONNECTIONS, SECONDS = 1000, 10, 10


def test_1000_identical_posts_in_ten_seconds(new_jawort, relay):
    """One contact, one mail, one answer."""
    jawort = new_jawort({"smtp.url": relay.url}, [definitions("open.toml")])
    # One mail a day, as a form has it that says nothing of its limits.
    with open(definitions("open.toml"), encoding="utf-8") as file:
        strict = file.read().replace('"5 per P1D"', '"1 per P1D, 3 per P30D"')
    path = jawort.folder + "/strict.toml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(strict)
    jawort.apply(path)
    jawort.start()
    answers, began = [], time.monotonic()

    def post(start):
        with Visitor(jawort.port) as visitor:
            for number in range(start, POSTS, CONNECTIONS):
                time.sleep(max(0.0, began + number * SECONDS / POSTS - time.monotonic()))
                answers.append(visitor.post_json("/forms/open", {
                    "email": "anna@example.org", "consent": ["newsletter"],
                    "first_name": "Anna"}).comparable)

    threads = [threading.Thread(target=post, args=(start,)) for start in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == POSTS
    assert answers[0][0] == 202
    assert all(answer == answers[0] for answer in answers)
    assert [contact["email"] for contact in jawort.contact_list()] == ["anna@example.org"]
    wait_until(lambda: jawort.consent("anna@example.org")["mailed_at"], "the mail")
    assert [mail.recipient for mail in mails_at(relay)] == ["anna@example.org"]
    assert len(jawort.mails()) == 1
    posts = [entry for entry in jawort.contact("anna@example.org")["history"]
             if entry["type"] == "form_submitted"]
    assert len(posts) == POSTS, "what was posted is not lost, and none of it sent a second mail"
    blocked = [check["detail"] for check in jawort.checks() if check["name"] == "blocked_posts"]
    assert blocked == [f'form "open" in 7 days: per_address {POSTS - 1}']
