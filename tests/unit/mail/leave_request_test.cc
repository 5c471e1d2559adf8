#include "engine/mail/leave_request.h"

#include "tests/support/catch.h"

namespace jawort {
namespace {

bool clear(const std::string& subject, const std::string& text) {
  return is_clear_leave_request(
      read_persons_mail(read_mime("From: Anna <anna@example.org>\nSubject: " + subject +
                                  "\nContent-Type: text/plain; charset=utf-8\n\n" + text)));
}

}  // namespace

TEST_CASE("an empty mail, or words for leaving in subject or text, are clear") {
  CHECK(clear("unsubscribe", ""));
  CHECK(clear("unsubscribe", "Confidential: this mail is for its recipient alone."));
  CHECK(clear("", "   \n\n"));
  CHECK(clear("Re: Brot im Sommer", "\n> Unser Brot\n> schmeckt\n"));
  CHECK(clear("Hallo", "Bitte melden Sie mich ab!"));
  CHECK(clear("=?iso-8859-1?Q?Newsletter_k=FCndigen?=", "Danke"));
  CHECK(clear("x", "Ich widerrufe meine Einwilligung."));
  CHECK(clear("x", "Please remove me from this list."));
  CHECK(clear("x", "Je voudrais me désabonner."));
  CHECK(clear("x", "Quiero darme de baja"));
  CHECK(clear("x", "Per favore cancellatemi"));
  CHECK(clear("x", "Graag uitschrijven"));
}

TEST_CASE("what means something else, or nothing of the kind, is for a human") {
  CHECK_FALSE(clear("Frage", "Wann haben Sie am Samstag geöffnet?"));
  CHECK_FALSE(clear("Re: Brot", "Ich möchte mich nicht abmelden, nur die Adresse ändern."));
  CHECK_FALSE(clear("I did not unsubscribe", "Why am I out?"));
  CHECK_FALSE(clear("x", "Danke!\n\n> Hier können Sie sich abmelden: unsubscribe"));
  CHECK_FALSE(clear("x", "Thanks\n\nOn Monday, Sommer wrote:\nunsubscribe here"));
  CHECK_FALSE(clear("x", "Thanks\n-- \nunsubscribe fan club"));
}

TEST_CASE("what a human reads has no control characters and an end") {
  const PersonsMail mail = read_persons_mail(
      read_mime("From: \x1b[31mAnna <a@b.example>\nSubject: x\n\n\x1b]0;title\x07 text\n" +
                std::string(10'000, 'y')));
  CHECK(mail.sender.find('\x1b') == std::string::npos);
  CHECK(mail.text.find('\x1b') == std::string::npos);
  CHECK(mail.text.size() <= 4000);
  CHECK(read_persons_mail(read_mime("Content-Type: text/html\n\n<p>leave<br>me")).text ==
        "leave me");
}

}  // namespace jawort
