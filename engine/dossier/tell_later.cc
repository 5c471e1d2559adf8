#include <algorithm>
#include <array>

#include "engine/dossier/case_doubts.h"
#include "engine/dossier/tell_chapters.h"

namespace jawort {
namespace {

// What an event says beside its type, in words where there are words for it.
std::string details_of(const CaseTeller& tell, const CaseEvent& event) {
  const DossierWords& words = tell.words;
  std::vector<std::string> parts;
  const auto add = [&](std::string_view prefix, std::string_view name) {
    const std::string value(event.leaf.fact(name));
    if (!value.empty()) parts.push_back(words.find_or(std::string(prefix) + value, value));
  };
  add("round_", "round:" + tell.record.purpose);
  add("revoked_by_", "revoked_by");
  add("expired_", "reason");
  add("ground_", "ground");
  add("with_proof_", "with_proof");
  add("client_", "client");
  add("", "relay");
  if (const std::string* reply = value_in(event, "reply")) parts.push_back(*reply);
  if (const std::string* ip = value_in(event, "ip")) parts.push_back(*ip);
  if (!event.erased.empty()) parts.push_back(words.text("some_erased"));
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : "; ") + part;
  return fit_for_print(all);
}

std::string where(const DossierWords& words, const CaseTeller& tell, int number) {
  // In which chapter each of the 21 items is told; 0: nowhere but here.
  constexpr std::array<int, 22> kChapters = {0, 3, 3, 2, 2, 2, 2, 3, 4,  4,  6,
                                             5, 3, 3, 2, 1, 8, 8, 2, 11, 11, 0};
  if (number == 21) {
    const auto& kept = tell.record.retention;
    if (!kept) return {};
    const std::string time = words.window(kept->period);
    if (!kept->until) return words.text("keep_proof_from_end", {{"time", time}});
    return words.text("keep_proof_until", {{"time", time}, {"when", words.last_day(*kept->until)}});
  }
  const int chapter = kChapters.at(static_cast<std::size_t>(number));
  return words.text("see_chapter", {{"number", std::to_string(chapter)}});
}

std::string_view state_key(ItemState state) {
  switch (state) {
    case ItemState::kPresent:
      return "item_present";
    case ItemState::kMissing:
      return "item_missing";
    case ItemState::kErased:
      return "item_erased";
    case ItemState::kNotApplicable:
      return "item_not_applicable";
  }
  return "item_missing";
}

std::vector<Value> item_row(const CaseTeller& tell, const CaseItem& item) {
  const DossierWords& words = tell.words;
  const bool there = item.state == ItemState::kPresent;
  const bool lacks = item.state == ItemState::kMissing || item.state == ItemState::kErased;
  std::string because;
  if (!item.reason.empty()) because = words.find_or("reason_" + item.reason, item.reason);
  if (because.empty() && lacks) because = words.text("reason_unknown");
  std::string place = there ? where(words, tell, item.number) : std::string();
  if (!place.empty() && !because.empty()) place += "; ";
  return {
      tell.present(std::to_string(item.number)),
      tell.present(words.text("item_" + std::to_string(item.number))),
      Value{words.text(state_key(item.state)), Face::kText, lacks ? Tone::kCaution : Tone::kPlain},
      tell.present(place + because)};
}

void put_events(CaseTeller& tell, const std::vector<const CaseEvent*>& events) {
  const DossierWords& words = tell.words;
  Table table;
  table.columns = {{words.text("column_when"), 4},
                   {words.text("column_event"), 5},
                   {words.text("column_detail"), 8}};
  for (const CaseEvent* event : events) {
    table.rows.push_back(
        {tell.present(words.moment_cell(event->leaf.at)),
         tell.present(words.find_or("event_" + event->leaf.type, event->leaf.type)),
         tell.present(details_of(tell, *event))});
  }
  tell.document.blocks.emplace_back(std::move(table));
}

}  // namespace

void say_clock(CaseTeller& tell) {
  const auto wrong = times_out_of_order(tell.record);
  if (!wrong.empty()) tell.say("clock_of_events", {{"n", listed(wrong)}}, Tone::kCaution);
  if (checkpoint_is_late(tell.record)) tell.say("clock_of_checkpoint", Tone::kCaution);
}

void tell_later(CaseTeller& tell) {
  tell.chapter("chapter_later");
  say_clock(tell);
  std::vector<const CaseEvent*> before, after;
  for (const CaseEvent* event : tell.remaining()) {
    (event->leaf.sequence < tell.decided_at() ? before : after).push_back(event);
  }
  const bool confirmed = tell.main().round.confirmed.has_value();
  if (after.empty()) {
    tell.say(confirmed ? "later_none" : "later_not_confirmed");
  } else {
    tell.say(confirmed ? "later_lead" : "later_lead_not_confirmed");
    put_events(tell, after);
  }
  if (before.empty()) return;
  tell.say("earlier_lead");
  put_events(tell, before);
}

void tell_items(CaseTeller& tell) {
  const DossierWords& words = tell.words;
  tell.chapter("chapter_items");
  tell.say("items_lead");
  Table table;
  table.columns = {{words.text("column_number"), 2},
                   {words.text("column_item"), 12},
                   {words.text("column_state"), 5},
                   {words.text("column_where"), 14}};
  for (const CaseItem& item : tell.record.items) table.rows.push_back(item_row(tell, item));
  tell.document.blocks.emplace_back(std::move(table));
}

}  // namespace jawort
