#include "engine/evidence/note_list.h"

#include "engine/base/text.h"

namespace jawort {

std::vector<std::string> notes_in(std::string_view file) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  constexpr std::string_view kSignature = "\u2014 ";
  std::vector<std::string> notes;
  bool ended = true;  // by its signatures
  if (file.starts_with(kByteOrderMark)) file.remove_prefix(kByteOrderMark.size());
  std::vector<std::string_view> lines = split(file, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (std::string_view line : lines) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool signature = line.starts_with(kSignature);
    if (ended && line.empty()) continue;
    if (ended && !signature) notes.emplace_back();
    if (!notes.empty()) notes.back() += std::string(line) + "\n";
    ended = signature;
  }
  return notes;
}

}  // namespace jawort
