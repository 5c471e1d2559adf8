#include "engine/app/record_json.h"
#include "engine/app/record_text.h"
#include "engine/base/text.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

constexpr std::string_view kContactJson =
    R"({"id":"019abc0000000001","email":"anna@example.org","language":"de",)"
    R"("source":"form:newsletter","created_at":"2026-11-23T09:15:02.114Z","suppression":null,)"
    R"("fields":{"first_name":{"value":"Anna \"Ä\"","source":"form:newsletter",)"
    R"("set_at":"2026-11-23T09:15:02.114Z"}},)"
    R"("consents":[{"purpose":"newsletter","status":"confirmed","grade":"observed",)"
    R"("form":"newsletter","form_version":"sha256:ab","language":"de","wording":"Ja, …",)"
    R"("opt_in_at":"2026-11-23T09:15:02.114Z","opt_in_date":"2026-11-23",)"
    R"("mailed_at":"2026-11-23T09:15:02.500Z","opened_at":null,)"
    R"("confirmed_at":"2026-11-23T09:17:40.002Z","confirmed_date":"2026-11-23",)"
    R"("revoked_at":null,"revoked_date":null,"revoked_by":null,"suspicious":[],)"
    R"("asked_again":false,"renewal":null}],)"
    R"("history":[{"sequence":1,"at":"2026-11-23T09:15:02.114Z","type":"form_submitted",)"
    R"("facts":{"form":"newsletter"}}]})";

ContactRecord a_record() {
  const Instant opt_in = *parse_rfc3339("2026-11-23T09:15:02.114Z");
  ContactRecord record;
  record.contact = {ContactId{0x019abc0000000001},
                    "anna@example.org",
                    "anna@example.org",
                    "de",
                    "form:newsletter",
                    opt_in};
  record.fields = {{"first_name", "Anna \"Ä\"", "form:newsletter", opt_in}};
  ContactRecord::ConsentView view;
  view.consent.purpose = "newsletter";
  view.wording = "Ja, …";
  Round& round = view.consent.round;
  round.status = ConsentStatus::kConfirmed;
  round.form = "newsletter";
  round.form_version = "sha256:ab";
  round.language = "de";
  round.opt_in = {opt_in, "2026-11-23"};
  round.mailed_at = *parse_rfc3339("2026-11-23T09:15:02.500Z");
  round.confirmed = {*parse_rfc3339("2026-11-23T09:17:40.002Z"), "2026-11-23"};
  record.consents = {view};
  record.history = {{1, opt_in, "form_submitted", {{"form", "newsletter"}}}};
  return record;
}

TEST_CASE("a contact record in JSON, byte for byte") {
  CHECK(contact_json(a_record(), true) == kContactJson);
}

TEST_CASE("a contact in a list has no history") {
  const std::string json = contact_json(a_record(), false);
  CHECK(json.find("history") == std::string::npos);
  CHECK(json.find('\n') == std::string::npos);
}

TEST_CASE("a revoked consent in JSON") {
  ContactRecord record = a_record();
  record.consents[0].consent.round.revoked = {*parse_rfc3339("2026-12-31T23:30:00.000Z"),
                                              "2027-01-01"};
  record.consents[0].consent.round.revoked_by = RevokedBy::kOneClick;
  CHECK_THAT(contact_json(record, false),
             Catch::Matchers::ContainsSubstring(
                 R"("revoked_at":"2026-12-31T23:30:00.000Z",)"
                 R"("revoked_date":"2027-01-01","revoked_by":"one_click")"));
}

TEST_CASE("a contact without fields and consents") {
  ContactRecord record = a_record();
  record.fields.clear();
  record.consents.clear();
  record.history.clear();
  CHECK_THAT(contact_json(record, true),
             Catch::Matchers::ContainsSubstring(R"("fields":{},"consents":[],"history":[])"));
  CHECK_THAT(contact_text(record), Catch::Matchers::ContainsSubstring("none"));
}

TEST_CASE("a contact record as text") {
  CHECK(contact_text(a_record()) ==
        "anna@example.org\n"
        "  id        019abc0000000001\n"
        "  language  de\n"
        "  source    form:newsletter\n"
        "  created   2026-11-23T09:15:02.114Z\n"
        "\nFields\n"
        "  first_name  Anna \"Ä\"  form:newsletter  2026-11-23T09:15:02.114Z\n"
        "\nConsents\n"
        "  newsletter: confirmed (grade observed)\n"
        "    opt-in     2026-11-23T09:15:02.114Z  (2026-11-23)\n"
        "    mailed     2026-11-23T09:15:02.500Z\n"
        "    confirmed  2026-11-23T09:17:40.002Z  (2026-11-23)\n"
        "    form       newsletter  sha256:ab\n"
        "    language   de\n"
        "    wording    Ja, …\n"
        "\nHistory\n"
        "  1  2026-11-23T09:15:02.114Z  form_submitted  form=newsletter\n");
}

TEST_CASE("a press that was asked for again is told beside the reasons") {
  ContactRecord record = a_record();
  CHECK_THAT(contact_text(record), !Catch::Matchers::ContainsSubstring("asked_again"));
  record.consents[0].suspicious = {"scanner_pressed"};
  record.consents[0].asked_again = true;
  CHECK_THAT(contact_text(record),
             Catch::Matchers::ContainsSubstring(
                 "    suspicious   scanner_pressed  (perhaps a machine pressed)\n"
                 "    asked_again  address  (it was typed before the press counted)\n"));
  CHECK_THAT(contact_json(record, false),
             Catch::Matchers::ContainsSubstring(
                 R"("suspicious":["scanner_pressed"],"asked_again":true,)"));
}

TEST_CASE("columns are as wide as their widest cell, counted in characters") {
  CHECK(aligned({{"ä", "x"}, {"bbb", "y", "z"}}) == "ä    x\nbbb  y  z\n");
  CHECK(aligned({{"a", ""}}) == "a\n");
  CHECK(aligned({}).empty());
}

TEST_CASE("a value cannot steer the terminal") {
  CHECK(printable("a\x1b[31mb\nc") == "a [31mb c");
  CHECK(printable("a\xc2\x9b"
                  "31m") == "(not shown)");
  CHECK(printable("Grüße") == "Grüße");
}

TEST_CASE("the answer of apply") {
  Applied applied;
  applied.changed = {
      {"purpose", "newsletter", Hash256{}, {"purpose newsletter: wording.de changed"}}};
  applied.unchanged = 3;
  applied.warnings = {"webhook \"crm\" is not active yet"};
  CHECK(applied_json(applied) ==
        R"({"changed":[{"kind":"purpose","id":"newsletter","version":"sha256:)" +
            std::string(64, '0') +
            R"(","differences":["purpose newsletter: wording.de changed"]}],"unchanged":3,)"
            R"("warnings":["webhook \"crm\" is not active yet"]})");
  CHECK_THAT(
      applied_text(applied, true),
      Catch::Matchers::ContainsSubstring("purpose newsletter: wording.de changed") &&
          Catch::Matchers::ContainsSubstring("1 would change, 3 unchanged\nwarning: webhook"));
  CHECK(applied_json(Applied{}) == R"({"changed":[],"unchanged":0,"warnings":[]})");
}

TEST_CASE("a mail of the queue") {
  OutboxRow row;
  row.mail = MailId{5};
  row.attempts = 2;
  row.next_at = *parse_rfc3339("2026-11-23T09:15:02.114Z");
  row.last_code = 451;
  row.last_reply = "451 4.7.1 \xff greylisted";  // a relay may say anything
  row.recipient = "anna@example.org";
  CHECK(
      message_json(row) ==
      R"({"id":"0000000000000005","kind":"confirmation","to":"anna@example.org","state":"queued",)"
      R"("attempts":2,"uncertain":0,"next_at":"2026-11-23T09:15:02.114Z",)"
      R"("last_attempt_at":null,"handed_over_at":null,"last_code":451,)"
      "\"last_reply\":\"451 4.7.1 \xEF\xBF\xBD greylisted\"}");
  row.state = OutboxState::kSent;
  CHECK_THAT(message_json(row), Catch::Matchers::ContainsSubstring(R"("next_at":null)"));
}

TEST_CASE("the results of check go over the socket and back") {
  const std::vector<CheckResult> results = {{"keys", CheckStatus::kOk, "fine", ""},
                                            {"smtp", CheckStatus::kError, "no \"login\"", "see"},
                                            {"disk", CheckStatus::kWarning, "little", "room"}};
  const std::string json = checks_json(results);
  CHECK(json.starts_with(
      R"({"results":[{"name":"keys","status":"ok","detail":"fine","advice":""},)"));
  const auto back = parse_checks(json);
  REQUIRE(back.size() == 3);
  CHECK(back[1].status == CheckStatus::kError);
  CHECK(back[1].detail == "no \"login\"");
  CHECK(back[2].status == CheckStatus::kWarning);
  CHECK(parse_checks("nonsense").empty());
  CHECK(parse_checks("{}").empty());
  CHECK(checks_text(results, false) ==
        "ok       keys  fine\n"
        "error    smtp  no \"login\"\n"
        "               → see\n"
        "warning  disk  little\n"
        "               → room\n"
        "\n"
        "1 ok, 1 warning, 1 error\n");
  CHECK(checks_text(results, true).starts_with("\x1b[32m✓ ok       \x1b[0mkeys  fine\n"));
  CHECK(checks_text({}, false) == "\n0 ok, 0 warnings, 0 errors\n");
}

TEST_CASE("a link") { CHECK(url_json("https://a/b?c&d") == R"({"url":"https://a/b?c&d"})"); }

}  // namespace
}  // namespace jawort
