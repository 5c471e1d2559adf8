#include "engine/dossier/receipt.h"

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/dossier/case_doubts.h"
#include "engine/dossier/case_teller.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

using Json = nlohmann::ordered_json;

// All terms below are of DPV 2.2, its extensions pd, legal/eu and eu-gdpr, or of DCMI Terms.
Json context() {
  return {{"dpv", "https://w3id.org/dpv#"},
          {"pd", "https://w3id.org/dpv/pd#"},
          {"legal-eu", "https://w3id.org/dpv/legal/eu#"},
          {"eu-gdpr", "https://w3id.org/dpv/legal/eu/gdpr#"},
          {"dct", "http://purl.org/dc/terms/"},
          {"xsd", "http://www.w3.org/2001/XMLSchema#"}};
}

Json time(Instant at) { return {{"@type", "xsd:dateTime"}, {"@value", rfc3339(at)}}; }

void set_unless_empty(Json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

Json controller_of(const Controller& controller) {
  Json entity = {{"@type", "dpv:DataController"}};
  set_unless_empty(entity, "dpv:hasName", controller.name);
  set_unless_empty(entity, "dpv:hasAddress", controller.address);
  set_unless_empty(entity, "dpv:hasContact", controller.email);
  if (!controller.officer_name.empty() || !controller.officer_email.empty()) {
    Json officer = {{"@type", "dpv:DataProtectionOfficer"}};
    set_unless_empty(officer, "dpv:hasName", controller.officer_name);
    set_unless_empty(officer, "dpv:hasContact", controller.officer_email);
    entity["dpv:hasDataProtectionOfficer"] = std::move(officer);
  }
  if (!controller.authority.empty()) {
    entity["dpv:hasAuthority"] = {{"@type", "dpv:DataProtectionAuthority"},
                                  {"dpv:hasName", controller.authority}};
  }
  return entity;
}

// What the person was shown when asked.
Json notice_of(const CaseRound& round) {
  Json notice = {{"@type", "dpv:ConsentNotice"}, {"dct:language", round.round.language}};
  set_unless_empty(notice, "dct:identifier", round.round.form_version);
  if (round.purpose != nullptr) {
    notice["dct:title"] = text_for(round.purpose->label, round.round.language);
    notice["dct:description"] = text_for(round.purpose->wording, round.round.language);
  }
  return notice;
}

// `by` is empty where the events do not show who it was.
Json status(const char* type, Instant at, const std::string& by, const std::string& how) {
  Json one = {{"@type", type}, {"dpv:isIndicatedAtTime", time(at)}};
  set_unless_empty(one, "dpv:isIndicatedBy", by);
  set_unless_empty(one, "dpv:hasIndicationMethod", how);
  return one;
}

constexpr const char* kPerson = "dpv:DataSubject";
constexpr const char* kController = "dpv:DataController";

// A program opens links too, and what somebody else entered no event here shows.
std::string who_confirmed(const CaseTeller& tell, const CaseRound& of) {
  const CaseEvent* press = tell.confirmation(of);
  const Grade grade = of.round.grade;
  const bool seen = grade == Grade::kObserved || grade == Grade::kAsserted;
  const bool button = press != nullptr && press->leaf.fact("by") == "button";
  return seen && button && !press_doubts(tell, of).any() ? kPerson : "";
}

std::string how_confirmed(const CaseTeller& tell, const CaseRound& of) {
  const Grade grade = of.round.grade;
  if (grade == Grade::kImported || grade == Grade::kStaff) {
    return "as the controller entered it: " + std::string(name_of(grade));
  }
  if (grade == Grade::kClick) {
    return "link in the confirmation e-mail opened; not shown to be the person, programs open "
           "links "
           "too";
  }
  const std::string how = "button pressed behind the link in the confirmation e-mail";
  if (!press_doubts(tell, of).any()) return how;
  return how + "; not shown to be the person, see dossier section 6";
}

// Event state and event time of ISO/IEC TS 27560, one entry per change.
void add_statuses(const CaseTeller& tell, const CaseRound& of, Json& list) {
  const Round& round = of.round;
  const CaseEvent* form = tell.submission(of);
  const bool renewal =
      form != nullptr && form->leaf.fact("round:" + tell.record.purpose) == "renewal";
  const std::string form_post =
      tell.shown_by_jawort(of) ? "box ticked in form " : "sign-up by form ";
  list.push_back(status("dpv:ConsentRequested", round.opt_in.at, "",
                        form_post + round.form + ", by whoever posted it"));
  if (round.confirmed) {
    list.push_back(status(renewal ? "dpv:RenewedConsentGiven" : "dpv:ConsentGiven",
                          round.confirmed->at, who_confirmed(tell, of), how_confirmed(tell, of)));
  }
  if (round.revoked) {
    // By a link that stands in each newsletter, and may have been passed on: who it was is open.
    const bool staff = round.revoked_by == RevokedBy::kStaff || round.revoked_by == RevokedBy::kApi;
    const std::string how = round.revoked_by ? std::string(name_of(*round.revoked_by)) : "";
    list.push_back(
        status("dpv:ConsentWithdrawn", round.revoked->at, staff ? kController : "", how));
  }
  // DPV's word for an end by somebody else than the data subject.
  if (round.erased && round.confirmed && !round.revoked) {
    list.push_back(status("dpv:ConsentRevoked", round.erased->at, kController,
                          "erasure of the person's data"));
  }
}

Json process_of(const CaseTeller& tell) {
  const CaseRound& main = tell.main();
  Json process = {{"@type", "dpv:Process"}};
  Json purpose = {{"@type", "dpv:DirectMarketing"}, {"dct:identifier", tell.record.purpose}};
  Json data = Json::array({"pd:EmailAddress"});
  if (main.purpose != nullptr) {
    const Purpose& shown = *main.purpose;
    purpose["dct:title"] = text_for(shown.label, main.round.language);
    if (!shown.products.empty()) {
      purpose["dct:subject"] = text_for(shown.products, main.round.language);
    }
    if (!shown.companies.empty()) process["dpv:hasRecipient"] = shown.companies;
    for (const RateLimit& limit : shown.frequency_max) {
      process["dpv:hasFrequency"].push_back(
          {{"@type", "dpv:Frequency"}, {"dct:description", tell.words.limits({limit})}});
    }
    if (shown.channel == "phone" || shown.channel == "sms") data.push_back("pd:TelephoneNumber");
    if (shown.channel == "post") data.push_back("pd:PhysicalAddress");
  }
  process["dpv:hasPurpose"] = std::move(purpose);
  process["dpv:hasPersonalData"] = std::move(data);
  return process;
}

Json record_of(const CaseTeller& tell, const std::string& identifier) {
  const CaseRecord& record = tell.record;
  Json subject = {{"@type", "dpv:DataSubject"}};
  set_unless_empty(subject, "dct:identifier", record.email);
  Json statuses = Json::array();
  for (const CaseRound* other : tell.others()) add_statuses(tell, *other, statuses);
  add_statuses(tell, tell.main(), statuses);

  Json out = {{"@type", "dpv:ConsentRecord"},
              {"dct:identifier", identifier},
              {"dct:conformsTo", "https://w3id.org/dpv/schema/dpv-27560#record"},
              {"dpv:hasDataSubject", std::move(subject)},
              {"dpv:hasDataController", controller_of(tell.controller())},
              {"dpv:hasApplicableLaw", "legal-eu:law-GDPR"},
              {"dpv:hasNotice", notice_of(tell.main())}};
  if (!tell.controller().privacy_url.empty()) {
    Json privacy = {{"@type", "dpv:PrivacyNotice"}, {"dct:source", tell.controller().privacy_url}};
    set_unless_empty(privacy, "dct:identifier", tell.controller().privacy_version);
    out["dpv:hasNotice"] = Json::array({std::move(out["dpv:hasNotice"]), std::move(privacy)});
  }
  out["dpv:hasProcess"] = process_of(tell);
  if (tell.main().round.confirmed) out["dpv:hasLegalBasis"] = "eu-gdpr:A6-1-a";
  out["dpv:hasRight"] = "eu-gdpr:A7-3";
  out["dpv:hasConsentStatus"] = std::move(statuses);
  return out;
}

// The leaf of the form post stands in the log once and for ever: no other record has its hash.
std::string identifier_of(const CaseTeller& tell) {
  if (const CaseEvent* form = tell.submission(tell.main())) {
    return version_text(leaf_hash(form->leaf_bytes));
  }
  return "submission:" + std::to_string(tell.main().round.submission);
}

}  // namespace

std::string receipt_json(const CaseRecord& record) {
  const CaseTeller tell(record);
  const std::string identifier = identifier_of(tell);
  const Json receipt = {{"@context", context()},
                        {"@type", "dpv:ConsentReceipt"},
                        {"dct:identifier", "receipt:" + identifier},
                        {"dct:conformsTo", "https://w3id.org/dpv/schema/dpv-27560#receipt"},
                        {"dct:created", time(record.made_at)},
                        {"dct:publisher", tell.controller().name},
                        {"dct:language", record.language},
                        {"dpv:hasRecordOfActivity", record_of(tell, identifier)}};
  // Values come from strangers: what is not UTF-8 becomes U+FFFD instead of an exception.
  return receipt.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace jawort
