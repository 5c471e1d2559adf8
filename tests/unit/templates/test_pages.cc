#include <algorithm>
#include <set>
#include <stdexcept>
#include <tuple>

#include "engine/base/bytes.h"
#include "engine/base/embedded.h"
#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "tests/support/catch.h"
#include "tests/unit/templates/views.h"

namespace jawort {
namespace {

using namespace testing;

const Templates& built_in() {
  static const std::unique_ptr<Templates> templates = [] {
    auto loaded = Templates::load("");
    if (!loaded.ok()) throw std::runtime_error(loaded.error().message);
    return std::move(loaded).value();
  }();
  return *templates;
}

std::string page(std::string_view name, std::string_view language, const View& view) {
  const auto html = built_in().page(name, language, view);
  INFO(name);
  REQUIRE(html.ok());
  return *html;
}

// Every <NAME …> of a page, from "<" to ">".
std::vector<std::string> elements(const std::string& html, const std::string& name) {
  std::vector<std::string> found;
  for (auto at = html.find("<" + name); at != std::string::npos;
       at = html.find("<" + name, at + 1)) {
    const char next = html[at + name.size() + 1];
    if (next == ' ' || next == '>') found.push_back(html.substr(at, html.find('>', at) - at + 1));
  }
  return found;
}

std::string attribute(const std::string& element, const std::string& name) {
  const auto at = element.find(" " + name + "=\"");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 3;
  return element.substr(begin, element.find('"', begin) - begin);
}

TEST_CASE("pages: each renders in each language, full and empty", "[templates]") {
  for (const std::string& name : page_names()) {
    for (const std::string language : {"de", "en"}) {
      for (const View& view : {full_page("Wert"), View()}) {
        CAPTURE(name, language);
        const std::string html = page(name, language, view);
        CHECK(html.starts_with("<!DOCTYPE html>\n"));
        CHECK(html.ends_with("</html>\n"));
        CHECK(count_of(html, "<h1>") == 1);
        CHECK(count_of(html, "<main>") == 1);
        CHECK_FALSE(holds(html, "<h1></h1>"));
        CHECK_FALSE(holds(html, "{{"));
        if (name != "not_found") CHECK(holds(html, "<html lang=\"" + language + "\">"));
        for (const char* open : {"div", "p", "ul", "li", "form", "fieldset", "section", "label"}) {
          CAPTURE(open);
          CHECK(elements(html, open).size() == count_of(html, "</" + std::string(open) + ">"));
        }
      }
    }
  }
}

TEST_CASE("pages: nothing comes from elsewhere, nothing runs, no style but the layout's",
          "[templates]") {
  for (const std::string& name : page_names()) {
    const std::string html = ascii_lower(page(name, "de", full_page("Wert")));
    for (const char* banned :
         {"http:", "https:", "src=", "@import", "url(", "<script", "<img", "<link", "<svg",
          "style=", "onload", "onclick", "javascript", "<iframe", "data:"}) {
      CAPTURE(name, banned);
      CHECK_FALSE(holds(html, banned));
    }
    CHECK(count_of(html, "<style>") == 1);
  }
}

TEST_CASE("pages: hostile values arrive as text", "[templates]") {
  const std::string hostile = "\"'><script>{{t.email}}{{{x}}}&amp;\x01\x7F\xFF\n";
  const std::string safe =
      "&quot;&#39;&gt;&lt;script&gt;&#123;&#123;t.email}}&#123;&#123;&#123;x}}}&amp;amp;"
      "\uFFFD\uFFFD\n";
  for (const std::string& name : page_names()) {
    CAPTURE(name);
    const std::string html = page(name, "en", full_page(hostile));
    CHECK_FALSE(holds(html, "<script"));
    CHECK_FALSE(holds(html, "{{"));
    CHECK_FALSE(holds(html, "\"'"));
    CHECK(valid_utf8(html));
    CHECK(std::none_of(html.begin(), html.end(),
                       [](char c) { return (c >= 0 && c < 0x20 && c != '\n') || c == 0x7F; }));
    if (name != "not_found") CHECK(holds(html, safe));
  }
}

TEST_CASE("pages: the CSP hash is that of the style a browser gets", "[templates]") {
  const std::string html = page("confirm", "de", full_page("x"));
  const auto begin = html.find("<style>") + 7;
  const auto style = html.substr(begin, html.find("</style>") - begin);
  CHECK(built_in().style_csp_hash() == "'sha256-" + to_base64(sha256(as_bytes(style))) + "'");
}

TEST_CASE("pages: not found is the same bytes whatever was asked", "[templates]") {
  const std::string first = page("not_found", "de", View());
  CHECK(page("not_found", "en", full_page("x")) == first);
  CHECK(page("not_found", "fr", controller_view("x")) == first);
  CHECK(holds(first, "Diese Seite gibt es nicht"));
  CHECK(holds(first, "This page does not exist"));
}

TEST_CASE("pages: an unknown page, and parts that are no pages", "[templates]") {
  for (const char* name : {"", "layout", "_facts", "../mail/confirmation", "nothing"}) {
    const auto html = built_in().page(name, "de", View());
    REQUIRE_FALSE(html.ok());
    CHECK(html.error().kind == ErrorKind::kNotFound);
  }
}

TEST_CASE("pages: a language without texts falls back", "[templates]") {
  CHECK(holds(page("sent", "de-AT", View()), "<html lang=\"de\">"));
  CHECK(holds(page("sent", "fr", View()), "<html lang=\"en\">"));
  CHECK(holds(page("sent", "", View()), "<html lang=\"en\">"));
  CHECK(built_in().languages() == std::vector<std::string>{"de", "en"});
}

TEST_CASE("texts: German and English have the same keys, none is empty", "[templates]") {
  std::map<std::string, std::set<std::string>> keys;
  for (const EmbeddedFile& file : embedded_templates()) {
    if (!file.path.starts_with("pages/texts.")) continue;
    for (const std::string_view line : split(file.content, '\n')) {
      if (line.empty() || line.starts_with('#')) continue;
      const std::string key(line.substr(0, line.find(" = ")));
      CAPTURE(file.path, key);
      CHECK(keys[std::string(file.path)].insert(key).second);
      CHECK_FALSE(built_in().text(key, "de").empty());
      CHECK_FALSE(built_in().text(key, "en").empty());
    }
  }
  REQUIRE(keys.size() == 2);
  CHECK(keys["pages/texts.de.toml"] == keys["pages/texts.en.toml"]);
  CHECK(keys["pages/texts.de.toml"].size() > 60);
}

TEST_CASE("texts: unknown keys", "[templates]") {
  CHECK(built_in().text("no_such_key", "de").empty());
  CHECK(built_in().text("error_no_such_code", "de") == built_in().text("error_field", "de"));
  CHECK(built_in().text("email", "fr") == "E-mail address");
}

TEST_CASE("form page: every control has a label, errors are tied to their fields", "[templates]") {
  const std::string html = page("form", "de", full_page("Wert"));
  std::set<std::string> ids, labelled, described;
  for (const char* name : {"input", "select", "textarea"}) {
    for (const std::string& element : elements(html, name)) {
      CAPTURE(element);
      if (attribute(element, "type") == "hidden") continue;
      CHECK(ids.insert(attribute(element, "id")).second);
      const bool trap = holds(element, "tabindex=\"-1\"");
      CHECK(trap != holds(element, "aria-invalid=\"true\""));
      CHECK(trap != holds(element, "aria-describedby=\""));
      if (!trap) described.insert(attribute(element, "aria-describedby"));
    }
  }
  for (const std::string& label : elements(html, "label")) labelled.insert(attribute(label, "for"));
  CHECK(ids == labelled);
  CHECK(ids.size() == 12);  // the address, nine fields, the trap, one box
  for (const std::string& id : described) CHECK(count_of(html, "id=\"" + id + "\"") == 1);
  // The summary leads to each of them.
  for (const std::string& id : ids) {
    if (id != "Wert") CHECK(holds(html, "<a href=\"#" + id + "\">"));
  }
  CHECK(holds(html, "role=\"alert\""));
}

TEST_CASE("form page: kinds of fields become the right controls", "[templates]") {
  const std::string html = page("form", "de", full_page("Wert"));
  const auto control = [&](const std::string& kind) {
    for (const char* name : {"input", "select", "textarea"}) {
      for (const std::string& element : elements(html, name)) {
        if (attribute(element, "id") == "field-" + kind) return element;
      }
    }
    return std::string();
  };
  CHECK(attribute(control("text"), "type") == "text");
  CHECK(attribute(control("email"), "type") == "email");
  CHECK(attribute(control("email"), "autocomplete") == "email");
  CHECK(attribute(control("phone"), "type") == "tel");
  CHECK(attribute(control("phone"), "autocomplete") == "tel");
  CHECK(attribute(control("date"), "type") == "date");
  CHECK(attribute(control("number"), "inputmode") == "decimal");
  CHECK(attribute(control("boolean"), "type") == "checkbox");
  CHECK(control("textarea").starts_with("<textarea"));
  CHECK(control("choice").starts_with("<select"));
  CHECK(control("country").starts_with("<select"));
  CHECK(attribute(control("country"), "autocomplete") == "country");
}

TEST_CASE("form page: names of fields are told to the browser's autofill", "[templates]") {
  View view;
  std::vector<View> fields = {field_view("text", ""), field_view("text", "")};
  fields[0].set("name", "first_name");
  fields[1].set("name", "shoe_size").set("max_length", "0");
  view.set("fields", fields);
  const std::string html = page("form", "de", view);
  CHECK(holds(html, "name=\"first_name\" value=\"\" autocomplete=\"given-name\""));
  CHECK(holds(html, "name=\"shoe_size\" value=\"\">"));  // neither autofill nor a limit of 0
}

TEST_CASE("form page: countries in the page's language", "[templates]") {
  View view, field;
  field.set("name", "home").set("is_country", true).set("value", "at");
  view.set("fields", std::vector<View>{field});
  for (const auto& [language, austria, egypt, france] :
       {std::tuple("de", "Österreich", "Ägypten", "Frankreich"),
        std::tuple("en", "Austria", "Egypt", "France")}) {
    const std::string html = page("form", language, view);
    CHECK(elements(html, "option").size() == 250);
    CHECK(count_of(html, " selected") == 1);
    CHECK(holds(html, std::string("<option value=\"AT\" selected>") + austria + "</option>"));
    CHECK(html.find(egypt) < html.find(france));  // by name, not by code or byte
    CHECK(holds(html, "autocomplete=\"country\""));
  }
}

TEST_CASE("form page: no box is ticked unless the person ticked it", "[templates]") {
  View view, ticked;
  View purpose, other;
  purpose.set("id", "newsletter").set("wording", "Ja, gern.").set("required", true);
  other.set("id", "phone").set("wording", "Ja, <rufen> Sie an.");
  view.set("purposes", std::vector<View>{purpose, other});
  const std::string html = page("form", "de", view);
  CHECK_FALSE(holds(html, " checked"));
  // The label is the wording, all of it and nothing else.
  CHECK(holds(html, "<label for=\"consent-newsletter\">Ja, gern.</label>"));
  CHECK(holds(html, "<label for=\"consent-phone\">Ja, &lt;rufen&gt; Sie an.</label>"));
  CHECK(holds(html, "name=\"consent\" value=\"newsletter\" required>"));
  CHECK(holds(html, "name=\"consent\" value=\"phone\" aria-describedby"));
  view.set("purposes", std::vector<View>{purpose, other.set("checked", true)});
  CHECK(count_of(page("form", "de", view), " checked") == 1);
}

TEST_CASE("form page: the trap for machines is out of a person's way", "[templates]") {
  View view;
  CHECK_FALSE(holds(page("form", "en", view), "class=\"company\""));
  view.set("honeypot", "company_fax");
  const std::string html = page("form", "en", view);
  CHECK(holds(html, "<div class=\"company\" aria-hidden=\"true\">"));
  CHECK(holds(html, "name=\"company_fax\" value=\"\" tabindex=\"-1\" autocomplete=\"off\">"));
  CHECK(holds(html, "Please leave this field empty"));
  CHECK(holds(html, ".company { position: absolute; left: -10000px;"));
}

TEST_CASE("form page: a typed text keeps its first empty line", "[templates]") {
  View view;
  View field = field_view("textarea", "\nzweite Zeile");
  view.set("fields", std::vector<View>{field});
  // A browser drops one line end after <textarea>.
  CHECK(holds(page("form", "de", view), ">\n\nzweite Zeile</textarea>"));
}

TEST_CASE("confirm page: one button to confirm, one to deny", "[templates]") {
  View view, purpose, other;
  purpose.set("id", "newsletter").set("label", "Newsletter").set("wording", "Ja, gern.");
  other.set("id", "phone").set("label", "Anrufe").set("wording", "Ja, anrufen.");
  view.set("purposes", std::vector<View>{purpose}).set("action", "/confirm/abc");
  view.set("masked_address", "a•••@example.org").set("controller.name", "Sommer");
  std::string html = page("confirm", "de", view);
  CHECK(elements(html, "form").size() == 2);
  CHECK(count_of(html, "<form method=\"post\" action=\"/confirm/abc\">") == 2);
  CHECK(elements(html, "button").size() == 2);
  CHECK(holds(html, "name=\"decision\" value=\"confirm\""));
  CHECK(holds(html, "name=\"decision\" value=\"deny\""));
  CHECK(holds(html, ">Ja, bestätigen</button>"));
  CHECK(holds(html, "id=\"not-me\""));
  CHECK(holds(html, "a•••@example.org"));
  CHECK(holds(html, "<li class=\"wording\">Ja, gern.</li>"));
  CHECK_FALSE(holds(html, "choose"));

  view.set("purposes", std::vector<View>{purpose, other}).set("several", true);
  html = page("confirm", "de", view);
  CHECK(holds(html, "name=\"choose\" value=\"1\""));
  CHECK(count_of(html, "name=\"purpose\"") == 2);
  CHECK(holds(html, "<label for=\"purpose-phone\">Ja, anrufen.</label>"));
}

TEST_CASE("pages: the footer names the controller and the officer", "[templates]") {
  View view;
  view.set("controller.name", "Bäckerei").set("controller.address", "Markt 1");
  view.set("controller.imprint_url", "/i").set("controller.privacy_url", "/p");
  view.set("controller.officer_name", "Dr. E").set("controller.officer_email", "d@example.org");
  const std::string html = page("revoked", "de", view);
  CHECK(holds(html, "<strong>Bäckerei</strong>, Markt 1</p>"));
  CHECK(holds(html, "Dr. E, <a href=\"mailto:d@example.org\">d@example.org</a>"));
  CHECK(holds(html, "<a href=\"/i\" rel=\"noreferrer\">Impressum</a>"));
  CHECK(holds(html, "<title>Sie sind abgemeldet – Bäckerei</title>"));
  CHECK_FALSE(holds(page("revoked", "de", View()), "Impressum"));
}

TEST_CASE("views: dotted names and replaced values", "[templates]") {
  View view;
  view.set("a.b.c", "1").set("a.b.d", "2").set("a.e", true);
  const View& a = std::get<View>(view.values().at("a"));
  CHECK(std::get<std::string>(std::get<View>(a.values().at("b")).values().at("d")) == "2");
  CHECK(std::get<bool>(a.values().at("e")));
  view.set("a", "flat");
  CHECK(std::get<std::string>(view.values().at("a")) == "flat");
  view.set("a.b", "deep again");
  CHECK(std::get<View>(view.values().at("a")).values().size() == 1);
}

}  // namespace
}  // namespace jawort
