#include "engine/app/record_json.h"

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

using Json = nlohmann::ordered_json;

// What came from outside was checked to be UTF-8 when it came in; should a byte be wrong all the
// same, the record must still be readable.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json time_or_null(const std::optional<Instant>& at) {
  return at ? Json(rfc3339(*at)) : Json(nullptr);
}
Json at_or_null(const std::optional<Stamp>& stamp) {
  return stamp ? Json(rfc3339(stamp->at)) : Json(nullptr);
}
Json date_or_null(const std::optional<Stamp>& stamp) {
  return stamp ? Json(stamp->date) : Json(nullptr);
}

Json renewal_object(const ContactRecord::ConsentView& view) {
  if (!view.consent.renewal) return Json(nullptr);
  const Round& round = *view.consent.renewal;
  return Json{{"form", round.form},
              {"form_version", round.form_version},
              {"language", round.language},
              {"wording", view.renewal_wording},
              {"opt_in_at", rfc3339(round.opt_in.at)},
              {"opt_in_date", round.opt_in.date},
              {"mailed_at", time_or_null(round.mailed_at)},
              {"opened_at", time_or_null(round.opened_at)},
              {"expires_at", rfc3339(round.expires_at)}};
}

Json consent_object(const ContactRecord::ConsentView& view) {
  const Round& round = view.consent.round;
  return Json{{"purpose", view.consent.purpose},
              {"status", name_of(round.status)},
              {"grade", name_of(round.grade)},
              {"form", round.form},
              {"form_version", round.form_version},
              {"language", round.language},
              {"wording", view.wording},
              {"opt_in_at", rfc3339(round.opt_in.at)},
              {"opt_in_date", round.opt_in.date},
              {"mailed_at", time_or_null(round.mailed_at)},
              {"opened_at", time_or_null(round.opened_at)},
              {"confirmed_at", at_or_null(round.confirmed)},
              {"confirmed_date", date_or_null(round.confirmed)},
              {"revoked_at", at_or_null(round.revoked)},
              {"revoked_date", date_or_null(round.revoked)},
              {"revoked_by", round.revoked_by ? Json(name_of(*round.revoked_by)) : Json(nullptr)},
              {"suspicious", view.suspicious},
              {"asked_again", view.asked_again},
              {"renewal", renewal_object(view)}};
}

Json history_object(const ContactRecord::HistoryEntry& entry) {
  Json facts = Json::object();
  for (const Fact& fact : entry.facts) facts[fact.name] = fact.value;
  return Json{{"sequence", entry.sequence},
              {"at", rfc3339(entry.at)},
              {"type", entry.type},
              {"facts", std::move(facts)}};
}

}  // namespace

std::string contact_json(const ContactRecord& record, bool with_history) {
  const ContactRow& contact = record.contact;
  Json json{{"id", id_text(contact.id.value)},
            {"email", contact.email},
            {"language", contact.language},
            {"source", contact.source},
            {"created_at", rfc3339(contact.created_at)}};
  json["suppression"] = record.suppression ? Json{{"reason", name_of(record.suppression->reason)},
                                                  {"since", rfc3339(record.suppression->since)}}
                                           : Json(nullptr);
  json["fields"] = Json::object();
  for (const FieldValueRow& field : record.fields) {
    json["fields"][field.name] =
        Json{{"value", field.value}, {"source", field.source}, {"set_at", rfc3339(field.set_at)}};
  }
  json["consents"] = Json::array();
  for (const auto& view : record.consents) json["consents"].push_back(consent_object(view));
  if (with_history) {
    json["history"] = Json::array();
    for (const auto& entry : record.history) json["history"].push_back(history_object(entry));
  }
  return line_of(json);
}

std::string erased_json(const ErasedContact& erased, bool log_emptied) {
  Json consents = Json::array();
  for (const ErasedConsent& consent : erased.consents) {
    const auto or_null = [](const std::string& date) {
      return date.empty() ? Json(nullptr) : Json(date);
    };
    consents.push_back(Json{{"purpose", consent.purpose},
                            {"status", name_of(consent.status)},
                            {"confirmed_date", or_null(consent.confirmed_date)},
                            {"proof_kept_until", or_null(consent.kept_until)}});
  }
  return line_of(Json{{"sequence", erased.sequence},
                      {"fields", erased.fields},
                      {"consents", std::move(consents)},
                      {"earlier_proofs", erased.earlier_proofs},
                      {"events", erased.gone.events},
                      {"values", erased.gone.values},
                      {"mails", erased.gone.mails},
                      {"mails_dropped", erased.gone.dropped},
                      {"overwritten", log_emptied}});
}

std::string applied_json(const Applied& applied) {
  Json changed = Json::array();
  for (const Applied::Change& change : applied.changed) {
    changed.push_back(Json{{"kind", change.kind},
                           {"id", change.id},
                           {"version", version_text(change.version)},
                           {"differences", change.differences}});
  }
  return line_of(Json{{"changed", std::move(changed)},
                      {"unchanged", applied.unchanged},
                      {"warnings", applied.warnings}});
}

std::string message_json(const OutboxRow& row) {
  return line_of(
      Json{{"id", id_text(row.mail.value)},
           {"kind", name_of(row.kind)},
           {"to", row.recipient},
           {"state", name_of(row.state)},
           {"attempts", row.attempts},
           {"uncertain", row.uncertain},
           {"next_at", is_final(row.state) ? Json(nullptr) : Json(rfc3339(row.next_at))},
           {"last_attempt_at", time_or_null(row.last_attempt_at)},
           {"handed_over_at", time_or_null(row.handed_over_at)},
           {"last_code", row.last_code == 0 ? Json(nullptr) : Json(row.last_code)},
           {"last_reply", row.last_reply.empty() ? Json(nullptr) : Json(row.last_reply)}});
}

std::string links_json(const PersonLinks& links) {
  return line_of(Json{{"email", links.email},
                      {"revoke_url", links.revoke},
                      {"preferences_url", links.preferences}});
}

std::string url_json(std::string_view url) { return line_of(Json{{"url", url}}); }

std::string documents_json(const std::vector<Document>& documents) {
  Json list = Json::array();
  for (const Document& document : documents) {
    list.push_back(Json{{"kind", document.kind}, {"id", document.id}, {"body", document.body}});
  }
  return line_of(list);
}

Result<std::vector<Document>> parse_documents(std::string_view json) {
  std::vector<Document> documents;
  try {
    for (const Json& item : Json::parse(json)) {
      Document document{item.at("kind"), item.at("id"), item.at("body"), {}};
      document.version = sha256(as_bytes(document.body));
      documents.push_back(std::move(document));
    }
  } catch (const Json::exception&) {
    return internal_error("the definitions in force cannot be read");
  }
  return documents;
}

std::string templates_json(const std::vector<ListedTemplate>& templates) {
  Json list = Json::array();
  for (const auto& [mail, used_by] : templates) {
    list.push_back(Json{{"name", mail.name},
                        {"language", mail.language},
                        {"source", mail.source},
                        {"html", mail.has_html},
                        {"used_by", used_by}});
  }
  return line_of(Json{{"templates", std::move(list)}});
}

std::string findings_json(const Findings& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    list.push_back(Json{{"severity", finding.severity == Severity::kError ? "error" : "warning"},
                        {"rule", finding.rule},
                        {"text", finding.text}});
  }
  return line_of(Json{{"findings", std::move(list)}});
}

std::string preview_json(std::string_view name, std::string_view language, std::string_view form,
                         const RenderedMail& mail) {
  return line_of(Json{{"sample", true},
                      {"name", name},
                      {"language", language},
                      {"form", form.empty() ? Json(nullptr) : Json(form)},
                      {"subject", mail.subject},
                      {"text", mail.text},
                      {"html", mail.html.empty() ? Json(nullptr) : Json(mail.html)}});
}

std::string sent_json(const Delivery& delivery) {
  return line_of(Json{{"verdict", name_of(delivery.verdict)},
                      {"code", delivery.code == 0 ? Json(nullptr) : Json(delivery.code)},
                      {"reply", delivery.reply},
                      {"tls", delivery.tls.empty() ? Json(nullptr) : Json(delivery.tls)}});
}

std::string_view name_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::kOk:
      return "ok";
    case CheckStatus::kWarning:
      return "warning";
    case CheckStatus::kError:
      return "error";
  }
  return "error";
}

std::string checks_json(const std::vector<CheckResult>& results) {
  Json list = Json::array();
  for (const CheckResult& result : results) {
    list.push_back(Json{{"name", result.name},
                        {"status", name_of(result.status)},
                        {"detail", result.detail},
                        {"advice", result.advice}});
  }
  return line_of(Json{{"results", std::move(list)}});
}

std::vector<CheckResult> parse_checks(std::string_view json) {
  std::vector<CheckResult> results;
  try {
    const Json parsed = Json::parse(json);
    for (const Json& item : parsed.at("results")) {
      CheckResult result{item.at("name"), CheckStatus::kError, item.at("detail"),
                         item.at("advice")};
      const std::string status = item.at("status");
      for (const auto known : {CheckStatus::kOk, CheckStatus::kWarning}) {
        if (status == name_of(known)) result.status = known;
      }
      results.push_back(std::move(result));
    }
  } catch (const Json::exception&) {
    return {};
  }
  return results;
}

}  // namespace jawort
