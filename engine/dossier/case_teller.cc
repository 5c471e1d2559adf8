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

// By the mail that it names, where that is known (of the two, where a reminder went); else by its
// place among the rounds.
bool CaseTeller::belongs(const CaseEvent& event, const CaseRound& round) const {
  if (const std::string* mail = value_in(event, "mail"); mail != nullptr && round.round.mail) {
    return *mail == id_text(round.round.mail.value) ||
           (round.round.first_mail && *mail == id_text(round.round.first_mail.value));
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

CaseTeller::Shower CaseTeller::shower(const CaseRound& round) const {
  const CaseEvent* form = submission(round);
  if (form == nullptr) return Shower::kUnknown;
  if (served_by_jawort(form->leaf)) return Shower::kJawort;
  const std::string_view served = form->leaf.fact("served");
  return served == "script" || served == "pasted" ? Shower::kOtherPage : Shower::kUnknown;
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

void CaseTeller::section(std::string_view text) {
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
  return gone(*event, name);
}

// The last one that began before it.
const CaseRound* CaseTeller::round_of(const CaseEvent& event) const {
  const CaseRound* found = nullptr;
  for (const CaseRound& round : record.rounds) {
    if (round.round.submission <= sequence_of(event)) found = &round;
  }
  return found;
}

// The event after which the value was not there any more. An erasure that kept the proof left what
// a confirmed round rests on, so it is not the one that took an IP address out of that.
const CaseEvent* CaseTeller::erasure_of(const CaseEvent& event, std::string_view name) const {
  const CaseRound* round = round_of(event);
  const bool confirmed = round != nullptr && round->round.confirmed.has_value();
  for (const CaseEvent& later : record.events) {
    if (later.leaf.sequence <= event.leaf.sequence) continue;
    const std::string& type = later.leaf.type;
    if (type == "values_erased") return &later;
    const bool kept = later.leaf.fact("with_proof") == "false" && confirmed && name == "ip";
    if (type == "contact_erased" && !kept) return &later;
    const bool ended = type == "consent_denied" || type == "consent_expired";
    if (ended && !confirmed && round_of(later) == round) return &later;
  }
  return nullptr;
}

const CaseEvent* CaseTeller::erasure_of_person(const Round& round) const {
  for (const CaseEvent& event : record.events) {
    if (event.leaf.type == "contact_erased" && round.erased && event.leaf.at == round.erased->at) {
      return &event;
    }
  }
  return nullptr;
}

std::string CaseTeller::erasure_text(const CaseEvent& erasure) const {
  const std::string_view stated = erasure.leaf.fact("ground");
  const std::string ground(stated.empty() ? std::string_view(erasure.leaf.type) : stated);
  return words.text("moment_and_ground", {{"when", words.moment(erasure.leaf.at)},
                                          {"ground", words.find_or("ground_" + ground, ground)}});
}

Value CaseTeller::gone(const CaseEvent& event, std::string_view name) const {
  const CaseEvent* erasure = erasure_of(event, name);
  if (erasure == nullptr) return absent(name == "ip" ? "erased_by_period" : "erased");
  return {words.text("erased_on", {{"when", fit_for_print(erasure_text(*erasure))}}), Face::kText,
          Tone::kCaution};
}

void CaseTeller::row(Particulars& rows, std::string_view label, std::string_view text,
                     Face face) const {
  if (text.empty()) return;
  rows.rows.push_back({words.text(label), {fit_for_print(text), face, Tone::kPlain}});
}

void CaseTeller::row(Particulars& rows, std::string_view label, Value value) const {
  rows.rows.push_back({words.text(label), std::move(value)});
}

}  // namespace jawort
