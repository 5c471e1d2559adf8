#include "engine/flow/record_event.h"

#include <algorithm>

#include "engine/evidence/digest.h"
#include "engine/evidence/leaf.h"
#include "engine/flow/watch_clock.h"

namespace jawort {
namespace {

// The hash of the consent's newest leaf, as the value that links the new one to it; empty for the
// first.
Result<std::string> previous_leaf(const Tables& tables, ContactId contact, ConsentId consent) {
  const auto last = tables.events().last_about(contact, consent);
  if (!last.ok()) return last.error();
  return *last ? std::string(as_text(leaf_hash((*last)->leaf))) : std::string{};
}

}  // namespace

std::vector<PersonalValue> values_of_mail(const MailRow& mail) {
  const Hash256 cut = sha256(as_bytes(mail.message));
  return {{"mail", id_text(mail.id.value)},
          {"mail_sha256", std::string(as_text(mail.message_hash))},
          {"mail_cut_sha256", std::string(as_text(cut))}};
}

Result<std::int64_t> record_event(const Context& context, Tables& tables, const NewEvent& event) {
  const auto last = event.type == kClockStepped ? tables.events().last_sequence()
                                                : record_step_back(context, tables, event.at);
  if (!last.ok()) return last.error();
  auto values = event.values;
  for (const auto& about : event.consents) {
    auto previous = previous_leaf(tables, event.contact, about.consent);
    if (!previous.ok()) return previous.error();
    values.push_back({"previous:" + about.purpose, std::move(*previous)});
  }
  std::erase_if(values, [](const PersonalValue& value) { return value.value.empty(); });
  std::ranges::sort(values, {}, &PersonalValue::name);

  Leaf leaf;
  leaf.sequence = static_cast<std::uint64_t>(*last) + 1;
  leaf.at = event.at;
  leaf.type = event.type;
  leaf.facts = event.facts;
  std::erase_if(leaf.facts, [](const Fact& fact) { return fact.value.empty(); });
  std::ranges::sort(leaf.facts, {}, &Fact::name);

  std::vector<EventValueRow> rows;
  for (auto& value : values) {
    EventValueRow row{value.name, context.random.bytes<32>(), std::move(value.value)};
    leaf.commitments.push_back({row.name, commit(row.salt, row.name, as_bytes(row.value))});
    rows.push_back(std::move(row));
  }
  auto bytes = encode_leaf(leaf);
  if (!bytes.ok()) return bytes.error();

  const auto sequence = static_cast<std::int64_t>(leaf.sequence);
  EventRow row{sequence, event.at, event.type, std::move(*bytes), event.contact, {}};
  for (const auto& about : event.consents) row.consents.push_back(about.consent);
  JAWORT_TRY(tables.events().append(row, rows));
  return sequence;
}

}  // namespace jawort
