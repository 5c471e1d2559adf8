// GET /forms/{form}/embed: the plain HTML form to paste into a site, as text. `?lang=` and `?page=`
// fill in the language and the URL of the page it will stand on.
#include <algorithm>

#include "engine/evidence/digest.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/origin.h"
#include "webhooks/incoming/site.h"

namespace jawort {
namespace {

std::string attribute(std::string_view name, std::string_view value) {
  return ' ' + std::string(name) + "=\"" + html_escape(value) + '"';
}

std::string hidden(std::string_view name, std::string_view value) {
  return "  <input type=\"hidden\"" + attribute("name", name) + attribute("value", value) + ">\n";
}

std::string choice(const FieldDefinition& field, const std::string& common) {
  std::string html = "<select" + common + ">\n      <option value=\"\"></option>\n";
  for (const std::string& option : field.options) {
    html += "      <option>" + html_escape(option) + "</option>\n";
  }
  return html + "    </select>";
}

std::string_view input_type(FieldType type) {
  switch (type) {
    case FieldType::kEmail:
      return "email";
    case FieldType::kPhone:
      return "tel";
    case FieldType::kDate:
      return "date";
    case FieldType::kBoolean:
      return "checkbox";
    case FieldType::kText:
    case FieldType::kTextarea:
    case FieldType::kNumber:
    case FieldType::kChoice:
    case FieldType::kCountry:
      return "text";
  }
  return "text";
}

std::string control(const FieldDefinition& field, bool required) {
  std::string common = attribute("name", field.name);
  if (required) common += " required";
  if (field.type == FieldType::kChoice) return choice(field, common);
  if (field.max_length > 0) common += attribute("maxlength", std::to_string(field.max_length));
  if (field.type == FieldType::kTextarea) return "<textarea" + common + "></textarea>";
  if (field.type == FieldType::kBoolean) common += " value=\"true\"";
  return "<input" + attribute("type", input_type(field.type)) + common + ">";
}

std::string fields(const ShownForm& shown, std::string_view language) {
  std::string html;
  for (const FieldDefinition& field : shown.fields) {
    const auto& uses = shown.form.fields;
    const bool required = std::any_of(uses.begin(), uses.end(), [&](const FormField& use) {
      return use.name == field.name && use.required;
    });
    html += "  <label>" + html_escape(text_for(field.label, language)) + "\n    " +
            control(field, required) + "\n  </label>\n";
  }
  return html;
}

std::string boxes(const ShownForm& shown, std::string_view language) {
  std::string html;
  for (const Purpose& purpose : shown.purposes) {
    const auto& uses = shown.form.purposes;
    const bool required = std::any_of(uses.begin(), uses.end(), [&](const FormPurpose& use) {
      return use.id == purpose.id && use.required;
    });
    html += "  <label><input type=\"checkbox\" name=\"consent\"" + attribute("value", purpose.id) +
            (required ? " required" : "") + ">\n    " +
            html_escape(text_for(purpose.wording, language)) + "\n  </label>\n";
  }
  return html;
}

// Where the form asks for a proof of work. `challenge` is what the widget of 3.x reads, and
// `challengeurl` those before it.
std::string widget(const Site& site, const ShownForm& shown) {
  if (!shown.form.protect.proof_of_work) return {};
  const std::string url =
      site.context.settings.public_url + "/forms/" + shown.form.id + "/challenge";
  return "  <!-- Needs the ALTCHA widget (npm package altcha) on your page, from your own site: "
         "<script async defer src=\"altcha.js\" type=\"module\"></script> -->\n"
         "  <altcha-widget" +
         attribute("challenge", url) + attribute("challengeurl", url) + "></altcha-widget>\n";
}

std::string snippet(const Site& site, const ShownForm& shown, std::string_view language,
                    std::string_view page) {
  const Templates& templates = site.context.templates;
  std::string html =
      "<form method=\"post\" accept-charset=\"utf-8\"" +
      attribute("action", site.context.settings.public_url + "/forms/" + shown.form.id) + ">\n";
  html += hidden("version", version_text(shown.version)) + hidden("lang", language);
  if (!page.empty()) html += hidden("page", page);
  html += "  <label>" + html_escape(templates.text("email", language)) +
          "\n    <input type=\"email\" name=\"email\" maxlength=\"254\" autocomplete=\"email\" "
          "required>\n  </label>\n";
  html += fields(shown, language);
  if (!shown.form.protect.honeypot.empty()) {
    html += "  <input type=\"text\"" + attribute("name", shown.form.protect.honeypot) +
            " tabindex=\"-1\" autocomplete=\"off\" aria-hidden=\"true\" "
            "style=\"position:absolute;left:-10000px\">\n";
  }
  return html + boxes(shown, language) + widget(site, shown) + "  <button type=\"submit\">" +
         html_escape(templates.text("form_submit", language)) + "</button>\n</form>\n";
}

}  // namespace

HttpResponse serve_embed(Site& site, const Call& call) {
  const auto shown = site.context.definitions.get()->shown_form(call.parameter);
  if (!shown) return not_found_answer(site);
  const auto& languages = shown->form.languages;
  std::string language = query_value(call.request, "lang");
  if (std::find(languages.begin(), languages.end(), language) == languages.end()) {
    language = languages.front();
  }
  HttpResponse response;
  response.body = snippet(site, *shown, language, page_url(query_value(call.request, "page")));
  response.content_type = "text/plain; charset=utf-8";
  response.set("Cache-Control", "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  return response;
}

}  // namespace jawort
