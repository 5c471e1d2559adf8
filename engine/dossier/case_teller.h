// What the chapters of a dossier are told with: the case to be read from, the words, and the
// document to be written to.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dossier/case_record.h"
#include "engine/dossier/dossier_words.h"
#include "engine/dossier/printed_document.h"

namespace jawort {

class CaseTeller {
 public:
  explicit CaseTeller(const CaseRecord& record);  // outlives it
  CaseTeller(const CaseTeller&) = delete;
  CaseTeller& operator=(const CaseTeller&) = delete;

  const CaseRecord& record;
  const DossierWords words;
  PrintedDocument document;

  // --- reading ---
  // The round that the dossier is about: the one that stands.
  const CaseRound& main() const { return main_; }
  std::vector<const CaseRound*> others() const;  // oldest first
  const CaseEvent* event(std::int64_t sequence) const;
  const CaseEvent* submission(const CaseRound& round) const;
  const CaseEvent* confirmation(const CaseRound& round) const;
  const CaseEvent* revocation(const CaseRound& round) const;
  // Of mails of this round, in order: handed over, deferred, …
  std::vector<const CaseEvent*> attempts(const CaseRound& round) const;
  std::vector<const CaseEvent*> openings(const CaseRound& round) const;  // up to the confirmation
  const CaseMail* mail(const CaseRound& round) const;
  // Those that no round's chapters tell, in order.
  std::vector<const CaseEvent*> remaining() const;
  // Where "since" begins: the sequence of the confirmation, else of the sign-up.
  std::uint64_t decided_at() const;
  const Controller& controller() const;  // as shown with the main round
  std::string label() const;             // of the purpose
  // Who is known, or says of itself, to have shown the form.
  enum class Shower : std::uint8_t { kJawort, kOtherPage, kUnknown };
  Shower shower(const CaseRound& round) const;
  bool shown_by_jawort(const CaseRound& round) const { return shower(round) == Shower::kJawort; }
  ItemState item(int number) const;
  std::string_view reason(int number) const;

  // --- writing ---
  int chapter(std::string_view key);  // answers its number
  void section(std::string_view text);
  void say(std::string_view key, Tone tone = Tone::kPlain);
  void say(std::string_view key, std::initializer_list<DossierWords::Put> put,
           Tone tone = Tone::kPlain);
  Value present(std::string_view text) const {
    return {fit_for_print(text), Face::kText, Tone::kPlain};
  }
  Value code(std::string_view text) const {
    return {fit_for_print(text), Face::kCode, Tone::kPlain};
  }
  Value absent(std::string_view key) const {
    return {words.text(key), Face::kText, Tone::kCaution};
  }
  // What an event says under this name, or why it does not. `event` may be null.
  Value told(const CaseEvent* event, std::string_view name, Face face = Face::kText) const;
  // "14 December 2026 …, ground: …" of an event that destroyed values.
  std::string erasure_text(const CaseEvent& erasure) const;
  const CaseEvent* erasure_of_person(const Round& round) const;
  // A row of the particulars; left out where the text is empty.
  void row(Particulars& rows, std::string_view label, std::string_view text,
           Face face = Face::kText) const;
  void row(Particulars& rows, std::string_view label, Value value) const;

 private:
  bool belongs(const CaseEvent& event, const CaseRound& round) const;
  Value gone(const CaseEvent& event, std::string_view name) const;
  const CaseEvent* erasure_of(const CaseEvent& event, std::string_view name) const;
  const CaseRound* round_of(const CaseEvent& event) const;
  std::vector<const CaseEvent*> of(const CaseRound& round, std::string_view type_prefix) const;
  CaseRound fallback_;
  const CaseRound& main_;
  int chapters_ = 0;
};

}  // namespace jawort
