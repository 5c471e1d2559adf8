// The end of what nobody confirmed.
#include "engine/flow/record_event.h"
#include "tests/support/catch.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::World;
using std::chrono::hours;

namespace {
constexpr std::string_view kAnna = "anna@example.org";
}

TEST_CASE("a consent with a damaged history does not keep the others from ending") {
  World world;
  for (const char* person : {"bert@example.org", "anna@example.org", "carla@example.org"}) {
    world.sign_up(person);
    world.clock.advance(hours{1});
  }
  const auto anna = world.contact(kAnna);
  REQUIRE(anna);
  const Consent consent = anna->consents.front().consent;
  NewEvent impossible;  // a confirmation by a mail that was never the consent's
  impossible.type = "consent_confirmed";
  impossible.at = world.clock.now();
  impossible.contact = anna->contact.id;
  impossible.consents = {{consent.id, consent.purpose}};
  impossible.values = {{"mail", id_text(7)}};
  REQUIRE(world.store()
              .write([&](Tables& tables) -> Status {
                const auto sequence = record_event(world.context(), tables, impossible);
                return sequence.ok() ? Status{} : sequence.error();
              })
              .ok());
  world.clock.advance(hours{24 * 8});
  CHECK(world.expire() == 2);
  CHECK(world.contact(kAnna));
  CHECK_FALSE(world.contact("bert@example.org"));
  CHECK_FALSE(world.contact("carla@example.org"));
  CHECK(world.expire() == 0);
}
