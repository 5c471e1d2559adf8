#include "engine/dossier/verify_events.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

constexpr std::string_view kEarliest = "2000";  // Jawort is younger

std::string count_of(std::size_t number, std::string_view one, std::string_view many) {
  return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

std::string event_name(const ReadEvent& event) {
  return "event " + std::to_string(event.leaf.sequence) + " (" + event.leaf.type + ")";
}

bool rising(const std::vector<std::string>& names) {
  return std::ranges::adjacent_find(names, std::greater_equal<>()) == names.end();
}

// Nothing: each commitment is opened, or said to be erased or withheld, and nothing else is there.
std::string wrong_values(const Proof& proof, const ReadEvent& event) {
  std::vector<std::string> open, all;
  for (const SaltedValue& value : event.proof->open) open.push_back(value.name);
  if (!rising(open) || !rising(event.proof->erased) || !rising(event.proof->withheld)) {
    return "names a value twice or out of order";
  }
  all = open;
  all.insert(all.end(), event.proof->erased.begin(), event.proof->erased.end());
  all.insert(all.end(), event.proof->withheld.begin(), event.proof->withheld.end());
  std::ranges::sort(all);
  if (!std::ranges::equal(all, event.leaf.commitments, {}, {}, &Commitment::name)) {
    return "has values that its leaf does not name, or the other way round";
  }
  for (const SaltedValue& value : event.proof->open) {
    const auto commitment =
        std::ranges::find(event.leaf.commitments, value.name, &Commitment::name);
    if (commit(value.salt, value.name, as_bytes(value.value)) != commitment->hash) {
      return "has another value for " + value.name + " than the one it was recorded with";
    }
  }
  for (const std::string& name : event.proof->withheld) {
    if (!name.starts_with("previous:") || name == "previous:" + proof.purpose) {
      return "withholds " + name + ", which belongs to this purpose";
    }
  }
  return "";
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
      to.checks.push_back({"leaves", false, "a leaf cannot be read: " + leaf.error().message});
      return {};
    }
    if (!events.empty() && events.back().leaf.sequence >= leaf->sequence) {
      to.checks.push_back({"leaves", false, "the events are not in the order of the log"});
      return {};
    }
    events.push_back({std::move(*leaf), leaf_hash(one.leaf), &one});
  }
  if (events.empty()) {
    to.checks.push_back({"leaves", false, "there is no event"});
  } else {
    to.checks.push_back({"leaves", true,
                         count_of(events.size(), "event is", "events are") +
                             " written as the format wants it, from number " +
                             std::to_string(events.front().leaf.sequence) + " to " +
                             std::to_string(events.back().leaf.sequence) + " of the log"});
  }
  return events;
}

void check_values(const Proof& proof, const std::vector<ReadEvent>& events, Verification& to) {
  std::size_t open = 0, erased = 0;
  for (const ReadEvent& event : events) {
    const std::string wrong = wrong_values(proof, event);
    if (!wrong.empty()) {
      to.checks.push_back({"values", false, event_name(event) + " " + wrong});
      return;
    }
    open += event.proof->open.size();
    erased += event.proof->erased.size();
  }
  std::string detail = count_of(open, "value is", "values are") + " the recorded ones";
  if (erased > 0) {
    detail += "; " + count_of(erased, "value has", "values have") + " been erased";
    to.not_proved.push_back(count_of(erased, "value was", "values were") +
                            " erased; what they said cannot be shown any more, that they were "
                            "there can");
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
    to.checks.push_back({"address", named,
                         named ? "the address is the one that was typed into the form"
                               : "the address is not the one that was typed into the form"});
  } else {
    to.not_proved.push_back("whose consent this is: the address was erased from every event");
  }
}

void check_chain(const Proof& proof, const std::vector<ReadEvent>& events, Verification& to) {
  const std::string link = "previous:" + proof.purpose;
  const auto fails = [&](const ReadEvent& event, const std::string& why) {
    to.checks.push_back({"history", false, event_name(event) + " " + why});
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    const ReadEvent& event = events[i];
    if (i == 0) {
      if (event.commits_to(link)) return fails(event, "is not the first of this consent");
      if (event.leaf.type != "form_submitted" ||
          event.leaf.fact("purpose:" + proof.purpose).empty()) {
        return fails(event, "does not begin this consent");
      }
      continue;
    }
    if (!event.commits_to(link)) return fails(event, "does not go on from the one before it");
    const std::string* previous = event.open(link);
    if (previous == nullptr) {
      return fails(event, "has lost its link to " + event_name(events[i - 1]) +
                              ": something between the two may have been left out");
    }
    if (*previous != text_of(events[i - 1].hash)) {
      return fails(event,
                   "follows another event than the one before it: one is missing, was "
                   "added, or is out of its place");
    }
  }
  const ReadEvent& last = events.back();
  const auto made_at = parse_rfc3339(proof.made_at);
  if (last.leaf.type != "dossier_made" || !made_at || last.leaf.at > *made_at ||
      proof.made_at < kEarliest) {
    return fails(last, "is not the making of this dossier");
  }
  if (const auto zone = last.leaf.fact("zone"); !zone.empty() && zone != proof.zone) {
    return fails(last, "names another time zone than the dossier");
  }
  to.checks.push_back({"history", true,
                       "each event names the one before it, so nothing is missing between the "
                       "first and the last"});
}

}  // namespace jawort
