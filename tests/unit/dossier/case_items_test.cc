// What is there, what is missing, what is gone, what does not apply: item by item.
#include "engine/dossier/case_items.h"

#include <algorithm>
#include <array>

#include "tests/support/catch.h"
#include "tests/unit/dossier/made_case.h"

using namespace jawort;
using jawort::testing::made_case;

namespace {

// "present", "missing no_checks", "erased ip_erased"
std::string item(const CaseRecord& record, int number) {
  static const std::array<std::string, 4> kStates = {"present", "missing", "erased", "no"};
  const CaseItem one = judge_items(record).at(static_cast<std::size_t>(number) - 1);
  const std::string& state = kStates.at(static_cast<std::size_t>(one.state));
  return one.reason.empty() ? state : state + " " + one.reason;
}

// As if the value had been destroyed.
void erase(CaseRecord& record, std::string_view name) {
  for (CaseEvent& event : record.events) {
    if (std::erase_if(event.values, [&](const SaltedValue& v) { return v.name == name; }) > 0) {
      event.erased.emplace_back(name);
    }
  }
}

void remove_event(CaseRecord& record, std::string_view type) {
  std::erase_if(record.events, [&](const CaseEvent& event) { return event.leaf.type == type; });
}

void set_fact(CaseRecord& record, std::string_view type, const std::string& name,
              const std::string& value) {
  for (CaseEvent& event : record.events) {
    if (event.leaf.type != type) continue;
    std::erase_if(event.leaf.facts, [&](const Fact& fact) { return fact.name == name; });
    if (!value.empty()) event.leaf.facts.push_back({name, value});
  }
}

void show_form(CaseRecord& record) {
  CaseRound& round = record.rounds.front();
  round.shown.emplace();
  round.shown->controller.privacy_url = "https://sommer.example/datenschutz";
  round.shown->controller.privacy_version = "2026-09-01";
  Purpose purpose;
  purpose.id = "newsletter";
  purpose.companies = {"Sommer"};
  purpose.products = {{"de", "Brot"}};
  purpose.frequency_max = {{1, {}}};
  record.retention = CaseRetention{Duration{60, {}}, true, std::nullopt};
  set_fact(record, "form_submitted", "served", "hosted");
  round.shown->purposes = {purpose};
  round.purpose = &round.shown->purposes.front();
}

}  // namespace

TEST_CASE("a dossier has 21 items, and each reason has its place in the list") {
  auto record = made_case();
  const auto items = judge_items(record);
  REQUIRE(items.size() == kCaseItems);
  for (int i = 0; i < kCaseItems; ++i) {
    const CaseItem& one = items.at(static_cast<std::size_t>(i));
    CHECK(one.number == i + 1);
    const bool known =
        one.reason.empty() || std::ranges::find(kItemReasons, one.reason) != kItemReasons.end();
    CHECK(known);
  }
}

TEST_CASE("what a whole case has") {
  auto record = made_case();
  show_form(record);
  for (const int number : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 18, 19}) {
    CAPTURE(number);
    CHECK(item(record, number) == "present");
  }
  CHECK(item(record, 8) == "present links_cut");
  CHECK(item(record, 14) == "present named_in_mail_only");
  CHECK(item(record, 21) == "present kept_by_purpose");
  CHECK(item(record, 15) == "no not_revoked");
  CHECK(item(record, 16) == "missing uses_not_known");
  CHECK(item(record, 17) == "no no_changes");
  CHECK(item(record, 20) == "missing authority_silent");
  record.timestamps_wanted = false;
  CHECK(item(record, 20) == "missing no_authority");
  record.timestamp = {1};
  CHECK(item(record, 20) == "present");
}

TEST_CASE("what is missing is named") {
  auto record = made_case();
  CHECK(item(record, 4) == "missing form_not_stored");
  record.retention.reset();
  CHECK(item(record, 21) == "no not_confirmed");
  show_form(record);
  Purpose& purpose = record.rounds.front().shown->purposes.front();
  purpose.frequency_max.clear();
  CHECK(item(record, 6) == "present not_limited");
  purpose.products.clear();
  CHECK(item(record, 6) == "missing no_products");
  purpose.companies.clear();
  CHECK(item(record, 6) == "missing no_companies");
  record.retention->of_purpose = false;
  CHECK(item(record, 21) == "present kept_by_rule");
  record.rounds.front().shown->controller.privacy_version.clear();
  CHECK(item(record, 5) == "missing no_privacy_notice");
  set_fact(record, "form_submitted", "checks", "");
  CHECK(item(record, 13) == "missing no_checks");
  set_fact(record, "form_submitted", "version_stated", "false");
  CHECK(item(record, 3) == "present version_not_stated");
  set_fact(record, "consent_confirmed", "by", "click");
  CHECK(item(record, 10) == "present confirmed_by_click");
  remove_event(record, "link_opened");
  CHECK(item(record, 11) == "present opening_confirmed");
  set_fact(record, "consent_confirmed", "by", "button");
  CHECK(item(record, 11) == "missing no_opening_recorded");
  remove_event(record, "mail_handed_over");
  CHECK(item(record, 9) == "missing no_attempt_yet");
  remove_event(record, "consent_confirmed");
  CHECK(item(record, 10) == "no not_confirmed");
  CHECK(item(record, 11) == "no not_opened");
  record.mails.clear();
  CHECK(item(record, 8) == "missing mail_not_stored");
  record.consent.round.mail = {};
  CHECK(item(record, 8) == "missing no_mail_queued");
  CHECK(item(record, 9) == "missing no_mail_queued");
  record.checkpoint.size = 5;
  CHECK(item(record, 19) == "missing not_sealed");
  remove_event(record, "form_submitted");
  for (const int number : {1, 2, 3, 7, 12, 13, 18}) {
    CAPTURE(number);
    CHECK(item(record, number) == "missing no_submission");
  }
}

TEST_CASE("which of two reasons it is") {
  auto record = made_case();
  show_form(record);
  for (CaseEvent& event : record.events) {
    std::erase_if(event.values, [](const SaltedValue& value) { return value.name == "ip"; });
  }
  CHECK(item(record, 12) == "missing ip_not_known");
  record.ips_wanted = false;
  CHECK(item(record, 12) == "missing ip_by_policy");
  for (const char* served : {"", "json", "script", "pasted"}) {
    set_fact(record, "form_submitted", "served", served);
    CHECK(item(record, 4) == "present box_not_seen");
  }
}

TEST_CASE("the right to withdraw is told by the wording, else by the mail") {
  auto record = made_case();
  show_form(record);
  record.consent.round.language = "de";
  record.mails.front().bytes = "Subject: x\r\n\r\n";
  CHECK(item(record, 14) == "missing withdrawal_not_told");
  record.rounds.front().shown->purposes.front().wording = {
      {"de", "Ja, Brot. Ich kann das jederzeit widerrufen."}};
  CHECK(item(record, 14) == "present");
  record.mails.clear();
  CHECK(item(record, 14) == "present");
}

TEST_CASE("what is erased is not missing") {
  auto record = made_case();
  show_form(record);
  erase(record, "ip");
  CHECK(item(record, 12) == "erased ip_erased");
  erase(record, "reply");
  CHECK(item(record, 9) == "erased replies_erased");
  erase(record, "field:first_name");
  CHECK(item(record, 7) == "erased values_erased");
  erase(record, "page");
  CHECK(item(record, 3) == "erased values_erased");
  erase(record, "email");
  CHECK(item(record, 1) == "erased values_erased");
  record.mails.front().file.clear();
  CHECK(item(record, 8) == "erased values_erased");
  CHECK(item(record, 14) == "erased values_erased");
}

TEST_CASE("nothing before the form post belongs to the round") {
  auto record = made_case();
  record.events.front().leaf.type = "consent_revoked";  // sequence 3
  record.consent.round.submission = 6;
  CHECK(item(record, 15) == "no not_revoked");
  record.consent.round.submission = 3;
  CHECK(item(record, 15) == "present");
}
