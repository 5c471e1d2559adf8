#include "engine/evidence/checkpoint.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/evidence/signed_note.h"

namespace jawort {
namespace {

constexpr std::string_view kTime = "time ";
constexpr std::size_t kLines = 4;  // origin, size, root, time

bool parse_root(std::string_view text, Hash256& root) {
  const auto bytes = from_base64(text);
  if (!bytes || bytes->size() != root.size()) return false;
  std::copy(bytes->begin(), bytes->end(), root.begin());
  return true;
}

bool parse_time(std::string_view line, Instant& at) {
  if (!line.starts_with(kTime)) return false;
  line.remove_prefix(kTime.size());
  const auto time = parse_rfc3339(line);
  if (!time || rfc3339(*time) != line) return false;
  at = *time;
  return true;
}

bool is_extension_line(std::string_view line) {
  return !line.empty() && valid_utf8(line) &&
         std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
}

}  // namespace

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         to_base64(checkpoint.root) + "\n" + std::string(kTime) + rfc3339(checkpoint.at) + "\n";
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  if (!text.ends_with('\n')) return invalid("a checkpoint ends with a line feed");
  text.remove_suffix(1);
  const std::vector<std::string_view> lines = split(text, '\n');
  if (lines.size() < kLines) return invalid("a checkpoint has at least four lines");
  Checkpoint parsed;
  parsed.origin = std::string(lines[0]);
  if (!valid_key_name(parsed.origin)) return invalid("line 1 of the checkpoint names no log");
  const auto size = parse_decimal(lines[1]);
  if (!size) return invalid("line 2 of the checkpoint is no size");
  parsed.size = *size;
  if (!parse_root(lines[2], parsed.root)) return invalid("line 3 of the checkpoint is no hash");
  if (!parse_time(lines[3], parsed.at)) return invalid("line 4 of the checkpoint is no time");
  if (!std::all_of(lines.begin() + kLines, lines.end(), is_extension_line)) {
    return invalid("the checkpoint has an empty or broken line");
  }
  return parsed;
}

Result<Checkpoint> open_checkpoint(std::string_view note, const std::vector<VerifierKey>& known) {
  const auto opened = open_note(note, known);
  return opened.ok() ? parse_checkpoint(opened->text) : Result<Checkpoint>(opened.error());
}

}  // namespace jawort
