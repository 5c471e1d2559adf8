#include "webhooks/outgoing/event_map.h"

#include "tests/support/catch.h"
#include "webhooks/outgoing/payload.h"

namespace jawort {
namespace {

Leaf leaf(std::string type, std::vector<Fact> facts, std::vector<std::string> values = {}) {
  Leaf out;
  out.sequence = 7;
  out.at = from_millis(1'764'496'800'123);
  out.type = std::move(type);
  out.facts = std::move(facts);
  for (std::string& name : values) out.commitments.push_back({std::move(name), {}});
  return out;
}

std::string told(const Leaf& event, const EventSurroundings& around = {}) {
  std::string all;
  for (const OutgoingEvent& one : outgoing_events(event, around)) {
    all += (all.empty() ? "" : " ") + std::string(one.type) +
           (one.purpose.empty() ? "" : ":" + one.purpose);
  }
  return all;
}

}  // namespace

TEST_CASE("a sign-up asks for each of its purposes, and may bring the contact") {
  const Leaf both = leaf("form_submitted", {{"form", "newsletter"},
                                            {"purpose:newsletter", "v"},
                                            {"purpose:phone", "v"},
                                            {"round:newsletter", "new"},
                                            {"round:phone", "new"}});
  CHECK(told(both, {true, false, ""}) ==
        "contact.created consent.requested:newsletter consent.requested:phone");
  CHECK(told(both) == "consent.requested:newsletter consent.requested:phone");
  const Leaf again = leaf("form_submitted", {{"round:newsletter", "kept_confirmed"},
                                             {"round:phone", "renewal"},
                                             {"round:post", "kept_pending"}});
  CHECK(told(again) == "consent.requested:phone");
}

TEST_CASE("a lead adds to the record at once, a sign-up by its press") {
  const Leaf lead = leaf("form_submitted", {{"form", "contact"}}, {"email", "field:first_name"});
  CHECK(told(lead, {true, false, ""}) == "contact.created");
  CHECK(told(lead) == "contact.updated");
  CHECK(told(leaf("form_submitted", {}, {"email"})).empty());
  const Leaf press = leaf("consent_confirmed", {{"purpose:newsletter", "v"}}, {"ip"});
  CHECK(told(press) == "consent.confirmed:newsletter");
  CHECK(told(press, {false, true, ""}) == "consent.confirmed:newsletter contact.updated");
}

TEST_CASE("only mails that ask are steps of a consent") {
  const auto mail = [](std::string type, std::vector<Fact> facts) {
    return leaf(std::move(type), std::move(facts), {"mail", "previous:newsletter"});
  };
  for (const char* const kind : {"", "confirmation", "reminder"}) {
    CHECK(told(mail("mail_handed_over", {}), {false, false, kind}) ==
          "consent.mail_sent:newsletter");
    CHECK(told(mail("mail_refused", {}), {false, false, kind}) == "consent.mail_failed:newsletter");
    CHECK(told(mail("mail_dropped", {{"by", "suppression"}}), {false, false, kind}) ==
          "consent.mail_failed:newsletter");
  }
  for (const char* const kind : {"receipt", "already_subscribed", "unsubscribe", "step"}) {
    CHECK(told(mail("mail_handed_over", {}), {false, false, kind}).empty());
    CHECK(told(mail("mail_refused", {{"suppressed", "hard_bounce"}}), {false, false, kind}) ==
          "message.bounced");
  }
  CHECK(told(mail("mail_dropped", {{"by", "operator"}})).empty());
  CHECK(told(mail("mail_deferred", {})).empty());
  CHECK(told(mail("mail_uncertain", {})).empty());
}

TEST_CASE("ends, bounces and erasures are told; what is the house's own is not") {
  const std::vector<Fact> two = {{"purpose:newsletter", "v"}, {"purpose:phone", "v"}};
  CHECK(told(leaf("consent_denied", two)) == "consent.denied:newsletter consent.denied:phone");
  CHECK(told(leaf("consent_expired", two)) == "consent.expired:newsletter consent.expired:phone");
  CHECK(told(leaf("consent_revoked", two)) == "consent.revoked:newsletter consent.revoked:phone");
  CHECK(told(leaf("contact_erased", {})) == "contact.erased");
  CHECK(told(leaf("message_bounced", {{"class", "soft"}})) == "message.bounced");
  CHECK(told(leaf("message_complained", {})) == "message.complained");
  for (const char* const own :
       {"link_opened", "dossier_made", "values_erased", "clock_stepped", "ledger_key_added",
        "receipt_queued", "unsubscribe_requested", "mail_deferred", "mail_uncertain", ""}) {
    INFO(own);
    CHECK_FALSE(is_told_to_others(own));
    CHECK(told(leaf(own, two)).empty());
  }
}

TEST_CASE("a payload has ids, purpose and stamps, and the address only where it goes along") {
  const Leaf sign_up = leaf("form_submitted", {{"date", "2025-11-30"},
                                               {"form", "newsletter"},
                                               {"form_version", "sha256:aa"},
                                               {"grade", "observed"},
                                               {"language", "de"}});
  const Leaf press =
      leaf("consent_confirmed", {{"by", "button"}, {"date", "2025-11-30"}, {"grade", "click"}});
  WebhookSubject subject{"consent.confirmed", "newsletter", ContactId{18}, "", sign_up};
  CHECK(
      webhook_payload(press, subject) ==
      R"({"type":"consent.confirmed","timestamp":"2025-11-30T10:00:00.123Z","data":{)"
      R"("contact_id":"0000000000000012","sequence":7,"purpose":"newsletter","form":"newsletter",)"
      R"("form_version":"sha256:aa","language":"de","grade":"click",)"
      R"("opt_in_at":"2025-11-30T10:00:00.123Z","opt_in_date":"2025-11-30",)"
      R"("confirmed_at":"2025-11-30T10:00:00.123Z","confirmed_date":"2025-11-30","by":"button"}})");
  subject.email = "anna\"@example.org";
  CHECK_THAT(webhook_payload(press, subject),
             Catch::Matchers::ContainsSubstring(R"("email":"anna\"@example.org",)"));
  const WebhookSubject erased{"contact.erased", "", ContactId{18}, "", {}};
  CHECK(webhook_payload(leaf("contact_erased", {{"date", "2025-11-30"}, {"ground", "request"}}),
                        erased) ==
        R"({"type":"contact.erased","timestamp":"2025-11-30T10:00:00.123Z","data":{)"
        R"("contact_id":"0000000000000012","sequence":7,"erased_at":"2025-11-30T10:00:00.123Z",)"
        R"("erased_date":"2025-11-30"}})");
}

}  // namespace jawort
