// The mailed receipt: after the log was sealed, at most once, and only while what it tells of
// holds.
#include "engine/base/text.h"
#include "engine/evidence/checkpoint.h"
#include "engine/flow/lint_mails.h"
#include "engine/flow/mail_receipts.h"
#include "engine/flow/preview_mail.h"
#include "engine/flow/seal_ledger.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using Catch::Matchers::ContainsSubstring;
using jawort::testing::readable;
using jawort::testing::source_file;
using jawort::testing::take;
using jawort::testing::World;

namespace {

const std::string kAnna = "Anna@example.org";

// sommer.toml with a receipt in the place of the welcome.
std::string with_receipts() {
  const std::string before = source_file("tests/golden/sommer.toml");
  const std::string after = replace_all(before, "mail  = \"welcome\"", "mail  = \"receipt\"");
  REQUIRE(after != before);
  return after;
}

void confirm(World& world, const std::vector<std::string>& purposes = {"newsletter"},
             const std::string& email = kAnna) {
  auto post = world.post(email);
  post.consents = purposes;
  world.accept(post);
  world.deliver();
  world.clock.advance(std::chrono::minutes(2));
  world.confirm(world.confirm_token(email));
}

int mail_receipts_now(World& world) { return take(mail_receipts(world.context(), 100)); }

void seal(World& world) { (void)take(seal_now(world.context())); }

// The newest event of that type.
EventRow event_of(World& world, std::string_view type) {
  EventRow found;
  take(world.store().read([&](const Tables& tables) -> Status {
    const auto last = tables.events().last_sequence();
    if (!last.ok()) return last.error();
    for (std::int64_t i = *last; i > 0 && found.sequence == 0; --i) {
      auto event = tables.events().find(i);
      if (!event.ok()) return event.error();
      if ((*event)->type == type) found = std::move(**event);
    }
    return {};
  }));
  REQUIRE(found.sequence > 0);
  return found;
}

int waiting(World& world) {
  int count = 0;
  take(world.store().read([&](const Tables& tables) -> Status {
    const auto due = tables.receipts().due(1'000'000, 100);
    if (!due.ok()) return due.error();
    count = static_cast<int>(due->size());
    return {};
  }));
  return count;
}

}  // namespace

TEST_CASE("a receipt goes once a checkpoint covers the confirmation, and carries it") {
  World world(with_receipts());
  confirm(world);
  CHECK(mail_receipts_now(world) == 0);  // the log is not sealed yet
  CHECK(waiting(world) == 1);
  seal(world);
  world.woken = 0;
  CHECK(mail_receipts_now(world) == 1);
  CHECK(world.woken == 1);
  CHECK(mail_receipts_now(world) == 0);
  CHECK(waiting(world) == 0);
  REQUIRE(world.deliver() == 1);
  REQUIRE(world.mails_to(kAnna) == 2);

  const std::string mail = readable(world.newest_mail(kAnna).message);
  CHECK_THAT(mail, ContainsSubstring("Dies ist der Beleg dafür."));
  CHECK_THAT(mail, ContainsSubstring("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
  CHECK_THAT(mail, ContainsSubstring("Ja, ich möchte den Newsletter"));
  CHECK_THAT(mail, ContainsSubstring("Bestätigt: 23.11.2026, 10:17:02 Uhr (CET)"));
  CHECK_THAT(mail, !ContainsSubstring("/confirm/"));
  const EventRow confirmation = event_of(world, "consent_confirmed");
  CHECK_THAT(mail, ContainsSubstring(to_hex(leaf_hash(confirmation.leaf))));
  CHECK_THAT(mail, ContainsSubstring("Nr. " + std::to_string(confirmation.sequence) + " in"));

  // The checkpoint in the mail is whole: it opens under the key of the log, and covers the press.
  std::string text = replace_all(mail, "\r\n", "\n");
  text = text.substr(0, text.find("<!DOCTYPE html>"));
  const auto begin = text.find("\noptin.sommer.example/jawort\n") + 1;
  const auto end = text.find('\n', text.find("\u2014 optin.sommer.example/jawort "));
  const auto key = take(ledger_signer(world.context())).verifier();
  const auto note = take(open_note(text.substr(begin, end + 1 - begin), {key}));
  const auto checkpoint = take(parse_checkpoint(note.text));
  CHECK(checkpoint.size >= static_cast<std::uint64_t>(confirmation.sequence));
  CHECK(event_of(world, "receipt_queued").sequence > confirmation.sequence);
  world.check_invariants();
}

TEST_CASE("the link in a receipt revokes what it tells of") {
  World world(with_receipts());
  confirm(world, {"newsletter", "phone"});
  seal(world);
  CHECK(mail_receipts_now(world) == 1);  // one mail for one press
  CHECK(world.deliver() == 1);
  const std::string mail = readable(world.newest_mail(kAnna).message);
  CHECK_THAT(mail, ContainsSubstring("zu Catering-Angeboten anrufen"));
  const auto page = world.revoke(world.revoke_token(kAnna));
  CHECK(page.state == RevokeState::kRevoked);
  CHECK(page.purposes.size() == 2);
  world.check_invariants();
}

TEST_CASE("who has left in the meantime gets no receipt") {
  World world(with_receipts());
  SECTION("before the log was sealed") {
    confirm(world);
    world.revoke(world.revoke_token(kAnna));
    seal(world);
    CHECK(mail_receipts_now(world) == 1);
  }
  SECTION("before it went out") {
    confirm(world);
    seal(world);
    CHECK(mail_receipts_now(world) == 1);
    world.revoke(world.revoke_token(kAnna));
    (void)world.deliver();
  }
  SECTION("right before its last bytes") {
    confirm(world);
    seal(world);
    CHECK(mail_receipts_now(world) == 1);
    const std::string token = world.revoke_token(kAnna);
    world.relay->before_gate([&] { world.revoke(token); });
    (void)world.deliver();
  }
  CHECK(waiting(world) == 0);
  CHECK(world.mails_to(kAnna) == 1);
  CHECK(world.relay->wrong().empty());
  world.check_invariants();
}

TEST_CASE("a receipt of which nobody knows whether it arrived is not sent again") {
  World world(with_receipts());
  confirm(world);
  seal(world);
  CHECK(mail_receipts_now(world) == 1);
  world.relay->answer(Verdict::kUncertain, 0, "");
  (void)world.deliver();
  world.clock.advance(std::chrono::hours(24));
  (void)world.deliver();
  seal(world);
  CHECK(mail_receipts_now(world) == 0);
  CHECK(world.mails_to(kAnna) == 2);
}

TEST_CASE("without the step nothing is noted, and after its removal nothing goes") {
  World plain;
  confirm(plain);
  CHECK(waiting(plain) == 0);

  World world(with_receipts());
  confirm(world);
  CHECK(waiting(world) == 1);
  take(apply_definitions(world.context(), {{"test.toml", source_file("tests/golden/sommer.toml")}},
                         false));
  seal(world);
  CHECK(mail_receipts_now(world) == 1);
  CHECK(waiting(world) == 0);
  CHECK(world.deliver() == 0);
}

TEST_CASE("a receipt outlives a restart, and each confirmation has its own") {
  World world(with_receipts());
  confirm(world);
  take(world.restart());
  seal(world);
  CHECK(mail_receipts_now(world) == 1);
  take(world.restart());
  CHECK(world.deliver() == 1);
  world.new_wording();
  world.clock.advance(std::chrono::hours(48));
  confirm(world);  // the renewal
  seal(world);
  CHECK(mail_receipts_now(world) == 1);
  CHECK(world.deliver() == 1);
  CHECK_THAT(readable(world.newest_mail(kAnna).message), ContainsSubstring("Ja (1), "));
  world.check_invariants();
}

TEST_CASE("the step is active, and can be seen as a sample") {
  World world(with_receipts());
  const auto set = world.context().definitions.get();
  std::string all;
  for (const std::string& line : set->not_active_yet()) all += line + "\n";
  CHECK_THAT(all, !ContainsSubstring("receipt"));
  CHECK_THAT(all, !ContainsSubstring("newsletter-opt-in"));
  CHECK(lint_mails(*set, world.context().templates, "receipt").empty());
  for (const std::string language : {"de", "en"}) {
    PreviewRequest request{"receipt", language, nullptr, "https://optin.example.org", Instant{}};
    const auto mail = take(preview_mail(world.context().templates, world.context().zone, request));
    CHECK_THAT(mail.text, ContainsSubstring(std::string(kSampleCheckpoint)));
    CHECK_THAT(mail.html, ContainsSubstring("SAMPLESAMPLE"));
    CHECK_THAT(mail.text, ContainsSubstring("/revoke/"));
  }
}
