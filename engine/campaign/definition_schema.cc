#include "engine/campaign/definition_schema.h"

#include <algorithm>

#include "engine/campaign/word_lists.h"

namespace jawort {
namespace {

// Optimal string alignment: insertions, deletions, substitutions, and neighbours swapped.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        now[j] = std::min(now[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

// What arrived is shown shortened, so that a message stays one readable line.
std::string shown(std::string_view word) {
  std::string text(utf8_prefix(word, 64));
  if (has_control_characters(text, false)) return "…";
  return text.size() < word.size() ? text + "…" : text;
}

constexpr std::string_view kNeverTicked =
    "there is no such key: a box that was ticked beforehand is no consent (GDPR art. 4(11), "
    "recital "
    "32; CJEU C-673/17; BGH I ZR 7/16); leave it out, the person ticks the box";

void refuse_unknown_keys(const Node& table, std::span<const Key> keys, Report& report) {
  std::vector<std::string_view> known;
  known.reserve(keys.size());
  for (const Key& key : keys) known.push_back(key.name);
  const bool has_boxes = std::ranges::any_of(known, [](std::string_view key) {
    return key == "required" || key == "wording" || key == "options";
  });
  for (const Node& child : table.children) {
    if (std::find(known.begin(), known.end(), child.key) != known.end()) continue;
    const Report::Inside inside(report, shown(child.key));
    if (has_boxes && named_in("any", "ticked", child.key)) {
      report.wrong(child, kNeverTicked);
      continue;
    }
    const std::string guess = did_you_mean(child.key, known);
    report.wrong(child,
                 "unknown key" + (guess.empty() ? "; known here: " + quoted_list(known) : guess));
  }
}

bool is_empty_collection(const Node& value) {
  return (value.type == Node::Type::kTable || value.type == Node::Type::kList) &&
         value.children.empty();
}

void check_key(Node& table, const Key& key, Report& report) {
  const Report::Inside inside(report, key.name);
  Node* value = table.find(key.name);
  if (value == nullptr) {
    if (key.presence == Presence::kRequired) report.wrong(table, "missing");
    if (key.fallback.empty()) return;
    auto fallback = parse_json(key.fallback);
    if (!fallback) return;
    fallback->line = table.line;
    value = &table.add(key.name, std::move(*fallback));
  }
  key.check(*value, report);
  if (!is_empty_collection(*value)) return;
  if (key.presence == Presence::kRequired) {
    report.wrong(*value, "must not be empty");
  } else {
    table.erase(key.name);
  }
}

}  // namespace

void Report::wrong(const Node& at, std::string_view message) { wrong(at.line, message); }

void Report::wrong(int line, std::string_view message) {
  std::string text = file_ + ":" + std::to_string(line) + ": " + name_;
  if (!path_.empty()) text += ": " + path_;
  problems_.push_back({line, clean_message(text + ": " + std::string(message))});
}

Report::Inside::Inside(Report& report, std::string_view key)
    : report_(report), size_before_(report.path_.size()) {
  if (!report_.path_.empty()) report_.path_ += '.';
  report_.path_ += key;
}

Report::Inside::Inside(Report& report, std::size_t index)
    : report_(report), size_before_(report.path_.size()) {
  report_.path_ += "[" + std::to_string(index) + "]";
}

std::string Report::text() const {
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  std::string all;
  for (const Problem& problem : sorted) all += (all.empty() ? "" : "\n") + problem.text;
  return all;
}

bool has_type(const Node& value, Node::Type type, std::string_view expected, Report& report) {
  if (value.type == type) return true;
  report.wrong(value, "must be " + std::string(expected) + ", not " + describe_type(value));
  return false;
}

void check_table(Node& table, std::span<const Key> keys, Report& report) {
  if (!has_type(table, Node::Type::kTable, "a table", report)) return;
  refuse_unknown_keys(table, keys, report);
  for (const Key& key : keys) check_key(table, key, report);
}

void check_list(Node& list, Check item, Report& report) {
  if (!has_type(list, Node::Type::kList, "a list", report)) return;
  for (std::size_t i = 0; i < list.children.size(); ++i) {
    const Report::Inside inside(report, i + 1);
    Node& value = list.children[i];
    item(value, report);
    if (value.type != Node::Type::kText) continue;
    const auto end = list.children.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::any_of(list.children.begin(), end,
                    [&](const Node& other) { return other.text == value.text; })) {
      report.wrong(value, "\"" + shown(value.text) + "\" is listed twice");
    }
  }
}

void check_localized(Node& languages, Check text, Report& report) {
  if (!has_type(languages, Node::Type::kTable, "a table of languages like { en = \"…\" }",
                report)) {
    return;
  }
  for (Node& child : languages.children) {
    const Report::Inside inside(report, shown(child.key));
    if (!language_tag(child.key)) {
      report.wrong(child, "is not a language tag like \"en\" or \"pt-BR\"");
    }
    text(child, report);
  }
}

bool language_tag(std::string_view tag) {
  if (tag.size() > 35) return false;
  bool first = true;
  for (const std::string_view part : split(tag, '-')) {
    const bool right_size = part.size() >= 2 && part.size() <= (first ? 3U : 8U);
    const bool right_letters = std::all_of(part.begin(), part.end(), [&](char c) {
      return first ? (c >= 'a' && c <= 'z') : ascii_alnum(c);
    });
    if (!right_size || !right_letters) return false;
    first = false;
  }
  return true;
}

void check_one_of(Node& value, std::span<const std::string_view> names, Report& report) {
  if (!has_type(value, Node::Type::kText, "a text in quotes", report)) return;
  if (std::find(names.begin(), names.end(), value.text) != names.end()) return;
  report.wrong(value, "\"" + shown(value.text) + "\" is none of " + quoted_list(names) +
                          did_you_mean(value.text, names));
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() > 64) return {};
  std::string_view nearest;
  std::size_t least = std::min<std::size_t>(3, word.size() / 2 + 1);  // further is another word
  for (const std::string_view name : known) {
    const std::size_t distance = edit_distance(ascii_lower(word), ascii_lower(name));
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest.empty() ? std::string() : "; did you mean \"" + std::string(nearest) + "\"?";
}

std::string quoted_list(std::span<const std::string_view> names) {
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) all += i + 1 == names.size() ? " or " : ", ";
    all += "\"" + std::string(names[i]) + "\"";
  }
  return all;
}

}  // namespace jawort
