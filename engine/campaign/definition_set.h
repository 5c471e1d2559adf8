// From documents to typed definitions, and what is wrong with them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/campaign/definitions.h"

namespace jawort {

// Reads TOML (v1.0) into documents: known keys, types and ranges are checked here, and every error
// names file, line and key: `sommer.toml:34: field "first_name": max_length: …`. All errors of the
// file are reported at once, one per line (kConfiguration). `file_name` is only for messages. The
// documents come in the order of the file. At most 4 MiB.
Result<std::vector<Document>> read_definitions(std::string_view toml, std::string_view file_name);

// Immutable; shared between threads as shared_ptr<const DefinitionSet>.
class DefinitionSet {
 public:
  // The current documents, one per kind and id. Checks what spans several documents: unknown field,
  // purpose or campaign names, a form without controller, and so on. kInvalid lists all of it.
  static Result<std::shared_ptr<const DefinitionSet>> build(std::vector<Document> documents);

  const std::vector<Document>& documents() const { return documents_; }
  const Document* document(std::string_view kind, std::string_view id) const;

  const Controller* controller() const;  // null while none is loaded
  const Form* form(std::string_view id) const;
  const Purpose* purpose(std::string_view id) const;
  const FieldDefinition* field(std::string_view name) const;
  const Campaign* campaign(std::string_view id) const;
  const Campaign* campaign_of_form(std::string_view form_id) const;   // null: no such form either
  const std::vector<Webhook>& webhooks() const { return webhooks_; }  // in order of id
  const Webhook* webhook(std::string_view id) const;
  // Null for an unknown form.
  std::shared_ptr<const ShownForm> shown_form(std::string_view form_id) const;
  std::vector<std::string> form_ids() const;
  // [[retention]] "ip" and "revoked"; without a rule P30D, and P3Y to the end of that year.
  const Duration& ip_kept() const { return ip_kept_; }
  const Duration& proof_kept() const { return proof_kept_; }

  // What is valid and stored but not carried out by this version of the program, one sentence each:
  // `campaign "newsletter-opt-in": step 2 (mail "reminder") is not active yet`. At most one line
  // for a definition.
  std::vector<std::string> not_active_yet() const;

 private:
  DefinitionSet() = default;
  std::vector<Document> documents_;
  Controller controller_;
  bool has_controller_ = false;
  Duration ip_kept_{0, std::chrono::hours{30 * 24}}, proof_kept_{36, std::chrono::seconds{0}};
  std::map<std::string, Form, std::less<>> forms_;
  std::map<std::string, Purpose, std::less<>> purposes_;
  std::map<std::string, FieldDefinition, std::less<>> fields_;
  std::map<std::string, Campaign, std::less<>> campaigns_;
  std::vector<Webhook> webhooks_;
  std::map<std::string, std::shared_ptr<const ShownForm>, std::less<>> shown_;
};

// A shown form as a document (kind "shown_form", id = the form's), so that a post bound to an older
// version can be read years later. It holds the full documents it is made of.
Document shown_form_document(const DefinitionSet& definitions, std::string_view form_id);
// kInvalid when the body is damaged, incomplete, or not of the stated version.
Result<ShownForm> parse_shown_form(const Document& document);

// An older version of a campaign, which is in force for who began with it. kInvalid as above.
Result<Campaign> parse_campaign(const Document& document);

// A readable difference of two canonical bodies, key by key, for `apply --dry-run`:
// "purpose newsletter: wording.de changed". `before` may be empty (new).
std::vector<std::string> describe_change(const Document& after, std::string_view before_body);

// A posted value against its field, in characters and bytes. Answers the value as it is to be kept
// (trimmed, line ends as LF, number, boolean and country in canonical form; nothing posted gives ""
// or, for a boolean, "false"), or the code of what is wrong. texts.LANG.toml has the words for the
// codes: invalid_utf8, control_character, too_long, invalid_address, invalid_phone, invalid_date,
// invalid_number, invalid_boolean, not_an_option, invalid_country. Whether a value is required is
// for the form to say: the caller answers "required". Limits, unless max_length is set: text 200
// characters on one line, textarea 4000; email as EmailAddress; phone 5 to 20 digits; date
// 1900-01-01 to 2100-12-31; number 15 significant digits.
struct FieldCheck {
  std::string value;
  std::string error_code;
};
FieldCheck check_field(const FieldDefinition& field, std::string_view posted);

}  // namespace jawort
