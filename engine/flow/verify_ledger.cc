#include "engine/flow/verify_ledger.h"

#include <algorithm>
#include <utility>

#include "engine/evidence/digest.h"
#include "engine/flow/in_order.h"
#include "engine/flow/verify_heads.h"
#include "engine/flow/verify_tree.h"

namespace jawort {
namespace {

constexpr std::int64_t kEventsAtOnce = 2048;  // a read of some ten milliseconds
constexpr int kDefinitionsAtOnce = 100;
using Item = LedgerItem;

class Verification {
 public:
  explicit Verification(const LedgerRequest& request)
      : request_(request), tree_(findings_), heads_(request.store, request.own_keys, findings_) {}

  Result<LedgerReport> run() {
    JAWORT_TRY(begin());
    JAWORT_TRY(verify_log());
    JAWORT_TRY(verify_tables());
    JAWORT_TRY(verify_definitions());
    return report();
  }

 private:
  struct Range {
    std::int64_t after = 0, last = 0;
  };

  Status read(const std::function<Status(const Tables&)>& work) const {
    return request_.store.read(work);
  }

  Status begin() {
    JAWORT_TRY(read([&](const Tables& tables) -> Status {
      const auto last = tables.events().last_sequence();
      if (!last.ok()) return last.error();
      events_ = *last;
      return heads_.begin(tables);
    }));
    if (request_.earlier) heads_.expect(*request_.earlier, events_);
    if (request_.outside) heads_.expect_outside(*request_.outside, events_);
    return heads_.come_to(tree_);
  }

  Status verify_log() {
    std::int64_t at = 0;
    const auto next = [&]() -> Result<std::optional<Range>> {
      std::optional<std::int64_t> first;  // a number may be far from the one before it
      JAWORT_TRY(read([&](const Tables& tables) -> Status {
        const auto page = tables.events().page(at, 1);
        if (!page.ok()) return page.error();
        first = page->empty() ? std::nullopt : std::optional(page->front().sequence);
        return {};
      }));
      if (!first || *first > events_) return std::optional<Range>{};
      const Range range{*first - 1, std::min(*first - 1 + kEventsAtOnce, events_)};
      at = range.last;
      return std::optional(range);
    };
    const auto work = [this](const Range& range) -> Result<LogBlock> {
      Result<LogBlock> block = internal_error("not read");
      JAWORT_TRY(read([&](const Tables& tables) -> Status {
        block = read_log_block(tables, range.after, range.last);
        return block.ok() ? Status{} : Status(block.error());
      }));
      return block;
    };
    const auto take = [this](LogBlock block) -> Status {
      for (const LogBlock::Row& row : block.rows) {
        tree_.append(row);
        JAWORT_TRY(heads_.come_to(tree_));
      }
      findings_.add_all(std::move(block.findings));
      tell(tree_.size());
      return {};
    };
    JAWORT_TRY((in_order<Range, LogBlock>(request_.threads, next, work, take)));
    tree_.fill_up_to(events_);
    JAWORT_TRY(heads_.come_to(tree_));
    return heads_.end();
  }

  Status verify_tables() {
    ContactId after;
    bool more = true;
    const auto next = [&]() -> Result<std::optional<Range>> {
      if (!more) return std::optional<Range>{};
      std::optional<ContactId> end;
      JAWORT_TRY(read([&](const Tables& tables) -> Status {
        const auto found = tables.events().contact_after(after, static_cast<int>(kEventsAtOnce));
        if (!found.ok()) return found.error();
        end = *found;
        return {};
      }));
      const Range range{after.value, end ? end->value : INT64_MAX};
      more = end.has_value();
      if (end) after = *end;
      return std::optional(range);
    };
    const auto work = [this](const Range& range) -> Result<VerifiedContacts> {
      Result<VerifiedContacts> verified = internal_error("not read");
      JAWORT_TRY(read([&](const Tables& tables) -> Status {
        verified =
            verify_contacts(tables, ContactId{range.after}, ContactId{range.last}, request_.links);
        return verified.ok() ? Status{} : Status(verified.error());
      }));
      return verified;
    };
    const auto take = [this](VerifiedContacts verified) -> Status {
      records_.add(std::move(verified));
      tell(events_ + std::min(records_.events, events_));
      return {};
    };
    JAWORT_TRY((in_order<Range, VerifiedContacts>(request_.threads, next, work, take)));
    findings_.add_all(std::move(records_.findings));
    return {};
  }

  Status verify_definitions() {
    Hash256 after{};
    for (bool more = true; more;) {
      JAWORT_TRY(read([&](const Tables& tables) -> Status {
        const auto page = tables.definitions().page(after, kDefinitionsAtOnce);
        if (!page.ok()) return page.error();
        more = !page->empty();
        if (more) after = page->back().version;
        for (const DefinitionRow& row : *page) verify_definition(row);
        return {};
      }));
    }
    tell(2 * events_);
    return {};
  }

  void verify_definition(const DefinitionRow& row) {
    ++definitions_;
    if (sha256(as_bytes(row.body)) == row.version) return;
    findings_.add(Item::kDefinitions, "definition " + row.kind + " \"" + row.id + "\" " +
                                          version_text(row.version) +
                                          " is not the document of that version");
  }

  void tell(std::int64_t done) const {
    if (request_.progress) request_.progress({done, 2 * events_});
  }

  LedgerReport report() const {
    LedgerReport report;
    report.changed = !findings_.empty();
    report.ok = findings_.empty() && heads_.not_compared().empty();
    report.events = events_;
    for (std::size_t i = 0; i < kLedgerItems; ++i) {
      const auto item = static_cast<Item>(i);
      if (item == Item::kEarlier && !request_.earlier && !request_.outside) continue;
      const std::string name(name_of(item));
      for (std::string& detail : findings_.of(item)) {
        report.checks.push_back({name, false, std::move(detail)});
      }
      const std::size_t count = findings_.count(item);
      if (count > LedgerFindings::kKept) {
        report.checks.push_back(
            {name, false, std::to_string(count - LedgerFindings::kKept) + " more like these"});
      }
      if (item == Item::kEarlier && !heads_.not_compared().empty()) {
        for (std::string& why : heads_.not_compared()) {
          report.checks.push_back({name, false, std::move(why), true});
        }
        continue;
      }
      if (count == 0) report.checks.push_back({name, true, what_is_so(item)});
    }
    return report;
  }

  std::string what_is_so(Item item) const {
    const auto number = [](std::int64_t count, const std::string& what) {
      return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
    };
    switch (item) {
      case Item::kLeaves:
        return number(events_, "event") + ", none is missing, each leaf can be read";
      case Item::kRows:
        return "each row says what its leaf says";
      case Item::kTree:
        return "root " + to_base64(tree_.root()) + " of " + number(events_, "event");
      case Item::kValues:
        return "each value that is kept opens its commitment";
      case Item::kChains:
        return "each event commits to the one of its consent before it";
      case Item::kConsents:
        return number(records_.consents, "consent") + ", as the log has them";
      case Item::kContacts:
        return number(records_.contacts, "contact") + ", as the log has them";
      case Item::kMails:
        return number(records_.mails, "mail") + ", as the log committed to them";
      case Item::kDefinitions:
        return number(definitions_, "version") + ", each the hash of its document";
      case Item::kCheckpoints:
        return number(heads_.checked(), "checkpoint") + ", signed, in order, of this log";
      case Item::kEarlier:
        return heads_.earlier_fits();
    }
    return {};
  }

  const LedgerRequest& request_;
  LedgerFindings findings_;
  LogTree tree_;
  HeadWalk heads_;
  std::int64_t events_ = 0;
  VerifiedContacts records_;
  std::int64_t definitions_ = 0;
};

}  // namespace

Result<LedgerReport> verify_ledger(const LedgerRequest& request) {
  return Verification(request).run();
}

}  // namespace jawort
