// After a restore: opt-outs are in force again, and no mail goes before somebody lets it.
#include "engine/flow/apply_opt_outs.h"
#include "engine/flow/pause_outbox.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

namespace jawort::testing {
namespace {

constexpr std::string_view kAnna = "anna@example.org";

OptOut opt_out(World& world, std::string_view email, OptOutKind kind, std::string subject,
               std::chrono::hours at) {
  return {1,
          world.clock.now() + at,
          kind,
          address_key(world.context().keys.address, email),
          std::move(subject),
          kind == OptOutKind::kRevoked ? "one_click" : ""};
}

}  // namespace

TEST_CASE("a revocation is recorded with its own time, once, and the fold agrees") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  world.sign_up("bernd@example.org");
  world.clock.advance(std::chrono::hours(24));
  const auto revoked =
      opt_out(world, kAnna, OptOutKind::kRevoked, "newsletter", std::chrono::hours(-2));
  const auto other = opt_out(world, kAnna, OptOutKind::kRevoked, "phone", std::chrono::hours(-2));
  auto applied = take(apply_opt_outs(world.context(), {revoked, other}));
  CHECK((applied.revoked == 1 && applied.denied == 0 && applied.suppressed == 0));
  CHECK(world.round(kAnna)->status == ConsentStatus::kRevoked);
  CHECK(world.round(kAnna)->revoked->at == revoked.at);
  CHECK(world.round(kAnna)->revoked_by == RevokedBy::kOneClick);
  CHECK(world.round("bernd@example.org")->status == ConsentStatus::kPending);
  world.check_invariants();
  applied = take(apply_opt_outs(world.context(), {revoked}));
  CHECK(applied.revoked == 0);
}

TEST_CASE("a revocation older than the newest event does not go before it") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  world.clock.advance(std::chrono::hours(24));
  world.sign_up("bernd@example.org");
  const Instant newest = world.clock.now();
  take(apply_opt_outs(world.context(), {opt_out(world, kAnna, OptOutKind::kRevoked, "newsletter",
                                                std::chrono::hours(-2))}));
  CHECK(world.round(kAnna)->revoked->at == newest);
  world.check_invariants();
}

TEST_CASE("an opt-out ends nothing that was given after it") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  world.sign_up("bernd@example.org");
  world.clock.advance(std::chrono::hours(1));
  const auto applied = take(apply_opt_outs(
      world.context(),
      {opt_out(world, kAnna, OptOutKind::kRevoked, "newsletter", std::chrono::hours(-30)),
       opt_out(world, "bernd@example.org", OptOutKind::kDenied, "newsletter",
               std::chrono::hours(30 * 24 - 2))}));
  CHECK((applied.revoked == 0 && applied.denied == 0));
  CHECK(world.round(kAnna)->status == ConsentStatus::kConfirmed);
  CHECK(world.round("bernd@example.org")->status == ConsentStatus::kPending);
}

TEST_CASE("a denial and a suppression hold also where the contact is not known") {
  World world;
  world.sign_up(kAnna);
  world.clock.advance(std::chrono::hours(1));
  const auto denied =
      opt_out(world, kAnna, OptOutKind::kDenied, "newsletter", std::chrono::hours(24 * 30));
  const auto stranger = opt_out(world, "bernd@example.org", OptOutKind::kDenied, "newsletter",
                                std::chrono::hours(24 * 30));
  const auto suppressed = opt_out(world, "clara@example.org", OptOutKind::kSuppressed, "complaint",
                                  std::chrono::hours(-2));
  const auto applied = take(apply_opt_outs(world.context(), {denied, stranger, suppressed}));
  CHECK((applied.revoked == 0 && applied.denied == 1 && applied.suppressed == 1));
  CHECK_FALSE(world.contact(kAnna));
  for (const auto* const email : {"anna@example.org", "bernd@example.org"}) world.sign_up(email);
  world.sign_up("clara@example.org");
  world.deliver();
  CHECK(world.relay->delivered().empty());
  CHECK_FALSE(world.contact("bernd@example.org"));
  world.check_invariants();
}

TEST_CASE("while the outbox is paused no attempt begins, by whatever way") {
  World world;
  world.sign_up(kAnna);
  take(pause_outbox(world.context(), "restored from a backup"));
  CHECK(world.deliver() == 0);
  const MailId mail = only_row(world).mail;
  take(act_on_mail(world.context(), mail, QueueAction::kRetry));
  take(send_mails(world.context(), *world.relay, mail,
                  [](MailId, const AttemptEnd&) { return std::optional<MailId>(); }));
  CHECK(only_row(world).state == OutboxState::kQueued);
  CHECK(world.relay->delivered().empty());

  take(world.restart());
  const auto since = take(outbox_pause(world.context()))->since;
  world.clock.advance(std::chrono::hours(1));
  take(pause_outbox(world.context(), "again"));
  CHECK(take(outbox_pause(world.context()))->since == since);
  CHECK(world.deliver() == 0);
  CHECK(take(resume_outbox(world.context())));
  CHECK_FALSE(take(resume_outbox(world.context())));
  CHECK(world.deliver() == 1);
  CHECK(world.mails_to(kAnna) == 1);
}

}  // namespace jawort::testing
