// The lists of words by which mails of others are read: engine/mail/words/*.txt, one entry a line,
// lines with # are comments. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/words.h"

namespace jawort {

// Of "auto_reply_headers" and the like. The list lives as long as the process.
const std::vector<std::string>& word_list(std::string_view name);
// Of all lists whose name begins like that ("unsubscribe_words."), as phrases.
const std::vector<Phrase>& phrase_lists(std::string_view begin);

// Whether one of them stands in `text`, whatever bytes that is.
bool has_phrase(const std::vector<Phrase>& phrases, std::string_view text);
// Where the first of them begins in `lower`; npos when none does. Entries and text in lower case.
std::size_t find_any(const std::vector<std::string>& entries, std::string_view lower);

// UTF-8 stays as it is; else the bytes are taken for Latin-1, which every byte is.
std::string as_utf8(std::string_view text);

}  // namespace jawort
