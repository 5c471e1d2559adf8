#include "engine/flow/read_stored_event.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/evidence/bytes_io.h"

namespace jawort {
namespace {

using Item = LedgerItem;

void check_row(const StoredEvent& row, const Leaf& leaf, LedgerFindings& findings) {
  if (static_cast<std::int64_t>(leaf.sequence) != row.sequence) {
    findings.add_event(
        Item::kRows, row.sequence,
        "stands where its leaf is not: that says it is event " + std::to_string(leaf.sequence));
  }
  if (to_millis(leaf.at) != row.at) {
    findings.add_event(Item::kRows, row.sequence,
                       "has another time than its leaf: " + rfc3339(from_millis(row.at)) +
                           " and not " + rfc3339(leaf.at));
  }
  if (leaf.type != row.type) {
    findings.add_event(Item::kRows, row.sequence,
                       "has another type than its leaf, which says " + leaf.type);
  }
}

// Both lists are sorted by name.
void check_values(const StoredEvent& row, const CheckedEvent& event, LedgerFindings& findings) {
  auto commitment = event.leaf->commitments.begin();
  const auto end = event.leaf->commitments.end();
  const SaltedValue* before = nullptr;
  for (const SaltedValue& value : event.values) {
    while (commitment != end && commitment->name < value.name) ++commitment;
    const bool rising = before == nullptr || before->name < value.name;
    if (!rising || commitment == end || commitment->name != value.name) {
      findings.add_event(Item::kValues, row.sequence, "keeps a value that it did not commit to");
      return;
    }
    if (commit(value.salt, value.name, as_bytes(value.value)) != commitment->hash) {
      findings.add_event(
          Item::kValues, row.sequence,
          "keeps a value or salt of \"" + value.name + "\" that does not open its commitment");
    }
    before = &value;
  }
}

// Whom it is about is no part of the leaf, but how many consents is. What has lost all its values
// may have been untied from the person.
void check_ties(const StoredEvent& row, const CheckedEvent& event, LedgerFindings& findings) {
  if (row.consents.size() % sizeof(std::int64_t) != 0) {
    findings.add_event(Item::kRows, row.sequence, "has a column consents that is no list of ids");
    return;
  }
  const auto named = [](const auto& entries, std::string_view prefix) {
    return static_cast<std::size_t>(std::ranges::count_if(
        entries, [&](const auto& entry) { return entry.name.starts_with(prefix); }));
  };
  const std::size_t expected =
      std::max(named(event.leaf->facts, "purpose:"), named(event.leaf->commitments, "previous:"));
  const bool untied = event.values.empty() && !row.contact && row.consents.empty();
  if (untied) return;
  if (event.consents.size() != expected) {
    findings.add_event(Item::kRows, row.sequence,
                       "is about " + std::to_string(expected) + " consents, and its row names " +
                           std::to_string(event.consents.size()));
  }
  if (!row.contact && (expected > 0 || !event.values.empty())) {
    findings.add_event(Item::kRows, row.sequence, "has values and names no contact");
  }
}

}  // namespace

const SaltedValue* CheckedEvent::value(std::string_view name) const {
  const auto found = std::ranges::find(values, name, &SaltedValue::name);
  return found == values.end() ? nullptr : &*found;
}

bool CheckedEvent::commits_to(std::string_view name) const {
  return leaf &&
         std::ranges::find(leaf->commitments, name, &Commitment::name) != leaf->commitments.end();
}

CheckedEvent read_stored_event(const StoredEvent& row, LedgerFindings& findings) {
  CheckedEvent event;
  event.sequence = row.sequence;
  event.at = from_millis(row.at);
  event.hash = leaf_hash(row.leaf);
  for (ByteReader in(ByteView(row.consents).first(row.consents.size() / 8 * 8)); !in.at_end();) {
    event.consents.push_back(ConsentId{static_cast<std::int64_t>(in.number(8))});
  }
  auto values = unpack_values(row.values);
  if (values.ok()) {
    event.values = std::move(*values);
  } else {
    findings.add_event(Item::kValues, row.sequence, "keeps values that cannot be read");
  }
  if (const SaltedValue* mail = event.value("mail")) {
    event.mail = MailId{parse_id_text(mail->value).value_or(0)};
  }
  auto leaf = decode_leaf(row.leaf);
  if (!leaf.ok()) {
    findings.add_event(Item::kLeaves, row.sequence, "cannot be read: " + leaf.error().message);
    return event;
  }
  event.leaf = std::move(*leaf);
  check_row(row, *event.leaf, findings);
  check_values(row, event, findings);
  check_ties(row, event, findings);
  return event;
}

}  // namespace jawort
