#include "engine/dossier/proof.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/dossier/form_files.h"
#include "engine/dossier/manifest.h"

namespace jawort {
namespace {

using Json = nlohmann::json;  // keys sorted, as RFC 8785 wants them

constexpr std::array<std::string_view, 4> kStates{"present", "missing", "erased", "not_applicable"};

// What parsing throws; it ends in parse_proof.
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Json hashes(const std::vector<Hash256>& all) {
  Json list = Json::array();
  for (const Hash256& hash : all) list.push_back(to_hex(hash));
  return list;
}

template <std::size_t N>
std::array<std::uint8_t, N> fixed(const Json& json) {
  const auto bytes = from_hex(json.get_ref<const std::string&>());
  std::array<std::uint8_t, N> out{};
  if (!bytes || bytes->size() != N) throw Malformed("bytes");
  std::ranges::copy(*bytes, out.begin());
  return out;
}

std::vector<Hash256> hashes_at(const Json& json) {
  std::vector<Hash256> all;
  for (const Json& hash : json) all.push_back(fixed<32>(hash));
  return all;
}

Bytes bytes_at(const Json& json) {
  auto bytes = from_hex(json.get_ref<const std::string&>());
  if (!bytes) throw Malformed("bytes");
  return std::move(*bytes);
}

Json to_json(const ProofEvent& event) {
  Json open = Json::array();
  for (const SaltedValue& value : event.open) {
    open.push_back({{"name", value.name},
                    {"salt", to_hex(value.salt)},
                    {"value", to_hex(as_bytes(value.value))}});
  }
  return {{"leaf", to_hex(event.leaf)},
          {"inclusion", hashes(event.inclusion)},
          {"open", std::move(open)},
          {"erased", event.erased},
          {"withheld", event.withheld}};
}

ProofEvent event_at(const Json& json) {
  ProofEvent event;
  event.leaf = bytes_at(json.at("leaf"));
  event.inclusion = hashes_at(json.at("inclusion"));
  for (const Json& value : json.at("open")) {
    const Bytes bytes = bytes_at(value.at("value"));
    event.open.push_back(
        {value.at("name"), fixed<32>(value.at("salt")), std::string(as_text(bytes))});
  }
  json.at("erased").get_to(event.erased);
  json.at("withheld").get_to(event.withheld);
  return event;
}

Json to_json(const ProofMail& mail) {
  return {{"file", mail.file},
          {"kind", mail.kind},
          {"submission", mail.submission},
          {"sha256", to_hex(mail.hash)},
          {"links_cut", mail.links_cut},
          {"cut_committed", mail.cut_committed}};
}

ProofMail mail_at(const Json& json) {
  if (!parse_mail_kind(json.at("kind").get<std::string>())) throw Malformed("kind");
  return {json.at("file"),
          json.at("kind"),
          json.at("submission").get<std::uint64_t>(),
          fixed<32>(json.at("sha256")),
          json.at("links_cut"),
          json.at("cut_committed")};
}

std::string text_of(const std::optional<Instant>& at) { return at ? rfc3339(*at) : ""; }

std::optional<Instant> time_of(const Json& json) {
  const std::string& text = json.get_ref<const std::string&>();
  if (text.empty()) return std::nullopt;
  const auto at = parse_rfc3339(text);
  if (!at) throw Malformed("time");
  return at;
}

Json to_json(const Round& round) {
  const auto at = [](const std::optional<Stamp>& stamp) { return stamp ? rfc3339(stamp->at) : ""; };
  const auto date = [](const std::optional<Stamp>& stamp) { return stamp ? stamp->date : ""; };
  return {{"status", name_of(round.status)},
          {"grade", name_of(round.grade)},
          {"form", round.form},
          {"form_version", round.form_version},
          {"purpose_version", round.purpose_version},
          {"language", round.language},
          {"submission", static_cast<std::uint64_t>(round.submission)},
          {"opt_in_at", rfc3339(round.opt_in.at)},
          {"opt_in_date", round.opt_in.date},
          {"expires_at", rfc3339(round.expires_at)},
          {"mailed_at", text_of(round.mailed_at)},
          {"opened_at", text_of(round.opened_at)},
          {"confirmed_at", at(round.confirmed)},
          {"confirmed_date", date(round.confirmed)},
          {"revoked_at", at(round.revoked)},
          {"revoked_date", date(round.revoked)},
          {"erased_at", at(round.erased)},
          {"erased_date", date(round.erased)},
          {"revoked_by", round.revoked_by ? name_of(*round.revoked_by) : ""}};
}

template <typename T>
T known(std::optional<T> value) {
  if (!value) throw Malformed("name");
  return *value;
}

std::optional<Stamp> stamp_at(const Json& json, const char* at, const char* date) {
  const auto time = time_of(json.at(at));
  if (!time) return std::nullopt;
  return Stamp{*time, json.at(date).get<std::string>()};
}

Round round_at(const Json& json) {
  Round round;
  const auto text = [&](const char* key) { return json.at(key).get<std::string>(); };
  round.status = known(parse_consent_status(text("status")));
  round.grade = known(parse_grade(text("grade")));
  round.form = text("form");
  round.form_version = text("form_version");
  round.purpose_version = text("purpose_version");
  round.language = text("language");
  round.submission = static_cast<std::int64_t>(json.at("submission").get<std::uint64_t>());
  round.opt_in = known(stamp_at(json, "opt_in_at", "opt_in_date"));
  round.expires_at = known(time_of(json.at("expires_at")));
  round.mailed_at = time_of(json.at("mailed_at"));
  round.opened_at = time_of(json.at("opened_at"));
  round.confirmed = stamp_at(json, "confirmed_at", "confirmed_date");
  round.revoked = stamp_at(json, "revoked_at", "revoked_date");
  round.erased = stamp_at(json, "erased_at", "erased_date");
  if (const auto by = text("revoked_by"); !by.empty())
    round.revoked_by = known(parse_revoked_by(by));
  return round;
}

Json to_json(const CaseItem& item) {
  return {{"number", static_cast<std::uint64_t>(item.number)},
          {"state", kStates.at(static_cast<std::size_t>(item.state))},
          {"reason", item.reason}};
}

CaseItem item_at(const Json& json) {
  const auto state = std::ranges::find(kStates, json.at("state").get<std::string>());
  if (state == kStates.end()) throw Malformed("state");
  return {json.at("number").get<int>(), static_cast<ItemState>(state - kStates.begin()),
          json.at("reason")};
}

Json to_json(const ProofForm& form) {
  return {
      {"file", form.file}, {"version", form.version}, {"purpose_version", form.purpose_version}};
}

Json to_json(const ProofGrowth& growth) {
  return {{"checkpoint", growth.checkpoint}, {"consistency", hashes(growth.consistency)}};
}

template <typename T>
Json list_of(const std::vector<T>& all) {
  Json list = Json::array();
  for (const T& one : all) list.push_back(to_json(one));
  return list;
}

Proof read(const Json& json) {
  Proof proof;
  if (json.at("format") != kDossierFormat) throw Malformed("format");
  json.at("made_at").get_to(proof.made_at);
  json.at("zone").get_to(proof.zone);
  json.at("purpose").get_to(proof.purpose);
  json.at("email").get_to(proof.email);
  json.at("checkpoint").get_to(proof.checkpoint);
  json.at("keys").get_to(proof.keys);
  json.at("key_history").get_to(proof.key_history);
  json.at("renewal_of").get_to(proof.renewal_of);
  proof.timestamp = bytes_at(json.at("timestamp"));
  if (json.at("growth").size() > kGrowthLimit) throw Malformed("too many heads");
  for (const Json& one : json.at("growth")) {
    proof.growth.push_back({one.at("checkpoint"), hashes_at(one.at("consistency"))});
  }
  for (const Json& one : json.at("events")) proof.events.push_back(event_at(one));
  for (const Json& one : json.at("mails")) proof.mails.push_back(mail_at(one));
  for (const Json& one : json.at("forms")) {
    proof.forms.push_back({one.at("file"), one.at("version"), one.at("purpose_version")});
  }
  for (const Json& one : json.at("rounds")) proof.rounds.push_back(round_at(one));
  for (const Json& one : json.at("items")) proof.items.push_back(item_at(one));
  return proof;
}

}  // namespace

Proof proof_of(const CaseRecord& record) {
  Proof proof;
  proof.made_at = rfc3339(record.made_at);
  proof.zone = record.zone;
  proof.purpose = record.purpose;
  proof.email = record.email;
  proof.checkpoint = record.checkpoint_note;
  for (const VerifierKey& key : record.keys) proof.keys.push_back(key.text());
  proof.key_history = record.key_history;
  proof.timestamp = record.timestamp;
  for (const CaseGrowth& growth : record.growth) {
    proof.growth.push_back({growth.checkpoint_note, growth.consistency});
  }
  for (const CaseEvent& event : record.events) {
    proof.events.push_back(
        {event.leaf_bytes, event.inclusion, event.values, event.erased, event.withheld});
  }
  for (const CaseMail& mail : record.mails) {
    proof.mails.push_back({mail.file, std::string(name_of(mail.kind)),
                           static_cast<std::uint64_t>(mail.submission), mail.message_hash,
                           mail.links_cut, mail.cut_committed});
  }
  for (const CaseRound& round : record.rounds) proof.rounds.push_back(round.round);
  proof.forms = forms_of(record);
  if (record.consent.renewal) proof.renewal_of = std::to_string(record.consent.renewal->submission);
  proof.items = record.items;
  return proof;
}

std::string proof_json(const Proof& proof) {
  const Json json = {{"format", kDossierFormat},
                     {"made_at", proof.made_at},
                     {"zone", proof.zone},
                     {"purpose", proof.purpose},
                     {"email", proof.email},
                     {"checkpoint", proof.checkpoint},
                     {"keys", proof.keys},
                     {"key_history", proof.key_history},
                     {"renewal_of", proof.renewal_of},
                     {"timestamp", to_hex(proof.timestamp)},
                     {"growth", list_of(proof.growth)},
                     {"events", list_of(proof.events)},
                     {"mails", list_of(proof.mails)},
                     {"forms", list_of(proof.forms)},
                     {"rounds", list_of(proof.rounds)},
                     {"items", list_of(proof.items)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Proof> parse_proof(std::string_view json) {
  const Error malformed = invalid("proof.json is malformed");
  try {
    Proof proof = read(Json::parse(json));
    // One spelling: no member twice, none unknown, nothing between them.
    if (proof_json(proof) != json) return malformed;
    return proof;
  } catch (const Json::exception&) {
    return malformed;
  } catch (const Malformed&) {
    return malformed;
  }
}

}  // namespace jawort
