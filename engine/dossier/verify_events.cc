#include "engine/dossier/verify_events.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

constexpr std::string_view kEarliest = "2000";  // Jawort is younger

std::string event_name(const Verification& to, const ReadEvent& event) {
  return to.say("event", {{"n", std::to_string(event.leaf.sequence)}, {"type", event.leaf.type}});
}

// "values_one", or "values" with the number.
std::string counted(const Verification& to, const std::string& key, std::size_t number) {
  return number == 1 ? to.say(key + "_one") : to.say(key, {{"n", std::to_string(number)}});
}

bool rising(const std::vector<std::string>& names) {
  return std::ranges::adjacent_find(names, std::greater_equal<>()) == names.end();
}

struct WrongValue {
  std::string_view key;  // of a text; empty: each commitment is opened, or said to be erased or
                         // withheld, and nothing else is there
  std::string name;
};

WrongValue wrong_values(const Proof& proof, const ReadEvent& event) {
  std::vector<std::string> open, all;
  for (const SaltedValue& value : event.proof->open) open.push_back(value.name);
  if (!rising(open) || !rising(event.proof->erased) || !rising(event.proof->withheld)) {
    return {"values_order", ""};
  }
  all = open;
  all.insert(all.end(), event.proof->erased.begin(), event.proof->erased.end());
  all.insert(all.end(), event.proof->withheld.begin(), event.proof->withheld.end());
  std::ranges::sort(all);
  if (!std::ranges::equal(all, event.leaf.commitments, {}, {}, &Commitment::name)) {
    return {"values_foreign", ""};
  }
  for (const SaltedValue& value : event.proof->open) {
    const auto commitment =
        std::ranges::find(event.leaf.commitments, value.name, &Commitment::name);
    if (commit(value.salt, value.name, as_bytes(value.value)) != commitment->hash) {
      return {"values_other", value.name};
    }
  }
  for (const std::string& name : event.proof->withheld) {
    if (!name.starts_with("previous:") || name == "previous:" + proof.purpose) {
      return {"values_withheld", name};
    }
  }
  return {};
}

std::string_view text_of(const Hash256& hash) { return as_text(hash); }

}  // namespace

const ReadEvent* find_event(const std::vector<ReadEvent>& events, std::uint64_t sequence) {
  const auto found = std::ranges::find(events, sequence,
                                       [](const ReadEvent& event) { return event.leaf.sequence; });
  return found == events.end() ? nullptr : &*found;
}

const std::string* ReadEvent::open(std::string_view name) const {
  const auto found = std::ranges::find(proof->open, name, &SaltedValue::name);
  return found == proof->open.end() ? nullptr : &found->value;
}

bool ReadEvent::commits_to(std::string_view name) const {
  return std::ranges::find(leaf.commitments, name, &Commitment::name) != leaf.commitments.end();
}

std::vector<ReadEvent> check_leaves(const Proof& proof, Verification& to) {
  std::vector<ReadEvent> events;
  for (const ProofEvent& one : proof.events) {
    auto leaf = decode_leaf(one.leaf);
    if (!leaf.ok()) {
      to.add("leaves", false, "leaf_unread", {{"why", leaf.error().message}});
      return {};
    }
    if (!events.empty() && events.back().leaf.sequence >= leaf->sequence) {
      to.add("leaves", false, "leaves_order");
      return {};
    }
    events.push_back({std::move(*leaf), leaf_hash(one.leaf), &one});
  }
  if (events.empty()) {
    to.add("leaves", false, "no_leaf");
  } else {
    to.add("leaves", true, events.size() == 1 ? "leaves_one" : "leaves",
           {{"n", std::to_string(events.size())},
            {"first", std::to_string(events.front().leaf.sequence)},
            {"last", std::to_string(events.back().leaf.sequence)}});
  }
  return events;
}

void check_values(const Proof& proof, const std::vector<ReadEvent>& events, Verification& to) {
  std::size_t open = 0, erased = 0;
  for (const ReadEvent& event : events) {
    const WrongValue wrong = wrong_values(proof, event);
    if (!wrong.key.empty()) {
      to.add("values", false, wrong.key, {{"event", event_name(to, event)}, {"name", wrong.name}});
      return;
    }
    open += event.proof->open.size();
    erased += event.proof->erased.size();
  }
  std::string detail = counted(to, "values", open);
  if (erased > 0) {
    detail += counted(to, "values_erased", erased);
    to.not_proved.push_back(counted(to, "open_erased", erased));
  }
  to.checks.push_back({"values", true, std::move(detail)});

  const auto says = [&](const ReadEvent& event) {
    const std::string* email = event.open("email");
    return email != nullptr && ascii_equal_ignoring_case(*email, proof.email);
  };
  const bool any = std::ranges::any_of(
      events, [](const ReadEvent& event) { return event.open("email") != nullptr; });
  if (any) {
    const bool named = std::ranges::any_of(events, says);
    to.add("address", named, named ? "address" : "other_address");
  } else {
    to.add_open("open_address");
  }
}

void check_chain(const Proof& proof, const std::vector<ReadEvent>& events, Verification& to) {
  const std::string link = "previous:" + proof.purpose;
  const auto fails = [&](const ReadEvent& event, std::string_view why,
                         const ReadEvent* before = nullptr) {
    to.add("history", false, why,
           {{"event", event_name(to, event)},
            {"before", before == nullptr ? std::string() : event_name(to, *before)}});
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    const ReadEvent& event = events[i];
    if (i == 0) {
      if (event.commits_to(link)) return fails(event, "not_first");
      if (event.leaf.type != "form_submitted" ||
          event.leaf.fact("purpose:" + proof.purpose).empty()) {
        return fails(event, "no_beginning");
      }
      continue;
    }
    if (!event.commits_to(link)) return fails(event, "no_link");
    const std::string* previous = event.open(link);
    if (previous == nullptr) {
      return fails(event, "lost_link", &events[i - 1]);
    }
    if (*previous != text_of(events[i - 1].hash)) {
      return fails(event, "other_link");
    }
  }
  const ReadEvent& last = events.back();
  const auto made_at = parse_rfc3339(proof.made_at);
  if (last.leaf.type != "dossier_made" || !made_at || last.leaf.at > *made_at ||
      proof.made_at < kEarliest) {
    return fails(last, "other_making");
  }
  if (const auto zone = last.leaf.fact("zone"); !zone.empty() && zone != proof.zone) {
    return fails(last, "other_zone");
  }
  to.add("history", true, "history");
}

}  // namespace jawort
