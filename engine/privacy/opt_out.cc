#include "engine/privacy/opt_out.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "engine/base/ids.h"
#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::array<std::pair<OptOutKind, std::string_view>, 4> kKinds{{
    {OptOutKind::kRevoked, "revoked"},
    {OptOutKind::kDenied, "denied"},
    {OptOutKind::kSuppressed, "suppressed"},
    {OptOutKind::kErased, "erased"},
}};
constexpr std::string_view kHeading = "jawort opt-outs 1 ";
constexpr std::string_view kNothing = "-";

std::string hex(std::int64_t number) {
  std::string digits(16, '0');
  auto rest = static_cast<std::uint64_t>(number);
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, rest >>= 4U) {
    *digit = "0123456789abcdef"[rest & 15U];
  }
  return digits;
}

std::optional<std::int64_t> parse_hex(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != end || text.size() != 16) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

}  // namespace

std::string_view name_of(OptOutKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind)).second;
}

std::optional<OptOutKind> parse_opt_out_kind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &decltype(kKinds)::value_type::second);
  return found == kKinds.end() ? std::nullopt : std::optional(found->first);
}

std::string opt_out_heading(std::int64_t mark) { return std::string(kHeading) + hex(mark) + "\n"; }

std::string opt_out_line(const OptOut& opt_out) {
  return std::to_string(opt_out.number) + " " + rfc3339(opt_out.at) + " " +
         std::string(name_of(opt_out.kind)) + " " + hex(opt_out.address_key) + " " +
         opt_out.subject + " " + (opt_out.detail.empty() ? std::string(kNothing) : opt_out.detail) +
         "\n";
}

std::optional<std::int64_t> parse_opt_out_heading(std::string_view line) {
  if (!line.starts_with(kHeading)) return std::nullopt;
  return parse_hex(line.substr(kHeading.size()));
}

std::optional<OptOut> parse_opt_out_line(std::string_view line) {
  const auto words = split(line, ' ');
  if (words.size() != 6 || words[4].empty() || words[5].empty()) return std::nullopt;
  OptOut out;
  const char* const end = words[0].data() + words[0].size();
  const auto number = std::from_chars(words[0].data(), end, out.number);
  const auto at = parse_rfc3339(words[1]);
  const auto kind = parse_opt_out_kind(words[2]);
  const auto key = parse_hex(words[3]);
  if (number.ec != std::errc{} || number.ptr != end || out.number <= 0 || !at || !kind || !key) {
    return std::nullopt;
  }
  out.at = *at;
  out.kind = *kind;
  out.address_key = *key;
  out.subject = words[4];
  if (words[5] != kNothing) out.detail = words[5];
  return out;
}

Result<std::vector<OptOut>> parse_opt_outs(std::string_view text, std::int64_t mark) {
  std::vector<OptOut> out;
  std::size_t number = 0;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (++number == 1) {
      const auto found = parse_opt_out_heading(line);
      if (!found) return invalid("is no journal of opt-outs of this version");
      if (*found != mark) return refused("was written under another address key than keys/ holds");
      continue;
    }
    auto opt_out = parse_opt_out_line(line);
    if (!opt_out) return invalid("line " + std::to_string(number) + " cannot be read");
    out.push_back(std::move(*opt_out));
  }
  if (number == 0) return invalid("is no journal of opt-outs of this version");
  return out;
}

}  // namespace jawort
