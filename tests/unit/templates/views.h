// Views for the tests of this room: what a page or a mail gets at most, with any text as values.
#pragma once

#include <string>
#include <vector>

#include "templates/renderer.h"

namespace jawort::testing {

inline const std::vector<std::string>& page_names() {
  static const std::vector<std::string> names = {
      "form",       "sent",    "confirm",     "confirmed",        "denied",
      "superseded", "expired", "revoke",      "revoked",          "on_no_list",
      "not_found",  "error",   "unsubscribe", "unsubscribe_sent", "preferences"};
  return names;
}

inline View controller_view(const std::string& value) {
  View view;
  for (const char* name : {"name", "address", "email", "phone", "website", "imprint_url",
                           "privacy_url", "officer_name", "officer_email"}) {
    view.set(name, value);
  }
  return view;
}

inline View purpose_view(const std::string& value) {
  View view;
  view.set("id", value).set("label", value).set("wording", value).set("error", value);
  view.set("checked", true).set("pending", true).set("confirmed", true).set("offer", value);
  return view;
}

inline View field_view(const std::string& kind, const std::string& value) {
  View option, view;
  option.set("value", value).set("label", value).set("selected", true);
  view.set("name", kind).set("label", value).set("value", value).set("error", value);
  view.set("is_" + kind, true).set("options", std::vector<View>{option});
  return view;
}

// Every variable of every page set to `value`, every condition true.
inline View full_page(const std::string& value) {
  View view, language;
  language.set("url", value).set("code", value).set("name", value);
  view.set("controller", controller_view(value)).set("masked_address", value).set("action", value);
  view.set("saved", true).set("mailed", true).set("withheld", true).set("keeps", true);
  view.set("message", value).set("several", true).set("has_errors", true).set("page", value);
  for (const char* name : {"form.id", "form.action", "form.title", "form.version", "form.error",
                           "email.value", "email.error", "honeypot"}) {
    view.set(name, value);
  }
  std::vector<View> fields;
  for (const char* kind :
       {"text", "textarea", "email", "phone", "date", "number", "boolean", "choice", "country"}) {
    fields.push_back(field_view(kind, value));
  }
  view.set("fields", std::move(fields)).set("purposes", std::vector<View>{purpose_view(value)});
  view.set("other_languages", std::vector<View>{language});
  return view;
}

inline View full_mail(const std::string& value) {
  View view;
  view.set("controller", controller_view(value));
  view.set("purposes", std::vector<View>{purpose_view(value)});
  for (const char* name : {"contact.email", "form.title", "purpose.wording", "opt_in.date",
                           "opt_in.time", "opt_in.zone", "opt_in.page", "confirm.url",
                           "confirm.valid_until", "deny.url", "revoke.url", "preferences.url"}) {
    view.set(name, value);
  }
  return view;
}

inline bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

inline std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace jawort::testing
