// A person is erased: what goes, what stays, and that nobody else notices.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/flow/apply_opt_outs.h"
#include "engine/flow/change_preferences.h"
#include "engine/flow/erase_contact.h"
#include "engine/flow/kept_proof.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::last_sequence;
using jawort::testing::only_row;
using jawort::testing::take;
using jawort::testing::World;
using std::chrono::hours;

namespace {

constexpr std::string_view kAnna = "anna@example.org";

std::optional<KeptProof> kept_proof(World& world, std::string_view email) {
  std::optional<KeptProof> proof;
  take(world.store().read([&](const Tables& tables) -> Status {
    proof = take(find_kept_proof(world.context(), tables, email));
    return {};
  }));
  return proof;
}

int values_in_all(World& world) {
  int count = 0;
  take(world.store().read([&](const Tables& tables) -> Status {
    const auto last = take(tables.events().last_sequence());
    for (std::int64_t sequence = 1; sequence <= last; ++sequence) {
      count += static_cast<int>(take(tables.events().values(sequence)).size());
    }
    return {};
  }));
  return count;
}

EventRow event_at(World& world, std::int64_t sequence) {
  EventRow row;
  take(world.store().read([&](const Tables& tables) -> Status {
    row = *take(tables.events().find(sequence));
    return {};
  }));
  return row;
}

std::optional<Suppression> suppression_of(World& world, std::string_view email) {
  std::optional<Suppression> found;
  take(world.store().read([&](const Tables& tables) -> Status {
    found = take(tables.suppressions().find(address_key(world.context().keys.address, email)));
    return {};
  }));
  return found;
}

}  // namespace

TEST_CASE("the proof of a confirmed consent outlives its contact, for who types the address") {
  World world;
  auto post = world.post(kAnna);
  post.fields["first_name"] = "Anna";
  world.accept(post);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  const Round before = *world.round(kAnna);
  world.clock.advance(hours(1));
  const auto erased = take(erase_contact(world.context(), kAnna, false));
  CHECK(erased.fields == 1);
  REQUIRE(erased.consents.size() == 1);
  CHECK(erased.consents.front().confirmed_date == "2026-11-23");
  CHECK(erased.consents.front().kept_until == "2029-12-31");
  CHECK_FALSE(world.contact(kAnna));
  CHECK(suppression_of(world, kAnna)->reason == SuppressionReason::kErasure);

  const auto proof = kept_proof(world, "ANNA@example.org");
  REQUIRE(proof);
  REQUIRE(proof->consents.size() == 1);
  Round kept = proof->consents.front().consent.round;
  CHECK(kept.erased->date == "2026-11-23");
  CHECK(proof->consents.front().erasure == erased.sequence);
  CHECK(rfc3339(proof->consents.front().until) == "2029-12-31T23:00:00.000Z");  // in Berlin
  kept.erased.reset();
  CHECK(kept == before);
  CHECK(kept_proof(world, "bernd@example.org") == std::nullopt);

  const Leaf leaf = take(decode_leaf(event_at(world, erased.sequence).leaf));
  CHECK(leaf.type == "contact_erased");
  CHECK(leaf.fact("ground") == "request");
  CHECK(leaf.fact("with_proof") == "false");
  CHECK(world.revoke(world.revoke_token(kAnna)).state == RevokeState::kOnNoList);
  CHECK(world.confirm(world.confirm_token(kAnna)).state == LinkState::kDead);
  world.check_invariants();
}

TEST_CASE("what was never confirmed goes at once, also beside what was") {
  World world;
  world.sign_up_and_confirm(kAnna);
  auto both = world.post(kAnna);  // beside the confirmed one a second purpose, which waits
  both.consents = {"newsletter", "phone"};
  both.fields["first_name"] = "Annabel";
  world.clock.advance(hours(24 * 3));
  world.accept(both);
  world.sign_up("bernd@example.org");
  const auto anna = take(erase_contact(world.context(), kAnna, false));
  REQUIRE(anna.consents.size() == 2);
  CHECK(anna.consents[1].kept_until.empty());
  CHECK(anna.gone.dropped == 1);
  CHECK(anna.gone.mails == 1);
  CHECK(kept_proof(world, kAnna)->consents.size() == 1);

  const auto bernd = take(erase_contact(world.context(), "bernd@example.org", false));
  CHECK(bernd.gone.dropped == 1);
  CHECK_FALSE(kept_proof(world, "bernd@example.org"));
  CHECK(event_at(world, bernd.sequence).contact == ContactId{});
  CHECK(event_at(world, bernd.sequence).consents.empty());
  world.relay->answer(Verdict::kAccepted, 250, "");
  const auto mails = world.relay->delivered().size();
  world.deliver();
  CHECK(world.relay->delivered().size() == mails);
  world.check_invariants();
}

TEST_CASE("with its proof nothing of a person is left, also of an earlier erasure") {
  World world;
  world.sign_up_and_confirm(kAnna);
  take(erase_contact(world.context(), kAnna, false));
  CHECK(erase_contact(world.context(), kAnna, false).error().kind == ErrorKind::kRefused);
  world.clock.advance(hours(24 * 2));
  world.sign_up_and_confirm(kAnna);  // and came back, which lifts the suppression
  CHECK_FALSE(suppression_of(world, kAnna));
  world.revoke(world.revoke_token(kAnna));
  take(erase_contact(world.context(), kAnna, false));
  CHECK(kept_proof(world, kAnna)->consents.size() == 2);
  const auto all = take(erase_contact(world.context(), kAnna, true));
  CHECK(all.earlier_proofs == 2);
  CHECK_FALSE(kept_proof(world, kAnna));
  CHECK(values_in_all(world) == 0);
  for (std::int64_t sequence = 1; sequence <= last_sequence(world); ++sequence) {
    CHECK(event_at(world, sequence).contact == ContactId{});
  }
  CHECK(erase_contact(world.context(), kAnna, true).error().kind == ErrorKind::kNotFound);
  CHECK(erase_contact(world.context(), "nobody@example.org", true).error().kind ==
        ErrorKind::kNotFound);
  world.check_invariants();
}

TEST_CASE("a mail that is under way when its person is erased does not bring anything back") {
  World world;
  world.sign_up(kAnna);
  world.relay->before_gate([&] { take(erase_contact(world.context(), kAnna, false)); });
  world.deliver();
  CHECK(world.relay->delivered().empty());
  CHECK(values_in_all(world) == 0);
  world.check_invariants();
}

TEST_CASE("a mail whose last bytes are out when its person is erased stays blank") {
  for (const Verdict verdict : {Verdict::kAccepted, Verdict::kUncertain, Verdict::kDeferred}) {
    World world;
    world.sign_up(kAnna);
    MailId mail = only_row(world).mail;
    take(world.store().write([&](Tables& tables) -> Status {
      OutboxRow row = *take(tables.outbox().find(mail));
      row.state = OutboxState::kAttempting;
      take(tables.outbox().update(row));
      row.state = OutboxState::kHandingOver;
      return tables.outbox().update(row);
    }));
    CHECK(take(erase_contact(world.context(), kAnna, false)).gone.dropped == 0);
    take(world.restart());
    world.relay->answer(verdict, 451, "4.2.0 anna@example.org later");
    world.deliver();
    CHECK(world.relay->delivered().empty());
    CHECK(only_row(world).last_reply.empty());
    CHECK(only_row(world).recipient.empty());
    CHECK(values_in_all(world) == 0);
    world.check_invariants();
  }
}

TEST_CASE("the kept proof ends by itself, consent by consent") {
  World world;
  auto post = world.post(kAnna);
  post.consents = {"newsletter", "phone"};  // phone: keep_proof P5Y
  world.accept(post);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  take(erase_contact(world.context(), kAnna, false));
  CHECK(take(end_kept_proofs(world.context(), 100)) == 0);
  world.clock.advance(hours(24 * (365 * 3 + 41)));
  CHECK(take(end_kept_proofs(world.context(), 100)) == 1);
  REQUIRE(kept_proof(world, kAnna));
  CHECK(kept_proof(world, kAnna)->consents.front().consent.purpose == "phone");
  const Leaf leaf = take(decode_leaf(event_at(world, last_sequence(world)).leaf));
  CHECK(leaf.type == "values_erased");
  CHECK(leaf.fact("name") == "proof");
  CHECK(leaf.fact("count") == "1");
  CHECK(leaf.commitments.empty());
  world.clock.advance(hours(24 * 365 * 2));
  CHECK(take(end_kept_proofs(world.context(), 100)) == 1);
  CHECK_FALSE(kept_proof(world, kAnna));
  CHECK(values_in_all(world) == 0);
}

TEST_CASE("after the restore of an older backup an erasure is in force again") {
  World world;
  world.sign_up_and_confirm(kAnna);
  world.sign_up("bernd@example.org");
  world.sign_up_and_confirm("carla@example.org");
  const auto line = [&](std::string_view email, hours at, std::string detail) {
    return OptOut{1,
                  world.clock.now() + at,
                  OptOutKind::kErased,
                  address_key(world.context().keys.address, email),
                  "request",
                  std::move(detail)};
  };
  world.clock.advance(hours(5));
  const std::vector<OptOut> journal{line(kAnna, hours(-1), ""),
                                    line("bernd@example.org", hours(-1), ""),
                                    line("carla@example.org", hours(-9), "with_proof")};
  auto applied = take(apply_opt_outs(world.context(), journal));
  CHECK(applied.erased == 2);  // Carla signed up after hers
  CHECK_FALSE(world.contact(kAnna));
  CHECK_FALSE(world.contact("bernd@example.org"));
  CHECK(world.contact("carla@example.org"));
  CHECK(kept_proof(world, kAnna)->consents.front().consent.round.erased->at == journal.front().at);
  CHECK(suppression_of(world, kAnna));
  CHECK(take(apply_opt_outs(world.context(), journal)).erased == 0);
  CHECK(take(apply_opt_outs(world.context(), {line(kAnna, hours(1), "with_proof")})).erased == 1);
  CHECK_FALSE(kept_proof(world, kAnna));
  world.check_invariants();
}

TEST_CASE("a proof that went in a second step stays destroyed after the restore of a backup") {
  World world;
  world.sign_up_and_confirm(kAnna);
  world.sign_up("bernd@example.org");
  world.clock.advance(hours(5));
  const auto line = [&](std::int64_t number, hours at, std::string detail) {
    return OptOut{number,
                  world.clock.now() + at,
                  OptOutKind::kErased,
                  address_key(world.context().keys.address, kAnna),
                  "request",
                  std::move(detail)};
  };
  const std::vector<OptOut> journal{line(1, hours(-2), ""), line(2, hours(-1), "with_proof")};
  CHECK(take(apply_opt_outs(world.context(), journal)).erased == 1);
  CHECK_FALSE(world.contact(kAnna));
  CHECK_FALSE(kept_proof(world, kAnna));
  CHECK(take(apply_opt_outs(world.context(), journal)).erased == 0);
  world.check_invariants();
}
