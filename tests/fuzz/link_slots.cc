// Input: a column of slots on the first line; then a text in which "@1" and "@2" stand for links.
#include <algorithm>

#include "engine/base/text.h"
#include "engine/mail/message.h"
#include "engine/mail/quoted_printable.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

const std::string kFirst(kTokenLength, 'F'), kSecond(kTokenLength, 'S');
const std::vector<LinkMarker> kMarkers = {{TokenKind::kConfirm, kFirst},
                                          {TokenKind::kRevoke, kSecond}};
const std::vector<Token> kTokens = {
    {TokenKind::kConfirm, std::string(kTokenLength, '1')},
    {TokenKind::kRevoke, std::string(kTokenLength, '2')},
    {TokenKind::kPreferences, std::string(kTokenLength, '3')},
    {TokenKind::kUnsubscribe, std::string(kAddressTokenLength, '4')}};

void check_column(std::string_view column, std::string_view text) {
  const auto slots = parse_slots(column);
  if (!slots) return;
  promise(parse_slots(slots_text(*slots)) == slots, "slots can be written and read again");
  const SealedMessage damaged{std::string(text), *slots};
  promise(complete_links(damaged, kTokens).size() == text.size(),
          "links change no length, wherever a damaged row wants them");
}

void link_slots(std::string_view bytes) {
  Input input(bytes);
  const std::string_view column = input.line();
  check_column(column, input.rest());
  if (!valid_utf8(input.rest())) return;
  std::string text = replace_all(std::string(input.rest()), "@1", " " + kFirst + " ");
  text = replace_all(text, "@2", " " + kSecond + " ");
  const std::string message = quoted_printable(text);
  const SealedMessage sealed = seal_links(message, kMarkers);
  promise(sealed.bytes.find(kFirst) == std::string::npos &&
              sealed.bytes.find(kSecond) == std::string::npos,
          "what is stored has no link");
  promise(sealed.bytes.size() == message.size(), "and the same length");
  promise(parse_slots(slots_text(sealed.slots)) == sealed.slots, "its slots fit a column");
  const std::vector<Token> markers = {{TokenKind::kConfirm, kFirst}, {TokenKind::kRevoke, kSecond}};
  promise(complete_links(sealed, markers) == message, "the links come back where they were");
}

const Registration registered("link_slots", link_slots);

}  // namespace
}  // namespace jawort::fuzz
