"""The load: people who sign up, open, confirm, deny and revoke, each one thing after the other, and
remember every answer. What they remember is flushed to a file as it comes."""

import http.client
import json
import random
import re
import threading
import time

from installation import PATIENCE, Visitor
from journey import ACCEPTED, Act

PURPOSES = ("newsletter", "events")
ACTS = 8  # of one person at most, then somebody else comes
POSTS = 3  # of one person: below what the form allows an address
# Tokens may be broken by quoted-printable's soft line breaks.
LINK = re.compile(rb"/(confirm|revoke)/((?:[A-Za-z0-9_-]|=\r\n)+)")


def links_of(data):
    """{"confirm": path, "revoke": path} of a mail, the first where it asks for a press."""
    return {kind.decode(): f"/{kind.decode()}/" + token.replace(b"=\r\n", b"").decode()
            for kind, token in LINK.findall(data)}


def known(status):
    """After a 503 what was asked for may be there or not, as if nothing had been said."""
    return None if status == 503 else status


class Person:
    def __init__(self, address):
        self.address = address
        self.acts = []
        self.mails = {}  # SHA-256: its links, in the order in which they came
        self.busy = True
        self.seen_at = 0  # how many acts were checked
        self.erasure = None  # the act of an operator; afterwards the person does nothing more

    @property
    def posts(self):
        return sum(act.kind == "post" for act in self.acts)


class People:
    """All of them, over all lives of the server. The threads of a life end with it."""

    def __init__(self, seed, record, threads=6, pause=0.02):
        self.everybody = {}  # address: Person
        self.touched = set()  # addresses that acted, or got mail, since somebody took the set
        self.answers = 0
        self.unexpected = []
        self._lock = threading.Lock()
        self._idle = []  # addresses of those who have mail and may act
        self._seed, self._threads, self._pause = seed, threads, pause
        self._record = record
        self.erase_by = None  # runs the verb for an address, and answers its exit status
        self._life = 0
        self._running = []
        self._over, self._leaving = threading.Event(), threading.Event()

    # --- a life of the server ---

    def begin(self, port):
        self._life += 1
        self._over.clear()
        self._leaving.clear()
        self._running = [threading.Thread(target=self._run, args=(port, number), daemon=True)
                         for number in range(self._threads)]
        for thread in self._running:
            thread.start()

    def sign_up(self, port, count):
        """A life in which so many new people sign up, and no more happens."""
        self._life += 1
        chance = random.Random(f"{self._seed} {self._life}")
        with Visitor(port) as visitor:
            for _ in range(count):
                with self._lock:
                    person = Person(f"p{len(self.everybody)}@example.org")
                    self.everybody[person.address] = person
                    self.touched.add(person.address)
                try:
                    self._post(person, chance, visitor)
                except (ConnectionError, http.client.HTTPException):
                    return
                finally:
                    self._release(person)

    def leave(self):
        """The server is stopping: who is not let in goes, and does not try again."""
        self._leaving.set()

    def end(self):
        """The server has gone, or they may stop: waits until nobody acts any more."""
        self._over.set()
        for thread in self._running:
            thread.join()
        self._running = []

    @property
    def life(self):
        return self._life

    def receive(self, copy):
        """A mail has come. Called by the relay."""
        with self._lock:
            person = self.everybody.get(copy.recipient)
            if person is None:
                return  # the check of copies says so
            if copy.digest not in person.mails:
                person.mails[copy.digest] = links_of(copy.data)
            self.touched.add(copy.recipient)
            if not person.busy and not person.erasure and len(person.mails) == 1 and (
                    copy.recipient not in self._idle):
                self._idle.append(copy.recipient)

    def take_touched(self):
        with self._lock:
            touched, self.touched = self.touched, set()
            return touched

    # --- one thread ---

    def _run(self, port, number):
        chance = random.Random(f"{self._seed} {self._life} {number}")
        with Visitor(port) as visitor:
            while not self._over.is_set():
                person = self._next_person(chance)
                try:
                    self._act(person, chance, visitor)
                except ConnectionRefusedError:
                    return  # the server has gone
                except (ConnectionError, http.client.HTTPException):
                    if self._leaving.is_set():
                        return
                finally:
                    self._release(person)
                if chance.random() < 0.5:
                    self._over.wait(chance.expovariate(1 / self._pause))

    def _next_person(self, chance):
        with self._lock:
            if self._idle and chance.random() < 0.6:
                index = chance.randrange(len(self._idle))
                self._idle[index], self._idle[-1] = self._idle[-1], self._idle[index]
                person = self.everybody[self._idle.pop()]
            else:
                person = Person(f"p{len(self.everybody)}@example.org")
                self.everybody[person.address] = person
            person.busy = True
            self.touched.add(person.address)
            return person

    def _release(self, person):
        with self._lock:
            person.busy = False
            if person.mails and len(person.acts) < ACTS and not person.erasure:
                self._idle.append(person.address)

    def _act(self, person, chance, visitor):
        if not person.mails:
            self._post(person, chance, visitor)
            return
        # Mostly the newest mail, now and then an older one.
        mails = list(person.mails)
        mail = mails[-1] if chance.random() < 0.8 else chance.choice(mails)
        kinds = {"open": 4, "confirm": 7, "choose": 1, "deny": 2, "revoke": 3, "rush": 1, "post": 3,
                 "race": 3}
        if "confirm" not in person.mails[mail]:  # it only says that they are signed up already
            kinds = {"revoke": 3, "post": 3, "race": 3}
        if person.posts >= POSTS:
            kinds["post"] = kinds["race"] = 0
        if self.erase_by:
            kinds["erase"] = 1
        kind = chance.choices(list(kinds), list(kinds.values()))[0]
        if kind == "post":
            self._post(person, chance, visitor)
        elif kind == "race":
            # Another mail is on its way while the person leaves by the link of the one at hand.
            self._post(person, chance, visitor)
            if chance.random() < 0.7:
                time.sleep(chance.uniform(0, 0.004))
            self.follow(person, "revoke", mail, chance, visitor)
        elif kind == "erase":
            self.erase(person)
        elif kind == "rush":
            self._rush(person, mail, chance, visitor.port)
        else:
            self.follow(person, kind, mail, chance, visitor)

    def _post(self, person, chance, visitor):
        ticked = chance.choice((PURPOSES, PURPOSES[:1], PURPOSES[1:]))
        act = Act("post", self._life, purposes=ticked)
        if chance.random() < 0.5:
            self._do(person, act, lambda: visitor.post_json(
                "/forms/open", {"email": person.address, "first_name": "Anna", "consent": ticked}))
        else:
            self._do(person, act, lambda: visitor.post(
                "/forms/open", {"email": person.address, "consent": ticked}))

    def follow(self, person, kind, mail, chance, visitor):
        """The person opens or presses a link of the mail."""
        links = person.mails[mail]
        act = Act(kind, self._life, mail=mail)
        if kind == "choose":
            act.purposes = (chance.choice(PURPOSES),)
        self._do(person, act, lambda: {
            "open": lambda: visitor.get(links["confirm"]),
            "confirm": lambda: visitor.press(links["confirm"]),
            "choose": lambda: visitor.post(links["confirm"], {
                "decision": "confirm", "choose": "1", "purpose": act.purposes}),
            "deny": lambda: visitor.press(links["confirm"], "deny"),
            "revoke": lambda: visitor.one_click(links["revoke"]) if chance.random() < 0.5
            else visitor.post(links["revoke"], {}),
        }[kind]())

    def erase(self, person):
        """An operator does it, with the proof. The verb may find the server gone, and then opens
        the database itself."""
        act = Act("erase", self._life, sent_at=time.monotonic())
        with self._lock:
            person.acts.append(act)
            person.erasure = act
        if self.erase_by(person.address) == 0:
            act.status, act.answered_at = 200, time.monotonic()
        self._note(person, act)

    def _rush(self, person, mail, chance, port):
        """Several presses of one link at the same time."""
        decisions = chance.choices(("confirm", "deny"), (3, 1), k=chance.randint(2, 5))
        answers = [None] * len(decisions)

        def press(index):
            try:
                answer = Visitor(port).press(person.mails[mail]["confirm"], decisions[index])
                answers[index] = known(answer.status)
            except (ConnectionError, http.client.HTTPException):
                pass
            except TimeoutError:
                self.unexpected.append(f"a press got no answer for {PATIENCE} s")

        act = Act("rush", self._life, mail=mail, sent_at=time.monotonic())
        with self._lock:
            person.acts.append(act)
        threads = [threading.Thread(target=press, args=(index,))
                   for index in range(len(decisions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        act.rush = tuple(zip(decisions, answers))
        if any(answers):
            act.status, act.answered_at = 200, time.monotonic()
        self._note(person, act)

    def _do(self, person, act, ask):
        act.sent_at = time.monotonic()
        with self._lock:
            person.acts.append(act)
        try:
            answer = ask()
        except (ConnectionError, http.client.HTTPException):
            self._note(person, act)
            raise
        except TimeoutError:
            self.unexpected.append(f"{act.kind} got no answer for {PATIENCE} s")
            return
        act.answered_at = time.monotonic()
        act.status = known(answer.status)
        if act.kind == "post" and answer.status not in (*ACCEPTED, 503):
            self.unexpected.append(f"a post was answered {answer.status}")
        self._note(person, act)

    def _note(self, person, act):
        with self._lock:
            self.answers += act.answered_at is not None
            line = {"life": act.life, "who": person.address, "act": act.kind,
                    "purposes": act.purposes, "status": act.status, "at": act.answered_at,
                    "mail": act.mail and act.mail.hex()[:16], "rush": act.rush}
            self._record.write(json.dumps({key: one for key, one in line.items() if one}) + "\n")
            self._record.flush()
