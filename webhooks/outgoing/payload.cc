#include "webhooks/outgoing/payload.h"

#include "engine/base/text.h"
#include "webhooks/outgoing/event_map.h"

namespace jawort {
namespace {

class JsonObject {
 public:
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) raw(name, json_quote(value));
  }
  void raw(std::string_view name, std::string_view json) {
    json_ += (json_.empty() ? "" : ",") + json_quote(name) + ":";
    json_ += json;
  }
  std::string str() const { return "{" + json_ + "}"; }

 private:
  std::string json_;
};

// "confirmed" → confirmed_at and confirmed_date, named as in the contact's record.
void stamp(JsonObject& data, const std::string& what, const Leaf& leaf) {
  data.text(what + "_at", rfc3339(leaf.at));
  data.text(what + "_date", leaf.fact("date"));
}

void sign_up(JsonObject& data, const Leaf& leaf, std::string_view grade) {
  data.text("form", leaf.fact("form"));
  data.text("form_version", leaf.fact("form_version"));
  data.text("language", leaf.fact("language"));
  data.text("grade", grade.empty() ? leaf.fact("grade") : grade);
  stamp(data, "opt_in", leaf);
}

void of_consent(JsonObject& data, const Leaf& leaf, const WebhookSubject& subject) {
  const std::string_view change = std::string_view(subject.type).substr(8);  // after "consent."
  data.text("purpose", subject.purpose);
  if (change == "requested") {
    sign_up(data, leaf, {});
    data.text("expires_at", leaf.fact("expires_at"));
    if (leaf.fact("round:" + subject.purpose) == "renewal") data.raw("renewal", "true");
    return;
  }
  if (subject.sign_up) sign_up(data, *subject.sign_up, leaf.fact("grade"));
  if (change == "confirmed") {
    stamp(data, "confirmed", leaf);
    data.text("by", leaf.fact("by"));
  } else if (change == "revoked") {
    stamp(data, "revoked", leaf);
    data.text("revoked_by", leaf.fact("revoked_by"));
  } else if (change == "denied") {
    stamp(data, "denied", leaf);
  } else if (change == "expired") {
    stamp(data, "expired", leaf);
    data.text("reason", leaf.fact("reason"));
  } else if (change == "mail_sent") {
    data.text("mailed_at", rfc3339(leaf.at));
  } else {
    data.text("failed_at", rfc3339(leaf.at));
    data.text("reason", leaf.type == "mail_dropped" ? "suppressed" : "refused");
    if (const auto code = parse_decimal(leaf.fact("code"))) {
      data.raw("code", std::to_string(*code));
    }
    data.text("status", leaf.fact("enhanced"));
  }
}

void of_message(JsonObject& data, const Leaf& leaf) {
  const bool at_once = leaf.type == "mail_refused";
  data.text("class", at_once ? "hard" : leaf.fact("class"));
  data.text("status", at_once ? leaf.fact("enhanced") : leaf.fact("status"));
  data.text("suppressed", leaf.fact("suppressed"));
  std::string purposes;
  for (const std::string& purpose : purposes_of_leaf(leaf)) {
    purposes += (purposes.empty() ? "" : ",") + json_quote(purpose);
  }
  if (!purposes.empty()) data.raw("purposes", "[" + purposes + "]");
}

void of_contact(JsonObject& data, const Leaf& leaf, const WebhookSubject& subject) {
  if (subject.type == "contact.created") {
    data.text("source", "form:" + std::string(leaf.fact("form")));
    data.text("language", leaf.fact("language"));
    data.text("created_at", rfc3339(leaf.at));
  } else if (subject.type == "contact.updated") {
    data.text("updated_at", rfc3339(leaf.at));
    std::string names;
    for (const std::string& name : fields_of_leaf(subject.sign_up ? *subject.sign_up : leaf)) {
      names += (names.empty() ? "" : ",") + json_quote(name);
    }
    data.raw("fields", "[" + names + "]");
  } else {
    stamp(data, "erased", leaf);
  }
}

std::string whole(std::string_view type, Instant at, const JsonObject& data) {
  JsonObject body;
  body.text("type", type);
  body.text("timestamp", rfc3339(at));
  body.raw("data", data.str());
  return body.str();
}

}  // namespace

std::string webhook_payload(const Leaf& leaf, const WebhookSubject& subject) {
  JsonObject data;
  data.text("contact_id", id_text(subject.contact.value));
  data.text("email", subject.email);
  data.raw("sequence", std::to_string(leaf.sequence));
  if (subject.type.starts_with("consent.")) {
    of_consent(data, leaf, subject);
  } else if (subject.type.starts_with("contact.")) {
    of_contact(data, leaf, subject);
  } else {
    of_message(data, leaf);
  }
  return whole(subject.type, leaf.at, data);
}

std::string test_payload(std::string_view endpoint, Instant at) {
  JsonObject data;
  data.text("endpoint", endpoint);
  return whole("webhook.test", at, data);
}

}  // namespace jawort
