// The samples are the corpus of the fuzz target: each file begins with the class it has.
#include "engine/mail/mail_report.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "engine/base/text.h"
#include "engine/mail/mail_words.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

struct Sample {
  std::string name, expected, bytes;
};

std::vector<Sample> samples() {
  namespace fs = std::filesystem;
  std::vector<Sample> all;
  const fs::path folder = fs::path(JAWORT_SOURCE_FOLDER) / "tests/fuzz/corpus/mail_report";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    std::ifstream file(entry.path(), std::ios::binary);
    all.push_back({name,
                   name.substr(0, name.find('.')),
                   {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}});
  }
  std::ranges::sort(all, {}, &Sample::name);
  return all;
}

std::string class_of(const std::string& bytes) {
  return std::string(name_of(read_report(read_mime(bytes)).kind));
}

MailReport report_of(std::string_view name) {
  for (const Sample& sample : samples()) {
    if (sample.name == name) return read_report(read_mime(sample.bytes));
  }
  FAIL("no such sample: " << name);
  return {};
}

// What happens to mails on their way: lines folded anew, cases, fields and parts that others add or
// drop, bytes lost at the end.
std::string mutated(std::string bytes, std::mt19937_64& dice) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(dice() % limit); };
  switch (below(7)) {
    case 0:
      return replace_all(replace_all(std::move(bytes), "\r\n", "\n"), "\n", "\r\n");
    case 1:
      return "X-Scanned: by us\nX-Spam-Status: No, score=0.1\n" + bytes;
    case 2:
      return bytes.substr(0, bytes.size() - below(bytes.size() / 5 + 1));
    case 3:
      return replace_all(std::move(bytes), "Content-Type:", "CONTENT-TYPE:");
    case 4:
      return replace_all(std::move(bytes), "anna@example.net",
                         "a" + std::to_string(below(1000)) + "@example.com");
    case 5:
      return replace_all(std::move(bytes), "; ", ";\n\t");
    default: {
      for (std::size_t changes = 1 + below(3); changes > 0 && !bytes.empty(); --changes) {
        bytes[below(bytes.size())] = static_cast<char>(' ' + below(95));
      }
      return bytes;
    }
  }
}

}  // namespace

TEST_CASE("reports of many programs are told apart") {
  const auto all = samples();
  CHECK(all.size() >= 80);
  std::map<std::string, int> classes;
  for (const Sample& sample : all) {
    CAPTURE(sample.name);
    ++classes[sample.expected];
    CHECK(class_of(sample.bytes) == sample.expected);
    const std::string lines = replace_all(sample.bytes, "\r\n", "\n");
    CHECK(class_of(replace_all(lines, "\n", "\r\n")) == sample.expected);
  }
  for (const char* one : {"hard", "soft", "our_fault", "complaint", "delayed", "delivered",
                          "not_spam", "auto_reply", "unknown"}) {
    CAPTURE(one);
    CHECK(classes[one] > 0);
  }
}

TEST_CASE("changed on their way, 97 of 100 are still told rightly or not at all") {
  std::mt19937_64 dice(20261130);
  int right = 0, wrong_suppressions = 0, total = 0;
  for (const Sample& sample : samples()) {
    for (int round = 0; round < 100; ++round) {
      const std::string kind = class_of(mutated(sample.bytes, dice));
      ++total;
      if (kind == sample.expected || kind == "unknown") ++right;
      const bool harmless = sample.expected != "hard" && sample.expected != "complaint";
      if (harmless && (kind == "hard" || kind == "complaint")) ++wrong_suppressions;
    }
  }
  INFO(right << " of " << total << ", " << wrong_suppressions << " would suppress wrongly");
  CHECK(right * 100 >= total * 97);
  CHECK(wrong_suppressions * 1000 <= total);
}

TEST_CASE("status and reason are what the server said") {
  const MailReport unknown = report_of("hard.postfix_user_unknown");
  CHECK(unknown.status == "5.1.1");
  CHECK(unknown.reason.find("User unknown in virtual mailbox table") != std::string::npos);
  CHECK(report_of("hard.exim_dsn_unknown").status == "5.1.1");  // its own field says 5.0.0
  CHECK(report_of("hard.qmail_no_mailbox").status == "5.1.1");
  CHECK(report_of("hard.exchange_o365").status == "5.1.10");
  CHECK(report_of("soft.postfix_expired").status == "4.4.1");
  CHECK(report_of("our_fault.postfix_dmarc").status == "5.7.26");
  CHECK(report_of("hard.german_qp").reason.find("550 5.1.1 Empfänger unbekannt") == 0);
  CHECK(report_of("complaint.arf_abuse").reason == "abuse");
}

TEST_CASE("a complaint names where the mail came from, a bounce names nothing") {
  const std::string b =
      "b-aefu2hadpaaw5cnmyoo3rvnkxegbaaaaaaaaaaaaaaaaaaaa"
      "@bounce.sommer.example";
  const auto names = [](const MailReport& report, const std::string& address) {
    return std::ranges::find(report.addresses, address) != report.addresses.end();
  };
  CHECK(names(report_of("complaint.arf_abuse"), b));
  CHECK(names(report_of("complaint.arf_abuse_headers"), "u" + b.substr(1)));
  CHECK(names(report_of("complaint.hotmail_loop"), b));
  CHECK(report_of("hard.postfix_user_unknown").addresses.empty());
}

TEST_CASE("a reply is found in a text, and numbers that are none are not") {
  const auto code = [](std::string_view text) { return quoted_reply(text).code; };
  CHECK(code("said: 550 5.1.1 unknown") == 550);
  CHECK(code("(#550-5.7.1 blocked)") == 550);
  CHECK(code("554: delivery error") == 554);
  for (const char* none : {"", "192.0.2.550", "a550 b", "5500 mails", "port 587", "550kb",
                           "450 bytes", "size 512 KB", "at 13.550", "587 x", "x_450 y"}) {
    CAPTURE(none);
    CHECK(code(none) == 0);
  }
  CHECK(quoted_reply("no mailbox (#5.1.1)").status == "5.1.1");
  CHECK(quoted_reply("250 2.1.5 fine").status.empty());
  CHECK(quoted_status("ip 5.9.1.2 said").empty());
  CHECK(quoted_status("x5.1.1").empty());
  CHECK(quoted_status("5.1.1.") == "5.1.1");
  CHECK(quoted_status("5.1.1234").empty());
}

TEST_CASE("parts of a message: parameters, charsets, broken base64") {
  const MimePart part = read_mime(
      "Content-Type: Text/Plain; x=\"a;b\" ; Charset = ISO-8859-1\r\n"
      "Content-Transfer-Encoding: Base64\r\n\r\n5A ==\r\n!");
  CHECK(part.type() == "text/plain");
  CHECK(part.parameter("CHARSET") == "ISO-8859-1");
  CHECK(part.parameter("x") == "a;b");
  CHECK(part.parameter("y").empty());
  CHECK(part.text() == "ä");
  CHECK(decode_base64("Zm9vY") == "foo");
  CHECK(as_utf8("\xE4") == "ä");
  CHECK(as_utf8("ä") == "ä");
  int leaves = 0;
  for_each_leaf(read_mime("Content-Type: multipart/mixed; boundary=a\n\n--ab\n\nx\n--a\n\n1\n--a"
                          "\n\n2\n--a--\n\n--a\n\n3"),
                [&](const MimePart&) { ++leaves; });
  CHECK(leaves == 2);
}

}  // namespace jawort
