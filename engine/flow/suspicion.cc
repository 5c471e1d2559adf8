#include "engine/flow/suspicion.h"

#include <algorithm>
#include <charconv>

#include "engine/base/embedded.h"
#include "engine/evidence/leaf.h"

namespace jawort {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

struct Rule {
  std::string name;
  int number = 0;
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> list;
    for (const EmbeddedFile& file : embedded_suspicions()) {
      for (const std::string_view line : split(file.content, '\n')) {
        if (line.empty() || line.front() == '#') continue;
        const auto words = split(line, ' ');
        Rule rule{std::string(words.front()), 0};
        if (words.size() > 1) {
          std::from_chars(words[1].data(), words[1].data() + words[1].size(), rule.number);
        }
        list.push_back(std::move(rule));
      }
    }
    return list;
  }();
  return all;
}

std::optional<std::int64_t> seconds_between(const std::optional<Instant>& from, Instant to) {
  if (!from) return std::nullopt;
  return duration_cast<seconds>(to - *from).count();
}

// The most openings that lie within one second.
int openings_at_once(const std::vector<Opening>& openings) {
  int most = 0;
  for (const Opening& first : openings) {
    const auto near = std::ranges::count_if(openings, [&](const Opening& other) {
      return other.at >= first.at && other.at - first.at < seconds{1};
    });
    most = std::max(most, static_cast<int>(near));
  }
  return most;
}

bool applies(const Rule& rule, const PressSignals& signals) {
  if (rule.name == "scanner_pressed") return signals.client == "scanner";
  if (rule.name == "pressed_after_mail") {
    const auto passed = signals.seconds_since_hand_over();
    return passed && *passed >= 0 && *passed < rule.number;
  }
  if (rule.name == "opened_by_scanners_only") {
    return !signals.openings.empty() &&
           std::ranges::all_of(signals.openings,
                               [](const Opening& one) { return one.client == "scanner"; });
  }
  if (rule.name == "openings_at_once") return openings_at_once(signals.openings) >= rule.number;
  return false;
}

}  // namespace

std::optional<std::int64_t> PressSignals::seconds_since_hand_over() const {
  return seconds_between(mailed_at, at);
}
std::optional<std::int64_t> PressSignals::seconds_since_opening() const {
  if (openings.empty()) return std::nullopt;
  return seconds_between(openings.back().at, at);
}

std::vector<std::string> suspicions(const PressSignals& signals) {
  std::vector<std::string> names;
  for (const Rule& rule : rules()) {
    if (applies(rule, signals)) names.push_back(rule.name);
  }
  return names;
}

Result<std::optional<Instant>> handed_over_at(const Tables& tables, const Round& round) {
  if (!round.first_mail) return round.mailed_at;
  const auto row = tables.outbox().find(round.mail);
  if (!row.ok()) return row.error();
  return *row ? (*row)->handed_over_at : std::nullopt;
}

Result<PressSignals> signals_of_press(const Tables& tables, const Consent& consent, Instant at,
                                      std::string_view client) {
  const auto mailed_at = handed_over_at(tables, consent.round);
  if (!mailed_at.ok()) return mailed_at.error();
  PressSignals signals{std::string(client), at, *mailed_at, {}};
  const auto events = tables.events().about(consent.contact, consent.id);
  if (!events.ok()) return events.error();
  for (const EventRow& event : *events) {
    if (event.sequence <= consent.round.submission || event.type != "link_opened") continue;
    const auto leaf = decode_leaf(event.leaf);
    if (!leaf.ok()) return leaf.error();
    signals.openings.push_back({event.at, std::string(leaf->fact("client"))});
  }
  return signals;
}

void count_suspicious(const Context& context, std::uint64_t by) {
  context.metrics
      .counter("jawort_suspicious_confirmations_total",
               "Confirmations that look like a machine's; see `contact show`")
      .add(by);
}

}  // namespace jawort
