#include "engine/dossier/case_doubts.h"

#include <algorithm>

#include "engine/base/text.h"

namespace jawort {

PressDoubts press_doubts(const CaseTeller& tell, const CaseRound& round) {
  PressDoubts doubts;
  const Grade grade = round.round.grade;
  if (!round.round.confirmed || grade == Grade::kImported || grade == Grade::kStaff) return doubts;
  const CaseEvent* const press = tell.confirmation(round);
  const auto accepted_before = [&](const CaseEvent* attempt) {
    return attempt->leaf.type == "mail_handed_over" &&
           (press == nullptr || attempt->leaf.sequence < press->leaf.sequence);
  };
  doubts.before_mail = std::ranges::none_of(tell.attempts(round), accepted_before);
  if (press == nullptr) return doubts;
  doubts.by_scanner = press->leaf.fact("client") == "scanner";
  for (const std::string_view reason : split(press->leaf.fact("suspicious"), ' ')) {
    if (!reason.empty()) doubts.reasons.emplace_back(reason);
  }
  doubts.of_first_press = press->leaf.fact("asked_again") == "address";
  return doubts;
}

std::vector<std::uint64_t> gaps_in_chain(const CaseRecord& record) {
  std::vector<std::uint64_t> gaps;
  for (const CaseEvent& event : record.events) {
    if (erased_in(event, "previous:" + record.purpose)) gaps.push_back(event.leaf.sequence);
  }
  return gaps;
}

std::vector<std::uint64_t> times_out_of_order(const CaseRecord& record) {
  std::vector<std::uint64_t> wrong;
  Instant before{};
  for (const CaseEvent& event : record.events) {
    if (event.leaf.at < before || event.leaf.at > record.made_at) {
      wrong.push_back(event.leaf.sequence);
    }
    before = event.leaf.at;
  }
  return wrong;
}

bool checkpoint_is_late(const CaseRecord& record) {
  return record.checkpoint.at > record.made_at + std::chrono::minutes(1);
}

std::string listed(const std::vector<std::uint64_t>& sequences) {
  std::string all;
  for (const std::uint64_t sequence : sequences) {
    all += (all.empty() ? "" : ", ") + std::to_string(sequence);
  }
  return all;
}

}  // namespace jawort
