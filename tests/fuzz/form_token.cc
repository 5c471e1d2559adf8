// Input: how to change a genuine token of a form (position and new byte, in pairs), or a token.
#include "engine/evidence/form_token.h"

#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

const Hash256 kVersion{1, 2, 3}, kOtherVersion{1, 2, 4};

const Keys& keys() {
  static const Keys made = [] {
    Keys keys;
    keys.token.emplace(std::uint8_t{1}, Secret(Bytes(32, 1)));
    keys.address = Secret(Bytes(32, 3));
    return keys;
  }();
  return made;
}

void form_token(std::string_view bytes) {
  const auto opened = open_form_token(keys(), bytes, "newsletter", kVersion);
  promise(!opened || make_form_token(keys(), "newsletter", kVersion, *opened) == bytes,
          "only what we made opens, in one spelling");
  Input input(bytes);
  const Instant shown = from_millis((std::int64_t{input.byte()} << 32) + input.byte());
  const std::string genuine = make_form_token(keys(), "newsletter", kVersion, shown);
  promise(open_form_token(keys(), genuine, "newsletter", kVersion) == shown, "a token opens");
  promise(!open_form_token(keys(), genuine, "newslette", kVersion), "for its form only");
  promise(!open_form_token(keys(), genuine, "newsletter", kOtherVersion), "and its version");
  std::string changed = genuine;
  while (!input.empty()) {
    const std::size_t at = input.below(genuine.size());
    changed[at] = static_cast<char>(input.byte());
  }
  promise(
      open_form_token(keys(), changed, "newsletter", kVersion).has_value() == (changed == genuine),
      "a changed token does not open");
}

const Registration registered("form_token", form_token);

}  // namespace
}  // namespace jawort::fuzz
