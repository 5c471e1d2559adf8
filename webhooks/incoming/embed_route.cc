// GET /forms/{form}/embed: what to paste into a site, as text. `?as=` iframe or script, else the
// plain HTML form; `?lang=` and `?page=` fill in the language and the URL of the page it will stand
// on. No style attributes and no inline script, so that pages with a strict CSP take it as it is.
#include "engine/evidence/digest.h"
#include "templates/form_fields.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_description.h"
#include "webhooks/incoming/form_request.h"
#include "webhooks/incoming/origin.h"
#include "webhooks/incoming/site.h"

namespace jawort {
namespace {

std::string attribute(std::string_view name, std::string_view value) {
  return ' ' + std::string(name) + "=\"" + html_escape(value) + '"';
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

// One form as it is pasted, in one language.
class Snippet {
 public:
  Snippet(const Site& site, const ShownForm& shown, std::string language, std::string page)
      : site_(site),
        shown_(shown),
        language_(std::move(language)),
        page_(std::move(page)),
        url_(form_url(site, shown.form.id)) {}

  std::string plain() const { return form(true); }

  // Without the script: the plain form. A proof of work is then asked for on our own page.
  std::string script() const {
    return "<jawort-form" + attribute("src", url_) + attribute("lang", language_) +
           (page_.empty() ? "" : attribute("page", page_)) + ">\n" + form(false) +
           "</jawort-form>\n<script" + attribute("src", url_ + "/embed.js") + " defer></script>\n";
  }

  // The height is for when the script does not run: the frame then scrolls.
  std::string iframe() const {
    std::string source = url_ + "?lang=" + percent_encode(language_) + "&as=iframe";
    if (!page_.empty()) source += "&page=" + percent_encode(page_);
    const auto height = 760 + 90 * shown_.fields.size() + 180 * shown_.purposes.size();
    return "<iframe" + attribute("src", source) +
           attribute("title", text_for(shown_.form.title, language_)) +
           attribute("lang", language_) + " width=\"100%\"" +
           attribute("height", std::to_string(height)) + " frameborder=\"0\"></iframe>\n<script" +
           attribute("src", url_ + "/embed.js") + " defer></script>\n";
  }

 private:
  std::string text(std::string_view key) const {
    return html_escape(site_.context.templates.text(key, language_));
  }

  static std::string hidden(std::string_view name, std::string_view value) {
    return "  <input type=\"hidden\"" + attribute("name", name) + attribute("value", value) + ">\n";
  }

  std::string choice(const FieldDefinition& field, const std::string& common) const {
    std::string html =
        "<select" + common + ">\n      <option value=\"\">" + text("choose") + "</option>\n";
    for (const auto& [value, label] : options_of(site_, field, language_)) {
      html +=
          "      <option" + attribute("value", value) + ">" + html_escape(label) + "</option>\n";
    }
    return html + "    </select>";
  }

  std::string control(const FieldDefinition& field) const {
    std::string common = attribute("name", field.name);
    if (requires_field(shown_.form, field.name)) common += " required";
    const auto autofill = autofill_token(field.name);
    if (!autofill.empty()) common += attribute("autocomplete", autofill);
    if (field.type == FieldType::kChoice || field.type == FieldType::kCountry) {
      return choice(field, common);
    }
    if (field.max_length > 0) common += attribute("maxlength", std::to_string(field.max_length));
    if (field.type == FieldType::kTextarea) return "<textarea" + common + "></textarea>";
    if (field.type == FieldType::kBoolean) common += " value=\"true\"";
    return "<input" + attribute("type", input_type(field.type)) + common + ">";
  }

  std::string fields() const {
    std::string html;
    for (const FieldDefinition& field : shown_.fields) {
      const std::string label = html_escape(text_for(field.label, language_));
      const std::string box = control(field);
      const bool ticked = field.type == FieldType::kBoolean;  // its box stands before its label
      html += "  <p><label>" + (ticked ? box : label) + "\n    " + (ticked ? label : box) +
              "</label></p>\n";
    }
    return html;
  }

  std::string boxes() const {
    std::string html;
    for (const Purpose& purpose : shown_.purposes) {
      html += "  <p><label><input type=\"checkbox\" name=\"consent\"" +
              attribute("value", purpose.id) +
              (requires_purpose(shown_.form, purpose.id) ? " required" : "") + ">\n    " +
              html_escape(text_for(purpose.wording, language_)) + "</label></p>\n";
    }
    return html;
  }

  // The label is for a human who sees it, because the site's style shows what is hidden.
  std::string trap() const {
    const std::string& name = shown_.form.protect.honeypot;
    if (name.empty()) return {};
    return "  <p hidden><label>" + text("leave_empty") + "\n    <input type=\"text\"" +
           attribute("name", name) + " tabindex=\"-1\" autocomplete=\"off\"></label></p>\n";
  }

  std::string privacy() const {
    const std::string& url = shown_.controller.privacy_url;
    if (url.empty()) return {};
    return "  <p>" + text("form_privacy") + " <a" + attribute("href", url) +
           " target=\"_blank\" rel=\"noopener\">" + text("form_privacy_link") + "</a>.</p>\n";
  }

  // Where the form asks for a proof of work. `challenge` is what the widget of 3.x reads, and
  // `challengeurl` those before it.
  std::string widget() const {
    if (!shown_.form.protect.proof_of_work) return {};
    const std::string url = url_ + "/challenge";
    return "  <!-- Needs the ALTCHA widget (npm package altcha) on your page, from your own site: "
           "<script async defer src=\"altcha.js\" type=\"module\"></script> -->\n"
           "  <altcha-widget" +
           attribute("challenge", url) + attribute("challengeurl", url) + "></altcha-widget>\n";
  }

  std::string form(bool with_widget) const {
    std::string html =
        "<form method=\"post\" accept-charset=\"utf-8\"" + attribute("action", url_) + ">\n";
    html += hidden("version", version_text(shown_.version)) + hidden("lang", language_);
    if (!page_.empty()) html += hidden("page", page_);
    html += "  <p><label>" + text("email") +
            "\n    <input type=\"email\" name=\"email\" maxlength=\"254\" autocomplete=\"email\" "
            "required></label></p>\n";
    html += fields() + trap() + boxes() + privacy();
    if (with_widget) html += widget();
    return html + "  <button type=\"submit\">" + text("form_submit") + "</button>\n</form>\n";
  }

  const Site& site_;
  const ShownForm& shown_;
  const std::string language_, page_, url_;
};

std::string snippet_of(const Site& site, const ShownForm& shown, const HttpRequest& request) {
  std::string language = query_value(request, "lang");
  if (!offers(shown.form, language)) language = shown.form.languages.front();
  const Snippet snippet(site, shown, std::move(language), page_url(query_value(request, "page")));
  const std::string as = query_value(request, "as");
  if (as == "iframe") return snippet.iframe();
  return as == "script" ? snippet.script() : snippet.plain();
}

}  // namespace

HttpResponse serve_embed(Site& site, const Call& call) {
  return for_own_sites(site, call, [&](const ShownForm& shown) {
    if (call.request.method == "OPTIONS") return preflight(call);
    HttpResponse response;
    response.body = snippet_of(site, shown, call.request);
    response.content_type = "text/plain; charset=utf-8";
    response.set("Cache-Control", "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    return response;
  });
}

}  // namespace jawort
