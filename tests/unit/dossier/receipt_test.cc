#include "engine/dossier/receipt.h"

#include <set>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/dossier/readme.h"
#include "tests/support/catch.h"
#include "tests/unit/dossier/sample_case.h"

namespace jawort::testing {
namespace {

using nlohmann::json;

// Of DPV 2.2 (https://w3id.org/dpv) with its extensions, and of DCMI Terms. A term that is not here
// does not exist, or has to be looked up first.
const std::set<std::string> kTerms = {"dpv:ConsentReceipt",
                                      "dpv:ConsentRecord",
                                      "dpv:hasRecordOfActivity",
                                      "dpv:hasDataSubject",
                                      "dpv:DataSubject",
                                      "dpv:hasDataController",
                                      "dpv:DataController",
                                      "dpv:hasName",
                                      "dpv:hasAddress",
                                      "dpv:hasContact",
                                      "dpv:hasDataProtectionOfficer",
                                      "dpv:DataProtectionOfficer",
                                      "dpv:hasAuthority",
                                      "dpv:DataProtectionAuthority",
                                      "dpv:hasApplicableLaw",
                                      "dpv:hasNotice",
                                      "dpv:ConsentNotice",
                                      "dpv:PrivacyNotice",
                                      "dpv:hasProcess",
                                      "dpv:Process",
                                      "dpv:hasPurpose",
                                      "dpv:DirectMarketing",
                                      "dpv:hasRecipient",
                                      "dpv:hasFrequency",
                                      "dpv:Frequency",
                                      "dpv:hasPersonalData",
                                      "dpv:hasLegalBasis",
                                      "dpv:hasRight",
                                      "dpv:hasConsentStatus",
                                      "dpv:ConsentRequested",
                                      "dpv:ConsentGiven",
                                      "dpv:RenewedConsentGiven",
                                      "dpv:ConsentWithdrawn",
                                      "dpv:ConsentRevoked",
                                      "dpv:isIndicatedAtTime",
                                      "dpv:isIndicatedBy",
                                      "dpv:hasIndicationMethod",
                                      "pd:EmailAddress",
                                      "pd:TelephoneNumber",
                                      "pd:PhysicalAddress",
                                      "legal-eu:law-GDPR",
                                      "eu-gdpr:A6-1-a",
                                      "eu-gdpr:A7-3",
                                      "dct:identifier",
                                      "dct:conformsTo",
                                      "dct:created",
                                      "dct:publisher",
                                      "dct:language",
                                      "dct:title",
                                      "dct:description",
                                      "dct:subject",
                                      "dct:source",
                                      "xsd:dateTime"};

void check_terms(const json& value) {
  const auto is_term = [](const std::string& text) {
    for (const char* prefix : {"dpv:", "pd:", "legal-eu:", "eu-gdpr:", "dct:", "xsd:"}) {
      if (text.starts_with(prefix)) return true;
    }
    return false;
  };
  for (const auto& [key, inner] : value.items()) {
    if (value.is_object() && key == "@context") continue;
    if (value.is_object() && is_term(key)) {
      INFO(key);
      CHECK(kTerms.contains(key));
    }
    if (inner.is_structured()) check_terms(inner);
    if (inner.is_string() && is_term(inner.get<std::string>())) {
      INFO(inner.get<std::string>());
      CHECK(kTerms.contains(inner.get<std::string>()));
    }
  }
}

TEST_CASE("the receipt says by whom, for what, when and in which words, in terms that exist") {
  SampleCase sample;
  sample.revoked = true;
  const json receipt = json::parse(receipt_json(make_case(sample)));
  check_terms(receipt);
  CHECK(receipt["@type"] == "dpv:ConsentReceipt");
  CHECK(receipt["dct:conformsTo"] == "https://w3id.org/dpv/schema/dpv-27560#receipt");
  const json& record = receipt["dpv:hasRecordOfActivity"];
  CHECK(record["dpv:hasDataController"]["dpv:hasName"] == "Bäckerei Sommer GmbH");
  CHECK(record["dpv:hasDataSubject"]["dct:identifier"] == "Anna.Muster@Example.org");
  CHECK(record["dpv:hasLegalBasis"] == "eu-gdpr:A6-1-a");
  const std::string wording = record["dpv:hasNotice"][0]["dct:description"];
  CHECK(wording.starts_with("Ja, ich möchte den Newsletter"));
  const json& states = record["dpv:hasConsentStatus"];
  REQUIRE(states.size() == 3);
  CHECK(states[0]["@type"] == "dpv:ConsentRequested");
  CHECK(states[1]["@type"] == "dpv:ConsentGiven");
  CHECK(states[1]["dpv:isIndicatedAtTime"]["@value"] == "2026-11-23T09:17:57.114Z");
  CHECK(states[2]["@type"] == "dpv:ConsentWithdrawn");
}

TEST_CASE("the receipt claims no box that nobody saw, and no person where the press is in doubt") {
  const auto holds = [](const SampleCase& sample, const char* what) {
    return receipt_json(make_case(sample)).find(what) != std::string::npos;
  };
  SampleCase sample;
  CHECK(holds(sample, "box ticked in form newsletter"));
  CHECK_FALSE(holds(sample, "not shown to be the person"));
  sample.served = "json";
  CHECK_FALSE(holds(sample, "box ticked"));
  CHECK(holds(sample, "sign-up by form newsletter"));
  sample.pressed_by = "scanner";
  CHECK(holds(sample, "not shown to be the person"));
  sample.pressed_by = "browser";
  sample.handed_over = false;
  CHECK(holds(sample, "not shown to be the person"));
}

TEST_CASE("the receipt names the person only where a press of the button was seen") {
  SampleCase sample;
  const auto by = [&](std::size_t state) {
    const json receipt = json::parse(receipt_json(make_case(sample)));
    const json& states = receipt["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"];
    return states.at(state).value("dpv:isIndicatedBy", "");
  };
  CHECK(by(0).empty());  // anybody can post a form
  CHECK(by(1) == "dpv:DataSubject");
  sample.revoked = true;
  CHECK(by(2).empty());  // and have the link of a newsletter that was passed on
  sample.suspicious = "pressed_after_mail";
  CHECK(by(1).empty());
  sample.suspicious = "";
  sample.by = "click";
  CHECK(by(1).empty());
  CHECK(receipt_json(make_case(sample)).find("not shown to be the person") != std::string::npos);
}

TEST_CASE("the receipt says that an erasure ended the consent, where nothing had before") {
  SampleCase sample;
  sample.erasure = true;
  const auto states = [&] {
    const json receipt = json::parse(receipt_json(make_case(sample)));
    check_terms(receipt);
    return receipt["dpv:hasRecordOfActivity"]["dpv:hasConsentStatus"];
  };
  REQUIRE(states().size() == 3);
  CHECK(states()[2]["@type"] == "dpv:ConsentRevoked");
  CHECK(states()[2]["dpv:isIndicatedAtTime"]["@value"] == "2026-11-24T09:17:57.114Z");
  sample.revoked = true;
  CHECK(states().back()["@type"] == "dpv:ConsentWithdrawn");
  sample.revoked = sample.confirmed = false;
  CHECK(states().size() == 1);
}

TEST_CASE("without a confirmation there is no legal basis, and nothing breaks it") {
  SampleCase sample;
  sample.confirmed = false;
  const json pending = json::parse(receipt_json(make_case(sample)));
  check_terms(pending);
  CHECK_FALSE(pending["dpv:hasRecordOfActivity"].contains("dpv:hasLegalBasis"));
  check_terms(json::parse(receipt_json(bare_case("de"))));
  check_terms(json::parse(receipt_json(case_of_several_rounds("en"))));
  sample.email = "\xFF broken";
  CHECK(json::accept(receipt_json(make_case(sample))));
}

TEST_CASE("the README has both languages, and lines that fit") {
  for (const std::string language : {"de", "en"}) {
    const std::string text = dossier_readme(bare_case(language));
    CHECK(text.starts_with(language == "de" ? "NACHWEIS" : "PROOF"));
    CHECK(text.find("NACHWEIS EINER EINWILLIGUNG") != std::string::npos);
    CHECK(text.find("PROOF OF A CONSENT") != std::string::npos);
    for (const std::string_view line : split(text, '\n')) CHECK(utf8_length(line) <= 78);
  }
}

}  // namespace
}  // namespace jawort::testing
