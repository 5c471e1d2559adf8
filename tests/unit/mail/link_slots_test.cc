#include "engine/base/text.h"
#include "engine/mail/message.h"
#include "tests/support/catch.h"
#include "tests/unit/mail/mail_shape.h"

namespace jawort {
namespace {

using testing::built;
using testing::content;

TEST_CASE("what a relay repeats of a link is not kept") {
  const std::string token =
      "AQGiB6_2YomH-XGoYfih4YvloTfmcKm6VAwAWjpFIZ27XBb7jU1dAAAAAAAAAAAAAAAAAAA_";
  REQUIRE(token.size() == kTokenLength);
  const std::vector<Token> tokens{{TokenKind::kConfirm, token}};
  const auto kept = [&](const std::string& reply) { return without_tokens(reply, tokens); };
  CHECK(kept("554 5.7.1 blocked URL https://shop.example/confirm/" + token + " (sorry)") ==
        "554 5.7.1 blocked URL https://shop.example/confirm/[link] (sorry)");
  CHECK(kept("https%3A%2F%2Fshop.example%2Fconfirm%2F" +
             replace_all(replace_all(token, "_", "%5F"), "-", "%2d")) ==
        "https%3A%2F%2Fshop.example%2Fconfirm%2F[link]");
  CHECK(kept("broken " + token.substr(0, 30) + "=\r\n " + token.substr(30)) == "broken [link]");
  CHECK(kept("cut off " + token.substr(0, 20)) == "cut off [link]");
  CHECK(kept(token + token) == "[link][link]");
  const std::string harmless = "250 2.0.0 Ok: queued as " + std::string(72, 'A') + " %zz %2";
  CHECK(kept(harmless) == harmless);
  CHECK(kept(ascii_lower(token)) == ascii_lower(token));  // a link is good in its own case only
  CHECK(without_tokens(token, {{TokenKind::kRevoke, ""}}) == token);
}

TEST_CASE("what a server repeats of an address with a token is not kept, whatever its case") {
  const std::string token = "aefu2hadpaaw5cnmyoo3rvnkxegbqqqqqqqqqqqqqqqqqqqq";
  REQUIRE(token.size() == kAddressTokenLength);
  const std::vector<Token> tokens{{TokenKind::kBounce, token}};
  CHECK(without_tokens("<b-" + token + "@b.example>: rejected", tokens) ==
        "<b-[link]@b.example>: rejected");
  CHECK(without_tokens("<B-AEFU2HADPAAW5CNMYOO3RVNKXEGBQQQQQQQQQQQQQQQQQQQQ@B.EXAMPLE>", tokens) ==
        "<B-[link]@B.EXAMPLE>");
}

TEST_CASE("a token in an address is found whatever its case, and nothing else is one") {
  const std::string token(kAddressTokenLength, 'q');
  const auto found = token_in_address("B-" + std::string(kAddressTokenLength, 'Q') + "@x.example");
  REQUIRE(found);
  CHECK(found->kind == TokenKind::kBounce);
  CHECK(found->token == token);
  CHECK(token_in_address("u-" + token + "@x")->kind == TokenKind::kUnsubscribe);
  for (const std::string& none :
       {std::string(), std::string("anna@example.org"), "b-" + token.substr(1) + "@x",
        "b-" + token + "q@x", "c-" + token + "@x", token + "@x"}) {
    CAPTURE(none);
    CHECK_FALSE(token_in_address(none));
  }
  const std::string sealed = sealed_return_path("b.example");
  CHECK(sealed == "b-" + std::string(kAddressTokenLength, 'x') + "@b.example");
  CHECK(complete_return_path(sealed, token) == "b-" + token + "@b.example");
  CHECK(complete_return_path("post@sommer.example", token) == "post@sommer.example");
}

TEST_CASE("links are cut out and put back at the same places") {
  MailContent mail = content();
  const std::string confirm = "C-" + std::string(kTokenLength - 2, '_');
  const std::string revoke = "R" + std::string(kTokenLength - 1, '-');
  mail.text = "https://shop.example/confirm/" + confirm + "\n\nor https://shop.example/confirm/" +
              confirm + "#not-me\n" + std::string(kTokenLength, 'x');
  mail.html = "<a href=\"https://shop.example/confirm/" + confirm + "\">go</a>";
  mail.list_unsubscribe_url = "https://shop.example/revoke/" + revoke;
  const std::string message = built(mail);
  const SealedMessage sealed =
      seal_links(message, {{TokenKind::kRevoke, revoke}, {TokenKind::kConfirm, confirm}});
  CHECK(sealed.bytes.size() == message.size());
  CHECK(sealed.bytes.find(confirm) == std::string::npos);
  CHECK(sealed.bytes.find(revoke) == std::string::npos);
  REQUIRE(sealed.slots.size() == 4);
  CHECK(sealed.slots[0].kind == TokenKind::kRevoke);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(sealed.bytes.substr(sealed.slots[i].offset, kTokenLength) ==
          std::string(kTokenLength, 'x'));
    CHECK((i == 0 || sealed.slots[i].offset > sealed.slots[i - 1].offset));
  }
  CHECK(complete_links(sealed, {{TokenKind::kConfirm, confirm}, {TokenKind::kRevoke, revoke}}) ==
        message);
  const std::string other = std::string(kTokenLength, 'A');
  const std::string completed =
      complete_links(sealed, {{TokenKind::kConfirm, other}, {TokenKind::kRevoke, revoke}});
  CHECK(completed == replace_all(message, confirm, other));
  CHECK(seal_links("nothing", {}).slots.empty());

  const std::string text = slots_text(sealed.slots);
  CHECK(text.starts_with("revoke@"));
  const auto read = parse_slots(text);
  REQUIRE(read.has_value());
  CHECK(*read == sealed.slots);
}

TEST_CASE("slots are read in one spelling") {
  CHECK(slots_text({}).empty());
  CHECK(parse_slots("")->empty());
  CHECK(slots_text({{1234, TokenKind::kConfirm}, {5678, TokenKind::kPreferences}}) ==
        "confirm@1234,preferences@5678");
  CHECK(parse_slots("unsubscribe@7")->front() == LinkSlot{7, TokenKind::kUnsubscribe});
  CHECK(parse_slots("confirm@0")->front() == LinkSlot{0, TokenKind::kConfirm});
  for (const std::string_view bad :
       {"confirm", "confirm@", "confirm@x", "confirm@-1", "confirm@1x", "confirm@ 1", "Confirm@1",
        "@1", "other@1", "confirm@1,", ",confirm@1", "confirm@1,,revoke@2", "confirm@1;revoke@2",
        "confirm@99999999999999999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_slots(bad).has_value());
  }
}

}  // namespace
}  // namespace jawort
