#include <array>

#include "engine/consent/consent.h"

namespace jawort {
namespace {

constexpr std::array<std::string_view, 5> kStatusNames{"pending", "confirmed", "revoked", "denied",
                                                       "expired"};
constexpr std::array<std::string_view, 5> kGradeNames{"observed", "asserted", "click", "imported",
                                                      "staff"};
constexpr std::array<std::string_view, 7> kRevokedByNames{
    "link", "one_click", "preferences", "mail", "staff", "complaint", "api"};
constexpr std::array<std::string_view, 10> kChangeNames{
    "opt_in", "renewal", "handed_over", "opened", "confirmed",
    "denied", "expired", "revoked",     "erased", "reminded"};

template <typename Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names.at(i) == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(ConsentStatus status) {
  return kStatusNames.at(static_cast<std::size_t>(status));
}
std::string_view name_of(Grade grade) { return kGradeNames.at(static_cast<std::size_t>(grade)); }
std::string_view name_of(RevokedBy by) { return kRevokedByNames.at(static_cast<std::size_t>(by)); }
std::string_view name_of(ConsentChange change) {
  return kChangeNames.at(static_cast<std::size_t>(change));
}

std::optional<ConsentStatus> parse_consent_status(std::string_view name) {
  return find_name<ConsentStatus>(kStatusNames, name);
}
std::optional<Grade> parse_grade(std::string_view name) {
  return find_name<Grade>(kGradeNames, name);
}
std::optional<RevokedBy> parse_revoked_by(std::string_view name) {
  return find_name<RevokedBy>(kRevokedByNames, name);
}

}  // namespace jawort
