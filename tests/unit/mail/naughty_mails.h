// Mails of words that trip up programs.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/mail/message.h"
#include "tests/unit/mail/mail_shape.h"

namespace jawort::testing {

inline const std::vector<std::string>& naughty_words() {
  static const std::vector<std::string> words{"Anna",
                                              "Müller-Lüdenscheidt",
                                              "O'Brien",
                                              "\"quoted\"",
                                              "\\",
                                              "comma, here",
                                              "semi; colon:",
                                              "<b>&amp;</b>",
                                              "(comment)",
                                              "a@b.example",
                                              "<a@b.example>",
                                              "=?UTF-8?Q?x?=",
                                              "=?",
                                              "?=",
                                              "=",
                                              "=3D",
                                              "_",
                                              "😀",
                                              "👩‍👩‍👧‍👦",
                                              "שלום",
                                              "مرحبا",
                                              "日本語テスト",
                                              "Ωμέγα",
                                              "e\xCC\x81",
                                              "ﬃ",
                                              ".",
                                              "..",
                                              "From ",
                                              "--b0undary",
                                              "--",
                                              "%0d%0aBcc: x@y.example",
                                              "Bcc: x@y.example",
                                              "\xEF\xBB\xBF",
                                              "\xC2\xA0",
                                              "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",
                                              "\xF4\x8F\xBF\xBF",
                                              "${jndi}",
                                              "{{x}}",
                                              "'; --",
                                              std::string(80, 'W'),
                                              std::string(77, '.'),
                                              "ß" + std::string(40, 'z'),
                                              "\xE2\x80\x8B"};
  return words;
}

inline std::string random_text(std::mt19937& random, std::size_t most, bool body) {
  const auto& words = naughty_words();
  std::string text;
  const std::size_t count = random() % (most + 1);
  for (std::size_t i = 0; i < count; ++i) {
    text += words[random() % words.size()];
    const auto gap = random() % 8;
    if (gap < 5) text += ' ';
    if (gap == 6) text += "  ";
    if (body && gap == 5) text += random() % 2 == 0 ? "\n" : "\n\n";
    if (body && gap == 7) text += random() % 3 == 0 ? "\r\n" : " \n\t";
  }
  return text;
}

inline MailContent random_mail(std::mt19937& random) {
  MailContent mail = content();
  mail.subject = random_text(random, 12, false);
  // Spaces around a name are dropped on purpose.
  mail.from.name = trim_ascii_space(random_text(random, 6, false));
  mail.to.name = trim_ascii_space(random_text(random, random() % 10 == 0 ? 60 : 4, false));
  mail.text = random_text(random, 60, true) + "x";
  if (random() % 3 != 0) mail.html = "<p>" + random_text(random, 60, true);
  return mail;
}

}  // namespace jawort::testing
