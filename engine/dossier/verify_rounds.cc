#include <algorithm>

#include "engine/base/text.h"
#include "engine/campaign/definition_set.h"
#include "engine/dossier/verify_events.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

// What a round says against what happened, by the rules of FORMAT.md §5.
class RoundCheck {
 public:
  RoundCheck(const Proof& proof, const std::vector<ReadEvent>& events, const Round& round)
      : purpose_(proof.purpose), events_(events), round_(round) {}

  // The key of a text; empty: all of it is so.
  std::string_view wrong() const {
    const ReadEvent* start = submission();
    if (start == nullptr || !starts_round(start->leaf)) return "round_start";
    if (!same_stamps(start->leaf)) return "round_sign_up";
    const Leaf* confirmed = nullptr;
    if (round_.confirmed) {
      confirmed = find("consent_confirmed", *round_.confirmed);
      if (confirmed == nullptr) return "round_confirmed";
    }
    if (round_.revoked) {
      const Leaf* revoked = find("consent_revoked", *round_.revoked);
      if (!round_.confirmed || revoked == nullptr || !round_.revoked_by ||
          revoked->fact("revoked_by") != name_of(*round_.revoked_by)) {
        return "round_revoked";
      }
    } else if (round_.revoked_by) {
      return "round_revoked";
    }
    if (round_.erased && find("contact_erased", *round_.erased, false) == nullptr) {
      return "round_erased";
    }
    if (!happened("mail_handed_over", round_.mailed_at)) return "round_mailed";
    if (!happened("link_opened", round_.opened_at)) return "round_opened";
    if (!round_.mailed_at && left_out("mail_handed_over", *start)) {
      return "round_no_mailed";
    }
    if (!round_.opened_at && left_out("link_opened", *start)) {
      return "round_no_opened";
    }
    if (round_.status != status()) return "round_state";
    return round_.grade == grade(start->leaf, confirmed) ? "" : "round_grade";
  }

 private:
  std::uint64_t first() const { return static_cast<std::uint64_t>(round_.submission); }
  bool about(const Leaf& leaf) const { return !leaf.fact("purpose:" + purpose_).empty(); }

  const ReadEvent* submission() const {
    const auto found = std::ranges::find(
        events_, first(), [](const ReadEvent& event) { return event.leaf.sequence; });
    return found == events_.end() ? nullptr : &*found;
  }
  bool starts_round(const Leaf& leaf) const {
    const std::string_view how = leaf.fact("round:" + purpose_);
    return leaf.type == "form_submitted" && (how == "new" || how == "renewal");
  }
  bool same_stamps(const Leaf& leaf) const {
    return leaf.at == round_.opt_in.at && leaf.fact("date") == round_.opt_in.date &&
           leaf.fact("form") == round_.form && leaf.fact("form_version") == round_.form_version &&
           leaf.fact("purpose:" + purpose_) == round_.purpose_version &&
           leaf.fact("language") == round_.language &&
           leaf.fact("expires_at") == rfc3339(round_.expires_at);
  }
  const Leaf* find(std::string_view type, const Stamp& stamp, bool names_purpose = true) const {
    for (const ReadEvent& event : events_) {
      const Leaf& leaf = event.leaf;
      if (leaf.type == type && leaf.sequence > first() && leaf.at == stamp.at &&
          leaf.fact("date") == stamp.date && (!names_purpose || about(leaf))) {
        return &leaf;
      }
    }
    return nullptr;
  }
  bool happened(std::string_view type, const std::optional<Instant>& at) const {
    return !at || std::ranges::any_of(events_, [&](const ReadEvent& event) {
      return event.leaf.type == type && event.leaf.sequence > first() && event.leaf.at == *at;
    });
  }
  // An event of the round's own mail, before the round had come to where it is no stamp any more.
  bool left_out(std::string_view type, const ReadEvent& start) const {
    const std::string* mail = start.open("mail");
    if (mail == nullptr) return false;
    for (const ReadEvent& event : events_) {
      const Leaf& leaf = event.leaf;
      if (leaf.sequence <= first()) continue;
      const bool over = leaf.type == "consent_denied" || leaf.type == "consent_expired" ||
                        leaf.type == "consent_revoked" ||
                        (leaf.type == "consent_confirmed" && type == "link_opened");
      if ((over && about(leaf)) || leaf.type == "contact_erased") return false;
      const std::string* other = event.open("mail");
      if (leaf.type == type && other != nullptr && *other == *mail) return true;
    }
    return false;
  }
  bool ended(std::string_view type) const {
    return std::ranges::any_of(events_, [&](const ReadEvent& event) {
      return event.leaf.type == type && event.leaf.sequence > first() && about(event.leaf);
    });
  }
  ConsentStatus status() const {
    if (round_.revoked) return ConsentStatus::kRevoked;
    if (round_.confirmed) return ConsentStatus::kConfirmed;
    // Without a stamp of its own, an end is an event; which of two rounds it ended, its place says.
    if (round_.status == ConsentStatus::kDenied && ended("consent_denied")) return round_.status;
    if (round_.status == ConsentStatus::kExpired && ended("consent_expired")) return round_.status;
    return ended("consent_expired")  ? ConsentStatus::kExpired
           : ended("consent_denied") ? ConsentStatus::kDenied
                                     : ConsentStatus::kPending;
  }
  static Grade grade(const Leaf& start, const Leaf* confirmed) {
    const auto lowered =
        confirmed == nullptr ? std::nullopt : parse_grade(confirmed->fact("grade"));
    return lowered.value_or(parse_grade(start.fact("grade")).value_or(Grade::kObserved));
  }

  const std::string& purpose_;
  const std::vector<ReadEvent>& events_;
  const Round& round_;
};

// The key of a text about the file; empty: nothing is wrong.
std::string_view wrong_form(const Proof& proof, const ProofForm& form, const DossierFiles& files) {
  const auto file = files.find(form.file);
  if (file == files.end()) return "form_missing";
  const auto version = parse_version_text(form.version);
  if (!version || sha256(as_bytes(file->second)) != *version) {
    return "form_version";
  }
  // The id stands in the document, too: parse_shown_form compares the two.
  const std::string_view body = file->second;
  for (const Round& round : proof.rounds) {
    if (round.form_version != form.version) continue;
    const auto shown = parse_shown_form({"shown_form", round.form, std::string(body), *version});
    if (!shown.ok()) return "form_malformed";
    for (std::size_t i = 0; i < shown->purposes.size(); ++i) {
      if (shown->purposes[i].id == proof.purpose &&
          version_text(shown->purpose_versions[i]) == form.purpose_version) {
        return "";
      }
    }
    return "form_wording";
  }
  return "form_of_none";
}

bool holds_round(const Proof& proof, const Round& round) {
  return std::ranges::any_of(proof.forms, [&](const ProofForm& form) {
    return form.version == round.form_version && form.purpose_version == round.purpose_version;
  });
}

template <typename StampOf>
bool one_round_each(const Proof& proof, const std::vector<ReadEvent>& events, std::string_view type,
                    const StampOf& stamp_of) {
  std::size_t stamps = 0, happened = 0;
  for (const Round& round : proof.rounds) stamps += stamp_of(round) ? 1U : 0U;
  for (const ReadEvent& event : events) {
    if (event.leaf.type != type) continue;
    ++happened;
    const bool stamped = std::ranges::any_of(proof.rounds, [&](const Round& round) {
      return stamp_of(round) && stamp_of(round)->at == event.leaf.at;
    });
    if (!stamped) return false;
  }
  return stamps == happened;
}

// No round may be left out or come twice, and the end of the last may not.
std::string_view wrong_list(const Proof& proof, const std::vector<ReadEvent>& events) {
  const auto listed = [&](std::uint64_t sequence) {
    return std::ranges::any_of(proof.rounds, [&](const Round& round) {
      return static_cast<std::uint64_t>(round.submission) == sequence;
    });
  };
  const auto later = [](const Round& a, const Round& b) { return a.submission >= b.submission; };
  if (std::ranges::adjacent_find(proof.rounds, later) != proof.rounds.end()) {
    return "rounds_order";
  }
  bool erased = false, renewal = proof.renewal_of.empty();
  std::uint64_t newest = 0;
  for (const ReadEvent& event : events) {
    const Leaf& leaf = event.leaf;
    if (leaf.type == "contact_erased") erased = true;
    if (leaf.type != "form_submitted") continue;
    const std::string_view how = leaf.fact("round:" + proof.purpose);
    if (how == "new") newest = leaf.sequence;
    if (how == "renewal" && proof.renewal_of == std::to_string(leaf.sequence)) {
      renewal = !listed(leaf.sequence);
    }
  }
  if (newest != 0 && !listed(newest)) return "rounds_last";
  if (erased && !proof.rounds.back().erased) return "rounds_erasure";
  return renewal ? "" : "rounds_renewal";
}

}  // namespace

void check_forms(const Proof& proof, const DossierFiles& files, Verification& to) {
  std::size_t shown = 0;
  for (const ProofForm& form : proof.forms) {
    if (form.file.empty()) {
      to.add_open("open_form", {{"version", form.version}});
      continue;
    }
    const std::string_view wrong = wrong_form(proof, form, files);
    if (!wrong.empty()) {
      to.add("wording", false, wrong, {{"file", form.file}});
      return;
    }
    ++shown;
  }
  for (std::size_t i = 0; i < proof.forms.size(); ++i) {
    const ProofForm& form = proof.forms[i];
    const auto same = [&](const auto& other) { return other.version == form.version; };
    const bool again = std::ranges::count_if(proof.forms, same) > 1;
    const bool named = form.file.empty() || form.file == "form/" + std::to_string(i + 1) + ".json";
    if (!again && named && std::ranges::any_of(proof.rounds, [&](const Round& round) {
          return round.form_version == form.version;
        })) {
      continue;
    }
    to.add("wording", false, "form_twice");
    return;
  }
  for (const Round& round : proof.rounds) {
    if (holds_round(proof, round)) continue;
    to.add("wording", false, "form_unnamed");
    return;
  }
  to.add("wording", true, shown > 0 ? "wording" : "no_form");
}

void check_rounds(const Proof& proof, const std::vector<ReadEvent>& events, Verification& to) {
  if (proof.rounds.empty()) {
    to.add("stamps", false, "no_round");
    return;
  }
  for (const Round& round : proof.rounds) {
    const std::string_view wrong = RoundCheck(proof, events, round).wrong();
    if (wrong.empty()) continue;
    to.add("stamps", false, wrong, {{"when", rfc3339(round.opt_in.at)}});
    return;
  }
  const bool whole = one_round_each(proof, events, "consent_confirmed",
                                    [](const Round& round) { return round.confirmed; }) &&
                     one_round_each(proof, events, "consent_revoked",
                                    [](const Round& round) { return round.revoked; });
  if (!whole) {
    to.add("stamps", false, "rounds_missing");
    return;
  }
  if (const std::string_view wrong = wrong_list(proof, events); !wrong.empty()) {
    to.add("stamps", false, wrong);
    return;
  }
  const Round& last = proof.rounds.back();
  std::string detail = to.say("signed_up", {{"when", rfc3339(last.opt_in.at)}});
  const auto add = [&](std::string_view key, const std::optional<Stamp>& stamp) {
    if (stamp) detail += to.say(key, {{"when", rfc3339(stamp->at)}});
  };
  add("confirmed", last.confirmed);
  add("revoked", last.revoked);
  add("erased", last.erased);
  const std::string state = to.say("state_" + std::string(name_of(last.status)));
  const bool ended = last.erased && !last.revoked;
  detail += to.say(ended ? "stamps_ended" : "stamps", {{"state", state}});
  to.checks.push_back({"stamps", true, std::move(detail)});
}

}  // namespace jawort
