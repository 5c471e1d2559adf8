#include "engine/app/checks.h"
#include "tests/support/catch.h"
#include "tests/support/rfc_dkim_keys.h"

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
  CHECK(statuses(config, dns) == "spf warning; dmarc warning; dkim warning; ");
  dns.records["news.sommer.internal"] = {kRecords, {"v=spf1 mx -all"}};
  dns.records["_dmarc.sommer.internal"] = {kRecords, {"v=DMARC1; p=none"}};
  CHECK(statuses(config, dns) == "spf ok; dmarc ok; dkim warning; ");
  dns.records["_dmarc.news.sommer.internal"] = {kUnreachable, {}};
  CHECK(statuses(config, dns) == "dns warning; ");
}

// "dkim" results alone, with SPF and DMARC as they should be.
std::string dkim_statuses(const Config& config, FakeDns& dns) {
  using enum TxtAnswer::Outcome;
  dns.records["sommer.internal"] = {kRecords, {"v=spf1 mx -all"}};
  dns.records.try_emplace("_dmarc.sommer.internal", TxtAnswer{kRecords, {"v=DMARC1; p=none"}});
  std::string all = statuses(config, dns);
  return all.substr(std::string("spf ok; dmarc ok; ").size());
}

DkimSigner::Named signs_as(std::string_view selector, std::string_view pem) {
  auto key = DkimKey::from_pem(pem, 1024);
  REQUIRE(key.ok());
  return {std::string(selector), std::move(*key)};
}

TEST_CASE("the DNS is held against the keys that sign") {
  using enum TxtAnswer::Outcome;
  Config config = config_from("a@sommer.internal");
  config.mail.dkim = {"sommer.internal", {signs_as("s1", testing::kRfc8463Rsa)}};
  const std::string record = dkim_record(config.mail.dkim.keys.front().key);
  const std::string other = dkim_record(signs_as("s1", testing::kRfc6376Rsa).key);
  FakeDns dns;
  TxtAnswer& answer = dns.records["s1._domainkey.sommer.internal"];
  answer = {kNothing, {}};
  CHECK(dkim_statuses(config, dns) == "dkim error; ");
  CheckResults results;
  check_sender_dns(config, dns, results);
  CHECK(results.back().advice ==
        "publish as TXT of s1._domainkey.sommer.internal: \"" + record + "\"");
  answer = {kRecords, {record}};
  CHECK(dkim_statuses(config, dns) == "dkim ok; ");
  answer = {kRecords, {"k=rsa;p=" + record.substr(record.find("p=") + 2)}};
  CHECK(dkim_statuses(config, dns) == "dkim ok; ");
  for (const std::string& wrong :
       {other, replace_all(record, "k=rsa", "k=ed25519"), std::string("v=DKIM1; p="),
        std::string("v=DKIM1"), "v=DKIM1; h=sha1; " + record.substr(9)}) {
    INFO(wrong);
    answer = {kRecords, {wrong}};
    CHECK(dkim_statuses(config, dns) == "dkim error; ");
  }
  answer = {kRecords, {record, other}};
  CHECK(dkim_statuses(config, dns) == "dkim error; ");
  answer = {kRecords, {replace_all(record, "k=rsa", "k=rsa; t=y")}};
  CHECK(dkim_statuses(config, dns) == "dkim warning; ");
  answer = {kUnreachable, {}};
  CHECK(statuses(config, dns) == "dns warning; ");
}

TEST_CASE("two keys are two results, and Ed25519 alone is not enough") {
  using enum TxtAnswer::Outcome;
  Config config = config_from("a@sommer.internal");
  config.mail.dkim = {
      "sommer.internal",
      {signs_as("ed", testing::kRfc8463Ed25519), signs_as("rsa", testing::kRfc8463Rsa)}};
  FakeDns dns;
  for (const DkimSigner::Named& named : config.mail.dkim.keys) {
    dns.records[dkim_record_name(named.selector, "sommer.internal")] = {kRecords,
                                                                        {dkim_record(named.key)}};
  }
  CHECK(dkim_statuses(config, dns) == "dkim ok; dkim ok; ");
  config.mail.dkim.keys.pop_back();
  CHECK(dkim_statuses(config, dns) == "dkim ok; dkim warning; ");
}

TEST_CASE("a signature of another domain does not count for DMARC") {
  using enum TxtAnswer::Outcome;
  Config config = config_from("a@sommer.internal");
  config.mail.dkim = {"mail.sommer.internal", {signs_as("s1", testing::kRfc8463Rsa)}};
  const std::string record = dkim_record(config.mail.dkim.keys.front().key);
  FakeDns dns;
  dns.records["s1._domainkey.mail.sommer.internal"] = {kRecords, {record}};
  dns.records["s1._domainkey.winter.internal"] = {kRecords, {record}};
  CHECK(dkim_statuses(config, dns) == "dkim ok; ");
  dns.records["_dmarc.sommer.internal"] = {kRecords, {"v=DMARC1; p=none; adkim=s"}};
  CHECK(dkim_statuses(config, dns) == "dkim ok; dkim warning; ");
  dns.records["_dmarc.sommer.internal"] = {kRecords, {"v=DMARC1; p=none"}};
  config.mail.dkim.domain = "winter.internal";
  CHECK(dkim_statuses(config, dns) == "dkim ok; dkim warning; ");
}

}  // namespace
}  // namespace jawort
