#include "engine/app/kept_heads.h"

#include "engine/base/file.h"
#include "engine/evidence/note_list.h"
#include "engine/mail/mail_reader.h"

namespace jawort {
namespace {

constexpr std::size_t kLimit = 64U << 20U;

bool is_mail(const ReadMail& mail) {
  return !mail.header("From").empty() && !mail.header("Date").empty();
}

}  // namespace

std::vector<std::string> kept_heads(std::string_view content) {
  // Some programs put the line of an mbox above a mail.
  const bool mbox = content.starts_with("From ");
  const ReadMail mail = read_mail(
      mbox ? content.substr(std::min(content.find('\n'), content.size() - 1) + 1) : content);
  return heads_in(is_mail(mail) ? std::string_view(mail.text) : content);
}

Result<std::vector<std::string>> read_kept_heads(const std::string& path) {
  const auto content = read_file(path, kLimit);
  if (!content.ok()) return invalid("--checkpoint: " + content.error().message);
  return kept_heads(*content);
}

std::string joined_heads(const std::vector<std::string>& heads) {
  std::string all;
  for (const std::string& head : heads) all += head + "\n";
  return all;
}

}  // namespace jawort
