#include "engine/evidence/note_list.h"

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kSignature = "\u2014 ";

}  // namespace

std::vector<std::string> notes_in(std::string_view file) {
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

std::vector<std::string> heads_in(std::string_view text) {
  enum class At { kStart, kParagraph, kAfterParagraph, kSignatures };
  std::vector<std::string> heads;
  std::string paragraph;
  At at = At::kStart;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (std::string_view line : split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) {
      at = at == At::kParagraph ? At::kAfterParagraph : At::kStart;
    } else if (!line.starts_with(kSignature)) {
      if (at != At::kParagraph) paragraph.clear();
      at = At::kParagraph;
      paragraph += std::string(line) + "\n";
    } else if (at == At::kAfterParagraph) {
      at = At::kSignatures;
      heads.push_back(paragraph + "\n" + std::string(line) + "\n");
    } else if (at == At::kSignatures) {
      heads.back() += std::string(line) + "\n";
    } else {
      at = At::kStart;
    }
  }
  return heads;
}

}  // namespace jawort
