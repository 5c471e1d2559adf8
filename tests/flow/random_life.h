// The random life of four people, step by step, by one seed.
#pragma once

#include <random>
#include <string>

#include "engine/flow/change_preferences.h"
#include "engine/flow/mail_revoke_link.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

namespace jawort::testing {

class RandomLife {
 public:
  explicit RandomLife(std::uint64_t seed) : dice_(seed), world_({}, seed) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    world_.check_invariants();
  }
  World& world() { return world_; }

 private:
  std::size_t roll(std::size_t sides) { return dice_() % sides; }
  std::string person() { return "person" + std::to_string(roll(4)) + "@example.org"; }

  void step() {
    switch (roll(12)) {
      case 0:
      case 1:
        return sign_up();
      case 2:
        if (roll(3) == 0) world_.relay->answer(Verdict::kDeferred, 451, "4.2.0 later");
        if (roll(5) == 0) world_.relay->answer(Verdict::kUncertain, 0, "");
        world_.deliver();
        return;
      case 3:
        return with_token([&](const std::string& token) { world_.confirm(token); });
      case 4:
        return with_token([&](const std::string& token) {
          REQUIRE(open_link(world_.context(), token, World::visit()).ok());
        });
      case 5:
        if (roll(3) > 0) return;
        return with_token([&](const std::string& token) {
          REQUIRE(deny_consent(world_.context(), token, World::visit()).ok());
        });
      case 6:
        return with_mail([&](const std::string& to) { world_.revoke(world_.revoke_token(to)); });
      case 7:
        world_.clock.advance(std::chrono::minutes{static_cast<int>(roll(3000))});
        return;
      case 9:
        if (roll(3) == 0) world_.new_wording();
        return;
      case 10:
        return take(mail_revoke_link(world_.context(), {person(), "de", World::visit()})).mailed
                   ? void(world_.deliver())
                   : void();
      case 11:
        return choose();
      case 8:
        world_.clock.advance(std::chrono::hours{static_cast<int>(roll(48))});
        world_.expire();
        return;
    }
  }

  // Somebody opens their preferences and changes a box, or two.
  void choose() {
    const auto link = preferences_link(world_.context(), person(), "newsletter");
    if (!link.ok()) return;
    const std::string token = link->substr(link->size() - kTokenLength);
    const auto page = take(look_up_preferences(world_.context(), token));
    PreferencesChoice choice;
    for (const PreferredPurpose& purpose : page.purposes) {
      const bool ticked = purpose.pending || purpose.confirmed;
      if (ticked) choice.was.push_back(purpose.id);
      if (!purpose.offer.empty()) choice.offers.push_back(purpose.offer);
      if (ticked != (roll(2) == 0)) choice.ticked.push_back(purpose.id);
    }
    take(change_preferences(world_.context(), token, choice, World::visit()));
  }

  void sign_up() {
    auto post = world_.post(person());
    if (roll(2) == 0) post.consents.emplace_back("phone");
    if (roll(2) == 0) post.fields["first_name"] = "Name" + std::to_string(roll(100));
    if (roll(4) == 0) {
      post.form = "contact";
      post.fields = {{"first_name", "Lead"}, {"message", "Hallo"}};
      post.consents.clear();
      if (roll(2) == 0) post.consents = {"newsletter"};
    }
    CHECK(world_.accept(post).errors.empty());
  }

  template <typename Act>
  void with_mail(Act&& act) {
    const std::string to = person();
    if (world_.mails_to(to) > 0) act(to);
  }
  template <typename Act>
  void with_token(Act&& act) {
    with_mail([&](const std::string& to) { act(world_.confirm_token(to)); });
  }

  std::mt19937_64 dice_;
  World world_;
};

}  // namespace jawort::testing
