// The linter's lists of words, one file per language in engine/campaign/words, compiled in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/words.h"

namespace jawort {

struct WordHit {
  std::string phrase;              // as it stands in the list
  std::string found;               // as it stands in the text
  std::size_t begin = 0, end = 0;  // bytes in the text
  std::size_t word = 0;            // index of its first word
};

// What the linter says of lists: "words/de.toml, list advertising".
std::string word_list_name(std::string_view language, std::string_view list);

// False: there are no lists for this language ("de-AT" has those of "de"), nothing can be said.
bool has_word_lists(std::string_view language);
// All phrases of the list that stand in the text, in the order of the text. `language` may be
// "any". Empty for a list or language that there is not.
std::vector<WordHit> find_words(std::string_view language, std::string_view list,
                                std::string_view text);
// A whole name against a list of names: "utm_source" against "utm_*".
bool named_in(std::string_view language, std::string_view list, std::string_view name);
// The first parameter of a URL that is there to follow a person; empty when there is none.
std::string tracking_parameter(std::string_view url);

}  // namespace jawort
