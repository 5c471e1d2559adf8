"""Kills one installation again and again under load, and after each time checks what it left."""

import contextlib
import os
import random
import signal
import time

import checks
from database import Database
from installation import CALM, PATIENCE, RUDE, RecordingSink, install, started
from people import People

# How a life of the server ends, and how often of a hundred.
ENDS = {"killed while it serves": 84, "killed while it starts": 6, "killed while it stops": 5,
        "stopped": 5}
STANDSTILL = 30  # seconds without a mail at the relay after which a drain has failed


class Violation(Exception):
    """An invariant does not hold; the text says which, where, and how to come here again."""


class Campaign:
    def __init__(self, folder, seed, every=50, manners=RUDE, threads=6):
        self.folder, self.seed, self.every = str(folder), seed, every
        self.kills = self.lives = 0
        self.withheld = 0  # mails whose round ended between their attempt and their last bytes
        self.held = []  # for each mail that the last drain found held: whether it had come
        self.fault = ""  # that this life is under
        self.mails = {}  # SHA-256: Mail, of all that the database had at some check
        self.people_ends = {}  # address: [(submission, act that ended its waiting)]
        self.gone_at = {}  # life: when its server had gone
        self._manners = manners
        self._chance = random.Random(seed)
        self._sequence, self._newest_mail, self._sorted = 0, 0, 0
        self.copies = {}  # SHA-256: what the relay got of that mail
        self._kept = open(os.path.join(self.folder, "answers.jsonl"), "w", encoding="utf-8")
        self.people = People(seed, self._kept, threads)
        self.relay = RecordingSink(manners, self.people.receive, seed)

    def __enter__(self):
        self.relay.__enter__()
        self.jawort = install(os.path.join(self.folder, "jawort"), self.relay)
        self.people.erase_by = lambda address: self.jawort.run(
            "contact", "erase", address, "--with-proof", "--yes").returncode
        return self

    def __exit__(self, *_):
        self.people.end()
        if self.jawort.process is not None:
            self.jawort.kill()
        self.relay.__exit__()
        self._kept.close()

    # --- lives ---

    def one_life(self, way=None):
        """Starts, works under load, ends in one of the ways of ENDS, and is looked into."""
        way = way or self._chance.choices(list(ENDS), list(ENDS.values()))[0]
        began = int(time.time() * 1000)
        self.jawort.launch()
        if way == "killed while it starts":
            time.sleep(self._chance.uniform(0, 0.04))
            self._end_life(way)
        else:
            self._serve(way)
        self.check(began, everything=self.lives % self.every == 0)

    @contextlib.contextmanager
    def faulty_life(self, fault):
        """A life that the caller brings to its end; then it is checked."""
        began, self.fault = int(time.time() * 1000), fault
        yield
        if self.jawort.process is not None and self.jawort.process.poll() is None:
            self.jawort.kill()
        self.stop_people()
        self.lives += 1
        self.jawort.process = None
        self.check(began)
        self.fault = ""

    def stop_people(self):
        self.gone_at.setdefault(self.people.life, time.monotonic())
        self.people.end()

    def _serve(self, way):
        self.expect(started(self.jawort), "start: the server ended before it was ready")
        self.people.begin(self.jawort.port)
        time.sleep(self._chance.uniform(0.05, 0.8))
        if self._chance.random() < 0.1:
            self._try_again()
        if way != "killed while it serves":
            self.relay.manners = CALM if way == "stopped" else self._manners
            self.people.leave()
            self.jawort.signal_stop()
            if way == "killed while it stops":
                time.sleep(self._chance.uniform(0, 0.1))
        self._end_life(way)

    def _end_life(self, way):
        process = self.jawort.process
        if way == "stopped":
            status = process.wait(PATIENCE)
        else:
            process.kill()
            status = process.wait(PATIENCE)
            self.kills += status == -signal.SIGKILL
        self.stop_people()
        self.lives += 1
        self.jawort.log.end()
        self.jawort.process = None
        if way == "stopped":
            self.relay.manners = self._manners
            with Database(self.jawort.database) as database:
                self._report(checks.stopped_well(status, database.mails_by_state()))
        else:
            stopping = way == "killed while it stops" and status == 0
            self.expect(stopping or status == -signal.SIGKILL,
                         f"exit: the server ended by itself with status {status}")

    def _try_again(self):
        """What the relay deferred, or left open, goes out now instead of in ten minutes."""
        self.jawort.run("queue", "retry", "--all")

    def drain(self):
        """A last life without load, until nothing is under way, and its end by SIGTERM. What was
        held because it was uncertain too often is released, as the operator would."""
        self.relay.manners = CALM
        began = int(time.time() * 1000)
        self.jawort.start()
        came = {self.mails[digest].id for digest in self.copies}
        self.held = [int(mail["id"], 16) in came for mail in self.jawort.mails("--state", "held")]
        progress, since = None, time.monotonic()
        # Without --all: the states that mails leave again.
        while mails := self.jawort.mails("--limit", "100000"):
            self._try_again()
            self.jawort.run("queue", "release", "--all")
            if (now := (len(mails), len(self.relay.copies))) != progress:
                progress, since = now, time.monotonic()
            self.expect(time.monotonic() - since < STANDSTILL,
                        f"arrival: {len(mails)} mails wait, and none goes for {STANDSTILL} s")
            time.sleep(0.05)
        self.jawort.signal_stop()
        self._end_life("stopped")
        self.check(began, everything=True, drained=True)
        self._check_proofs()

    def _check_proofs(self, most=5):
        """Of those who are left, some get a dossier, and it is whole."""
        with Database(self.jawort.database) as database:
            rows = database.rows("SELECT c.email, s.purpose FROM consent s JOIN contact c ON c.id ="
                                 " s.contact_id WHERE s.status = 'confirmed'")
        for number, (address, purpose) in enumerate(rows[:most]):
            path = os.path.join(self.folder, f"dossier-{self.lives}-{number}.zip")
            for verb in (["dossier", address, "--purpose", purpose, "-o", path], ["verify", path]):
                answer = self.jawort.run(*verb)
                self.expect(answer.returncode == 0,
                            f"proof: {verb[0]} ended with {answer.returncode}: {answer.stderr}")
            os.remove(path)

    def summary(self):
        people = self.people
        cut = sum(act.status is None for person in list(people.everybody.values())
                  for act in person.acts)
        return (f"{people.answers} answers, {cut} cut off, {self._sequence} events, "
                f"{len(self.relay.copies)} mails at the relay, "
                f"{sum(len(copies) - 1 for copies in self.copies.values())} of them again, "
                f"{self.withheld} withheld at the last moment, "
                f"{sum(bool(person.erasure) for person in list(people.everybody.values()))} "
                f"erased, "
                f"{len(self.held)} held and {self.held.count(False)} of these not come")

    def keep_strange_mails(self):
        """Those that no check has found in the database."""
        for number, copy in enumerate(copy for copy in self.relay.copies if copy.data):
            with open(os.path.join(self.folder, f"mail-{number}.eml"), "wb") as file:
                file.write(copy.data)

    # --- checks ---

    def check(self, began, everything=False, drained=False):
        """What is new since the last check, or all there is. The server must not be running."""
        touched = self.people.take_touched()
        self._report([f"answers: {what}" for what in self.people.unexpected])
        with Database(self.jawort.database) as database:
            self._report(checks.log(database, 0 if everything else self._sequence,
                                    0 if everything else began))
            self._sequence = database.last_sequence()
            new_mails = database.mails(self._newest_mail)
            self.mails |= {mail.digest: mail for mail in new_mails}
            self._newest_mail = max([self._newest_mail, *(mail.id for mail in new_mails)])
            new_copies = self._sort_copies()
            self._report(checks.left_in_files(os.path.dirname(self.jawort.database),
                                              self.people.everybody.values(), drained))
            if everything:
                self._check_people(database, self.people.everybody)
                self._check_mails(database, self.mails)
                self._check_everything(database, drained)
            else:
                self._check_people(database, touched)
                self._check_mails(database, new_copies | {mail.digest for mail in new_mails})

    def _sort_copies(self):
        """Puts what came at the relay since the last time in its place; answers their digests."""
        new = self.relay.copies[self._sorted:]
        self._sorted += len(new)
        self._report(checks.ours(new, self.mails))
        for copy in new:
            copy.data = b""  # it is known to be the one in the database
            self.copies.setdefault(copy.digest, []).append(copy)
        return {copy.digest for copy in new}

    def _check_people(self, database, addresses):
        for address in list(addresses):
            person = self.people.everybody[address]
            if person.erasure:
                self._report(checks.erased(database, person, self.copies))
                if person.erasure.status or database.contact_of(address) is None:
                    continue  # else it was cut off before it began, and nothing had happened
            findings, ends = checks.answered(database, person, self.mails)
            self._report(findings)
            self.people_ends[address] = ends
            self._report(checks.nothing_after_the_end(ends, person, self.mails, self.copies,
                                                      self.gone_at))
            contact = database.contact_of(person.address)
            if contact is not None:
                self._report(checks.state_is_fold(database, database.consents(contact)))

    def _check_mails(self, database, digests):
        mails = [self.mails[digest] for digest in digests]
        outbox = database.outbox(mail.id for mail in mails)
        self._report(checks.copies(mails, self.copies, outbox))
        self._report(checks.no_mark_after_the_end(database, mails, outbox))

    def _check_everything(self, database, drained):
        rows, outbox = database.consents(), database.outbox(
            mail.id for mail in self.mails.values())
        self.withheld = sum(row.state == "dropped" and row.last_attempt_at is not None
                            and row.handed_over_at is None for row in outbox.values())
        self._report(checks.state_is_fold(database, rows))
        asked = {(mail.contact, consent) for mail in self.mails.values()
                 for consent in mail.consents}
        self._report(checks.ended_consents(
            database, asked - {(row["contact_id"], row["id"]) for row in rows}))
        self._report(checks.dropped_for_a_reason(outbox, rows))
        self._report(checks.counts(database, self.people.everybody.values()))
        self._report([f"damage: {line}" for line in database.damage()])
        verified = self.jawort.run("ledger", "verify")
        self.expect(verified.returncode == 0, f"proof: ledger verify: {verified.stdout}")
        if drained:
            self._report(checks.all_arrived(self.mails.values(), self.copies, outbox))
            listed = self.jawort.mails("--uncertain")
            self._report(checks.listed_as_uncertain({int(mail["id"], 16) for mail in listed},
                                                    outbox))

    def expect(self, fine, finding):
        if not fine:
            self._report([finding])

    def _report(self, findings):
        if findings:
            where = f"seed {self.seed}, life {self.lives}" + (self.fault and f", {self.fault}")
            shown = findings[:10]
            if len(findings) > len(shown):
                shown.append(f"and {len(findings) - len(shown)} more")
            raise Violation("\n  ".join([where + ":", *shown]))
