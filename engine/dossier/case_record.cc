#include "engine/dossier/case_record.h"

#include <algorithm>

namespace jawort {

const std::string* value_in(const CaseEvent& event, std::string_view name) {
  const auto found = std::ranges::find(event.values, name, &SaltedValue::name);
  return found == event.values.end() ? nullptr : &found->value;
}

bool erased_in(const CaseEvent& event, std::string_view name) {
  return std::ranges::find(event.erased, name) != event.erased.end();
}

bool served_by_jawort(const Leaf& sign_up) {
  const std::string_view served = sign_up.fact("served");
  return served == "hosted" || served == "iframe" || sign_up.fact("by") == "preferences";
}

void point_to_purpose(CaseRound& round, std::string_view purpose) {
  if (!round.shown) return;
  const auto& purposes = round.shown->purposes;
  const auto found = std::ranges::find(purposes, purpose, &Purpose::id);
  if (found != purposes.end()) round.purpose = &*found;
}

}  // namespace jawort
