#include "engine/evidence/checkpoint.h"

#include "engine/evidence/signed_note.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

void checkpoint(std::string_view bytes) {
  const auto parsed = parse_checkpoint(bytes);
  if (!parsed.ok()) return;
  const std::string text = checkpoint_text(*parsed);
  promise(bytes.starts_with(text), "one spelling, then lines of later versions");
  const auto again = parse_checkpoint(text);
  promise(again.ok() && *again == *parsed, "what was read can be written and read again");
  promise(valid_key_name(parsed->origin), "the name of the log can be that of a key");
  const auto key = SigningKey::from_seed(parsed->origin, Secret(Bytes(32, 7)));
  promise(key.ok(), "a key may bear the name of the log");
  const auto opened = open_note(key->sign(bytes), {key->verifier()});
  promise(opened.ok() && opened->text == bytes, "a checkpoint can be signed");
}

const Registration registered("checkpoint", checkpoint);

}  // namespace
}  // namespace jawort::fuzz
