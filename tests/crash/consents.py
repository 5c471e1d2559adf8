"""The state of a consent, folded from its events by the table in engine/FLOW.md: written anew, so
that it can disagree with the program."""

import datetime

# What moves a consent, by type of event.
CHANGES = {"form_submitted": "opt_in", "mail_handed_over": "handed_over", "link_opened": "opened",
           "consent_confirmed": "confirmed", "consent_denied": "denied",
           "consent_expired": "expired", "consent_revoked": "revoked",
           "contact_erased": "erased", "reminder_queued": "reminded"}
ENDED = ("revoked", "denied", "expired")


class Impossible(Exception):
    """The log holds an event that may not follow the ones before."""


def rfc3339(millis):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=millis)
    return moment.isoformat(timespec="milliseconds") + "Z"


def opted_in(event, purpose, mail):
    facts = event.facts
    return {"status": "pending", "grade": facts.get("grade", "observed"), "form": facts["form"],
            "form_version": facts["form_version"], "purpose_version": facts[f"purpose:{purpose}"],
            "language": facts["language"], "submission": event.sequence, "mail_id": mail,
            "expires_at": facts["expires_at"], "opt_in_at": rfc3339(event.at),
            "opt_in_date": facts["date"], "mailed_at": None, "opened_at": None,
            "confirmed_at": None, "confirmed_date": None, "revoked_at": None,
            "revoked_date": None, "revoked_by": None, "first_mail_id": None}


def is_of(current, mail):
    """Whether it is one of the round's mails: a reminder's takes the first one's place."""
    return mail == current["mail_id"] or (mail and mail == current["first_mail_id"])


def renews(event, purpose):
    return event.type == "form_submitted" and event.facts.get(f"round:{purpose}") == "renewal"


def advance_renewal(current, renewal, change, event, purpose, mail):
    """Beside a confirmed round a renewal waits. What the round and the renewal are afterwards, and
    whether the renewal became the round."""
    if change == "opt_in":
        raise Impossible(f"event {event.sequence}: opt_in after confirmed")
    if change in ("denied", "expired"):
        return current, None, False
    if change == "confirmed":
        return advance(renewal, change, event, purpose, mail), None, True
    if change == "reminded" or change != "revoked" and is_of(renewal, mail):
        return current, advance(renewal, change, event, purpose, mail), False
    if change == "opened":
        return current, renewal, False
    following = advance(current, change, event, purpose, mail)
    return following, None if change == "revoked" else renewal, False


def advance(current, change, event, purpose, mail):
    """The round after this change; the table's rows are the cases of `status`."""
    status = current["status"] if current else None
    stamp = {"at": rfc3339(event.at), "date": event.facts.get("date")}
    refused = Impossible(f"event {event.sequence}: {change} after {status or 'nothing'}")
    if change == "opt_in":
        if status == "confirmed":
            raise refused
        return opted_in(event, purpose, mail)
    if status is None:
        raise refused
    if change == "handed_over":
        stamps = status in ("pending", "confirmed") and is_of(current, mail)
        return current | {"mailed_at": current["mailed_at"] or stamp["at"]} if stamps else current
    if change == "opened":
        stamps = status == "pending" and is_of(current, mail)
        return current | {"opened_at": current["opened_at"] or stamp["at"]} if stamps else current
    if change == "revoked":
        if status != "confirmed":
            raise refused
        return current | {"status": "revoked", "revoked_at": stamp["at"],
                          "revoked_date": stamp["date"], "revoked_by": event.facts["revoked_by"]}
    if status != "pending" or change == "reminded" and current["first_mail_id"]:
        raise refused
    if change == "reminded":
        return current | {"first_mail_id": current["mail_id"], "mail_id": mail}
    if change == "confirmed":
        if mail != current["mail_id"]:
            raise Impossible(f"event {event.sequence}: confirmed by another round's mail")
        grade = event.facts.get("grade", current["grade"])
        return current | {"status": "confirmed", "grade": grade, "confirmed_at": stamp["at"],
                          "confirmed_date": stamp["date"]}
    return current | {"status": change}


def fold(events, purpose, mail_of):
    """What the row must say, nothing when there must be none, and what the row in `renewal` must.
    `mail_of(sequence)`: the mail that an event names."""
    rounds, renewal = [], None
    for event in events:
        change = CHANGES.get(event.type)
        if change is None:
            continue
        last = rounds[-1] if rounds else None
        if change == "erased":
            if last is None:
                raise Impossible(f"event {event.sequence}: an erasure of nothing")
            return None, None  # what comes after it is of another consent
        if renews(event, purpose):
            if last is None or last["status"] != "confirmed":
                raise Impossible(f"event {event.sequence}: a renewal of nothing")
            renewal = opted_in(event, purpose, mail_of(event.sequence))
            continue
        if change == "opt_in" and event.facts.get(f"round:{purpose}") != "new":
            continue
        if renewal is not None:
            following, renewal, renewed = advance_renewal(
                last, renewal, change, event, purpose, mail_of(event.sequence))
            rounds[-1:] = [last, following] if renewed else [following]
            continue
        following = advance(last, change, event, purpose, mail_of(event.sequence))
        if change == "opt_in" and (last is None or last["status"] != "pending"):
            rounds.append(following)
        else:
            rounds[-1] = following
    kept = [one for one in rounds if one["status"] not in ("denied", "expired")]
    return (kept[-1] if kept else None), renewal
