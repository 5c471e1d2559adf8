"""Each check sees what it is there for: real evidence of a short life, with something changed."""

import copy as copying
import dataclasses
import random
import shutil
import sqlite3
import time

import pytest

import checks
import leaves
from campaign import Campaign, Violation
from database import Database
from faulty_lives import FaultyLives, Watch
from installation import CALM, Copy, Visitor, wait_until
from journey import Act

NOT_THERE = 10 ** 15


class Evidence:
    """What a life left, all of which is well, and copies of it to be spoilt."""

    def __init__(self, campaign, folder):
        self.campaign, self.folder, self.number = campaign, folder, 0
        self.mails, self.copies = campaign.mails, campaign.copies
        self.people = campaign.people.everybody

    def spoilt(self, *statements):
        """A copy of the database in which no trigger keeps these statements from being done."""
        self.number += 1
        path = str(self.folder / f"{self.number}.db")
        shutil.copy(self.campaign.jawort.database, path)
        database = sqlite3.connect(path)
        for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'"
                                      ).fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for statement, *values in statements:
            database.execute(statement, values)
        database.commit()
        database.close()
        return Database(path)

    def who(self, *kinds):
        """The first who signed up and then did this, and the sequence of their last event."""
        person = next(person for person in self.people.values()
                      if [act.kind for act in person.acts] == ["post", *kinds])
        contact = self.mails[next(iter(person.mails))].contact
        with Database(self.campaign.jawort.database) as database:
            return person, checks.events_of(database, [contact])[-1].sequence

    def outbox(self, database):
        return database.outbox(mail.id for mail in self.mails.values())

    def one_sent(self):
        with Database(self.campaign.jawort.database) as database:
            outbox = self.outbox(database)
        return next(mail for mail in self.mails.values() if outbox[mail.id].state == "sent")


HISTORIES = [(), (), ("confirm", "erase"), ("confirm",), ("confirm",), ("confirm", "revoke"),
             ("open", "deny"), ("open",), ("revoke",)]


def act_it_out(campaign):
    """A life with these people, undisturbed."""
    people, jawort, chance = campaign.people, campaign.jawort, random.Random(1)
    jawort.start()
    people.sign_up(jawort.port, len(HISTORIES))
    wait_until(lambda: all(person.mails for person in people.everybody.values()), "mails came")
    wait_until(lambda: not jawort.mails("--limit", "1"), "the outbox is drained")
    for person, kinds in zip(people.everybody.values(), HISTORIES):
        for kind in kinds:
            if kind == "erase":
                people.erase(person)
                continue
            people.follow(person, kind, next(iter(person.mails)), chance, Visitor(jawort.port))
    jawort.stop()


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    with Campaign(folder, 1, manners=CALM) as campaign:
        with campaign.faulty_life(""):
            act_it_out(campaign)
        yield Evidence(campaign, folder)


def one_line(findings, beginning, part=""):
    assert any(line.startswith(beginning) and part in line for line in findings), findings


def remove_event(sequence):
    return (("DELETE FROM event_values WHERE sequence = ?", sequence),
            ("DELETE FROM event WHERE sequence = ?", sequence))


def some_event(database, kind):
    return database.one("SELECT max(sequence) FROM event WHERE type = ?", kind)


# --- the log ---


def test_a_missing_event(evidence):
    with evidence.spoilt(*remove_event(5)) as database:
        one_line(checks.log(database, 0, 0), "log:", "event 6 stands where 5 belongs")


def test_a_row_that_is_not_its_leaf(evidence):
    with evidence.spoilt(("UPDATE event SET at = at + 1 WHERE sequence = 5",)) as database:
        one_line(checks.log(database, 0, 0), "log:", "not what its leaf says")


def test_a_leaf_that_is_none(evidence):
    longer = ("UPDATE event SET leaf = CAST(leaf || x'00' AS BLOB) WHERE sequence = 5",)
    with evidence.spoilt(longer) as database:
        one_line(checks.log(database, 0, 0), "log:", "the leaf of event 5 has bytes after")


@pytest.mark.parametrize("nodes", ["NULL", "zeroblob(length(nodes))"])
def test_a_tree_that_is_another(evidence, nodes):
    with evidence.spoilt((f"UPDATE event SET nodes = {nodes} WHERE sequence = 8",)) as database:
        one_line(checks.log(database, 0, 0), "log:", "event 8 keeps other nodes")


def test_a_time_that_goes_back(evidence):
    with Database(evidence.campaign.jawort.database) as database:
        sequence = some_event(database, "mail_handed_over")
        leaf = database.leaf_bytes(sequence)
    early = leaf[:9] + (1000).to_bytes(8, "big") + leaf[17:]
    with evidence.spoilt(("UPDATE event SET at = 1000, leaf = ? WHERE sequence = ?", early,
                          sequence)) as database:
        one_line(checks.log(database, 0, 0), "log:", "too early")


def test_a_post_from_before_the_life(evidence):
    with evidence.spoilt() as database:
        assert checks.log(database, 0, 0) == []
        later = int(time.time() * 1000)
        one_line(checks.log(database, 0, later), "log:", "(form_submitted) is")


def test_a_value_that_was_changed(evidence):
    with Database(evidence.campaign.jawort.database) as database:
        sequence, values = database.one("SELECT max(sequence) FROM event_values"), {}
        values = database.values(sequence)
    name, (salt, value) = next(iter(values.items()))
    assert leaves.commitment(salt, name, value) != leaves.commitment(salt, name, value + b"x")
    with evidence.spoilt() as database:
        database.values = lambda wanted: {name: (salt, value + b"x")} if wanted == sequence else {}
        one_line(checks.log(database, 0, 0), "log:", "does not open")


# --- the state ---


@pytest.mark.parametrize("change", ["confirmed_at = '2026-01-01T00:00:00.000Z'",
                                    "status = 'revoked', revoked_date = '2026-01-01',"
                                    " revoked_at = '2026-01-01T00:00:00.000Z'",
                                    "grade = 'staff'", "mail_id = 7", "submission = 1",
                                    "opt_in_date = '2026-01-01'", "expires_at = 1"])
def test_a_forged_row(evidence, change):
    with evidence.spoilt((f"UPDATE consent SET {change} WHERE id = (SELECT max(id) FROM consent"
                          " WHERE status = 'confirmed')",)) as database:
        one_line(checks.state_is_fold(database, database.consents()), "fold:")


def test_confirmed_without_its_event(evidence):
    with Database(evidence.campaign.jawort.database) as database:
        sequence = some_event(database, "consent_confirmed")
    with evidence.spoilt(*remove_event(sequence)) as database:
        one_line(checks.state_is_fold(database, database.consents()), "fold:")


def test_confirmed_twice(evidence):
    _, sequence = evidence.who("confirm")
    with evidence.spoilt(
            ("INSERT INTO event SELECT ?, at, type, leaf, contact_id, consents, nodes FROM event"
             " WHERE sequence = ?", NOT_THERE, sequence)) as database:
        one_line(checks.state_is_fold(database, database.consents()), "fold:", "after confirmed")


def test_a_leaf_exchanged_in_the_chain(evidence):
    with Database(evidence.campaign.jawort.database) as database:
        row = next(row for row in database.consents() if row["status"] == "confirmed")
        first = database.about(row["contact_id"], row["id"])[0]
        leaf = database.leaf_bytes(first.sequence)
    exchanged = leaf.replace(b"Europe/Berlin", b"Europe/Vienna")
    with evidence.spoilt(("UPDATE event SET leaf = ? WHERE sequence = ?", exchanged,
                          first.sequence)) as database:
        one_line(checks.state_is_fold(database, [row]), "fold:", "another leaf before it")


def test_a_consent_that_went_away(evidence):
    with Database(evidence.campaign.jawort.database) as database:
        row = next(row for row in database.consents() if row["status"] == "confirmed")
        one_line(checks.ended_consents(database, [(row["contact_id"], row["id"])]), "fold:",
                 "consent_confirmed")


# --- answers ---


def test_a_lost_sign_up(evidence):
    person, sequence = evidence.who()
    with evidence.spoilt(*remove_event(sequence)) as database:
        one_line(checks.answered(database, person, evidence.mails)[0], "answers:",
                 "form_submitted is missing")


@pytest.mark.parametrize("kinds", [("confirm",), ("confirm", "revoke"), ("open",),
                                   ("open", "deny"), ("revoke",)])
def test_a_lost_press(evidence, kinds):
    """Of those who denied nothing is left but events without values: their mail leads to them."""
    person, sequence = evidence.who(*kinds)
    with evidence.spoilt(*remove_event(sequence)) as database:
        one_line(checks.answered(database, person, evidence.mails)[0], "answers:", "is missing")


def test_an_event_that_nobody_brought_about(evidence):
    person, _ = evidence.who("confirm")
    less = copying.copy(person)
    less.acts = person.acts[:-1]
    with evidence.spoilt() as database:
        assert checks.answered(database, person, evidence.mails)[0] == []
        one_line(checks.answered(database, less, evidence.mails)[0], "answers:", "nobody did")


def test_an_act_cut_off_may_be_there_or_not(evidence):
    person, sequence = evidence.who("confirm")
    cut = copying.copy(person)
    cut.acts = [*person.acts[:-1], dataclasses.replace(person.acts[-1], status=None)]
    for statements in ((), remove_event(sequence)):
        with evidence.spoilt(*statements) as database:
            assert checks.answered(database, cut, evidence.mails)[0] == []


def test_a_wrong_answer(evidence):
    person, _ = evidence.who("confirm")
    other = copying.copy(person)
    other.acts = [*person.acts[:-1], dataclasses.replace(person.acts[-1], status=404)]
    with evidence.spoilt() as database:
        one_line(checks.answered(database, other, evidence.mails)[0], "answers:", "404")


def test_two_answers_to_presses_at_once(evidence):
    person, _ = evidence.who("confirm")
    other = copying.copy(person)
    rush = Act("rush", 1, mail=person.acts[-1].mail, status=200,
               rush=(("confirm", 200), ("deny", 404)))
    other.acts = [*person.acts[:-1], rush]
    with evidence.spoilt() as database:
        one_line(checks.answered(database, other, evidence.mails)[0], "answers:", "at once")


def test_a_sign_up_that_nobody_posted(evidence):
    with evidence.spoilt() as database:
        one_line(checks.counts(database, []), "answers:", "sign-ups in the log")


# --- mails ---


def copies_with(evidence, mail, change):
    """The relay's record, in which the copies of one mail are changed."""
    return {**evidence.copies, mail.digest: change(evidence.copies[mail.digest])}


def test_a_second_copy(evidence):
    mail = evidence.one_sent()
    with evidence.spoilt() as database:
        outbox = evidence.outbox(database)
    for changed, part in ((lambda taken: taken * 2, "2 times"), (lambda taken: [], "not at the")):
        found = checks.copies([mail], copies_with(evidence, mail, changed), outbox)
        one_line(found, "copies:", part)
    again = {**outbox, mail.id: outbox[mail.id]._replace(uncertain=1)}
    assert checks.copies([mail], copies_with(evidence, mail, lambda taken: taken * 2), again) == []


def test_a_copy_before_its_attempt(evidence):
    mail = evidence.one_sent()
    with evidence.spoilt(("UPDATE outbox SET state = 'queued' WHERE mail_id = ?", mail.id)
                         ) as database:
        one_line(checks.copies([mail], evidence.copies, evidence.outbox(database)), "copies:",
                 "1 times at the relay, and 0 times")


def test_other_bytes(evidence):
    mail = evidence.one_sent()
    strange = Copy(mail.recipient, b"other", b"\0" * 32, 0.0, 0.0, 0.0)
    one_line(checks.ours([strange], evidence.mails), "copies:", "none of the database's bytes")
    elsewhere = Copy("else@example.org", b"", mail.digest, 0.0, 0.0, 0.0)
    one_line(checks.ours([elsewhere], {mail.digest: mail._replace(recipient="a@example.org")}),
             "copies:", "went to else@example.org")


def test_a_mail_after_the_end(evidence):
    person, act = next((person, act) for person in evidence.people.values()
                       for _, act in evidence.campaign.people_ends.get(person.address, [])
                       if act.kind in ("deny", "revoke", "confirm"))
    ends = evidence.campaign.people_ends[person.address]
    assert checks.nothing_after_the_end(ends, person, evidence.mails, evidence.copies, {}) == []
    mail = next(evidence.mails[digest] for digest in person.mails
                if evidence.mails[digest].submission == ends[0][0])
    late = copies_with(evidence, mail, lambda taken: [
        dataclasses.replace(taken[0], go_at=ends[0][1].answered_at + 1)])
    one_line(checks.nothing_after_the_end(ends, person, evidence.mails, late, {}),
             "after the end:", person.address)


def test_an_erasure_that_left_something(evidence):
    person = next(person for person in evidence.people.values() if person.erasure)
    [digest] = person.mails
    with evidence.spoilt() as database:
        assert checks.erased(database, person, evidence.copies) == []
        late = {digest: [dataclasses.replace(evidence.copies[digest][0],
                                             go_at=person.erasure.answered_at + 1)]}
        one_line(checks.erased(database, person, late), "erased:", "was mailed")
    with evidence.spoilt(("UPDATE contact SET email_normalised = ? WHERE id ="
                          " (SELECT min(id) FROM contact)", person.address)) as database:
        one_line(checks.erased(database, person, evidence.copies), "erased:", "is there")
    files = evidence.folder / "files"
    files.mkdir()
    (files / "jawort.db").write_bytes(b"\0p1@example.org\0")
    (files / "jawort.db-wal").write_bytes(b"x" + person.address.upper().encode())
    assert checks.left_in_files(files, evidence.people.values(), stopped=False) == []
    one_line(checks.left_in_files(files, evidence.people.values(), stopped=True), "erased:",
             f"{person.address} stands in jawort.db-wal")


def test_last_bytes_allowed_after_the_end(evidence):
    with Database(evidence.campaign.jawort.database) as database:
        sent = [mail for mail in evidence.mails.values()
                if evidence.outbox(database)[mail.id].state == "sent"
                and all(checks.ending_of(database, mail, consent)
                        for consent in mail.consents)]
    with evidence.spoilt(*(("UPDATE outbox SET handed_over_at = ? WHERE mail_id = ?",
                            NOT_THERE, mail.id)
                           for mail in sent)) as database:
        one_line(checks.no_mark_after_the_end(database, sent, evidence.outbox(database)),
                 "after the end:")


def test_a_mail_that_never_came(evidence):
    mail = evidence.one_sent()
    with evidence.spoilt(("UPDATE outbox SET state = 'queued' WHERE mail_id = ?", mail.id)
                         ) as database:
        outbox = evidence.outbox(database)
        one_line(checks.all_arrived([mail], {}, outbox), "arrival:", "never came")
        one_line(checks.all_arrived([mail], evidence.copies, outbox), "arrival:", "still queued")


def test_a_mail_dropped_while_it_is_waited_for(evidence):
    with Database(evidence.campaign.jawort.database) as database:
        waited = next(row["mail_id"] for row in database.consents() if row["status"] == "pending")
    with evidence.spoilt(("UPDATE outbox SET state = 'dropped' WHERE mail_id = ?", waited)
                         ) as database:
        one_line(checks.dropped_for_a_reason(evidence.outbox(database), database.consents()),
                 "arrival:", "dropped")


def test_mails_not_listed_as_uncertain(evidence):
    mail = evidence.one_sent()
    with evidence.spoilt() as database:
        outbox = evidence.outbox(database)
    assert checks.listed_as_uncertain(set(), outbox) == []
    doubtful = {**outbox, mail.id: outbox[mail.id]._replace(uncertain=1)}
    one_line(checks.listed_as_uncertain(set(), doubtful), "uncertain:")


def test_a_stop_that_is_not_well(evidence):
    assert checks.stopped_well(0, {"sent": 3}) == []
    one_line(checks.stopped_well(1, {}), "stop:", "status 1")
    one_line(checks.stopped_well(0, {"attempting": 1}), "stop:", "attempting")
    one_line(checks.stopped_well(0, {"handing_over": 1}), "stop:", "handing_over")


def test_a_damaged_file(evidence):
    with evidence.spoilt() as database:
        assert database.damage() == []
        path = database.one("SELECT file FROM pragma_database_list")
    with open(path, "r+b") as file:
        file.seek(4096 * 9)
        file.write(b"\xff" * 4096)
    with Database(path) as database:
        assert database.damage()


# --- faults ---


def test_promises_after_an_error(evidence):
    lives = FaultyLives(evidence.campaign)
    lives.check_silence(time.time() + 1)
    with pytest.raises(Violation, match="accepted after the error"):
        lives.check_silence(0)


def test_ready_after_an_error(evidence):
    campaign = evidence.campaign
    watch = Watch.__new__(Watch)
    watch.answers = [(time.monotonic() + 1, 200)]
    told = Act("post", campaign.people.life, sent_at=0.0, answered_at=1.0)
    somebody = next(iter(campaign.people.everybody.values()))
    somebody.acts.append(told)
    try:
        with pytest.raises(Violation, match="ready 1 times"):
            watch.check(campaign)
        watch.answers = [(time.monotonic() + 1, 503)]
        watch.check(campaign)
    finally:
        somebody.acts.remove(told)
