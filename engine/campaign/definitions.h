// Definitions (PRODUCT §5): what the company declares. Typed, validated, immutable.
// A document is one definition in canonical form; its version is the SHA-256 of those bytes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/consent/consent.h"

namespace jawort {

// Language tag → text. Never empty after validation.
using Localized = std::map<std::string, std::string, std::less<>>;
// The text for `language`, else English, else German, else the first.
const std::string& text_for(const Localized& texts, std::string_view language);

struct Controller {
  std::string id, name, address, email, phone, website, imprint_url, privacy_url, privacy_version;
  std::string authority, officer_name, officer_email;
  std::string colour;  // "#rrggbb", lower case, for pages; empty: ours
};

enum class FieldType : std::uint8_t {
  kText,
  kTextarea,
  kEmail,
  kPhone,
  kDate,
  kNumber,
  kBoolean,
  kChoice,
  kCountry
};
std::string_view name_of(FieldType type);

struct FieldDefinition {
  std::string name;  // [a-z][a-z0-9_]{0,63}
  FieldType type = FieldType::kText;
  Localized label;
  std::vector<std::string> options;  // kChoice
  bool personal = false, audited = false;
  std::string category;
  std::vector<std::string> used_for, visible_to;
  std::optional<Duration> keep;
  int max_length = 0;  // in characters; 0: the type's own limit
};

struct Purpose {
  std::string id, channel;  // email | phone | sms | post
  Localized label, wording;
  std::vector<std::string> companies;
  Localized products;
  std::vector<RateLimit> frequency_max;
  std::optional<Duration> idle_after, keep_proof;
};

enum class ConfirmMode : std::uint8_t { kButton, kClick };

struct FormField {
  std::string name;
  bool required = false;
};
struct FormPurpose {
  std::string id;
  bool required = false;
};

struct FormProtect {
  std::string honeypot;  // "company_fax" unless set; empty: off
  bool proof_of_work = false;
  int min_seconds = 0;
  std::vector<RateLimit> per_address;  // confirmation mails per address over all forms
  std::vector<RateLimit> per_client;   // posts per client network
};

struct Form {
  std::string id;
  Localized title;
  std::vector<std::string> languages;
  std::vector<FormField> fields;
  std::vector<FormPurpose> purposes;
  ConfirmMode confirm = ConfirmMode::kButton;
  std::optional<Duration> link_valid;
  std::string campaign;
  std::vector<std::string> allowed_origins;
  Localized submitted_url, confirmed_url;  // may be empty
  bool referrer_null_ok = false;
  FormProtect protect;
};

struct CampaignStep {
  std::string on;  // opt_in | confirmed | revoked | field_changed | date
  Duration after;
  std::string mail;
  std::string while_state, unless_state;
  std::vector<std::string> stop_on;
  std::string between_from, between_to;  // "08:00"; empty: any time
  std::string field;                     // of field_changed and date
  std::string purpose;  // whose consent the mail rests on; empty: all by e-mail that were confirmed
};
struct Campaign {
  std::string id, kind;  // drip | newsletter
  std::vector<CampaignStep> steps;
  std::optional<Grade> least_grade;  // of the consents that its mails rest on
  // The step that is the confirmation mail: on = "opt_in", after = PT0S. Null when there is none.
  const CampaignStep* confirmation_step() const;
  // The step that mails a receipt: on = "confirmed", after = PT0S, mail = "receipt". Null when
  // there is none.
  const CampaignStep* receipt_step() const;
  // The step that asks once more: the other one on = "opt_in". Null when there is none.
  const CampaignStep* reminder_step() const;
};

// Where other systems want to be told of what happens (PRODUCT §4.4).
struct Webhook {
  std::string id, url;
  std::vector<std::string> events;  // "consent.confirmed"
  bool include_personal = false;    // the address goes along
};

// One definition as a document. `body` is canonical JSON (RFC 8785 order and spelling, UTF-8).
struct Document {
  std::string kind;  // controller processor field purpose form campaign retention webhook
  std::string id;    // the definition's id or name; for retention its `applies_to`
  std::string body;
  Hash256 version{};
  // Where it was read, for messages; empty for a document from the store. The line of each of its
  // keys ("wording", "wording.de"), and of the definition itself under "".
  std::string file = {};
  std::map<std::string, int, std::less<>> lines = {};
};

// The whole of what a visitor of a form was shown; its version is the `version` of PRODUCT §4.1.
struct ShownForm {
  Hash256 version{};
  Controller controller;
  Form form;
  std::vector<FieldDefinition> fields;  // in the form's order
  std::vector<Purpose> purposes;        // in the form's order
  std::vector<Hash256> purpose_versions;
  Hash256 form_version{}, controller_version{};
};

}  // namespace jawort
