// People who write instead of pressing.
#include "engine/flow/persons_mail.h"

#include <algorithm>

#include "engine/flow/erase_contact.h"
#include "engine/flow/incoming_mail.h"
#include "engine/mail/message.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::readable;
using jawort::testing::take;
using jawort::testing::World;

namespace {

const std::string kAnna = "Anna@example.org";

struct Answers {
  Answers() {
    world.settings.bounce_domain = "bounce.sommer.example";
    auto post = world.post(kAnna);
    post.consents = {"newsletter", "phone"};
    world.accept(post);
    world.deliver();
  }
  void confirm() { world.confirm(world.confirm_token(kAnna)); }
  std::string after(std::string_view begin, std::string_view end) const {
    const std::string mail = readable(world.newest_mail(kAnna).message);
    const std::size_t at = mail.find(begin) + begin.size();
    return mail.substr(at, mail.find(end, at) - at);
  }
  std::string leave_address() const { return after("<mailto:", "?"); }
  std::string message_id() const { return after("\r\nMessage-ID: ", "\r\n"); }

  HandledMail write(const std::string& to, const std::string& subject, const std::string& text,
                    const std::string& more = "") {
    return take(take_in_mail(world.context(),
                             "From: Anna <anna@example.org>\nTo: " + to + "\nSubject: " + subject +
                                 "\n" + more + "\n" + text,
                             {}));
  }
  std::vector<InboxEntry> list() { return take(list_inbox(world.context(), InboxId{}, 10)); }

  World world;
};

}  // namespace

TEST_CASE("a mail to the address that unsubscribes ends what its mail was about") {
  Answers test;
  test.confirm();
  const auto done = test.write(test.leave_address(), "unsubscribe", "");
  CHECK(done.outcome == MailOutcome::kRevoked);
  CHECK(done.ended.revoked == 2);
  for (const char* purpose : {"newsletter", "phone"}) {
    CHECK(test.world.round(kAnna, purpose)->revoked_by == RevokedBy::kMail);
  }
  const auto before = testing::last_sequence(test.world);
  CHECK(test.write(test.leave_address(), "unsubscribe", "").outcome == MailOutcome::kRepeated);
  CHECK(testing::last_sequence(test.world) == before);
  CHECK(test.list().empty());
  test.world.check_invariants();
}

TEST_CASE("while it waits for its press it denies, and no machine's answer does anything") {
  Answers test;
  const std::string address = test.leave_address();
  CHECK(test.write(address, "Out of office", "I unsubscribe from work until May.").outcome ==
        MailOutcome::kNothingNew);
  CHECK(test.world.round(kAnna)->status == ConsentStatus::kPending);
  CHECK(test.write(address, "Abmelden", "Bitte.").ended.denied == 2);
  CHECK_FALSE(test.world.contact(kAnna));
  CHECK(test.write(address, "Abmelden", "Bitte.").outcome == MailOutcome::kGone);
  test.world.check_invariants();
}

TEST_CASE("what is unclear waits for a human, who revokes or dismisses") {
  Answers test;
  test.confirm();
  const std::string address = test.leave_address();
  const std::string token = test.world.revoke_token(kAnna);
  const std::string text = "Was ist das? https://optin.sommer.example/revoke/" + token + "\n";
  CHECK(test.write(address, "Frage", text).outcome == MailOutcome::kListed);
  CHECK(test.write(address, "Frage", text).outcome == MailOutcome::kListed);  // once is enough
  auto list = test.list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].email == kAnna);
  CHECK(list[0].row.by_token);
  CHECK(list[0].purposes == std::vector<std::string>{"newsletter", "phone"});
  CHECK(list[0].row.text == "Was ist das? https://optin.sommer.example/revoke/[link]");

  REQUIRE(dismiss_inbox(test.world.context(), list[0].row.id).ok());
  CHECK(test.list().empty());
  CHECK(dismiss_inbox(test.world.context(), list[0].row.id).error().kind == ErrorKind::kNotFound);
  CHECK(test.write(address, "Frage", text).outcome == MailOutcome::kListed);
  CHECK(test.list().empty());  // somebody is done with this very mail
  CHECK(test.world.round(kAnna)->status == ConsentStatus::kConfirmed);

  test.write(address, "Noch eine", "Wer sind Sie?");
  list = test.list();
  REQUIRE(list.size() == 1);
  CHECK(take(revoke_by_inbox(test.world.context(), list[0].row.id)).revoked == 2);
  CHECK(test.world.round(kAnna)->revoked_by == RevokedBy::kMail);
  CHECK(test.list().empty());
  test.world.check_invariants();
}

TEST_CASE("an answer to a mail of ours is listed, whatever it says: anybody may know its id") {
  Answers test;
  test.confirm();
  const std::string reply = "In-Reply-To: " + test.message_id() + "\n";
  const auto done = test.write("post@sommer.example", "Re: x", "unsubscribe\n", reply);
  CHECK(done.outcome == MailOutcome::kListed);
  CHECK_FALSE(done.by_token);
  CHECK(test.world.round(kAnna)->status == ConsentStatus::kConfirmed);
  REQUIRE(test.list().size() == 1);
  CHECK_FALSE(test.list()[0].row.by_token);

  std::string other = test.message_id();
  other[1] = other[1] == '0' ? '1' : '0';  // of the half that cannot be guessed
  CHECK(test.write("post@sommer.example", "Re: x", "y", "References: <a@b> " + other + "\n")
            .outcome == MailOutcome::kForeign);
  CHECK(test.write("post@sommer.example", "Re: x", "y",
                   "References: <a@b> " + test.message_id() + "\n")
            .outcome == MailOutcome::kListed);
  test.world.check_invariants();
}

TEST_CASE("a mail on the list goes after a while, and with the person") {
  Answers test;
  test.confirm();
  const std::string address = test.leave_address();
  test.write(address, "Frage", "Was ist das?");
  test.world.clock.advance(kInboxKeeps);
  CHECK(take(prune_inbox(test.world.context(), 10)) == 0);
  test.world.clock.advance(milliseconds{1});
  CHECK(take(prune_inbox(test.world.context(), 10)) == 1);
  CHECK(test.list().empty());
  test.write(address, "Frage", "Und jetzt?");
  REQUIRE(test.list().size() == 1);
  take(erase_contact(test.world.context(), kAnna, false));
  CHECK(test.list().empty());
  test.world.check_invariants();
}
