// What `ledger verify` finds, each named by the sequence of an event or the id of a row. Never with
// an address or a value.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jawort {

enum class LedgerItem : std::uint8_t {
  kLeaves,       // the events follow one another, and each leaf can be read
  kRows,         // the columns beside a leaf say what it says
  kTree,         // the kept nodes are those of the leaves
  kValues,       // what is kept opens its commitment
  kChains,       // each leaf about a consent commits to the one before it
  kConsents,     // the rows in `consent` are what the log folds to
  kContacts,     // addresses and fields are carried by an event
  kMails,        // mails are those that the log committed to
  kDefinitions,  // each version is the hash of its document
  kCheckpoints,  // the signed heads are those of this tree
  kEarlier,      // and so is the one that was kept elsewhere
};
inline constexpr std::size_t kLedgerItems = 11;
std::string_view name_of(LedgerItem item);  // "leaves"

struct LedgerFinding {
  LedgerItem item = LedgerItem::kLeaves;
  std::string detail;
};

// Keeps the first of each item and counts the rest: a log that is not ours has millions.
class LedgerFindings {
 public:
  static constexpr std::size_t kKept = 100;  // of an item

  void add(LedgerItem item, std::string detail);
  void add_event(LedgerItem item, std::int64_t sequence, std::string_view what);
  void add_all(LedgerFindings other);

  bool empty() const;
  std::size_t count(LedgerItem item) const { return counts_.at(static_cast<std::size_t>(item)); }
  // Those of this item that were kept, in the order in which they were found.
  std::vector<std::string> of(LedgerItem item) const;

 private:
  std::array<std::size_t, kLedgerItems> counts_{};
  std::vector<LedgerFinding> kept_;
};

}  // namespace jawort
