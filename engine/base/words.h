// Words and phrases in running text, for the lists that the linter goes by. Compared without case
// (ASCII and the letters of Latin-1), hyphens part words, soft hyphens and U+0001 are not there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jawort {

struct Word {
  std::string text;                // in lower case; empty: the end of a sentence
  std::size_t begin = 0, end = 0;  // bytes in the text, end exclusive
};
// A full stop ends a sentence unless it belongs to an abbreviation or a small letter follows.
std::vector<Word> words_of(std::string_view text);

// Words as in "per e-mail"; a star at the end or the beginning of one stands for any letters.
class Phrase {
 public:
  explicit Phrase(std::string_view spelled);
  // The index of the first word of the first place at or after `from` where it stands, within one
  // sentence.
  std::optional<std::size_t> find(const std::vector<Word>& words, std::size_t from = 0) const;
  const std::string& spelled() const { return spelled_; }
  std::size_t size() const { return patterns_.size(); }  // in words

 private:
  struct Pattern {
    std::string text;
    bool open_begin = false, open_end = false;
    bool fits(std::string_view word) const;
  };
  std::string spelled_;
  std::vector<Pattern> patterns_;
};

}  // namespace jawort
