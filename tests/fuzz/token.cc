// Input: how to change a genuine token (position and new byte, in pairs), or a token as it is.
#include "engine/evidence/token.h"

#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

constexpr TokenKind kKinds[] = {TokenKind::kConfirm, TokenKind::kRevoke, TokenKind::kPreferences};

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
    promise(box().make(*content, 1) == token || box().make(*content, 9) == token,
            "only what we made opens, in one spelling");
  }
  promise(kinds <= 1, "a token is of one kind");
  return kinds == 1;
}

void token(std::string_view bytes) {
  opens(bytes);
  Input input(bytes);
  TokenContent content;
  content.kind = kKinds[input.below(3)];
  content.object = input.below(2) == 0 ? TokenObject::kMail : TokenObject::kConsent;
  content.id = 1 + (input.byte() << 16) + input.byte();
  if (input.below(2) == 1) content.expires_at = Instant(std::chrono::seconds(1 + input.byte()));
  const std::string genuine = box().make(content, input.below(2) == 0 ? 1 : 9);
  promise(genuine.size() == kTokenLength && opens(genuine), "a genuine token opens");
  promise(box().open(genuine, content.kind) == content, "and tells what it was made of");

  std::string changed = genuine;
  while (!input.empty()) {
    const std::size_t at = input.below(kTokenLength);
    changed[at] = static_cast<char>(input.byte());
  }
  promise(opens(changed) == (changed == genuine), "a changed token does not open");
  promise(!opens(genuine + "A") && !opens(genuine.substr(1)), "nor a longer or shorter one");
}

const Registration registered("token", token);

}  // namespace
}  // namespace jawort::fuzz
