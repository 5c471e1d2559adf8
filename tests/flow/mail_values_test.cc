// What the log says of a mail: the hash of what went out, and the hash of what may be shown.
#include "engine/evidence/digest.h"
#include "engine/flow/mail_revoke_link.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::take;
using jawort::testing::World;

namespace {

const std::string kAnna = "anna@example.org";

std::string value_of(World& world, std::int64_t sequence, std::string_view name) {
  std::string found;
  take(world.store().read([&](const Tables& tables) -> Status {
    for (const auto& value : take(tables.events().values(sequence))) {
      if (value.name == name) found = value.value;
    }
    return {};
  }));
  return found;
}

std::string hash_of(std::string_view bytes) {
  return std::string(as_text(sha256(as_bytes(bytes))));
}

std::string without(std::string message, const std::vector<std::string>& tokens) {
  for (const std::string& token : tokens) {
    message = replace_all(std::move(message), token, std::string(token.size(), 'x'));
  }
  return message;
}

void check_newest_mail(World& world, std::vector<std::string> tokens) {
  tokens.push_back(world.revoke_token(kAnna));
  tokens.push_back(world.preferences_token(kAnna));
  const auto rows = jawort::testing::rows_of(world);
  std::int64_t submission = 0;
  take(world.store().read([&](const Tables& tables) -> Status {
    submission = take(tables.outbox().mail(rows.back().mail))->submission;
    return {};
  }));
  const std::string& sent = world.newest_mail(kAnna).message;
  CHECK(value_of(world, submission, "mail_sha256") == hash_of(sent));
  CHECK(value_of(world, submission, "mail_cut_sha256") == hash_of(without(sent, tokens)));
  CHECK(without(sent, tokens) != sent);
}

}  // namespace

TEST_CASE("a mail is committed to as it went out, and as it may be shown") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const std::string token = world.confirm_token(kAnna);
  check_newest_mail(world, {token});
  world.confirm(token);
  take(mail_revoke_link(world.context(), {kAnna, "de", World::visit()}));
  world.deliver();
  check_newest_mail(world, {});
}
