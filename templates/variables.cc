#include "templates/variables.h"

#include <algorithm>
#include <map>
#include <span>

#include "engine/base/text.h"

namespace jawort {
namespace {

using Names = std::vector<std::string_view>;

const Names& controller_names() {
  static const Names names = {
      "controller.name",         "controller.address",         "controller.email",
      "controller.phone",        "controller.website",         "controller.imprint_url",
      "controller.privacy_url",  "controller.privacy_version", "controller.authority",
      "controller.officer_name", "controller.officer_email"};
  return names;
}

const Names& purpose_names() {
  static const Names names = {"has_purposes", "purposes[].id", "purposes[].label",
                              "purposes[].wording"};
  return names;
}

const Names& form_names() {
  static const Names names = {"form.id",
                              "form.action",
                              "form.target",
                              "form.served",
                              "form.title",
                              "form.version",
                              "form.error",
                              "has_errors",
                              "email.value",
                              "email.error",
                              "has_fields",
                              "fields[].name",
                              "fields[].label",
                              "fields[].required",
                              "fields[].value",
                              "fields[].error",
                              "fields[].max_length",
                              "fields[].is_text",
                              "fields[].is_textarea",
                              "fields[].is_email",
                              "fields[].is_phone",
                              "fields[].is_date",
                              "fields[].is_number",
                              "fields[].is_boolean",
                              "fields[].is_choice",
                              "fields[].is_country",
                              "fields[].is_select",
                              "fields[].is_input",
                              "fields[].input_type",
                              "fields[].input_mode",
                              "fields[].autocomplete",
                              "fields[].checked",
                              "fields[].options[].value",
                              "fields[].options[].label",
                              "fields[].options[].selected",
                              "purposes[].required",
                              "purposes[].checked",
                              "purposes[].error",
                              "honeypot",
                              "form_token",
                              "proof.challenge_url",
                              "proof.script_url",
                              "page"};
  return names;
}

// What each page has besides title, lang, t.* and controller.*.
const std::map<std::string_view, std::vector<const Names*>>& pages() {
  static const Names layout = {"body",
                               "has_errors",
                               "form.title",
                               "other_languages[].url",
                               "other_languages[].code",
                               "other_languages[].name",
                               "frame.script_url",
                               "frame.origins"};
  static const Names asked = {"masked_address"};
  static const Names action = {"action"};
  static const Names several = {"several"};
  static const Names keeps = {"keeps"};
  static const Names faults = {"has_errors", "message", "purposes[].checked"};
  static const Names again = {"address.error"};
  static const Names message = {"message"};
  static const Names typed = {"email.value", "email.error", "has_errors"};
  static const Names boxes = {"purposes[].checked",
                              "purposes[].pending",
                              "purposes[].confirmed",
                              "purposes[].offer",
                              "saved",
                              "mailed",
                              "withheld",
                              "stale"};
  static const std::map<std::string_view, std::vector<const Names*>> table = {
      {"layout", {&layout}},
      {"form", {&form_names(), &purpose_names()}},
      {"sent", {}},
      {"confirm", {&asked, &action, &several, &keeps, &faults, &purpose_names()}},
      {"confirm_again", {&asked, &action, &several, &keeps, &faults, &again, &purpose_names()}},
      {"confirmed", {&asked, &purpose_names()}},
      {"denied", {&keeps}},
      {"superseded", {}},
      {"expired", {&keeps}},
      {"revoke", {&asked, &action, &purpose_names()}},
      {"revoked", {&asked, &purpose_names()}},
      {"on_no_list", {&asked, &purpose_names()}},
      {"unsubscribe", {&action, &typed}},
      {"unsubscribe_sent", {}},
      {"preferences", {&asked, &action, &boxes, &purpose_names()}},
      {"not_found", {}},
      {"error", {&message}}};
  return table;
}

const Names& mail_names() {
  static const Names names = {
      "contact.email",        "form.title",         "purpose.wording",   "opt_in.date",
      "opt_in.time",          "opt_in.zone",        "opt_in.page",       "confirm.url",
      "confirm.valid_until",  "confirm.date",       "confirm.click",     "confirm.keeps",
      "revoke.url",           "preferences.url",    "deny.url",          "confirm.time",
      "confirm.zone",         "receipt.checkpoint", "receipt.leaf_hash", "receipt.sequence",
      "receipt.form_version", "purposes[].version", "revoked.date",      "revoked.time",
      "revoked.zone"};
  return names;
}

void add(VariableSet& set, const Names& names) { set.names.insert(names.begin(), names.end()); }

enum class Meaning : std::uint8_t { kUnknown, kValue, kObject, kList };

Meaning meaning_of(const VariableSet& known, const std::string& path) {
  if (known.names.contains(path) || (known.contact_fields && !contact_field(path).empty())) {
    return Meaning::kValue;
  }
  const auto next = known.names.lower_bound(path);
  for (auto name = next; name != known.names.end() && name->starts_with(path); ++name) {
    const std::string_view rest = std::string_view(*name).substr(path.size());
    if (rest.starts_with("[].")) return Meaning::kList;
    if (rest.starts_with('.')) return Meaning::kObject;
  }
  return Meaning::kUnknown;
}

// Scopes are prefixes, the innermost last, as Mustache looks names up: "", "fields[].", …
struct Found {
  Meaning meaning = Meaning::kUnknown;
  std::string path;
};
Found look_up(const VariableSet& known, const std::vector<std::string>& scopes,
              std::string_view name) {
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    std::string path = *scope + std::string(name);
    if (const Meaning meaning = meaning_of(known, path); meaning != Meaning::kUnknown) {
      return {meaning, std::move(path)};
    }
  }
  return {};
}

std::string scope_of(const Found& found) {
  return found.path + (found.meaning == Meaning::kList ? "[]." : ".");
}

}  // namespace

bool is_page(std::string_view name) { return pages().contains(name); }

VariableSet page_variables(std::string_view page,
                           const std::set<std::string, std::less<>>& text_keys) {
  VariableSet set;
  add(set, {"title", "lang"});
  add(set, controller_names());
  for (const Names* names : pages().find(page)->second) add(set, *names);
  for (const std::string& key : text_keys) set.names.insert("t." + key);
  return set;
}

VariableSet mail_variables(std::string_view mail, std::string_view part) {
  VariableSet set;
  add(set, controller_names());
  add(set, mail_names());
  add(set, purpose_names());
  static const Names for_strangers = {"confirmation", "reminder", "already_subscribed",
                                      "unsubscribe", "receipt"};
  set.contact_fields = std::ranges::find(for_strangers, mail) == for_strangers.end();
  if (part == "subject") {
    // Links belong into the body: a subject travels through logs and notifications.
    std::erase_if(set.names, [](const auto& name) { return name.ends_with(".url"); });
  }
  return set;
}

Result<std::set<std::string, std::less<>>> check_variables(const std::vector<Tag>& tags,
                                                           const VariableSet& known,
                                                           std::string_view reserved) {
  std::set<std::string, std::less<>> used;
  std::vector<std::string> scopes = {""};
  for (const Tag& tag : tags) {
    if (tag.kind == TagKind::kEnd) {
      scopes.pop_back();
      continue;
    }
    if (tag.kind == TagKind::kPartial || tag.kind == TagKind::kComment) continue;
    if (tag.kind == TagKind::kUnescaped && tag.name != reserved) {
      return invalid("{{{" + tag.name + "}}} would put a value in without escaping it");
    }
    const Found found = look_up(known, scopes, tag.name);
    const bool section = tag.kind == TagKind::kSection || tag.kind == TagKind::kInverted;
    if (found.meaning == Meaning::kUnknown && !contact_field(tag.name).empty() &&
        known.names.contains("contact.email")) {
      return invalid("{{" + tag.name +
                     "}}: strangers type the contact's fields, and this goes to addresses that "
                     "nobody has confirmed yet; leave it out");
    }
    if (found.meaning == Meaning::kUnknown || (!section && found.meaning != Meaning::kValue)) {
      return invalid("unknown variable \"" + tag.name + "\"");
    }
    used.insert(found.path);
    if (!section) continue;
    const bool opens = tag.kind == TagKind::kSection && found.meaning != Meaning::kValue;
    // Inside {{#value}} and {{^name}} names mean what they mean outside.
    scopes.push_back(opens ? scope_of(found) : scopes.back());
  }
  return used;
}

std::string_view contact_field(std::string_view path) {
  constexpr std::string_view kContact = "contact.";
  if (!path.starts_with(kContact) || path == "contact.email") return {};
  path.remove_prefix(kContact.size());
  return path.find('.') == std::string_view::npos ? path : std::string_view{};
}

std::set<std::string, std::less<>> urls_needed_in(const std::vector<Tag>& tags) {
  std::set<std::string, std::less<>> urls;
  std::vector<std::string_view> open;
  for (const Tag& tag : tags) {
    if (tag.kind == TagKind::kSection || tag.kind == TagKind::kInverted) open.push_back(tag.name);
    if (tag.kind == TagKind::kEnd) open.pop_back();
    const bool plain = tag.kind == TagKind::kVariable && tag.name.ends_with(".url");
    if (plain && std::ranges::find(open, tag.name) == open.end()) urls.insert(tag.name);
  }
  return urls;
}

}  // namespace jawort
