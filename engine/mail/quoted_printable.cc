#include "engine/mail/quoted_printable.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace jawort {
namespace {

// A line may have 76 characters; the last is kept for the "=" of a soft break.
constexpr std::size_t kLineRoom = 75;

// Looked up and not computed: every byte of every mail is asked.
constexpr std::array<bool, 256> kTokenCharacter = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) {
    const char as_char = static_cast<char>(c);
    table[static_cast<std::size_t>(c)] = ascii_alnum(as_char) || c == '-' || c == '_';
  }
  return table;
}();

bool token_character(char c) { return kTokenCharacter[static_cast<unsigned char>(c)]; }

bool plain(char c) { return c >= '!' && c <= '~' && c != '='; }

std::string escaped(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += '=';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

// Bytes of the code point that `text` starts with. REQUIRES: valid UTF-8, not empty
std::size_t code_point_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) {
    ++length;
  }
  return length;
}

// Where the first CR or LF stands. (find_first_of calls memchr once per character.)
std::size_t line_end(std::string_view text) {
  const std::size_t feed = text.find('\n');
  return std::min(feed, text.substr(0, feed).find('\r'));
}

class LineWriter {
 public:
  explicit LineWriter(std::string& out) : out_(out) {}

  // One line of the input, without its end.
  void line(std::string_view text) {
    column_ = 0;
    while (!text.empty()) text.remove_prefix(piece(text));
  }

 private:
  // Writes what must stay together at the front of `text`; answers how much of it that was.
  std::size_t piece(std::string_view text) {
    const auto run_end = std::ranges::find_if_not(text, token_character);
    const auto run = static_cast<std::size_t>(run_end - text.begin());
    if (run > 0 && run <= kLineRoom) {
      make_room(run);
      const bool mbox = column_ == 0 && text.starts_with("From ");
      if (mbox && run < text.size()) return write_escaped(text.substr(0, 1));
      return write(text.substr(0, run));
    }
    if (run > 0) return write(text.substr(0, make_some_room(run)));
    const bool blank = text[0] == ' ' || text[0] == '\t';
    if ((plain(text[0]) && !(column_ == 0 && text[0] == '.')) || (blank && text.size() > 1)) {
      make_room(1);
      // The break may have put a dot at the front of a line.
      return column_ == 0 && text[0] == '.' ? write_escaped(text.substr(0, 1))
                                            : write(text.substr(0, 1));
    }
    return write_escaped(text.substr(0, code_point_length(text)));
  }

  void soft_break() {
    out_ += "=\r\n";
    column_ = 0;
  }

  void make_room(std::size_t length) {
    if (column_ + length > kLineRoom) soft_break();
  }

  // For a run that no line can hold: as much of it as fits here.
  std::size_t make_some_room(std::size_t length) {
    if (column_ == kLineRoom) soft_break();
    return std::min(length, kLineRoom - column_);
  }

  std::size_t write(std::string_view text) {
    out_ += text;
    column_ += text.size();
    return text.size();
  }

  std::size_t write_escaped(std::string_view bytes) {
    const std::string text = escaped(bytes);
    make_room(text.size());
    write(text);
    return bytes.size();
  }

  std::string& out_;
  std::size_t column_ = 0;
};

}  // namespace

std::string quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  LineWriter writer(out);
  while (true) {
    const std::size_t end = line_end(text);
    writer.line(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += "\r\n";
    text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
    if (text.empty()) return out;
  }
}

}  // namespace jawort
