// /unsubscribe: a mail with the link goes where there is something to revoke, and to nobody else.
#include "engine/flow/change_preferences.h"
#include "engine/flow/mail_revoke_link.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::readable;
using jawort::testing::take;
using jawort::testing::World;
using std::chrono::hours;

namespace {

const std::string kAnna = "Anna@example.org";

UnsubscribeAnswer ask(World& world, const std::string& email, const std::string& language = "de") {
  return take(mail_revoke_link(world.context(), {email, language, World::visit()}));
}

void subscribe(World& world) {
  auto post = world.post(kAnna);
  post.consents = {"newsletter", "phone"};
  world.accept(post);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
}

}  // namespace

TEST_CASE("one link revokes all, another leads to the choice") {
  World world;
  subscribe(world);
  const auto answer = ask(world, "aNNA@example.org");
  CHECK(answer.valid);
  CHECK(answer.mailed);
  CHECK(world.deliver() == 1);
  const std::string mail =
      readable(world.newest_mail(kAnna).message);  // to the address as signed up
  CHECK(mail.find("Auf dieser Seite melden Sie sich mit einem Klick von allem ab:") !=
        std::string::npos);
  CHECK(mail.find("\r\nList-Unsubscribe: <https://optin.sommer.example/revoke/") !=
        std::string::npos);
  CHECK(mail.find("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n") !=
        std::string::npos);
  CHECK(mail.find("/confirm/") == std::string::npos);
  const std::string token = world.preferences_token(kAnna);
  CHECK(take(look_up_preferences(world.context(), token)).purposes.size() == 2);
  const auto page = world.revoke(world.revoke_token(kAnna));
  CHECK(page.state == RevokeState::kRevoked);
  CHECK(page.purposes.size() == 2);
  CHECK(world.round(kAnna, "newsletter")->status == ConsentStatus::kRevoked);
  CHECK(world.round(kAnna, "phone")->status == ConsentStatus::kRevoked);
  world.check_invariants();
}

TEST_CASE("once a day for an address, in the language of the page") {
  World world;
  subscribe(world);
  CHECK(ask(world, kAnna, "en").mailed);
  CHECK(world.deliver() == 1);
  CHECK(
      readable(world.newest_mail(kAnna).message).find("On this page you can choose one by one:") !=
      std::string::npos);
  world.clock.advance(hours{24} - milliseconds{1});
  CHECK_FALSE(ask(world, kAnna).mailed);
  world.clock.advance(milliseconds{1});
  CHECK(ask(world, kAnna, "xx").mailed);  // no such templates: English
  CHECK(world.deliver() == 1);
  CHECK(world.mails_to(kAnna) == 3);
  world.check_invariants();
}

TEST_CASE(
    "nobody who never agreed, has left or is suppressed is mailed, and all wait for the disk") {
  World world;
  const auto counted = [&] {
    std::int64_t posts = 0;
    take(world.store().read([&](const Tables& tables) -> Status {
      for (const BlockedPostRow& row : take(tables.blocked_posts().since(""))) {
        if (row.form == kUnsubscribePage) posts += row.posts;
      }
      return {};
    }));
    return posts;
  };
  CHECK_FALSE(ask(world, "nobody@example.org").mailed);
  CHECK(counted() == 1);
  world.sign_up(kAnna);
  world.deliver();
  CHECK_FALSE(ask(world, kAnna).mailed);  // only pending: no second mail to who never agreed
  world.confirm(world.confirm_token(kAnna));
  take(world.store().write([&](Tables& tables) {
    return tables.suppressions().put(address_key(world.context().keys.address, "anna@example.org"),
                                     {SuppressionReason::kComplaint, world.clock.now()});
  }));
  CHECK_FALSE(ask(world, kAnna).mailed);
  world.revoke(world.revoke_token(kAnna));
  CHECK_FALSE(ask(world, kAnna).mailed);
  CHECK(counted() == 4);
  CHECK(world.deliver() == 0);
  CHECK_FALSE(ask(world, "no address").valid);
  CHECK(counted() == 4);
  world.check_invariants();
}

TEST_CASE("the gate asks whether there is still something to revoke") {
  World world;
  subscribe(world);
  REQUIRE(ask(world, kAnna).mailed);
  const std::string revoke = world.revoke_token(kAnna);  // of the older mail
  world.relay->before_gate([&] { world.revoke(revoke); });
  world.deliver();
  CHECK(world.mails_to(kAnna) == 1);
  CHECK(testing::rows_of(world).back().state == OutboxState::kDropped);
  world.check_invariants();
}
