#include "engine/consent/email_address.h"

#include "tests/support/catch.h"

using jawort::EmailAddress;

namespace {
std::string repeat(char c, std::size_t n) { return std::string(n, c); }
}  // namespace

TEST_CASE("addresses that are taken") {
  struct Row {
    std::string typed, mailbox, normalised;
  };
  const std::vector<Row> rows{
      {"anna@example.org", "anna@example.org", "anna@example.org"},
      {"  Anna.Muster@Example.ORG\t", "Anna.Muster@Example.ORG", "anna.muster@example.org"},
      {"a+b=c!#$%&'*/?^_`{|}~-@sub.example.co", "a+b=c!#$%&'*/?^_`{|}~-@sub.example.co",
       "a+b=c!#$%&'*/?^_`{|}~-@sub.example.co"},
      {"info@bäckerei.example", "info@xn--bckerei-5wa.example", "info@xn--bckerei-5wa.example"},
      {"info@straße.example", "info@xn--strae-oqa.example", "info@xn--strae-oqa.example"},
      {"x@例え.テスト", "x@xn--r8jz45g.xn--zckzah", "x@xn--r8jz45g.xn--zckzah"},
      {repeat('a', 64) + "@example.org", repeat('a', 64) + "@example.org",
       repeat('a', 64) + "@example.org"},
  };
  for (const Row& row : rows) {
    INFO(row.typed);
    const auto address = EmailAddress::parse(row.typed);
    REQUIRE(address.ok());
    CHECK(address->mailbox() == row.mailbox);
    CHECK(address->normalised() == row.normalised);
    CHECK(jawort::safe_envelope_address(address->mailbox()));
  }
  CHECK(EmailAddress::parse(" Anna@Example.org ")->typed() == "Anna@Example.org");
}

TEST_CASE("addresses that are refused") {
  const std::vector<std::string> rows{"",
                                      "@",
                                      "a@",
                                      "@b.c",
                                      "anna",
                                      "anna@localhost",
                                      "anna@[127.0.0.1]",
                                      "anna@127.0.0.1",
                                      "a b@example.org",
                                      "a@b@example.org",
                                      "\"quoted\"@example.org",
                                      "a..b@example.org",
                                      ".a@example.org",
                                      "a.@example.org",
                                      "a@example..org",
                                      "a@.example.org",
                                      "a@example.org.",
                                      "a@-example.org",
                                      "a@example-.org",
                                      "änna@example.org",
                                      "a@exa mple.org",
                                      "a,b@example.org",
                                      "Anna <anna@example.org>",
                                      "a@example.org\r\nRCPT TO:<x@y.z>",
                                      "a\r\n@example.org",
                                      "a@example.org\nBcc: x@y.z",
                                      std::string("a\0b@example.org", 15),
                                      "a@ex\xc0\xaf.org",
                                      "a@example.org\xe2\x80\xa8x",
                                      repeat('a', 65) + "@example.org",
                                      "a@" + repeat('b', 64) + ".org",
                                      repeat('a', 60) + "@" + repeat('b', 60) + "." +
                                          repeat('c', 60) + "." + repeat('d', 60) + "." +
                                          repeat('e', 20),
                                      "a@xn--.org-",
                                      "a@\xf0\x9f\x92",
                                      "a@b_c.org"};
  for (const std::string& row : rows) {
    INFO(row);
    CHECK_FALSE(EmailAddress::parse(row).ok());
  }
}

TEST_CASE("equal after lower-casing, and only then") {
  const auto a = EmailAddress::parse("Anna@Example.org");
  CHECK(*a == *EmailAddress::parse("anna@EXAMPLE.org"));
  CHECK_FALSE(*a == *EmailAddress::parse("anna+x@example.org"));
}

TEST_CASE("a masked address shows its first letters and nothing else") {
  CHECK(EmailAddress::parse("Anna.Muster@mail.example.org")->masked() == "a***@m***.org");
}

TEST_CASE("the envelope check stands by itself") {
  for (const std::string bad :
       {"a@example.org>", "<a@example.org", "a@example.org\r\n", "a@example.org SIZE=1", "a@b",
        "a\n@example.org", "\xc3\xa4@example.org", "", "a@b@c.org"}) {
    INFO(bad);
    CHECK_FALSE(jawort::safe_envelope_address(bad));
  }
  CHECK(jawort::safe_envelope_address("bounce+x=y@mail.example.org"));
}
