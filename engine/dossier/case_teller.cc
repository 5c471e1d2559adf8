#include "engine/dossier/case_teller.h"

#include <algorithm>
#include <limits>

#include "engine/base/ids.h"

namespace jawort {
namespace {

const CaseRound& standing_round(const CaseRecord& record, const CaseRound& fallback) {
  for (const CaseRound& round : record.rounds) {
    if (round.round.submission == record.consent.round.submission) return round;
  }
  return fallback;
}

std::int64_t sequence_of(const CaseEvent& event) {
  return static_cast<std::int64_t>(event.leaf.sequence);
}

// Where the next round begins: what comes after it belongs to that one.
std::int64_t end_of(const CaseRecord& record, const Round& round) {
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  for (const CaseRound& other : record.rounds) {
    if (other.round.submission > round.submission) end = std::min(end, other.round.submission);
  }
  return end;
}

}  // namespace

const std::string* value_in(const CaseEvent& event, std::string_view name) {
  const auto found = std::ranges::find(event.values, name, &SaltedValue::name);
  return found == event.values.end() ? nullptr : &found->value;
}

bool erased_in(const CaseEvent& event, std::string_view name) {
  return std::ranges::find(event.erased, name) != event.erased.end();
}

CaseTeller::CaseTeller(const CaseRecord& the_record)
    : record(the_record),
      words(the_record.language, the_record.zone),
      fallback_{the_record.consent.round, std::nullopt, {}, nullptr},
      main_(standing_round(the_record, fallback_)) {
  document.language = words.language();
  document.made_at = record.made_at;
}

std::vector<const CaseRound*> CaseTeller::others() const {
  std::vector<const CaseRound*> all;
  for (const CaseRound& round : record.rounds) {
    if (&round != &main_) all.push_back(&round);
  }
  return all;
}

const CaseEvent* CaseTeller::event(std::int64_t sequence) const {
  const auto found = std::ranges::find(record.events, sequence, sequence_of);
  return found == record.events.end() ? nullptr : &*found;
}

const CaseEvent* CaseTeller::submission(const CaseRound& round) const {
  return event(round.round.submission);
}

// By the mail that it names, where that is known; else by its place among the rounds.
bool CaseTeller::belongs(const CaseEvent& event, const CaseRound& round) const {
  if (const std::string* mail = value_in(event, "mail"); mail != nullptr && round.round.mail) {
    return *mail == id_text(round.round.mail.value);
  }
  const std::int64_t sequence = sequence_of(event);
  return sequence >= round.round.submission && sequence < end_of(record, round.round);
}

std::vector<const CaseEvent*> CaseTeller::of(const CaseRound& round,
                                             std::string_view type_prefix) const {
  std::vector<const CaseEvent*> all;
  for (const CaseEvent& event : record.events) {
    if (event.leaf.type.starts_with(type_prefix) && belongs(event, round)) all.push_back(&event);
  }
  return all;
}

const CaseEvent* CaseTeller::confirmation(const CaseRound& round) const {
  if (!round.round.confirmed) return nullptr;
  for (const CaseEvent* event : of(round, "consent_confirmed")) {
    if (event->leaf.at == round.round.confirmed->at) return event;
  }
  return nullptr;
}

const CaseEvent* CaseTeller::revocation(const CaseRound& round) const {
  if (!round.round.revoked) return nullptr;
  for (const CaseEvent* event : of(round, "consent_revoked")) {
    if (event->leaf.at == round.round.revoked->at) return event;
  }
  return nullptr;
}

std::uint64_t CaseTeller::decided_at() const {
  if (const CaseEvent* press = confirmation(main_)) return press->leaf.sequence;
  return static_cast<std::uint64_t>(main_.round.submission);
}

std::vector<const CaseEvent*> CaseTeller::attempts(const CaseRound& round) const {
  return of(round, "mail_");
}

std::vector<const CaseEvent*> CaseTeller::openings(const CaseRound& round) const {
  auto all = of(round, "link_opened");
  const CaseEvent* confirmed = confirmation(round);
  std::erase_if(all, [&](const CaseEvent* event) {
    return confirmed != nullptr && event->leaf.sequence > confirmed->leaf.sequence;
  });
  return all;
}

const CaseMail* CaseTeller::mail(const CaseRound& round) const {
  for (const CaseMail& mail : record.mails) {
    if (mail.submission == round.round.submission && mail.kind == MailKind::kConfirmation) {
      return &mail;
    }
  }
  return nullptr;
}

std::vector<const CaseEvent*> CaseTeller::remaining() const {
  std::set<const CaseEvent*> told;
  std::vector<const CaseRound*> rounds = others();
  rounds.push_back(&main_);
  for (const CaseRound* round : rounds) {
    told.insert(submission(*round));
    told.insert(confirmation(*round));
    for (const CaseEvent* event : attempts(*round)) told.insert(event);
    for (const CaseEvent* event : openings(*round)) told.insert(event);
  }
  std::vector<const CaseEvent*> rest;
  for (const CaseEvent& event : record.events) {
    if (!told.contains(&event)) rest.push_back(&event);
  }
  return rest;
}

const Controller& CaseTeller::controller() const {
  return main_.shown ? main_.shown->controller : record.controller;
}

std::string CaseTeller::label() const {
  return main_.purpose == nullptr ? record.purpose
                                  : text_for(main_.purpose->label, words.language());
}

bool CaseTeller::shown_by_jawort(const CaseRound& round) const {
  const CaseEvent* form = submission(round);
  if (form == nullptr) return true;
  const std::string_view served = form->leaf.fact("served");
  return served == "hosted" || served == "iframe" || served == "script" ||
         form->leaf.fact("by") == "preferences";
}

ItemState CaseTeller::item(int number) const {
  const auto found = std::ranges::find(record.items, number, &CaseItem::number);
  return found == record.items.end() ? ItemState::kMissing : found->state;
}

std::string_view CaseTeller::reason(int number) const {
  const auto found = std::ranges::find(record.items, number, &CaseItem::number);
  return found == record.items.end() ? std::string_view() : std::string_view(found->reason);
}

int CaseTeller::chapter(std::string_view key) {
  ++chapters_;
  const std::string number = std::to_string(chapters_);
  const std::string title = words.text("chapter", {{"number", number}, {"title", words.text(key)}});
  document.blocks.emplace_back(Heading{1, title, "s" + number});
  return chapters_;
}

void CaseTeller::section(std::string text) {
  document.blocks.emplace_back(Heading{2, fit_for_print(text), ""});
}

void CaseTeller::say(std::string_view key, Tone tone) {
  document.blocks.emplace_back(Paragraph{words.text(key), tone});
}

void CaseTeller::say(std::string_view key, std::initializer_list<DossierWords::Put> put,
                     Tone tone) {
  document.blocks.emplace_back(Paragraph{words.text(key, put), tone});
}

Value CaseTeller::told(const CaseEvent* event, std::string_view name, Face face) const {
  if (event == nullptr) return absent("not_stored");
  if (const std::string* value = value_in(*event, name)) {
    return {fit_for_print(*value), face, Tone::kPlain};
  }
  if (!erased_in(*event, name)) {
    const bool held = std::ranges::find(event->withheld, name) != event->withheld.end();
    return held ? absent("withheld") : absent("not_recorded");
  }
  for (const CaseEvent& later : record.events) {
    const bool erases = later.leaf.type == "contact_erased" || later.leaf.type == "values_erased";
    if (!erases || later.leaf.sequence < event->leaf.sequence) continue;
    return {words.text("erased_on", {{"when", words.moment(later.leaf.at)}}), Face::kText,
            Tone::kCaution};
  }
  return absent("erased");
}

void CaseTeller::row(Particulars& rows, std::string_view label, std::string text, Face face) const {
  if (text.empty()) return;
  rows.rows.push_back({words.text(label), {fit_for_print(text), face, Tone::kPlain}});
}

void CaseTeller::row(Particulars& rows, std::string_view label, Value value) const {
  rows.rows.push_back({words.text(label), std::move(value)});
}

}  // namespace jawort
