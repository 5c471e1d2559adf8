"""The invariants, each a function that answers what breaks it: a list of "name: what was found".
They read a Database of a process that has stopped, the relay's record, and what people remember."""

import os
import re

import consents
import leaves
from journey import asks, PERSONAL, Journey

ON_ITS_WAY = ("sent", "handing_over")  # the relay may have the mail by the attempt that counts


def log(database, after, began):
    """Events after that sequence: no gap, each leaf says what its row says, its values open its
    commitments, and it keeps what it completes of the tree. Times do not go back, but for form
    posts: theirs is the moment when the post came in, a little before it was written; it is not
    before `began`, the life of the server that wrote it (milliseconds)."""
    found, expected = [], after
    latest = database.event(after).at if after else 0
    for sequence, at, kind, data in database.raw_events(after):
        expected += 1
        if sequence != expected:
            found.append(f"log: event {sequence} stands where {expected} belongs")
            expected = sequence
        try:
            leaf = leaves.decode(data)
        except leaves.Malformed as reason:
            found.append(f"log: the leaf of event {sequence} {reason}")
            continue
        if (leaf.sequence, leaf.at, leaf.type) != (sequence, at, kind):
            found.append(f"log: the row of event {sequence} is not what its leaf says")
        if (database.nodes(sequence) or b"") != tree_above(database, sequence, data):
            found.append(f"log: event {sequence} keeps other nodes than the tree has")
        before = began if kind == "form_submitted" else latest
        if at < before:
            found.append(f"log: event {sequence} ({kind}) is {before - at} ms too early")
        latest = max(latest, at)
        for name, (salt, value) in database.values(sequence).items():
            if leaves.commitment(salt, name, value) != leaf.commitments.get(name):
                found.append(f"log: value {name} of event {sequence} does not open its commitment")
    return found


def tree_above(database, sequence, data):
    try:
        return leaves.nodes(sequence, data, database.last_node)
    except TypeError:  # an event before it is missing, which is another finding
        return None


def state_is_fold(database, rows):
    """Each row of `consent` says what its events say, and the events are chained by their hashes.
    With that, `confirmed` implies both events, and there is one confirmation in a round."""
    found = []
    for row in rows:
        events = database.about(row["contact_id"], row["id"])
        try:
            folded, renewal = consents.fold(events, row["purpose"], database.mail_of)
        except consents.Impossible as reason:
            found.append(f"fold: consent {row['id']:016x}: {reason}")
            continue
        if folded is None:
            found.append(f"fold: consent {row['id']:016x} has a row and no round")
            continue
        found += renewal_is_fold(database.renewal(row["id"]), renewal, row["id"])
        stored = {**row, "mail_id": row["mail_id"] or 0,
                  "expires_at": consents.rfc3339(row["expires_at"])}
        found += [f"fold: consent {row['id']:016x}: {name} is {stored[name]} and not {value}"
                  for name, value in folded.items() if stored[name] != value]
        found += chain(database, events, row["purpose"])
    return found


def renewal_is_fold(row, folded, consent):
    if (row is None) != (folded is None):
        return [f"fold: consent {consent:016x}: a renewal is {'not ' if row is None else ''}there"]
    if row is None:
        return []
    stored = {**row, "mail_id": row["mail_id"] or 0,
              "expires_at": consents.rfc3339(row["expires_at"])}
    return [f"fold: the renewal of consent {consent:016x}: {name} is {stored[name]} and not {value}"
            for name, value in folded.items() if name in stored and stored[name] != value]


def chain(database, events, purpose):
    """FORMAT.md §5, as far as the values are still there."""
    found, before = [], None
    for event in events:
        value = database.values(event.sequence).get(f"previous:{purpose}")
        if value and value[1] != before:
            found.append(f"fold: event {event.sequence} names another leaf before it")
        before = leaves.leaf_hash(database.leaf_bytes(event.sequence))
    return found


def ended_consents(database, consents_of_contacts):
    """Consents without a row: the log says how they ended. Pairs of contact and consent."""
    found = []
    for contact, consent in consents_of_contacts:
        moves = [event.type for event in database.about(contact, consent)
                 if event.type in consents.CHANGES
                 and event.type not in ("mail_handed_over", "link_opened")]
        if moves and moves[-1] not in ("consent_denied", "consent_expired", "contact_erased"):
            found.append(f"fold: consent {consent:016x} is gone after {moves[-1]}")
    return found


def events_of(database, contacts):
    """What people did, by the log, in its order."""
    found = {event.sequence: event for contact in contacts for event in database.about(contact)
             if event.type in PERSONAL}
    return [found[sequence] for sequence in sorted(found)]


def answered(database, person, mails):
    """What the person was told is there, at its place, and nothing else. `mails`: {SHA-256: Mail}.
    Answers the findings, and [(submission, act)]: the mails that may not go after that act."""
    known = {digest: mails[digest] for digest in person.mails if digest in mails}
    contacts = {mail.contact for mail in known.values()}
    contacts.add(database.contact_of(person.address))
    events = events_of(database, contacts - {None})
    journey = Journey([act for act in person.acts
                       if act.kind != "erase" and (act.mail is None or act.mail in known)],
                      events, {digest: mail.submission for digest, mail in known.items()})
    reason = journey.explain()
    return ([f"answers: {person.address}: {reason}"] if reason else []), journey.ends()


def erased(database, person, copies_of):
    """After the answer to an erasure the person is not there, and is mailed no more."""
    act = person.erasure
    if act.status is None:
        return []
    found = []
    if database.contact_of(person.address) is not None:
        found.append(f"erased: {person.address} is there")
    found += [f"erased: {person.address} was mailed {copy.go_at - act.answered_at:.3f} s after it"
              for digest in person.mails for copy in copies_of.get(digest, ())
              if copy.go_at > act.answered_at]
    return found


ADDRESS = re.compile(rb"p[0-9]+@example\.org", re.IGNORECASE)


def left_in_files(folder, people, stopped):
    """After the answer to an erasure no byte of the person is in any file; in the write-ahead log,
    which goes on with pages as they lie in memory, as soon as the server has stopped."""
    gone = {person.address for person in people if person.erasure and person.erasure.status}
    found = []
    for name in sorted(os.listdir(folder)) if gone else ():
        path = os.path.join(folder, name)
        # The reserve is nothing but zeros.
        if name.endswith(".reserve") or not os.path.isfile(path) or (
                name.endswith("-wal") and not stopped):
            continue
        with open(path, "rb") as file:
            there = {match.decode().lower() for match in ADDRESS.findall(file.read())}
        found += [f"erased: {address} stands in {name}" for address in sorted(there & gone)]
    return found


def ours(taken, mails):
    """Every mail at the relay is one of the database, byte for byte."""
    found = []
    for copy in taken:
        mail = mails.get(copy.digest)
        if mail is None:
            found.append(f"copies: a mail to {copy.recipient} is none of the database's bytes")
        elif mail.recipient not in ("", copy.recipient):
            found.append(f"copies: the mail for {mail.recipient} went to {copy.recipient}")
    return found


def copies(mails, copies_of, outbox):
    """Each mail was handed over once, or as often more as attempts are uncertain."""
    found = []
    for mail in mails:
        row, number = outbox[mail.id], len(copies_of.get(mail.digest, ()))
        if row.state == "sent" and not number:
            found.append(f"copies: mail {mail.id:016x} is sent and not at the relay")
        explained = row.uncertain + (row.state in ON_ITS_WAY)
        if number > explained:
            found.append(f"copies: mail {mail.id:016x} ({row.state}) is {number} times at the "
                         f"relay, and {explained} times is explained")
    return found


def nothing_after_the_end(ends, person, mails, copies_of, gone_at):
    """After the answer to a denial, a revocation, a confirmation or a newer sign-up nobody gets the
    mail that asked. The relay's 354 is the proof: the last bytes are allowed after it. `ends`: of
    this person; `gone_at`: {life: when the server had gone}."""
    found = []
    for submission, act in ends:
        over_at = act.answered_at if act.status is not None else gone_at[act.life]
        for digest in person.mails:
            if digest not in mails or mails[digest].submission != submission:
                continue
            found += [f"after the end: {person.address} was mailed {copy.go_at - over_at:.3f} s "
                      f"after {act.kind}" for copy in copies_of.get(digest, ())
                      if copy.go_at > over_at]
    return found


def no_mark_after_the_end(database, mails, outbox):
    """The same by what the database says alone: where a mail's rounds have ended, its last bytes
    were allowed before."""
    found = []
    for mail in mails:
        mark = outbox[mail.id].handed_over_at
        if mark is None:
            continue
        ends = [ending_of(database, mail, consent) for consent in mail.consents]
        if ends and all(ends) and max(ends) < mark:
            found.append(f"after the end: the last bytes of mail {mail.id:016x} were allowed "
                         f"{mark - max(ends)} ms after its last consent had ended")
    return found


def ending_of(database, mail, consent):
    """When the round that this mail is about had ended its waiting, or the consent of which it
    tells had ended; None while it waits."""
    if not asks(database.event(mail.submission)):
        return next((event.at for event in database.about(mail.contact, consent)
                     if event.sequence > mail.submission
                     and event.type == "consent_revoked"), None)
    for event in database.about(mail.contact, consent):
        if event.sequence > mail.submission and event.type in consents.CHANGES and (
                event.type not in ("mail_handed_over", "link_opened")):
            if event.type != "form_submitted":
                return event.at
            if asks(event):
                # Its time is when the post came in. It was in force before the next event was.
                return database.one("SELECT at FROM event WHERE sequence > ? AND type <> ?"
                                    " ORDER BY sequence", event.sequence, event.type)
    return None


def stopped_well(status, mails_by_state):
    """After SIGTERM, with a relay that answers in time."""
    found = [] if status == 0 else [f"stop: exit status {status}"]
    for state in ("attempting", "handing_over"):
        if mails_by_state.get(state):
            found.append(f"stop: {mails_by_state[state]} mails are left {state}")
    return found


def all_arrived(mails, copies_of, outbox):
    """After the last drain: every mail that was not dropped came, and nothing is under way."""
    found = []
    for mail in mails:
        state = outbox[mail.id].state
        if state != "dropped" and mail.digest not in copies_of:
            found.append(f"arrival: mail {mail.id:016x} is {state} and never came")
        if state not in ("sent", "dropped"):
            found.append(f"arrival: mail {mail.id:016x} is still {state}")
    return found


def listed_as_uncertain(listed, outbox):
    """`listed`: ids of `queue list --uncertain`."""
    expected = {mail for mail, row in outbox.items() if row.uncertain}
    return [] if listed == expected else [
        f"uncertain: {len(expected)} mails are, {len(listed)} are listed, "
        f"{len(listed ^ expected)} differ"]


def dropped_for_a_reason(outbox, rows):
    """No consent waits for a mail that was taken out."""
    return [f"arrival: consent {row['id']:016x} waits for a mail that was dropped" for row in rows
            if row["status"] == "pending" and row["mail_id"]
            and outbox[row["mail_id"]].state == "dropped"]


def counts(database, people):
    """As many events as answers, over everybody; who was cut off may add to it."""
    found = []
    acts = [act for person in people for act in person.acts if act.kind == "post"]
    told = sum(act.status in (202, 303) for act in acts)
    cut = sum(act.status is None for act in acts)
    there = database.one("SELECT count(*) FROM event WHERE type = 'form_submitted'")
    if there > told + cut:
        found.append(f"answers: {there} sign-ups in the log, {told} were answered, {cut} cut off")
    return found
