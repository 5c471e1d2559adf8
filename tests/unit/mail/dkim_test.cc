// The parts of a signature against the examples of the standards, and what every signature is like.
#include "engine/mail/dkim.h"

#include "engine/base/random.h"
#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "engine/mail/mail_date.h"
#include "tests/support/catch.h"
#include "tests/support/rfc_dkim_keys.h"
#include "tests/unit/mail/mail_shape.h"

namespace jawort {
namespace {

using testing::built;
using testing::content;
using testing::crlf_lines;

DkimKey key_of(std::string_view pem) {
  auto key = DkimKey::from_pem(pem, 1024);
  REQUIRE(key.ok());
  return *key;
}

DkimSigner two_keys() {
  return {"shop.example",
          {{"rsa1", key_of(testing::kRfc8463Rsa)}, {"ed1", key_of(testing::kRfc8463Ed25519)}}};
}

std::string body_hash(std::string_view body) {
  return to_base64(sha256(as_bytes(relaxed_body(body))));
}

TEST_CASE("relaxed forms (RFC 6376 §3.4.5, §3.4.3, §3.4.4)") {
  CHECK(relaxed_field("A: X\r\n") == "a:X\r\n");
  CHECK(relaxed_field("B : Y\t\r\n\tZ  \r\n") == "b:Y Z\r\n");
  CHECK(relaxed_body(" C \r\nD \t E\r\n\r\n\r\n") == " C\r\nD E\r\n");
  CHECK(relaxed_body("") == "");
  CHECK(relaxed_body("\r\n\r\n") == "");
  CHECK(relaxed_body(" \t \r\n\r\n") == "");
  CHECK(relaxed_body("no line end") == "no line end\r\n");
  CHECK(relaxed_body("a\r\n \r\n\r\nb \r\n") == "a\r\n\r\n\r\nb\r\n");
  CHECK(body_hash("") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  CHECK(relaxed_field("SubJect:\r\n\tdeep \r\n  fold\r\n") == "subject:deep fold\r\n");
  CHECK(relaxed_field("Empty:\r\n") == "empty:\r\n");
}

constexpr std::string_view kDinner =
    "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

// Both with the fields of the message in the order of its h=, then the signature without its value.
TEST_CASE("the signatures of RFC 8463 A.3") {
  CHECK(body_hash(kDinner) == "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
  std::string fields;
  for (const std::string_view field :
       {"From: Joe SixPack <joe@football.example.com>\r\n",
        "To: Suzie Q <suzie@shopping.example.net>\r\n", "Subject: Is dinner ready?\r\n",
        "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n",
        "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"}) {
    fields += relaxed_field(field);
  }
  const auto signature = [&](std::string_view pem, std::string_view own) {
    std::string canonical = relaxed_field(own);
    canonical.resize(canonical.size() - 2);
    return to_base64(key_of(pem).sign(sha256(as_bytes(fields + canonical))));
  };
  CHECK(signature(testing::kRfc8463Ed25519,
                  "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
                  " d=football.example.com; i=@football.example.com;\r\n"
                  " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
                  " subject : date : message-id : from : subject : date;\r\n"
                  " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                  " b=") ==
        "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==");
  CHECK(
      signature(testing::kRfc8463Rsa,
                "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
                " d=football.example.com; i=@football.example.com;\r\n"
                " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
                " date : message-id : from : subject : date;\r\n"
                " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                " b=") ==
      "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9"
      "mPYQTnGdaSGsgeefOsk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=");
}

// Appendix A.2 is in simple form, which we do not write: the fields as they stand (errata 4926).
TEST_CASE("the signature of RFC 6376 A.2") {
  const std::string signed_text =
      "Received: from client1.football.example.com  [192.0.2.1]\r\n"
      "      by submitserver.example.com with SUBMISSION;\r\n"
      "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
      "From: Joe SixPack <joe@football.example.com>\r\n"
      "To: Suzie Q <suzie@shopping.example.net>\r\n"
      "Subject: Is dinner ready?\r\n"
      "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
      "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
      "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
      "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
      "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
      "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
      "      b=;";
  CHECK(
      to_base64(key_of(testing::kRfc6376Rsa).sign(sha256(as_bytes(signed_text)))) ==
      "AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+Na"
      "hM6L/LbvaHutKVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV4bmp/YzhwvcubU4=");
}

// "From", "To", … of the first signature.
std::vector<std::string> covered(const std::string& signatures) {
  std::string text = signatures.substr(0, signatures.find("\r\nDKIM-Signature"));
  text = replace_all(replace_all(text, "\r\n", ""), " ", "");
  const std::size_t begin = text.find(";h=") + 3;
  text = text.substr(begin, text.find(';', begin) - begin);
  std::vector<std::string> names;
  for (const std::string_view name : split(text, ':')) names.emplace_back(name);
  return names;
}

TEST_CASE("every field of a mail is covered, and room for a second one is not") {
  MailContent mail = content();
  mail.html = "<p>Hello";
  mail.list_unsubscribe_mailto = "leave@shop.example?subject=leave";
  const std::string message = built(mail);
  const auto names = covered(dkim_signatures(two_keys(), message));
  const std::string head = message.substr(0, message.find("\r\n\r\n") + 2);
  for (const std::string_view line : crlf_lines(head)) {
    if (line.starts_with(' ')) continue;
    INFO(line);
    CHECK(std::ranges::count(names, line.substr(0, line.find(':'))) == 2);
  }
  CHECK(std::ranges::count(names, "List-Unsubscribe") == 2);
  CHECK(std::ranges::count(names, "List-Unsubscribe-Post") == 2);
  CHECK(std::ranges::count(names, "Reply-To") == 1);
  const auto bare = covered(dkim_signatures(two_keys(), "To: a@b.example\r\n\r\n"));
  CHECK(bare == std::vector<std::string>{"From", "To", "To", "Reply-To", "Subject"});
}

TEST_CASE("a signature is of short lines of ASCII, and the same again") {
  const std::string message = built(content());
  const std::string signatures = dkim_signatures(two_keys(), message);
  CHECK(signatures == dkim_signatures(two_keys(), message));
  int fields = 0;
  for (const std::string_view line : crlf_lines(signatures)) {
    INFO(line);
    CHECK(line.size() <= 78);
    CHECK_FALSE(trim_ascii_space(line).empty());
    CHECK(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }));
    const bool begins = line.starts_with("DKIM-Signature: v=1; ");
    CHECK((begins || line.starts_with(' ')));
    fields += begins ? 1 : 0;
  }
  CHECK(fields == 2);
  CHECK(signatures.find(" t=1795425302;") != std::string::npos);
  CHECK(signatures.find("s=rsa1;") < signatures.find("s=ed1;"));
  CHECK(two_keys().selectors() == "rsa1 ed1");
  CHECK(dkim_signatures({"shop.example", {}}, message).empty());
}

TEST_CASE("a message that is none is signed without a fall") {
  for (const std::string_view text : {"", "\r\n", "\r\n\r\n", "no colon", ":", ": x\r\n\r\n",
                                      " \r\n \r\n", "Date: soon\r\n\r\nx", "From: a\r\n\tb"}) {
    const std::string signatures = dkim_signatures(two_keys(), text);
    CHECK(signatures.find("; t=") == std::string::npos);
    CHECK(crlf_lines(signatures).size() > 4);
  }
}

TEST_CASE("a long domain has a line to itself") {
  DkimSigner signer = two_keys();
  signer.domain = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
  const std::string signatures = dkim_signatures(signer, built(content()));
  CHECK(signatures.find("\r\n d=" + signer.domain + ";\r\n") != std::string::npos);
}

TEST_CASE("what is published") {
  const DkimKey rsa = key_of(testing::kRfc8463Rsa), ed = key_of(testing::kRfc8463Ed25519);
  CHECK(dkim_record(ed) == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
  CHECK(dkim_record(rsa).starts_with("v=DKIM1; k=rsa; p=MIGf"));
  CHECK(dkim_record_name("s1", "example.org") == "s1._domainkey.example.org");
  CHECK(txt_strings(dkim_record(ed)).size() == 1);
  const std::string long_text(600, 'x');
  const auto strings = txt_strings(long_text);
  REQUIRE(strings.size() == 3);
  CHECK(strings[0].size() == 255);
  CHECK(strings[0] + strings[1] + strings[2] == long_text);
}

TEST_CASE("whether a signature counts for DMARC") {
  CHECK(dkim_aligned("example.org", "example.org", true));
  CHECK(dkim_aligned("Example.org", "example.ORG", true));
  CHECK(dkim_aligned("example.org", "news.example.org", false));
  CHECK(dkim_aligned("mail.example.org", "example.org", false));
  CHECK_FALSE(dkim_aligned("example.org", "news.example.org", true));
  CHECK_FALSE(dkim_aligned("example.org", "notexample.org", false));
  CHECK_FALSE(dkim_aligned("a.example.org", "b.example.org", false));
}

TEST_CASE("the date of a mail") {
  const auto seconds = [](std::string_view text) {
    const auto at = parse_mail_date(text);
    return at ? to_millis(*at) / 1000 : -1;
  };
  CHECK(seconds("Mon, 23 Nov 2026 10:15:02 +0100") == 1795425302);
  CHECK(seconds("Thu, 1 Jan 1970 00:00:00 +0000") == 0);
  CHECK(seconds("Sun, 29 Feb 2032 23:59:59 -1130") == 1961753399);
  for (const std::string_view wrong :
       {"", "Mon, 23 Nov 2026 10:15:02", "23 Nov 2026 10:15:02 +0100",
        "Mon, 31 Feb 2026 10:15:02 +0100", "Mon, 23 Nov 2026 10:15:02 +0100 (CET)",
        "Mon, 23 November 2026 10:15:02 +0100", "Mon, 23 Nov 26 10:15:02 +0100",
        "Mon, 99999999999999999999 Nov 2026 10:15:02 +0100", "Mon, 23 Nov 2026 10:15:2 +01000",
        "Mon,  3 Nov 2026 10:15:02 +0100"}) {
    INFO(wrong);
    CHECK(seconds(wrong) == -1);
  }
}

}  // namespace
}  // namespace jawort
