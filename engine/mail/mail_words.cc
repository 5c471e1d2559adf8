#include "engine/mail/mail_words.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "engine/base/embedded.h"
#include "engine/base/text.h"
#include "engine/mail/mime_part.h"

namespace jawort {
namespace {

constexpr std::string_view kFolder = "words/", kEnding = ".txt";

std::string_view name_of(const EmbeddedFile& file) {
  std::string_view name = file.path;
  if (name.starts_with(kFolder)) name.remove_prefix(kFolder.size());
  if (name.ends_with(kEnding)) name.remove_suffix(kEnding.size());
  return name;
}

std::vector<std::string> entries_of(const EmbeddedFile& file) {
  std::vector<std::string> entries;
  for (const std::string_view line : split(file.content, '\n')) {
    const std::string_view entry = trim_ascii_space(line);
    if (!entry.empty() && entry.front() != '#') entries.emplace_back(entry);
  }
  return entries;
}

using Lists = std::map<std::string, std::vector<std::string>, std::less<>>;

const Lists& lists() {
  static const Lists all = [] {
    Lists read;
    for (const EmbeddedFile& file : embedded_mail_words()) {
      read.emplace(name_of(file), entries_of(file));
    }
    return read;
  }();
  return all;
}

}  // namespace

const std::vector<std::string>& word_list(std::string_view name) {
  static const std::vector<std::string> none;
  const auto found = lists().find(name);
  return found == lists().end() ? none : found->second;
}

const std::vector<Phrase>& phrase_lists(std::string_view begin) {
  static std::mutex mutex;  // guards made; what is in it never changes
  static std::map<std::string, std::vector<Phrase>, std::less<>> made;
  const std::lock_guard lock(mutex);
  const auto found = made.find(begin);
  if (found != made.end()) return found->second;
  std::vector<Phrase>& phrases = made[std::string(begin)];
  for (const auto& [name, entries] : lists()) {
    if (!name.starts_with(begin)) continue;
    for (const std::string& entry : entries) phrases.emplace_back(entry);
  }
  return phrases;
}

bool has_phrase(const std::vector<Phrase>& phrases, std::string_view text) {
  const std::vector<Word> words = words_of(as_utf8(text));
  return std::ranges::any_of(phrases,
                             [&](const Phrase& phrase) { return phrase.find(words).has_value(); });
}

std::size_t find_any(const std::vector<std::string>& entries, std::string_view lower) {
  std::size_t first = std::string_view::npos;
  for (const std::string& entry : entries) first = std::min(first, lower.find(entry));
  return first;
}

std::string as_utf8(std::string_view text) {
  return valid_utf8(text) ? std::string(text) : latin1_to_utf8(text);
}

}  // namespace jawort
