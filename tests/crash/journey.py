"""What one person did, held against what the log says happened: the oracle of the crash test.

A person's acts follow one another, so their events stand in the log in the same order. An act that
was answered must be there, with the effect that its answer told; an act that was cut off by a kill
may be there or not, but wholly, and at its place. Nothing else may be there."""

import collections
import dataclasses

PERSONAL = ("form_submitted", "link_opened", "consent_confirmed", "consent_denied",
            "consent_expired", "consent_revoked")  # events that only an act brings about
ACCEPTED = (202, 303)
PAGE = (200, 303)
GONE = (404, 410)


@dataclasses.dataclass
class Act:
    kind: str  # post, open, confirm, choose, deny, revoke, rush (many presses at once)
    life: int
    purposes: tuple = ()  # post, choose
    mail: bytes = None  # SHA-256 of the mail whose link was followed
    sent_at: float = None
    answered_at: float = None
    status: int = None  # None: no answer, so it may have happened or not
    rush: tuple = ()  # (decision, status) of each press


Round = collections.namedtuple("Round", "status submission")  # of one purpose; pending, confirmed


@dataclasses.dataclass(frozen=True)
class State:
    rounds: dict = dataclasses.field(default_factory=dict)  # purpose: Round; nothing: ended or none
    deaf: bool = False  # after a denial the form creates nothing

    def of(self, submission, status):
        return [purpose for purpose, one in self.rounds.items() if one == (status, submission)]

    def with_rounds(self, changed, deaf=None):
        rounds = {**self.rounds, **changed}
        return State({purpose: one for purpose, one in rounds.items() if one},
                     self.deaf if deaf is None else deaf)


def asks(event):
    """Whether the mail that answers this sign-up asks for a press, or only says that the person is
    signed up already."""
    return any(name.startswith("round:") and outcome in ("new", "renewal")
               for name, outcome in event.facts.items())


class Mismatch(Exception):
    pass


class Journey:
    def __init__(self, acts, events, mails):
        """`events`: those of the person's contacts with a type of PERSONAL, in their order.
        `mails`: {SHA-256: sequence of the sign-up that it answers}."""
        self.acts, self.events, self.mails = acts, events, mails
        self.submissions = {event.sequence: event for event in events
                            if event.type == "form_submitted"}
        self.path = []  # (act, state after it) where all fits
        self._furthest = (-1, "")

    def explain(self):
        """None when log and acts agree, else what does not fit."""
        if self._walk(0, 0, State()):
            return None
        position, reason = self._furthest
        kinds = " ".join(f"{act.kind}:{act.status or '?'}" for act in self.acts)
        types = " ".join(event.type for event in self.events)
        return f"act {position + 1}: {reason}; acts: {kinds}; events: {types}"

    def ends(self):
        """[(submission, act that ended its rounds' waiting)]: afterwards its mail may not go."""
        found, before = [], State()
        for act, state in self.path:
            waiting = {one.submission for one in state.rounds.values() if one.status == "pending"}
            found += [(one.submission, act) for one in before.rounds.values()
                      if one.status == "pending" and one.submission not in waiting]
            before = state
        return found

    def _walk(self, number, at, state):
        if number == len(self.acts):
            if at == len(self.events):
                return True
            self._note(number, f"nobody did what event {self.events[at].sequence} says")
            return False
        act = self.acts[number]
        for following, after in self._possible(number, act, state, at):
            self.path.append((act, after))
            if self._walk(number + 1, following, after):
                return True
            self.path.pop()
        return False

    def _note(self, number, reason):
        if number > self._furthest[0]:
            self._furthest = (number, reason)

    def _possible(self, number, act, state, at):
        """Where in the log, and in which state, the person may be after this act. That a cut off
        act did not happen comes first: then what did happen is put down to the last act that can
        have done it, and nothing is said to have ended before it had."""
        if act.status is None:
            yield at, state
        try:
            following, after, allowed = getattr(self, act.kind)(act, state, at)
            if act.status is None and following != at:
                yield following, after
            elif act.status is not None and act.status not in allowed:
                raise Mismatch(f"the answer {act.status} does not fit")
            elif act.status is not None:
                yield following, after
        except Mismatch as reason:
            self._note(number, str(reason))

    def _take(self, at, kind, purposes):
        """The next event has to be this one, about these purposes."""
        if at >= len(self.events) or self.events[at].type != kind:
            there = self.events[at].type if at < len(self.events) else "the end"
            raise Mismatch(f"{kind} is missing, the log goes on with {there}")
        named = {name[8:] for name in self.events[at].facts if name.startswith("purpose:")}
        if named != set(purposes):
            raise Mismatch(f"event {self.events[at].sequence} is about {sorted(named)} instead of "
                           f"{sorted(purposes)}")
        return at + 1

    # --- one method per kind of act: (place in the log, state, statuses that fit) after it ---

    def post(self, act, state, at):
        if state.deaf:
            return at, state, ACCEPTED
        following = self._take(at, "form_submitted", act.purposes)
        event, changed = self.events[at], {}
        for purpose in act.purposes:
            now = state.rounds.get(purpose)
            allowed = ("kept_confirmed",) if now and now.status == "confirmed" else (
                "new", "kept_pending") if now else ("new",)
            outcome = event.facts.get(f"round:{purpose}")
            if outcome not in allowed:
                raise Mismatch(f"event {event.sequence}: round {outcome} instead of {allowed}")
            if outcome == "new":
                changed[purpose] = Round("pending", event.sequence)
        return following, state.with_rounds(changed), ACCEPTED

    def open(self, act, state, at):
        submission = self.mails[act.mail]
        waiting = state.of(submission, "pending")
        if waiting:
            return self._take(at, "link_opened", waiting), state, PAGE
        return at, state, PAGE if state.of(submission, "confirmed") else GONE

    def confirm(self, act, state, at):
        submission = self.mails[act.mail]
        return self._confirm(state, at, submission, state.of(submission, "pending"))

    def choose(self, act, state, at):
        submission = self.mails[act.mail]
        waiting = state.of(submission, "pending")
        chosen = [purpose for purpose in waiting if purpose in act.purposes]
        if waiting and not chosen:
            return at, state, (422,)
        return self._confirm(state, at, submission, chosen)

    def _confirm(self, state, at, submission, chosen):
        if not chosen:
            return at, state, PAGE if state.of(submission, "confirmed") else GONE
        at = self._take(at, "consent_confirmed", chosen)
        changed = {purpose: Round("confirmed", submission) for purpose in chosen}
        # In the order of their ids, which is the order in which the log has them.
        left = set(state.of(submission, "pending")) - set(chosen)
        for _ in sorted(left):
            one = [purpose for purpose in left if purpose not in changed and at < len(self.events)
                   and f"purpose:{purpose}" in self.events[at].facts]
            at = self._take(at, "consent_expired", one)
            changed[one[0]] = None
        return at, state.with_rounds(changed), PAGE

    def deny(self, act, state, at):
        submission = self.mails[act.mail]
        waiting = state.of(submission, "pending")
        if waiting:
            # And with them what other mails of the same form asked.
            form = self.submissions[submission].facts.get("form")
            waiting = [purpose for purpose, one in state.rounds.items() if one.status == "pending"
                       and self.submissions[one.submission].facts.get("form") == form]
            at = self._take(at, "consent_denied", waiting)
            return at, state.with_rounds(dict.fromkeys(waiting), deaf=True), PAGE
        return at, state, PAGE if state.of(submission, "confirmed") else GONE

    def revoke(self, act, state, at):
        sign_up = self.submissions[self.mails[act.mail]]
        named = ("new", "renewal") if asks(sign_up) else ("kept_confirmed",)
        begun = {name[6:] for name, outcome in sign_up.facts.items()
                 if name.startswith("round:") and outcome in named}
        for status, kind in (("confirmed", "consent_revoked"), ("pending", "consent_denied")):
            concerned = [purpose for purpose, one in state.rounds.items()
                         if one.status == status and purpose in begun]
            if concerned:
                at = self._take(at, kind, concerned)
                state = state.with_rounds(dict.fromkeys(concerned),
                                          deaf=state.deaf or status == "pending")
        return at, state, (200,)

    def rush(self, act, state, at):
        """Of presses at the same time one counts, whichever; the others are told what it did."""
        submission = self.mails[act.mail]
        waiting = state.of(submission, "pending")
        answers = [pair for pair in act.rush if pair[1] is not None]
        denied = waiting and at < len(self.events) and self.events[at].type == "consent_denied"
        if denied:
            at, state, _ = self.deny(act, state, at)
            fits = [("deny", 200)]
            wrong = [pair for pair in answers if pair not in fits and pair[1] not in GONE]
            if answers.count(("deny", 200)) > 1:
                wrong.append("two denials")
        else:
            at, state, allowed = self._confirm(state, at, submission, waiting)
            wrong = [pair for pair in answers if pair[1] not in allowed]
        if wrong:
            raise Mismatch(f"presses at once: {wrong} does not fit")
        return at, state, (act.status,)
