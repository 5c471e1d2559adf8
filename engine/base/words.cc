#include "engine/base/words.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace jawort {
namespace {

// Behind these, and behind single letters, a full stop says nothing.
constexpr std::array<std::string_view, 24> kAbbreviations = {
    "bzw", "ggf", "tel", "nr", "dr",  "usw", "etc",  "str", "inkl", "evtl", "ca",   "vgl",
    "abs", "art", "no",  "mr", "mrs", "ms",  "prof", "z",   "max",  "min",  "incl", "vs"};

// What stands at `at`: how many bytes, and what it adds to a word. Nothing added: it parts words.
struct Piece {
  std::size_t bytes = 1;
  std::string folded;
  bool ignored = false;
};

Piece piece_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const auto byte = static_cast<unsigned char>(rest.front());
  if (byte == 0x01) return {1, "", true};
  if (ascii_alnum(rest.front()) || rest.front() == '\'') return {1, ascii_lower(rest.substr(0, 1))};
  if (byte < 0x80) return {1, ""};
  if (rest.starts_with("\u00AD")) return {2, "", true};
  if (rest.starts_with("\u2019")) return {3, "'"};
  std::size_t bytes = 1;
  while (bytes < rest.size() && (static_cast<unsigned char>(rest[bytes]) & 0xC0U) == 0x80U) ++bytes;
  if (byte == 0xC2 || rest.starts_with("\xE2\x80")) return {bytes, ""};  // signs, quotes, dashes
  std::string letter(rest.substr(0, bytes));
  if (letter == "\u00D7" || letter == "\u00F7") return {2, ""};  // × and ÷
  const bool capital = byte == 0xC3 && bytes == 2 && static_cast<unsigned char>(letter[1]) < 0x9F;
  if (capital) letter[1] = static_cast<char>(letter[1] + 0x20);
  return {bytes, std::move(letter)};
}

bool ends_sentence(std::string_view text, std::size_t at, const std::vector<Word>& words) {
  if (text[at] == '!' || text[at] == '?') return true;
  if (text[at] != '.' || words.empty() || words.back().end != at) return false;
  const std::string& word = words.back().text;
  if (utf8_length(word) < 2 || std::ranges::find(kAbbreviations, word) != kAbbreviations.end()) {
    return false;
  }
  const std::string_view rest = text.substr(at + 1);
  const std::string_view next = trim_ascii_space(rest);
  if (next.size() == rest.size()) return next.empty() || next.front() == '"';  // "sommer.example"
  return next.empty() || next.front() < 'a' || next.front() > 'z';
}

}  // namespace

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> words;
  bool open = false;
  for (std::size_t at = 0; at < text.size();) {
    const Piece piece = piece_at(text, at);
    if (!piece.folded.empty()) {
      if (!open) words.push_back({"", at, at});
      open = true;
      words.back().text += piece.folded;
      words.back().end = at + piece.bytes;
    } else if (!piece.ignored) {
      open = false;
      if (ends_sentence(text, at, words)) words.push_back({"", at, at + 1});
    }
    at += piece.bytes;
  }
  return words;
}

Phrase::Phrase(std::string_view spelled) : spelled_(spelled) {
  for (const std::string_view part : split(spelled, ' ')) {
    const bool open_begin = part.starts_with('*');
    const bool open_end = part.ends_with('*');
    const std::vector<Word> words = words_of(part);
    for (std::size_t i = 0; i < words.size(); ++i) {
      patterns_.push_back({words[i].text, open_begin && i == 0, open_end && i + 1 == words.size()});
    }
  }
}

bool Phrase::Pattern::fits(std::string_view word) const {
  if (word.empty()) return false;
  if (open_begin && open_end) return word.find(text) != std::string_view::npos;
  if (open_begin) return word.ends_with(text);
  return open_end ? word.starts_with(text) : word == text;
}

std::optional<std::size_t> Phrase::find(const std::vector<Word>& words, std::size_t from) const {
  const auto fits = [](const Word& word, const Pattern& pattern) {
    return pattern.fits(word.text);
  };
  if (patterns_.empty() || from > words.size()) return std::nullopt;
  const auto found = std::search(words.begin() + static_cast<std::ptrdiff_t>(from), words.end(),
                                 patterns_.begin(), patterns_.end(), fits);
  if (found == words.end()) return std::nullopt;
  return static_cast<std::size_t>(found - words.begin());
}

}  // namespace jawort
