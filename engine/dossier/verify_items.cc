// The 21 items, judged anew from events, mails and forms (FORMAT.md §5, 15).
#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/campaign/definition_set.h"
#include "engine/dossier/case_items.h"
#include "engine/dossier/verify_events.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

// As much of it as judge_items looks at.
CaseRecord record_of(const Proof& proof, const std::vector<ReadEvent>& events,
                     const DossierFiles& files, const Checkpoint& checkpoint) {
  CaseRecord record;
  record.purpose = proof.purpose;
  record.checkpoint = checkpoint;
  record.checkpoint_note = proof.checkpoint;
  record.timestamp = proof.timestamp;
  for (const ReadEvent& event : events) {
    record.events.push_back(
        {event.leaf, event.proof->leaf, event.proof->open, event.proof->erased, {}, {}});
  }
  for (const ProofMail& mail : proof.mails) {
    CaseMail& shown = record.mails.emplace_back();
    shown.file = mail.file;
    shown.submission = static_cast<std::int64_t>(mail.submission);
    shown.links_cut = mail.links_cut;
    if (const auto file = files.find(mail.file); file != files.end()) shown.bytes = file->second;
  }
  for (const Round& round : proof.rounds) {
    CaseRound& shown = record.rounds.emplace_back();
    shown.round = round;
    const ReadEvent* event = find_event(events, static_cast<std::uint64_t>(round.submission));
    const std::string* mail = event == nullptr ? nullptr : event->open("mail");
    if (mail != nullptr) shown.round.mail = MailId{parse_id_text(*mail).value_or(0)};
    const auto form = std::ranges::find(proof.forms, round.form_version, &ProofForm::version);
    const auto version = parse_version_text(round.form_version);
    if (form == proof.forms.end() || form->file.empty() || !version) continue;
    auto read = parse_shown_form({"shown_form", round.form, files.at(form->file), *version});
    if (read.ok()) shown.shown = std::move(*read);
  }
  for (CaseRound& round : record.rounds) point_to_purpose(round, proof.purpose);
  return record;
}

// What the operator's settings decide, and whether a mail was queued after an erasure, is known to
// the record and not to its events.
bool same_reason(std::string_view a, std::string_view b) {
  static constexpr std::array<std::pair<std::string_view, int>, 9> kAlike = {
      {{"no_mail_queued", 1},
       {"mail_not_stored", 1},
       {"no_attempt_yet", 1},
       {"ip_not_known", 2},
       {"ip_by_policy", 2},
       {"authority_silent", 3},
       {"no_authority", 3},
       {"kept_by_purpose", 4},
       {"kept_by_rule", 4}}};
  const auto group = [](std::string_view reason) {
    const auto* const found =
        std::ranges::find(kAlike, reason, &std::pair<std::string_view, int>::first);
    return found == kAlike.end() ? 0 : found->second;
  };
  return a == b || (group(a) != 0 && group(a) == group(b));
}

bool same_items(const std::vector<CaseItem>& judged, const std::vector<CaseItem>& said) {
  return std::ranges::equal(judged, said, [](const CaseItem& a, const CaseItem& b) {
    return a.number == b.number && a.state == b.state && same_reason(a.reason, b.reason);
  });
}

}  // namespace

void check_items(const Proof& proof, const std::vector<ReadEvent>& events,
                 const DossierFiles& files, const Checkpoint& checkpoint, Verification& to) {
  CaseRecord record = record_of(proof, events, files, checkpoint);
  // About the round that stands, which is the last or, after an end without proof, one before it.
  const bool same = std::ranges::any_of(record.rounds, [&](const CaseRound& round) {
    record.consent.round = round.round;
    record.retention.reset();
    if (round.round.confirmed) record.retention.emplace();
    return same_items(judge_items(record), proof.items);
  });
  to.add("items", same, same ? "items" : "other_items");
  std::string gone;
  for (const CaseItem& item : proof.items) {
    if (item.state != ItemState::kMissing && item.state != ItemState::kErased) continue;
    gone += (gone.empty() ? "" : ", ") + std::to_string(item.number) + " (" +
            (to.words.language() == "en" ? item.reason
                                         : to.words.find_or("reason_" + item.reason, item.reason)) +
            ")";
  }
  if (!gone.empty()) to.add_open("open_items", {{"items", gone}});
}

}  // namespace jawort
