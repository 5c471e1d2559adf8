"""The 21 items of a dossier, judged anew: engine/dossier/FORMAT.md §5, 15."""

# What settings decide, and whether a mail was queued after an erasure, is not in the events.
ALIKE = ({"no_mail_queued", "mail_not_stored", "no_attempt_yet"}, {"ip_not_known", "ip_by_policy"},
         {"authority_silent", "no_authority"}, {"kept_by_purpose", "kept_by_rule"})


def judge(events, form, purpose, mail, queued, head_size, time_stamp):
    """(state, reason) of each, about one round. `events`: those from its sign-up on, as (leaf,
    values, erased names). `form`: what was shown, or nothing; `purpose`: the object of the purpose
    in it, or nothing. `mail`: as in proof.json with its bytes, or nothing."""
    sign_up, values, erased = events[0]
    confirmations = [event for event in events if event[0].type == "consent_confirmed"]

    def happened(kind):
        return any(leaf.type == kind for leaf, _, _ in events)

    def there(remark=""):
        return "present", remark

    def value(name, lost, absent):
        return (there() if name in values else
                ("erased", lost) if name in erased else ("missing", absent))

    def page():
        if form is None:
            return "missing", "form_not_stored"
        if "page" in values:
            return there("version_not_stated" if sign_up.facts.get("version_stated") == "false"
                         else "")
        return value("page", "values_erased", "page_not_sent")

    def notice():
        if form is None:
            return "missing", "form_not_stored"
        named = form["controller"].get("privacy_url") and form["controller"].get("privacy_version")
        return there() if named else ("missing", "no_privacy_notice")

    def scope():
        if purpose is None:
            return "missing", "form_not_stored"
        for member, reason in (("companies", "no_companies"), ("products", "no_products")):
            if not purpose.get("scope", {}).get(member):
                return "missing", reason
        return there("" if purpose["scope"].get("frequency_max") else "not_limited")

    def wording():
        if purpose is None:
            return "missing", "form_not_stored"
        seen = (sign_up.facts.get("served") in ("hosted", "iframe")
                or sign_up.facts.get("by") == "preferences")
        return there("" if seen else "box_not_seen")

    def fields():
        if any(name.startswith("field:") for name in erased):
            return "erased", "values_erased"
        posted = any(name.startswith("field:") for name in values)
        return there() if posted else ("not_applicable", "no_fields_posted")

    def no_mail():
        if "mail" in erased:
            return "erased", "values_erased"
        if mail is None:
            return "missing", "mail_not_stored" if queued else "no_mail_queued"
        return None if mail["file"] else ("erased", "values_erased")

    def told():
        named = b"\r\nList-Unsubscribe:" in mail["bytes"]
        return there("named_in_mail_only") if named else ("missing", "withdrawal_not_told")

    def attempts():
        tried = [gone for leaf, _, gone in events
                 if leaf.type.startswith("mail_") and leaf.type != "mail_dropped"]
        if not tried:
            return "missing", "no_attempt_yet" if queued else "no_mail_queued"
        lost = any("reply" in gone for gone in tried)
        return ("erased", "replies_erased") if lost else there()

    def press():
        if not confirmations:
            return "not_applicable", "not_confirmed"
        by = confirmations[-1][0].facts.get("by")
        return there("confirmed_by_click" if by == "click" else "")

    def openings():
        if happened("link_opened"):
            return there()
        if confirmations and confirmations[-1][0].facts.get("by") == "click":
            return there("opening_confirmed")
        return (("missing", "no_opening_recorded") if confirmations
                else ("not_applicable", "not_opened"))

    def ip():
        steps = [events[0], *confirmations[-1:]]
        if any("ip" in gone for _, _, gone in steps):
            return "erased", "ip_erased"
        return (there() if all("ip" in known for _, known, _ in steps)
                else ("missing", "ip_not_known"))

    def retention():
        return there("kept_by_rule") if confirmations else ("not_applicable", "not_confirmed")

    used = any(leaf.type == "step_queued" and leaf.facts.get("on") != "revoked"
               for leaf, _, _ in events)
    sealed = all(leaf.sequence <= head_size for leaf, _, _ in events)
    return [
        value("email", "values_erased", "address_not_recorded"), there(), page(),
        wording(), notice(), scope(), fields(),
        no_mail() or there("links_cut" if mail["links_cut"] else ""), attempts(), press(),
        openings(), ip(),
        there() if sign_up.facts.get("checks") else ("missing", "no_checks"),
        no_mail() or told(),
        there() if happened("consent_revoked") else ("not_applicable", "not_revoked"),
        there("uses_by_jawort") if used else ("missing", "uses_not_known"),
        ("not_applicable", "no_changes"), there(),
        there() if sealed else ("missing", "not_sealed"),
        there() if time_stamp else ("missing", "no_authority"), retention()]


def same(judged, items):
    """Item 14 is there too where the wording tells of the withdrawal, which a reader judges."""
    def fits(number, state, reason, item):
        if item["number"] != number:
            return False
        if number == 14 and (item["state"], item["reason"]) == ("present", ""):
            return True
        return item["state"] == state and (item["reason"] == reason or any(
            {item["reason"], reason} <= alike for alike in ALIKE))

    return len(items) == 21 and all(
        fits(number, state, reason, item)
        for number, ((state, reason), item) in enumerate(zip(judged, items), 1))
