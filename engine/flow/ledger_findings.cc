#include "engine/flow/ledger_findings.h"

#include <algorithm>
#include <utility>

namespace jawort {

std::string_view name_of(LedgerItem item) {
  static constexpr std::array<std::string_view, kLedgerItems> kNames{"leaves",
                                                                     "rows",
                                                                     "tree",
                                                                     "values",
                                                                     "chains",
                                                                     "consents",
                                                                     "contacts",
                                                                     "mails",
                                                                     "definitions",
                                                                     "checkpoints",
                                                                     "earlier_checkpoint"};
  return kNames.at(static_cast<std::size_t>(item));
}

void LedgerFindings::add(LedgerItem item, std::string detail) {
  if (++counts_.at(static_cast<std::size_t>(item)) > kKept) return;
  kept_.push_back({item, std::move(detail)});
}

void LedgerFindings::add_event(LedgerItem item, std::int64_t sequence, std::string_view what) {
  add(item, "event " + std::to_string(sequence) + " " + std::string(what));
}

void LedgerFindings::add_all(LedgerFindings other) {
  auto before = counts_;
  for (std::size_t i = 0; i < kLedgerItems; ++i) counts_.at(i) += other.counts_.at(i);
  for (LedgerFinding& finding : other.kept_) {
    if (++before.at(static_cast<std::size_t>(finding.item)) > kKept) continue;
    kept_.push_back(std::move(finding));
  }
}

bool LedgerFindings::empty() const { return kept_.empty(); }

std::vector<std::string> LedgerFindings::of(LedgerItem item) const {
  std::vector<std::string> details;
  for (const LedgerFinding& finding : kept_) {
    if (finding.item == item) details.push_back(finding.detail);
  }
  return details;
}

}  // namespace jawort
