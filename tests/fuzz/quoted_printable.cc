#include "engine/mail/quoted_printable.h"

#include "engine/base/text.h"
#include "tests/fuzz/mail_reading.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

bool link_character(char c) { return ascii_alnum(c) || c == '-' || c == '_'; }

void check_encoded(std::string_view text) {
  const std::string encoded = jawort::quoted_printable(text);
  const std::string lines = replace_all(replace_all(std::string(text), "\r\n", "\n"), "\r", "\n");
  const auto decoded = read_quoted_printable(encoded, false);
  promise(decoded && replace_all(*decoded, "\r\n", "\n") == lines, "it reads as it was written");
  const std::string with_lf = replace_all(encoded, "\r\n", "\n");
  for (const std::string_view line : split(with_lf, '\n')) {
    promise(line.size() <= 76 && line.find('\r') == std::string_view::npos, "lines are short");
    promise(!line.starts_with(".") && !line.starts_with("From "), "nothing needs stuffing");
    promise(!line.ends_with(' ') && !line.ends_with('\t'), "no line ends in white space");
  }
  // A link's token stays in one piece.
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && link_character(text[end])) ++end;
    const std::string_view run = text.substr(at, end - at);
    const bool mbox = run == "From" && text.substr(end, 1) == " ";
    promise(run.size() > 75 || mbox || encoded.find(run) != std::string::npos,
            "a run of a link's characters is on one line");
    at = end + 1;
  }
}

void quoted_printable(std::string_view bytes) {
  // What is not UTF-8 never gets there (engine/mail/message.cc); the longest front that is does.
  std::size_t good = 0;
  while (good < bytes.size() && good < 4096) {
    std::size_t length = 1;
    while (length <= 4 && !valid_utf8(bytes.substr(good, length))) ++length;
    if (length > 4) break;
    good += std::min(length, bytes.size() - good);
  }
  check_encoded(bytes.substr(0, good));
}

const Registration registered("quoted_printable", quoted_printable);

}  // namespace
}  // namespace jawort::fuzz
