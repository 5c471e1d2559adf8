// Input: how to change a genuine token (position and new byte, in pairs), or a token as it is.
#include "engine/evidence/token.h"

#include "engine/base/text.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

constexpr TokenKind kKinds[] = {TokenKind::kConfirm, TokenKind::kRevoke, TokenKind::kPreferences,
                                TokenKind::kBounce, TokenKind::kUnsubscribe};

const TokenBox& box() {
  static const TokenBox made([] {
    Keys keys;
    keys.token.emplace(std::uint8_t{1}, Secret(Bytes(32, 1)));
    keys.token.emplace(std::uint8_t{9}, Secret(Bytes(32, 9)));
    keys.address = Secret(Bytes(32, 3));
    return keys;
  }());
  return made;
}

// What opens is exactly what we would make: one spelling, no forgery.
bool opens(std::string_view token) {
  int kinds = 0;
  for (const TokenKind kind : kKinds) {
    const auto content = box().open(token, kind);
    if (!content) continue;
    ++kinds;
    promise(content->kind == kind && content->id > 0, "the kind that was asked for");
    const std::string spelled = in_addresses(kind) ? ascii_lower(token) : std::string(token);
    promise(box().make(*content, 1) == spelled || box().make(*content, 9) == spelled,
            "only what we made opens, in one spelling, in addresses in any case");
  }
  promise(kinds <= 1, "a token is of one kind");
  return kinds == 1;
}

void token(std::string_view bytes) {
  opens(bytes);
  Input input(bytes);
  TokenContent content;
  content.kind = kKinds[input.below(5)];
  content.object = input.below(2) == 0 ? TokenObject::kMail : TokenObject::kConsent;
  content.id = 1 + (input.byte() << 16) + input.byte();
  const bool expires = input.below(2) == 1 && !in_addresses(content.kind);
  if (expires) content.expires_at = Instant(std::chrono::seconds(1 + input.byte()));
  const std::string genuine = box().make(content, input.below(2) == 0 ? 1 : 9);
  const std::size_t length = token_length(content.kind);
  promise(genuine.size() == length && opens(genuine), "a genuine token opens");
  promise(box().open(genuine, content.kind) == content, "and tells what it was made of");

  std::string changed = genuine;
  while (!input.empty()) {
    const std::size_t at = input.below(length);
    changed[at] = static_cast<char>(input.byte());
  }
  const bool same =
      in_addresses(content.kind) ? ascii_lower(changed) == genuine : changed == genuine;
  promise(opens(changed) == same, "a changed token does not open");
  promise(!opens(genuine + "A") && !opens(genuine.substr(1)), "nor a longer or shorter one");
}

const Registration registered("token", token);

}  // namespace
}  // namespace jawort::fuzz
