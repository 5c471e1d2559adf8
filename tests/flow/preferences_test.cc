// The person's own purposes, one box each: what a box does, and what it never does.
#include "engine/flow/change_preferences.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::take;
using jawort::testing::World;
using std::chrono::hours;

namespace {

const std::string kAnna = "anna@example.org";

struct Desk : World {
  // Anna is confirmed for the newsletter; the day after.
  explicit Desk() {
    sign_up(kAnna);
    deliver();
    confirm(confirm_token(kAnna));
    clock.advance(hours{25});
    const std::string url = take(preferences_link(context(), kAnna, "newsletter"));
    CHECK(url.starts_with("https://optin.sommer.example/preferences/"));
    token = url.substr(url.size() - kTokenLength);
  }
  PreferencesPage page() { return take(look_up_preferences(context(), token)); }
  // What a browser sends when these boxes are ticked in the end.
  PreferencesPage choose(std::vector<std::string> ticked, const PreferencesPage& shown) {
    PreferencesChoice choice;
    choice.ticked = std::move(ticked);
    for (const PreferredPurpose& purpose : shown.purposes) {
      if (purpose.pending || purpose.confirmed) choice.was.push_back(purpose.id);
      if (!purpose.offer.empty()) choice.offers.push_back(purpose.offer);
    }
    return take(change_preferences(context(), token, choice, visit()));
  }
  PreferencesPage choose(std::vector<std::string> ticked) {
    return choose(std::move(ticked), page());
  }
  ConsentStatus status(std::string_view purpose) {
    const auto found = round(kAnna, purpose);
    return found ? found->status : ConsentStatus::kExpired;
  }
  std::string token;
};

}  // namespace

TEST_CASE("the page shows what the person has, and what their forms offer") {
  Desk desk;
  const auto page = desk.page();
  CHECK(page.state == PreferencesState::kOpen);
  CHECK(page.language == "de");
  CHECK(page.masked_address == "a***@e***.org");
  REQUIRE(page.purposes.size() == 2);
  CHECK(page.purposes[0].id == "newsletter");
  CHECK(page.purposes[0].confirmed);
  CHECK(page.purposes[0].offer.empty());
  CHECK(page.purposes[0].wording.starts_with("Ja, ich möchte"));
  CHECK(page.purposes[1].id == "phone");
  CHECK_FALSE(page.purposes[1].confirmed);
  CHECK(page.purposes[1].offer.starts_with("phone:newsletter:sha256:"));
}

TEST_CASE("unticking revokes at once, and says by what") {
  Desk desk;
  const auto page = desk.choose({});
  CHECK(page.saved);
  CHECK_FALSE(page.mailed);
  CHECK(desk.status("newsletter") == ConsentStatus::kRevoked);
  CHECK(desk.round(kAnna)->revoked_by == RevokedBy::kPreferences);
  CHECK(desk.round(kAnna)->revoked->at == desk.clock.now());
  desk.check_invariants();
}

TEST_CASE("a tick never confirms: it starts at pending, with a mail to the mailbox") {
  Desk desk;
  const auto page = desk.choose({"newsletter", "phone"});
  CHECK(page.mailed);
  CHECK_FALSE(page.saved);
  CHECK(desk.status("phone") == ConsentStatus::kPending);
  CHECK(desk.status("newsletter") == ConsentStatus::kConfirmed);
  CHECK(page.purposes[1].pending);
  const auto history = desk.contact(kAnna)->history;
  const auto& facts = history.back().facts;
  CHECK(history.back().type == "form_submitted");
  CHECK(std::ranges::find(facts, Fact{"by", "preferences"}) != facts.end());
  desk.deliver();
  desk.confirm(desk.confirm_token(kAnna));
  CHECK(desk.status("phone") == ConsentStatus::kConfirmed);
  desk.check_invariants();
}

TEST_CASE("ticks keep to the limit of mails, and say so") {
  Desk desk;
  desk.choose({});  // gone …
  CHECK(desk.choose({"newsletter"}).mailed);
  desk.deliver();
  desk.confirm(desk.confirm_token(kAnna));
  const auto page = desk.choose({"newsletter", "phone"});  // … and a second mail on one day
  CHECK(page.withheld);
  CHECK_FALSE(page.mailed);
  CHECK(desk.deliver() == 0);
  // Nothing has begun: the box is as it was, and a tick on another day does its work.
  CHECK_FALSE(desk.round(kAnna, "phone"));
  CHECK_FALSE(page.purposes[1].pending);
  desk.clock.advance(hours{25});
  CHECK(desk.choose({"newsletter", "phone"}).mailed);
  desk.deliver();
  desk.confirm(desk.confirm_token(kAnna));
  CHECK(desk.status("phone") == ConsentStatus::kConfirmed);
  desk.check_invariants();
}

TEST_CASE("unticking what is pending ends it, and denies nothing") {
  Desk desk;
  desk.choose({"newsletter", "phone"});
  const auto page = desk.choose({"newsletter"});
  CHECK(page.saved);
  CHECK_FALSE(desk.round(kAnna, "phone"));
  CHECK(desk.status("newsletter") == ConsentStatus::kConfirmed);
  CHECK(desk.contact(kAnna)->history.back().type == "consent_expired");
  CHECK(desk.deliver() == 0);
  desk.clock.advance(hours{25});
  CHECK(desk.choose({"newsletter", "phone"}).mailed);  // they never said "that was not me"
  CHECK(desk.status("phone") == ConsentStatus::kPending);
  desk.check_invariants();
}

TEST_CASE("what was on the page as it still is changes nothing, whatever happened meanwhile") {
  Desk desk;
  const auto before = desk.page();  // "phone" is empty here
  desk.choose({"newsletter", "phone"});
  desk.deliver();
  desk.confirm(desk.confirm_token(kAnna));
  CHECK_FALSE(desk.choose({"newsletter"}, before).saved);
  CHECK(desk.status("phone") == ConsentStatus::kConfirmed);
}

TEST_CASE("a tick is bound to the wording that the page showed") {
  Desk desk;
  desk.choose({});
  const auto before = desk.page();
  desk.new_wording();
  const auto asked = desk.choose({"newsletter"}, before);
  CHECK(asked.mailed);
  CHECK_FALSE(asked.stale);
  CHECK(desk.contact(kAnna)->consents.front().wording.starts_with("Ja, ich möchte"));
  // What no form of theirs shows is not asked for.
  PreferencesChoice choice;
  choice.ticked = {"phone", "newsletter", "x"};
  choice.offers = {
      "phone:contact:sha256:00",
      "x:newsletter:" + before.purposes[0].offer.substr(before.purposes[0].offer.rfind("sha256")),
      "phone", "::", ""};
  const auto events = desk.contact(kAnna)->history.size();
  CHECK(take(change_preferences(desk.context(), desk.token, choice, World::visit())).stale);
  CHECK(desk.contact(kAnna)->history.size() == events);
}

TEST_CASE("a denial by a newer mail ends what older mails of the same form asked") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const std::string older = world.confirm_token(kAnna);
  world.clock.advance(hours{25});
  auto post = world.post(kAnna);
  post.consents = {"newsletter", "phone"};
  world.accept(post);
  world.deliver();
  const std::string newer = world.confirm_token(kAnna);
  world.clock.advance(hours{25});
  world.sign_up(kAnna);  // "phone" waits for the mail before
  world.deliver();
  const std::string newest = world.confirm_token(kAnna);
  REQUIRE(newest != newer);
  REQUIRE(take(look_up_link(world.context(), newer)).state == LinkState::kOpen);
  REQUIRE(deny_consent(world.context(), newest, World::visit()).ok());
  CHECK(take(look_up_link(world.context(), newer)).state == LinkState::kDead);
  CHECK(take(look_up_link(world.context(), older)).state == LinkState::kDead);
  CHECK_FALSE(world.contact(kAnna));
  world.check_invariants();
}

TEST_CASE("a genuine token for nobody is on no list, a foreign one is nothing") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const std::string url = take(preferences_link(world.context(), kAnna, "newsletter"));
  const std::string token = url.substr(url.size() - kTokenLength);
  REQUIRE(deny_consent(world.context(), world.confirm_token(kAnna), World::visit()).ok());
  CHECK(take(look_up_preferences(world.context(), token)).state == PreferencesState::kOnNoList);
  PreferencesChoice choice;
  choice.was = {"newsletter"};
  CHECK(take(change_preferences(world.context(), token, choice, World::visit())).state ==
        PreferencesState::kOnNoList);
  CHECK_FALSE(world.contact(kAnna));
  const std::string revoke = world.revoke_token(kAnna);
  CHECK(take(look_up_preferences(world.context(), revoke)).state == PreferencesState::kDead);
  CHECK(take(change_preferences(world.context(), revoke, choice, World::visit())).state ==
        PreferencesState::kDead);
  CHECK(preferences_link(world.context(), kAnna, "newsletter").error().kind ==
        ErrorKind::kNotFound);
}
