// Whoever is confirmed and signs up again: stays confirmed, is told so, and where the wording has
// changed is asked whether they agree to the new one.
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::readable;
using jawort::testing::take;
using jawort::testing::World;
using std::chrono::hours;

namespace {

const std::string kAnna = "anna@example.org";

struct Renewing : World {
  // Confirmed under the first wording; the day after there is a second, and she signs up again.
  Renewing() {
    sign_up(kAnna);
    deliver();
    confirm(confirm_token(kAnna));
    before = *round(kAnna);
    first_mail = confirm_token(kAnna);
    clock.advance(hours{25});
    new_wording();
    auto again = post(kAnna);
    again.fields["first_name"] = "Anna";
    accept(again);
    deliver();
  }
  ContactRecord::ConsentView consent() { return contact(kAnna)->consents.front(); }
  bool mail_says(std::string_view text) {
    return readable(newest_mail(kAnna).message).find(text) != std::string::npos;
  }
  Round before;
  std::string first_mail;
};

}  // namespace

TEST_CASE("signed up again, nothing changed: a mail says so, and asks nothing") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  const Round before = *world.round(kAnna);
  world.sign_up(kAnna);
  CHECK(world.deliver() == 0);  // one mail a day
  world.clock.advance(hours{25});
  CHECK(world.sign_up(kAnna).mailed);
  CHECK(world.deliver() == 1);
  CHECK(world.confirm_token(kAnna).empty());
  const std::string mail = readable(world.newest_mail(kAnna).message);
  CHECK(mail.find("Sie sind aber bereits angemeldet.") != std::string::npos);
  CHECK(mail.find("List-Unsubscribe-Post: List-Unsubscribe=One-Click") != std::string::npos);
  CHECK(*world.round(kAnna) == before);
  CHECK(world.revoke(world.revoke_token(kAnna), RevokedBy::kOneClick).state ==
        RevokeState::kRevoked);
  CHECK(world.round(kAnna)->status == ConsentStatus::kRevoked);
  world.check_invariants();
}

TEST_CASE("a new wording is offered beside the consent, whose stamps stay") {
  Renewing world;
  CHECK(world.mail_says("Der Wortlaut der Einwilligung hat sich seither geändert."));
  CHECK(world.mail_says("Ja (1), ich möchte"));
  CHECK(*world.round(kAnna) == world.before);
  REQUIRE(world.consent().consent.renewal);
  CHECK(world.consent().renewal_wording.starts_with("Ja (1), ich möchte"));
  CHECK(world.consent().consent.renewal->mailed_at == world.clock.now());
  CHECK(world.contact(kAnna)->fields.empty());

  const auto page = take(open_link(world.context(), world.confirm_token(kAnna), World::visit()));
  CHECK(page.state == LinkState::kOpen);
  CHECK(page.keeps);
  REQUIRE(page.purposes.size() == 1);
  CHECK(page.purposes.front().wording.starts_with("Ja (1), ich möchte"));
  CHECK(world.consent().consent.renewal->opened_at == world.clock.now());
  CHECK(*world.round(kAnna) == world.before);
  world.check_invariants();
}

TEST_CASE("pressed, the renewal is the next round; the earlier one stays in the history") {
  Renewing world;
  const std::string token = world.confirm_token(kAnna);
  CHECK(world.confirm(token).state == LinkState::kConfirmed);
  const Round after = *world.round(kAnna);
  CHECK(after.status == ConsentStatus::kConfirmed);
  CHECK(after.confirmed->at == world.clock.now());
  CHECK(after.opt_in.at == world.clock.now());
  CHECK(after.purpose_version != world.before.purpose_version);
  CHECK_FALSE(world.consent().consent.renewal);
  CHECK(world.contact(kAnna)->fields.front().value == "Anna");
  const auto history = world.contact(kAnna)->history;
  CHECK(std::ranges::count(history, "consent_confirmed", &ContactRecord::HistoryEntry::type) == 2);
  CHECK(world.confirm(token).state == LinkState::kConfirmed);  // a second press changes nothing
  CHECK(world.contact(kAnna)->history.size() == history.size());
  CHECK(take(look_up_link(world.context(), world.first_mail)).state == LinkState::kSuperseded);
  // Signing up once more is no news any more.
  world.clock.advance(hours{25});
  world.sign_up(kAnna);
  CHECK(world.deliver() == 1);
  CHECK(world.confirm_token(kAnna).empty());
  world.check_invariants();
}

TEST_CASE("denied or left to expire, the renewal goes with what came with it, and nothing else") {
  for (const bool denied : {true, false}) {
    INFO((denied ? "denied" : "expired"));
    Renewing world;
    const std::string token = world.confirm_token(kAnna);
    if (denied) {
      const auto page = take(deny_consent(world.context(), token, World::visit()));
      CHECK(page.state == LinkState::kDenied);
      CHECK(page.keeps);
    } else {
      world.clock.advance(hours{24 * 8});
      CHECK(world.expire() == 1);
      CHECK(world.expire() == 0);
    }
    CHECK(*world.round(kAnna) == world.before);
    CHECK_FALSE(world.consent().consent.renewal);
    CHECK(take(look_up_link(world.context(), token)).state ==
          (denied ? LinkState::kDead : LinkState::kExpired));
    CHECK(take(look_up_link(world.context(), world.first_mail)).state == LinkState::kConfirmed);
    // The values of the second sign-up are gone, those of the first are the proof.
    take(world.store().read([&](const Tables& tables) -> Status {
      CHECK_FALSE(take(tables.events().values(world.before.submission)).empty());
      for (const auto& event :
           take(tables.events().about(take(tables.contacts().find_by_address(kAnna))->id))) {
        if (event.type != "form_submitted" || event.sequence == world.before.submission) continue;
        // But for the link that keeps the history of the consent without a gap.
        for (const EventValueRow& value : take(tables.events().values(event.sequence))) {
          CHECK(value.name == "previous:newsletter");
        }
      }
      return {};
    }));
    world.check_invariants();
  }
}

TEST_CASE("a revocation ends both, by whichever mail") {
  for (const bool by_new_mail : {true, false}) {
    Renewing world;
    const std::string token = world.confirm_token(kAnna);
    const std::string link = take(revocation_link(world.context(), kAnna, "newsletter"));
    world.revoke(by_new_mail ? world.revoke_token(kAnna) : link.substr(link.size() - kTokenLength));
    CHECK(world.round(kAnna)->status == ConsentStatus::kRevoked);
    CHECK(world.round(kAnna)->confirmed == world.before.confirmed);
    CHECK_FALSE(world.consent().consent.renewal);
    CHECK(world.confirm(token).state == LinkState::kDead);
    CHECK(world.round(kAnna)->status == ConsentStatus::kRevoked);
    world.check_invariants();
  }
}

TEST_CASE("a revocation between the attempt and the last bytes withholds the renewal's mail") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  world.clock.advance(hours{25});
  world.new_wording();
  world.sign_up(kAnna);
  const std::string revoke = world.revoke_token(kAnna);
  world.relay->before_gate([&] { world.revoke(revoke); });
  world.deliver();
  CHECK(world.mails_to(kAnna) == 1);
  world.check_invariants();
}

TEST_CASE("a newer renewal supersedes an older one; an old page renews nothing") {
  Renewing world;
  const std::string older = world.confirm_token(kAnna);
  world.clock.advance(hours{25});
  world.new_wording();
  auto post = world.post(kAnna);
  world.accept(post);
  world.deliver();
  CHECK(take(look_up_link(world.context(), older)).state == LinkState::kSuperseded);
  CHECK(world.consent().renewal_wording.starts_with("Ja (2), ich möchte"));
  world.confirm(world.confirm_token(kAnna));
  world.clock.advance(hours{31 * 24});  // past the limit of three mails
  post.version = world.before.form_version;
  world.accept(post);
  CHECK(world.deliver() == 1);
  CHECK(world.confirm_token(kAnna).empty());
  CHECK_FALSE(world.consent().consent.renewal);
  world.check_invariants();
}

TEST_CASE("one mail asks for what is new and for what is to be renewed") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  const Round before = *world.round(kAnna);
  world.clock.advance(hours{25});
  world.new_wording();
  auto post = world.post(kAnna);
  post.consents = {"newsletter", "phone"};
  world.accept(post);
  CHECK(world.deliver() == 1);
  const std::string mail = jawort::testing::readable(world.newest_mail(kAnna).message);
  CHECK(mail.find("gilt weiter, wie es ist.\r\n") != std::string::npos);
  CHECK(mail.find("gilt weiter, wie es ist.</p>") != std::string::npos);
  // Only the new one is wanted: the renewal ends, the consent stays.
  const std::vector<std::string> chosen = {"phone"};
  const auto page = take(
      confirm_consent(world.context(), world.confirm_token(kAnna), chosen, false, World::visit()));
  CHECK(page.state == LinkState::kConfirmed);
  CHECK(world.round(kAnna, "phone")->status == ConsentStatus::kConfirmed);
  CHECK(*world.round(kAnna) == before);
  world.check_invariants();
}
