// What comes back of our mails, and whom it is believed about.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

#include "engine/evidence/leaf.h"
#include "engine/flow/incoming_mail.h"
#include "engine/mail/message.h"
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
const std::string kDomain = "bounce.sommer.example";

struct Bounces {
  Bounces() { world.settings.bounce_domain = kDomain; }

  // Where the newest mail to Anna would come back.
  std::string return_path() const { return world.newest_mail(kAnna).sender; }
  void sign_up() {
    world.sign_up(kAnna);
    REQUIRE(world.deliver() >= 1);
  }
  // A sample of tests/fuzz/corpus/mail_report, about the mail of that return path.
  HandledMail report(const std::string& sample, const std::string& path) {
    std::string mail = testing::source_file("tests/fuzz/corpus/mail_report/" + sample);
    const std::string token = path.substr(2, kAddressTokenLength);
    mail = replace_all(std::move(mail), "aefu2hadpaaw5cnmyoo3rvnkxegbaaaaaaaaaaaaaaaaaaaa", token);
    return take(take_in_mail(world.context(), mail, {}));
  }
  HandledMail report(const std::string& sample) { return report(sample, return_path()); }

  std::optional<Suppression> suppression() {
    std::optional<Suppression> found;
    take(world.store().read([&](const Tables& tables) -> Status {
      found =
          take(tables.suppressions().find(address_key(world.keys().address, ascii_lower(kAnna))));
      return {};
    }));
    return found;
  }
  // Facts and values of the newest event of that type: "class=hard reply=550 …".
  std::string newest(const std::string& type) {
    std::string text = "none";
    take(world.store().read([&](const Tables& tables) -> Status {
      for (std::int64_t at = take(tables.events().last_sequence()); at > 0; --at) {
        const auto event = take(tables.events().find(at));
        if (event->type != type) continue;
        text.clear();
        for (const Fact& fact : take(decode_leaf(event->leaf)).facts) {
          text += std::string(fact.name) + "=" + std::string(fact.value) + " ";
        }
        for (const auto& value : take(tables.events().values(at))) {
          if (value.name == "reply") text += "reply=" + value.value;
        }
        return {};
      }
      return {};
    }));
    return text;
  }

  World world;
};

std::string bytes_of_files(const std::string& path) {
  std::string all;
  for (const char* suffix : {"", "-wal"}) {
    std::ifstream file(path + suffix, std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return all;
}

}  // namespace

TEST_CASE("each mail has a return path of its own and an address that unsubscribes") {
  Bounces test;
  test.sign_up();
  const std::string path = test.return_path();
  CHECK(path.size() == 2 + kAddressTokenLength + 1 + kDomain.size());
  const std::string mail = readable(test.world.newest_mail(kAnna).message);
  const std::size_t mailto = mail.find(",\r\n <mailto:u-");
  REQUIRE(mailto != std::string::npos);
  CHECK(mail.rfind("List-Unsubscribe: <https://", mailto) != std::string::npos);
  const std::string unsubscribe = mail.substr(mailto + 12, 2 + kAddressTokenLength);
  CHECK(mail.find(unsubscribe + "@" + kDomain + "?subject=unsubscribe>\r\n") != std::string::npos);
  // Both are of this mail, and neither lies in the database.
  const auto token = token_in_address(path);
  REQUIRE(token);
  const auto content = test.world.context().tokens.open(token->token, TokenKind::kBounce);
  REQUIRE(content);
  CHECK(content->id == testing::only_row(test.world).mail.value);
  const std::string bytes = bytes_of_files(test.world.database_path());
  CHECK(bytes.find(sealed_return_path(kDomain)) != std::string::npos);
  CHECK(bytes.find(token->token) == std::string::npos);
  CHECK(bytes.find(unsubscribe.substr(2)) == std::string::npos);
  test.world.check_invariants();
}

TEST_CASE("without a domain for bounces a mail has the sender as return path") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  CHECK(world.newest_mail(kAnna).sender == "post@sommer.example");
  CHECK(world.newest_mail(kAnna).message.find("mailto:u-") == std::string::npos);
}

TEST_CASE("a mailbox that does not exist is suppressed, once") {
  Bounces test;
  test.sign_up();
  const HandledMail done = test.report("hard.postfix_user_unknown");
  CHECK(done.outcome == MailOutcome::kRecorded);
  CHECK(done.suppressed);
  CHECK(done.status == "5.1.1");
  REQUIRE(test.suppression());
  CHECK(test.suppression()->reason == SuppressionReason::kHardBounce);
  const std::string event = test.newest("message_bounced");
  CHECK(event.starts_with("class=hard status=5.1.1 suppressed=hard_bounce reply=550 5.1.1 <anna"));
  CHECK(test.world.round(kAnna)->status == ConsentStatus::kPending);  // only the person ends it

  const auto before = testing::last_sequence(test.world);
  CHECK(test.report("hard.postfix_user_unknown").outcome == MailOutcome::kRepeated);
  CHECK(test.report("hard.gmail_not_found").outcome == MailOutcome::kRepeated);
  CHECK(testing::last_sequence(test.world) == before);
  test.world.check_invariants();
}

TEST_CASE("what says nothing final changes nothing") {
  Bounces test;
  test.sign_up();
  const auto before = testing::last_sequence(test.world);
  for (const char* sample : {"delayed.postfix_delayed", "delivered.postfix_success",
                             "not_spam.arf_not_spam", "auto_reply.rfc3834",
                             "auto_reply.exchange_oof", "auto_reply.challenge", "unknown.person"}) {
    CAPTURE(sample);
    CHECK(test.report(sample).outcome == MailOutcome::kNothingNew);
  }
  CHECK(testing::last_sequence(test.world) == before);
  CHECK_FALSE(test.suppression());
}

TEST_CASE("our fault is never held against a contact") {
  Bounces test;
  test.sign_up();
  CHECK(test.report("our_fault.postfix_spamhaus").outcome == MailOutcome::kRecorded);
  CHECK(test.newest("message_bounced").starts_with("class=our_fault status=5.7.1 reply="));
  CHECK_FALSE(test.suppression());
  test.world.confirm(test.world.confirm_token(kAnna));
  CHECK(test.world.round(kAnna)->status == ConsentStatus::kConfirmed);
  test.world.check_invariants();
}

TEST_CASE("soft bounces of three days add up, unless something arrives between them") {
  Bounces test;
  const bool opened = GENERATE(false, true);
  for (int day = 0; day < 3; ++day) {
    test.sign_up();
    if (opened && day == 1) {
      take(open_link(test.world.context(), test.world.confirm_token(kAnna), World::visit()));
    }
    test.world.clock.advance(hours{1});
    const HandledMail done = test.report("soft.postfix_mailbox_full");
    CHECK(done.outcome == MailOutcome::kRecorded);
    CHECK(done.suppressed == (day == 2 && !opened));
    test.world.clock.advance(hours{25});
  }
  CHECK(test.suppression().has_value() == !opened);
  test.world.check_invariants();
}

TEST_CASE("a complaint ends the consents and suppresses for good") {
  Bounces test;
  test.world.sign_up(kAnna);
  test.world.deliver();
  test.world.confirm(test.world.confirm_token(kAnna));
  const HandledMail done = test.report("complaint.arf_abuse");
  CHECK(done.outcome == MailOutcome::kRecorded);
  CHECK(done.ended.revoked == 1);
  const auto round = test.world.round(kAnna);
  CHECK(round->status == ConsentStatus::kRevoked);
  CHECK(round->revoked_by == RevokedBy::kComplaint);
  REQUIRE(test.suppression());
  CHECK(test.suppression()->reason == SuppressionReason::kComplaint);
  CHECK(test.newest("message_complained") == "class=complaint suppressed=complaint reply=abuse");
  CHECK(test.report("complaint.arf_abuse").outcome == MailOutcome::kRepeated);
  // Back on the form: no mail may go.
  test.world.clock.advance(hours{25});
  test.world.sign_up(kAnna);
  const auto mails = test.world.mails_to(kAnna);
  test.world.deliver();
  CHECK(test.world.mails_to(kAnna) == mails);
  test.world.check_invariants();
}

TEST_CASE("a complaint about what only waits for its press denies it") {
  Bounces test;
  test.sign_up();
  CHECK(test.report("complaint.arf_abuse").ended.denied == 1);
  CHECK_FALSE(test.world.contact(kAnna));
  CHECK(test.suppression()->reason == SuppressionReason::kComplaint);
  CHECK(test.report("complaint.arf_abuse").outcome == MailOutcome::kGone);
  test.world.check_invariants();
}

TEST_CASE("a forged report changes nothing") {
  Bounces test;
  test.sign_up();
  test.world.confirm(test.world.confirm_token(kAnna));
  const std::string path = test.return_path();
  const auto before = testing::last_sequence(test.world);
  std::mt19937_64 dice(3);
  const std::string digits = "abcdefghijklmnopqrstuvwxyz234567";
  for (int round = 0; round < 1000; ++round) {
    std::string forged = path;
    const std::size_t at = 2 + dice() % kAddressTokenLength;
    forged[at] = digits[dice() % digits.size()];
    if (forged == path) continue;
    const char* sample =
        round % 2 == 0 ? "hard.postfix_user_unknown" : "complaint.arf_abuse_headers";
    const HandledMail done = test.report(sample, forged);
    REQUIRE(done.outcome == MailOutcome::kForged);
  }
  // The token in an address of another kind, none at all, and the person's own address.
  const std::string bounce =
      "From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\n\n550 5.1.1 Anna unknown";
  const auto sent_to = [&](const std::string& recipient) {
    return take(take_in_mail(test.world.context(), bounce, {recipient})).outcome;
  };
  CHECK(sent_to("u" + path.substr(1)) == MailOutcome::kForged);
  CHECK(sent_to(kAnna) == MailOutcome::kForeign);
  CHECK(take(take_in_mail(test.world.context(), "", {})).outcome == MailOutcome::kForeign);
  CHECK(testing::last_sequence(test.world) == before);
  CHECK_FALSE(test.suppression());
  test.world.check_invariants();
}

TEST_CASE("a report that comes too late, or about nobody, changes nothing") {
  Bounces test;
  test.sign_up();
  test.world.confirm(test.world.confirm_token(kAnna));
  const std::string path = test.return_path();
  test.world.clock.advance(kBounceWithin + hours{1});
  auto before = testing::last_sequence(test.world);
  CHECK(test.report("hard.postfix_user_unknown", path).outcome == MailOutcome::kTooOld);
  CHECK(testing::last_sequence(test.world) == before);
  CHECK(test.report("complaint.arf_abuse", path).outcome == MailOutcome::kRecorded);
  // Mails that never went cannot come back.
  test.world.sign_up("ben@example.org");
  const auto unsent = testing::rows_of(test.world).back().mail.value;
  const std::string token = test.world.context().tokens.make(
      {TokenKind::kBounce, TokenObject::kMail, unsent, std::nullopt});
  before = testing::last_sequence(test.world);
  CHECK(test.report("hard.postfix_user_unknown", "b-" + token + "@" + kDomain).outcome ==
        MailOutcome::kGone);
  CHECK(testing::last_sequence(test.world) == before);
  test.world.check_invariants();
}

TEST_CASE("what a server quotes of a mail is kept without its links") {
  Bounces test;
  test.sign_up();
  const std::string confirm = test.world.confirm_token(kAnna);
  std::string path = test.return_path();
  std::ranges::transform(path, path.begin(), [](char c) {
    return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  });
  const std::string mail =
      "From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\n\n550 5.1.1 <" + path +
      "> may not write https://optin.sommer.example/confirm/" + confirm + " to nobody\n";
  CHECK(take(take_in_mail(test.world.context(), mail, {"<" + path + ">"})).outcome ==
        MailOutcome::kRecorded);
  CHECK(test.newest("message_bounced") ==
        "class=hard status=5.1.1 suppressed=hard_bounce reply=550 5.1.1 <B-[link]@" +
            path.substr(path.find('@') + 1) +
            "> may not write https://optin.sommer.example/confirm/[link] to nobody");
  test.world.check_invariants();
}
