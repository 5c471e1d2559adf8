#include "engine/flow/verify_heads.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/evidence/key_history.h"
#include "engine/flow/heads_outside.h"

namespace jawort {
namespace {

constexpr int kHeadsAtOnce = 256;
using Item = LedgerItem;

std::string name_of_head(std::int64_t size) { return "checkpoint of size " + std::to_string(size); }

}  // namespace

Status HeadWalk::begin(const Tables& tables) {
  const auto rows = tables.ledger_keys().all();
  if (!rows.ok() && rows.error().kind == ErrorKind::kStorage) return rows.error();
  if (rows.ok()) {
    read_keys(*rows);
  } else {
    findings_.add(Item::kCheckpoints, rows.error().message);
  }
  const auto last = tables.checkpoints().last();
  if (!last.ok()) return last.error();
  last_ = *last ? (*last)->size : 0;
  JAWORT_TRY(check_sent(tables));
  return load(tables);
}

Status HeadWalk::check_sent(const Tables& tables) {
  const auto events = tables.events().last_sequence();
  if (!events.ok()) return events.error();
  for (const std::string_view place : kPlacesOutside) {
    const auto sent = tables.checkpoints().sent(place);
    if (!sent.ok()) return sent.error();
    if (!*sent || (*sent)->size <= *events) continue;
    findings_.add(Item::kCheckpoints, missing_events(*events, (*sent)->size,
                                                     "a checkpoint that was brought out (" +
                                                         std::string(place) + ") covers"));
  }
  return {};
}

void HeadWalk::read_keys(const std::vector<LedgerKeyRow>& rows) {
  std::vector<std::string> notes;
  for (const LedgerKeyRow& row : rows) notes.push_back(row.note);
  const auto history = read_key_history(notes);
  if (!history.ok()) {
    findings_.add(Item::kCheckpoints,
                  "the history of the ledger keys does not verify: " + history.error().message);
    return;
  }
  for (std::size_t i = 0; i < history->size(); ++i) {
    const KeyAnnouncement& announced = (*history)[i].announcement;
    if (announced.number != rows[i].number) {
      findings_.add(Item::kCheckpoints, "ledger key " + std::to_string(rows[i].number) +
                                            " is kept under another number than it has");
    }
    check_own(announced.number, announced.key);
    keys_.push_back(announced.key);
  }
}

void HeadWalk::check_own(unsigned number, const VerifierKey& key) {
  const Secret* const seed =
      own_ == nullptr ? nullptr : own_->find(static_cast<std::uint8_t>(number));
  if (seed == nullptr) return;
  const auto own = SigningKey::from_seed(key.name, seed->duplicate());
  if (own.ok() && own->verifier() == key) return;
  findings_.add(Item::kCheckpoints, "ledger key " + std::to_string(number) +
                                        " of the database is not that of the key folder");
}

void HeadWalk::expect(const std::vector<std::string>& notes, std::int64_t events) {
  if (notes.empty()) not_compared_.emplace_back("there is no checkpoint in the file");
  for (const std::string& note : notes) {
    const auto parsed = open_checkpoint(note, keys_);
    if (!parsed.ok() && damaged(note, parsed.error())) continue;
    compared_ = true;
    if (!parsed.ok()) {
      findings_.add(Item::kEarlier, "does not verify: " + parsed.error().message);
    } else {
      take_earlier(*parsed, events);
    }
  }
  std::ranges::stable_sort(earlier_, std::ranges::greater{}, &Checkpoint::size);
}

// What cannot be read, or is of another log, says nothing about this one. A head with this log's
// name that a key unknown to it has signed does: the keys were exchanged, or it is a forgery.
bool HeadWalk::damaged(const std::string& note, const Error& error) {
  const auto text = parse_checkpoint(note_text(note));
  std::string why = error.message;
  if (text.ok() && error.kind == ErrorKind::kNotFound) {
    const bool ours = std::ranges::find(keys_, text->origin, &VerifierKey::name) != keys_.end();
    if (ours || keys_.empty()) return false;
    why = "it is a head of another log, " + text->origin;
  } else if (!text.ok() && error.kind == ErrorKind::kNotFound) {
    why = text.error().message;
  }
  not_compared_.push_back("cannot be compared: " + why);
  return true;
}

std::string HeadWalk::earlier_fits() const {
  if (!compared_) return "";
  if (not_compared_.empty()) return earlier_fits_;
  return earlier_fits_ + "; " + std::to_string(not_compared_.size()) + " more in the file " +
         not_compared_.front();
}

std::vector<std::string> HeadWalk::not_compared() const {
  return compared_ ? std::vector<std::string>{} : not_compared_;
}

void HeadWalk::expect_outside(const std::vector<std::string>& notes, std::int64_t events) {
  std::size_t ours = 0;
  for (const std::string& note : notes) {
    const auto parsed = open_checkpoint(note, keys_);
    if (!parsed.ok()) continue;
    ++ours;
    take_earlier(*parsed, events);
  }
  std::ranges::stable_sort(earlier_, std::ranges::greater{}, &Checkpoint::size);
  if (ours > 0 || notes.empty()) return;
  findings_.add(Item::kEarlier, "of " + std::to_string(notes.size()) +
                                    " in checkpoint_file none is signed by a key of this log");
}

void HeadWalk::take_earlier(const Checkpoint& head, std::int64_t events) {
  if (head.size <= static_cast<std::uint64_t>(events)) {
    earlier_.push_back(head);
    return;
  }
  findings_.add(Item::kEarlier, "of " + rfc3339(head.at) + " covers " + std::to_string(head.size) +
                                    " events, and the log has only " + std::to_string(events) +
                                    ": events " + std::to_string(events + 1) + " to " +
                                    std::to_string(head.size) + " were cut off");
}

Status HeadWalk::load(const Tables& tables) {
  const std::int64_t after = page_.empty() ? INT64_MIN : page_.back().size;
  auto page = tables.checkpoints().page(after, kHeadsAtOnce);
  if (!page.ok()) return page.error();
  page_ = std::move(*page);
  std::erase_if(page_, [this](const CheckpointRow& row) { return row.size > last_; });
  next_ = 0;
  return {};
}

Status HeadWalk::come_to(const LogTree& tree) {
  check_earlier(tree);
  while (next_ < page_.size() && page_[next_].size <= tree.size()) {
    check(page_[next_], tree);
    if (++next_ < page_.size()) continue;
    JAWORT_TRY(store_.read([this](const Tables& tables) { return load(tables); }));
  }
  return {};
}

Status HeadWalk::end() {
  if (next_ == page_.size()) return {};
  return store_.read([this](const Tables& tables) -> Status {
    const auto events = tables.events().last_sequence();
    if (!events.ok()) return events.error();
    if (last_ > *events) {
      findings_.add(Item::kCheckpoints, name_of_head(last_) +
                                            " covers more than there is: events " +
                                            std::to_string(*events + 1) + " to " +
                                            std::to_string(last_) + " were cut off");
    }
    return {};
  });
}

void HeadWalk::check(const CheckpointRow& row, const LogTree& tree) {
  ++checked_;
  const std::string name = name_of_head(row.size);
  const auto head = open_checkpoint(row.note, keys_);
  if (!head.ok()) {
    findings_.add(Item::kCheckpoints, name + " does not verify: " + head.error().message);
    return;
  }
  if (static_cast<std::int64_t>(head->size) != row.size || head->at != row.at) {
    findings_.add(Item::kCheckpoints, name + " is kept beside another size or time than it has");
  }
  if (before_) check_order(name, *head, tree);
  check_root(name, *head, tree);
  before_ = *head;
}

void HeadWalk::check_order(const std::string& name, const Checkpoint& head, const LogTree& tree) {
  if (head.origin != before_->origin) {
    findings_.add(Item::kCheckpoints, name + " names another log than the one before it");
  }
  if (head.size <= before_->size) {
    findings_.add(Item::kCheckpoints, name + " does not cover more than the one before it");
  }
  // It may, where the log says that the clock was set.
  const bool told = tree.clock_stepped() > static_cast<std::int64_t>(before_->size);
  if (head.at < before_->at && !told) {
    findings_.add(Item::kCheckpoints, name + " is of " + rfc3339(head.at) +
                                          ", earlier than the one before it, of " +
                                          rfc3339(before_->at));
  }
}

// Said once: every later root is another one, too.
void HeadWalk::check_root(const std::string& name, const Checkpoint& head, const LogTree& tree) {
  if (static_cast<std::int64_t>(head.size) != tree.size() || parted_) return;
  parted_ = head.root != tree.root();
  if (!parted_) {
    fits_ = tree.size();
    return;
  }
  findings_.add(Item::kCheckpoints,
                name + " of " + rfc3339(head.at) + " is of another log: something in events " +
                    std::to_string(fits_ + 1) + " to " + std::to_string(tree.size()) +
                    " was changed after it was signed");
}

void HeadWalk::check_earlier(const LogTree& tree) {
  while (!earlier_.empty() && static_cast<std::int64_t>(earlier_.back().size) <= tree.size()) {
    const Checkpoint& head = earlier_.back();
    if (head.root == tree.root()) {
      earlier_fits_ = "the log begins with the " + std::to_string(head.size) +
                      " events that were signed for on " + rfc3339(head.at);
    } else {
      findings_.add(Item::kEarlier, "of " + rfc3339(head.at) +
                                        " is of another log: something in events 1 to " +
                                        std::to_string(head.size) + " was changed since");
    }
    earlier_.pop_back();
  }
}

}  // namespace jawort
