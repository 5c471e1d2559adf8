// The JSON of the verbs (PRODUCT §3 and §4.3): names and shapes are a public contract. One line
// each, without a line end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/rows.h"
#include "engine/flow/apply_definitions.h"
#include "engine/flow/erase_contact.h"
#include "engine/flow/list_links.h"
#include "engine/flow/show_contact.h"
#include "engine/mail/transport.h"
#include "templates/renderer.h"

namespace jawort {

// With or without `history`.
std::string contact_json(const ContactRecord& record, bool with_history);
// `log_emptied`: nothing of it is in the write-ahead log either.
std::string erased_json(const ErasedContact& erased, bool log_emptied);
std::string applied_json(const Applied& applied);
std::string message_json(const OutboxRow& row);  // one of `queue list`
std::string url_json(std::string_view url);
std::string links_json(const PersonLinks& links);  // one of `links`

// Between a verb and the server: definitions as they are stored.
std::string documents_json(const std::vector<Document>& documents);
Result<std::vector<Document>> parse_documents(std::string_view json);

struct ListedTemplate {
  MailTemplate mail;
  std::vector<std::string> used_by;  // "newsletter-opt-in step 1"
};
std::string templates_json(const std::vector<ListedTemplate>& templates);
std::string findings_json(const Findings& findings);
std::string preview_json(std::string_view name, std::string_view language, std::string_view form,
                         const RenderedMail& mail);
std::string sent_json(const Delivery& delivery);

enum class CheckStatus : std::uint8_t { kOk, kWarning, kError };
std::string_view name_of(CheckStatus status);  // "warning"

struct CheckResult {
  std::string name;  // "keys"
  CheckStatus status = CheckStatus::kOk;
  std::string detail;
  std::string advice;  // what to do; empty when there is nothing to do
};
std::string checks_json(const std::vector<CheckResult>& results);
// Empty when the text is not what checks_json writes.
std::vector<CheckResult> parse_checks(std::string_view json);

}  // namespace jawort
