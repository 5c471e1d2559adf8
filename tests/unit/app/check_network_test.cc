#include "engine/app/checks.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

// Answers from a table; fails the test when it is asked though it must not be.
class FakeDns final : public Dns {
 public:
  std::vector<TxtAnswer> txt(const std::vector<std::string>& names) override {
    REQUIRE(may_be_asked);
    std::vector<TxtAnswer> answers;
    for (const std::string& name : names) {
      const auto found = records.find(name);
      answers.push_back(found != records.end() ? found->second
                                               : TxtAnswer{TxtAnswer::Outcome::kNothing, {}});
    }
    return answers;
  }
  bool may_be_asked = true;
  std::map<std::string, TxtAnswer> records;
};

Config config_from(const std::string& sender) {
  Config config;
  config.mail.from.address = sender;
  return config;
}

std::string statuses(const Config& config, FakeDns& dns) {
  CheckResults results;
  check_sender_dns(config, dns, results);
  std::string all;
  for (const CheckResult& result : results) {
    all += result.name + " " + std::string(name_of(result.status)) + "; ";
  }
  return all;
}

TEST_CASE("of an example, and of the demo, nobody is asked") {
  FakeDns dns;
  dns.may_be_asked = false;
  for (const char* const sender :
       {"a@example.org", "a@news.example.com", "a@sommer.example", "a@x.test", "a@x.invalid"}) {
    CHECK(statuses(config_from(sender), dns).empty());
  }
  Config demo = config_from("a@sommer.internal");
  demo.smtp.mailbox_folder = "mailbox";
  CHECK(statuses(demo, dns).empty());
  CHECK_FALSE(is_example("notexample.org"));
}

TEST_CASE("one name without an answer is a warning, not a verdict") {
  using enum TxtAnswer::Outcome;
  const Config config = config_from("a@news.sommer.internal");
  FakeDns dns;
  CHECK(statuses(config, dns) == "spf warning; dmarc warning; dkim ok; ");
  dns.records["news.sommer.internal"] = {kRecords, {"v=spf1 mx -all"}};
  dns.records["_dmarc.sommer.internal"] = {kRecords, {"v=DMARC1; p=none"}};
  CHECK(statuses(config, dns) == "spf ok; dmarc ok; dkim ok; ");
  dns.records["_dmarc.news.sommer.internal"] = {kUnreachable, {}};
  CHECK(statuses(config, dns) == "dns warning; ");
}

}  // namespace
}  // namespace jawort
