#include <set>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/dossier/verify_events.h"

namespace jawort {
namespace {

using Json = nlohmann::json;
using Stamps = std::multiset<std::pair<std::string, std::string>>;  // what, when

constexpr int kDepth = 32;

// What a change of a consent is called in DPV, by what it is to us; empty for anything else.
std::string meaning(const std::string& type) {
  if (type == "dpv:ConsentRequested") return "opt_in";
  if (type == "dpv:ConsentGiven" || type == "dpv:RenewedConsentGiven") return "confirmed";
  if (type == "dpv:ConsentWithdrawn") return "revoked";
  if (type == "dpv:ConsentRevoked") return "erased";
  return "";
}

// Wherever they stand in it.
void collect(const Json& json, int depth, Stamps& stamps) {
  if (depth > kDepth || !json.is_structured()) return;
  if (json.is_object() && json.contains("dpv:isIndicatedAtTime")) {
    const Json& time = json["dpv:isIndicatedAtTime"];
    const Json type = json.value("@type", Json());
    const Json at = time.is_object() ? time.value("@value", Json()) : Json();
    stamps.emplace(type.is_string() ? meaning(type.get<std::string>()) : "",
                   at.is_string() ? at.get<std::string>() : "");
  }
  for (const Json& inner : json) collect(inner, depth + 1, stamps);
}

// Nothing for what is no JSON, or where an object has a member twice: readers would not agree on
// which of the two is meant.
Json parse_once(const std::string& text) {
  std::vector<std::set<std::string>> open;
  bool twice = false;
  const auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key) {
      twice = !open.back().insert(value.get<std::string>()).second || twice;
    }
    return true;
  };
  Json json = Json::parse(text, watch, false);
  return twice ? Json(Json::value_t::discarded) : json;
}

}  // namespace

void check_receipt(const Proof& proof, const DossierFiles& files, Verification& to) {
  const auto file = files.find("receipt.json");
  if (file == files.end()) return;  // that is a matter of the files
  Stamps said, happened;
  const Json json = parse_once(file->second);
  collect(json, 0, said);
  for (const Round& round : proof.rounds) {
    happened.emplace("opt_in", rfc3339(round.opt_in.at));
    if (round.confirmed) happened.emplace("confirmed", rfc3339(round.confirmed->at));
    if (round.revoked) happened.emplace("revoked", rfc3339(round.revoked->at));
    const bool ended = round.confirmed && !round.revoked && round.erased;
    if (ended) happened.emplace("erased", rfc3339(round.erased->at));
  }
  const bool same = !json.is_discarded() && said == happened;
  to.add("receipt", same, same ? "receipt" : "other_receipt");
}

}  // namespace jawort
