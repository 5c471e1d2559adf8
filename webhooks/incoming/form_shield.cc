#include "webhooks/incoming/form_shield.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/evidence/digest.h"
#include "engine/evidence/form_token.h"
#include "engine/evidence/proof_of_work.h"

namespace jawort {
namespace {

using std::chrono::seconds;

constexpr std::size_t kPayloadLimit = 2048;  // a widget sends some 400 bytes

// What the widget puts into the hidden field: base64 of JSON.
std::optional<Solution> parse_payload(std::string_view altcha) {
  if (altcha.size() > kPayloadLimit) return std::nullopt;
  const auto bytes = from_base64(altcha);
  if (!bytes) return std::nullopt;
  const auto json = nlohmann::json::parse(bytes->begin(), bytes->end(), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto number = json.find("number");
  if (text("algorithm") != "SHA-256" || number == json.end() || !number->is_number_unsigned()) {
    return std::nullopt;
  }
  return Solution{{text("salt"), text("challenge"), text("signature")},
                  number->get<std::uint64_t>()};
}

// Empty when the post came neither too soon nor too late.
std::string_view time_error(const Site& site, const Form& form, const FormPost& post) {
  const auto shown = shown_at(site, post);
  const Instant now = site.context.clock.now();
  if (!shown || *shown > now || now - *shown > kPageValid) return "form_expired";
  return now - *shown < seconds(form.protect.min_seconds) ? "too_fast" : "";
}

// Empty, and the proof spent, when it is a good one.
std::string_view proof_error(Site& site, const FormPost& post, SpentProof& proof) {
  if (post.altcha.empty()) return "proof_of_work_required";
  const auto solution = parse_payload(post.altcha);
  if (!solution) return "proof_of_work_failed";
  const auto expires_at = check_solution(site.context.keys, *solution, post.form);
  const Instant now = site.context.clock.now();
  const std::string& challenge = solution->challenge.challenge;
  if (!expires_at || *expires_at < now || !site.spent.spend(challenge, *expires_at, now)) {
    return "proof_of_work_failed";
  }
  proof = SpentProof(site, challenge);
  return "";
}

}  // namespace

std::optional<Instant> shown_at(const Site& site, const FormPost& post) {
  const auto version = parse_version_text(post.version);
  if (!version) return std::nullopt;
  return open_form_token(site.context.keys, post.form_token, post.form, *version);
}

ShieldVerdict check_shield(Site& site, const Form& form, const FormPost& post) {
  ShieldVerdict verdict;
  const auto judge = [&](std::string_view field, std::string_view check, std::string_view error) {
    if (error.empty()) {
      verdict.passed.emplace_back(check);
    } else {
      verdict.errors.push_back({std::string(field), std::string(error)});
    }
  };
  // Forms that are pasted or written by others carry no token, and no time can be asked of them.
  if (form.protect.min_seconds > 0 && !post.form_token.empty()) {
    judge("form_token", "min_seconds", time_error(site, form, post));
  }
  if (form.protect.proof_of_work) {
    judge("altcha", "proof_of_work", proof_error(site, post, verdict.proof));
  }
  return verdict;
}

std::string page_token(const Site& site, const ShownForm& shown, const FormPost* typed,
                       const std::vector<FieldError>& errors) {
  const Instant now = site.context.clock.now();
  Instant since = now;
  if (typed) {
    const bool too_fast = std::ranges::find(errors, "too_fast", &FieldError::code) != errors.end();
    since = now - seconds(shown.form.protect.min_seconds);
    if (too_fast) since = shown_at(site, *typed).value_or(now);
  }
  return make_form_token(site.context.keys, shown.form.id, shown.version, since);
}

}  // namespace jawort
