#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/templates/views.h"

namespace jawort {
namespace {

using namespace testing;

// An operator's folder of templates.
class OwnFolder {
 public:
  void write(const std::string& path, const std::string& content) {
    const std::filesystem::path file = folder_.file(path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }
  Result<std::unique_ptr<Templates>> load() const { return Templates::load(folder_.path()); }
  std::unique_ptr<Templates> loaded() const {
    auto templates = load();
    INFO((templates.ok() ? "" : templates.error().message));
    REQUIRE(templates.ok());
    return std::move(templates).value();
  }
  // The message with the folder's name cut out.
  std::string fault() const {
    const auto templates = load();
    if (templates.ok()) return {};
    CHECK(templates.error().kind == ErrorKind::kConfiguration);
    std::string message = templates.error().message;
    const auto at = message.find(folder_.path());
    if (at != std::string::npos) message.erase(at, folder_.path().size() + 1);
    return message;
  }
  std::string fault_of(const std::string& path, const std::string& content) {
    write(path, content);
    std::string message = fault();
    std::filesystem::remove(folder_.file(path));
    return message;
  }

 private:
  TemporaryFolder folder_;
};

const std::string kText = "mail/hello.de.text.mustache";
const std::string kHtml = "mail/hello.de.html.mustache";
const std::string kSubject = "mail/hello.de.subject.mustache";

TEST_CASE("own templates: an empty or missing folder leaves the built-in ones", "[templates]") {
  CHECK(OwnFolder().loaded()->has_mail("confirmation", "de"));
  CHECK(Templates::load("/nonexistent/folder").ok());
}

TEST_CASE("own templates: a new mail with fields of the contact", "[templates]") {
  OwnFolder own;
  own.write(kSubject, "Schön, {{contact.first_name}}\n");
  own.write(kText, "Hallo {{contact.first_name}} {{contact.last_name}} <{{contact.email}}>\n");
  auto templates = own.loaded();
  REQUIRE(templates->has_mail("hello", "de"));
  CHECK_FALSE(templates->has_mail("hello", "en"));
  CHECK(templates->contact_fields("hello", "de") ==
        std::vector<std::string>{"first_name", "last_name"});
  View view;
  view.set("contact.first_name", "A & B").set("contact.email", "a@example.org");
  const auto mail = templates->mail("hello", "de", view);
  REQUIRE(mail.ok());
  CHECK(mail->subject == "Schön, A & B");
  CHECK(mail->text == "Hallo A & B  <a@example.org>\n");
  CHECK(mail->html.empty());
}

TEST_CASE("own templates: a mail is there when it has subject and text", "[templates]") {
  OwnFolder own;
  own.write(kText, "Text\n");
  CHECK_FALSE(own.loaded()->has_mail("hello", "de"));
  own.write(kSubject, "Betreff\n");
  CHECK(own.loaded()->has_mail("hello", "de"));
}

TEST_CASE("own templates: a text of one's own drops the built-in HTML twin", "[templates]") {
  OwnFolder own;
  const std::string text = "mail/confirmation.de.text.mustache";
  own.write("mail/confirmation.de.subject.mustache", "Bestätigen\n");
  const auto built_in = Templates::load("");
  const auto version = (*built_in)->mail_version("confirmation", "de");
  auto templates = own.loaded();
  CHECK_FALSE((*templates->mail("confirmation", "de", full_mail("x"))).html.empty());
  CHECK(templates->mail_version("confirmation", "de") != version);
  CHECK(templates->mail_version("confirmation", "en") ==
        (*built_in)->mail_version("confirmation", "en"));
  own.write(text, "Bitte: {{confirm.url}}\n");
  templates = own.loaded();
  const auto mail = templates->mail("confirmation", "de", full_mail("x"));
  REQUIRE(mail.ok());
  CHECK(mail->subject == "Bestätigen");
  CHECK(mail->text == "Bitte: x\n");
  CHECK(mail->html.empty());
  own.write("mail/confirmation.de.html.mustache", "<p>{{confirm.url}}</p>\n");
  CHECK(own.loaded()->mail("confirmation", "de", full_mail("x"))->html == "<p>x</p>\n");
}

TEST_CASE("own templates: an own text partial leaves the built-in HTML one", "[templates]") {
  OwnFolder own;
  own.write("mail/_controller.de.text.mustache", "Mit Gruß, {{controller.name}}\n");
  const auto mail = own.loaded()->mail("confirmation", "de", full_mail("x"));
  REQUIRE(mail.ok());
  CHECK(mail->text.find("Mit Gruß, ") != std::string::npos);
  CHECK_FALSE(mail->html.empty());
}

TEST_CASE("own templates: pages, texts and a language more", "[templates]") {
  OwnFolder own;
  own.write("pages/sent.mustache", "\xEF\xBB\xBF<h1>{{title}}</h1>\r\n<p>{{t.thanks}}</p>\r\n");
  own.write("pages/texts.de.toml", "title_sent = \"Prima\"\nthanks = \"Danke <sehr>\"\n");
  own.write("pages/texts.fr.toml", "title_sent = \"Merci\"\n");
  const auto templates = own.loaded();
  const std::string german = *templates->page("sent", "de", View());
  CHECK(holds(german, "<h1>Prima</h1>\n<p>Danke &lt;sehr&gt;</p>\n"));
  const std::string french = *templates->page("sent", "fr-CA", View());
  CHECK(holds(french, "<html lang=\"fr\">"));
  CHECK(holds(french, "<h1>Merci</h1>"));
  CHECK(templates->text("email", "fr") == "E-mail address");
  CHECK(templates->text("email", "de") == "E-Mail-Adresse");
  CHECK(templates->languages() == std::vector<std::string>{"de", "en", "fr"});
}

TEST_CASE("own templates: a layout of one's own", "[templates]") {
  OwnFolder own;
  const std::string layout = "pages/layout.mustache";
  own.write(layout, "<title>{{title}}</title>{{{body}}}");
  auto templates = own.loaded();
  CHECK(templates->style_csp_hash() == "'none'");
  CHECK(*templates->page("error", "de", View().set("message", "<b>")) != "");
  CHECK(holds(*templates->page("error", "de", View().set("message", "<b>")), "&lt;b&gt;"));
  own.write(layout, "<style>a{}</style><style>b{}</style>{{{body}}}");
  CHECK(std::string(own.loaded()->style_csp_hash()).find("' 'sha256-") != std::string::npos);
  CHECK(own.fault_of(layout, "nothing") ==
        "pages/layout.mustache: {{{body}}} must stand in it exactly once");
  CHECK(own.fault_of(layout, "{{{body}}}{{{body}}}") ==
        "pages/layout.mustache: {{{body}}} must stand in it exactly once");
  CHECK(own.fault_of(layout, "<style>{{title}}</style>{{{body}}}") ==
        "pages/layout.mustache: <style> holds a tag; its bytes must always be the same");
}

TEST_CASE("own templates: an unknown variable is named with its file", "[templates]") {
  OwnFolder own;
  const std::pair<std::string, std::string> cases[] = {{kText, "contcat.email"},
                                                       {kText, "title"},
                                                       {kText, "contact.address.street"},
                                                       {kText, "controller"},
                                                       {"pages/sent.mustache", "masked_address"},
                                                       {"pages/sent.mustache", "t.no_such_text"},
                                                       {"pages/form.mustache", "wording"},
                                                       {"pages/confirm.mustache", "contact.email"}};
  for (const auto& [path, name] : cases) {
    CAPTURE(path, name);
    CHECK(own.fault_of(path, "{{confirm.url}}{{" + name + "}}") ==
          path + ": unknown variable \"" + (path.starts_with("pages/") ? "confirm.url" : name) +
              "\"");
    if (path.starts_with("pages/")) {
      CHECK(own.fault_of(path, "{{" + name + "}}") == path + ": unknown variable \"" + name + "\"");
    }
  }
}

TEST_CASE("own templates: what strangers type stays out of what goes to the unconfirmed") {
  OwnFolder own;
  for (const std::string mail : {"confirmation", "reminder"}) {
    const std::string path = "mail/" + mail + ".de.text.mustache";
    CHECK(own.fault_of(path, "{{confirm.url}}{{contact.first_name}}") ==
          path +
              ": {{contact.first_name}}: strangers type the contact's fields, and this goes to "
              "addresses that nobody has confirmed yet; leave it out");
  }
}

TEST_CASE("own templates: names are looked up as Mustache does", "[templates]") {
  OwnFolder own;
  CHECK(own.fault_of(kText, "{{#purposes}}{{wording}} {{form.title}}{{/purposes}}").empty());
  CHECK(own.fault_of(kText, "{{#contact}}{{email}}{{first_name}}{{/contact}}").empty());
  CHECK(own.fault_of(kText, "{{#has_purposes}}x{{/has_purposes}}").empty());
  CHECK(own.fault_of("pages/form.mustache",
                     "{{#fields}}{{#options}}{{label}}{{name}}{{/options}}{{/fields}}")
            .empty());
  CHECK(own.fault_of("mail/reminder.de.text.mustache",
                     "{{confirm.url}}{{#contact}}{{first_name}}{{/contact}}") ==
        "mail/reminder.de.text.mustache: unknown variable \"first_name\"");
  CHECK(own.fault_of(kText, "{{#purposes}}{{/purposes}}{{wording}}") ==
        kText + ": unknown variable \"wording\"");
  CHECK(own.fault_of(kText, "{{^purposes}}{{wording}}{{/purposes}}") ==
        kText + ": unknown variable \"wording\"");
}

TEST_CASE("own templates: what is not a template is refused with the reason", "[templates]") {
  OwnFolder own;
  CHECK(own.fault_of(kText, "a\n{{#purposes}}") ==
        kText + ": line 2: section \"purposes\" is not closed");
  CHECK(own.fault_of(kHtml, "{{{contact.email}}}") ==
        kHtml + ": {{{contact.email}}} would put a value in without escaping it");
  CHECK(own.fault_of(kText, "{{{body}}}") ==
        kText + ": {{{body}}} would put a value in without escaping it");
  CHECK(own.fault_of(kHtml, "{{& contact.email}}") ==
        kHtml + ": line 1: {{& }} would put a value in without escaping it");
  CHECK(own.fault_of("pages/sent.mustache", "{{=<% %>=}}") ==
        "pages/sent.mustache: line 1: the tag delimiters cannot be changed");
  CHECK(own.fault_of("mail/confirmation.de.html.mustache", "<p>Hallo</p>") ==
        "mail/confirmation.de.html.mustache: {{confirm.url}} is missing, nobody could confirm");
  CHECK(own.fault_of(kText, std::string(300 * 1024, 'x')).starts_with(kText));
  std::string deep;
  for (int i = 0; i < 20000; ++i) deep += "{{#a}}";
  CHECK(own.fault_of(kText, deep) == kText + ": line 1: sections are nested more than 32 deep");
}

TEST_CASE("own templates: a comment between braces makes no tag of three", "[templates]") {
  OwnFolder own;
  CHECK(own.fault_of(kHtml, "{{{! c }}}").starts_with(kHtml + ": line 1: a tag with three"));
  CHECK(own.fault_of(kHtml, "{{{!c}}{{contact.email}}}").starts_with(kHtml + ": line 1: "));
  CHECK(own.fault_of(kHtml, "{{{!c}}}{{contact.email}}").starts_with(kHtml + ": line 1: "));
  CHECK(own.fault_of(kHtml, "{{!c}}{{!d}}{ {{contact.email}} }").empty());
  CHECK_FALSE(own.fault_of(kHtml, "x {{! c }}{{! d }}{{{contact.email}} }").empty());
}

TEST_CASE("own templates: names of files that fit nothing", "[templates]") {
  OwnFolder own;
  for (const char* path :
       {"mail/hello.text.de.mustache", "mail/hello.mustache", "mail/Welcome.de.text.mustache",
        "mail/hello.deutsch1.text.mustache", "pages/startseite.mustache", "pages/texts.toml"}) {
    CAPTURE(path);
    CHECK(own.fault_of(path, "x = \"y\"") == std::string(path) + ": no template has this name");
  }
  own.write("mail/README.md", "read me");
  own.write("mail/hello.de.text.mustache~", "{{backup");
  own.write("notes.txt", "{{");
  CHECK(own.fault().empty());
}

TEST_CASE("own templates: texts with faults", "[templates]") {
  OwnFolder own;
  const std::string path = "pages/texts.de.toml";
  CHECK(own.fault_of(path, "a = \"b\"\nc = ").starts_with(path + ":2: "));
  CHECK(own.fault_of(path, "a = 1\n") ==
        path + ":1: a: a key in lower case and a plain text are expected");
  CHECK(own.fault_of(path, "\n\"A b\" = \"x\"\n") ==
        path + ":2: A b: a key in lower case and a plain text are expected");
  CHECK(own.fault_of(path, "a = \"\\u0007\"\n").starts_with(path + ":1: a: "));
  CHECK(own.fault_of(path, "[a]\nb = \"c\"\n").starts_with(path + ":1: a: "));
}

TEST_CASE("own templates: countries", "[templates]") {
  OwnFolder own;
  const std::string path = "pages/countries.de.toml";
  CHECK(own.fault_of(path, "").starts_with(path + ":"));
  CHECK(own.fault_of(path, "countries = [\n  [\"de\", \"Deutschland\"]]") ==
        path + ":2: countries: [\"DE\", \"name\"] is expected");
  CHECK(own.fault_of(path, "countries = [[\"DE\"]]").starts_with(path + ":1: countries: "));
  CHECK(own.fault_of(path, "countries = [\"DE\"]").starts_with(path + ":1: countries: "));
  own.write(path, "countries = [[\"DE\", \"Deutschland\"]]");
  View view, field;
  view.set("fields", std::vector<View>{field.set("is_country", true)});
  const auto templates = own.loaded();
  CHECK(count_of(*templates->page("form", "de", view), "<option") == 2);
  CHECK(count_of(*templates->page("form", "en", view), "<option") == 250);
}

TEST_CASE("partials: put in when loaded, alone on a line or within one", "[templates]") {
  OwnFolder own;
  own.write(kSubject, "S");
  own.write("mail/_name.de.text.mustache", "Firma {{controller.name}}\n");
  own.write("mail/_twice.de.text.mustache", "{{> name}}\n{{> name}}\n");
  own.write(kText, "a\n  {{> twice}}\nb ({{> name}}) c\n{{! gone }}\nd {{! gone }}e\n{{> name}}");
  const auto mail = own.loaded()->mail("hello", "de", View().set("controller.name", "N"));
  REQUIRE(mail.ok());
  CHECK(mail->text == "a\nFirma N\nFirma N\nb (Firma N) c\nd e\nFirma N\n");
}

TEST_CASE("partials: a change of one changes the mail's version", "[templates]") {
  OwnFolder own;
  own.write(kSubject, "S");
  own.write(kText, "{{> name}}\n");
  own.write("mail/_name.de.text.mustache", "eins\n");
  const Hash256 before = own.loaded()->mail_version("hello", "de");
  CHECK(own.loaded()->mail_version("hello", "de") == before);
  own.write("mail/_name.de.text.mustache", "zwei\n");
  CHECK(own.loaded()->mail_version("hello", "de") != before);
}

TEST_CASE("partials: missing, recursive, multiplying", "[templates]") {
  OwnFolder own;
  CHECK(own.fault_of(kText, "{{> gone}}") ==
        kText + ": there is no partial mail/_gone.de.text.mustache");
  own.write("mail/_self.de.text.mustache", "x{{> self}}{{> self}}");
  CHECK(own.fault_of(kText, "{{> self}}").ends_with("does one include itself?"));
  std::string many, big(60 * 1024, 'y');
  for (int i = 0; i < 20000; ++i) many += "{{>b}}";
  own.write("mail/_a.de.text.mustache", many);
  own.write("mail/_b.de.text.mustache", "");
  CHECK(own.fault_of(kText, "{{> a}}").ends_with("does one include itself?"));
  own.write("mail/_big.de.text.mustache", big);
  CHECK(own.fault_of(kText, "{{> big}}{{> big}}{{> big}}{{> big}}").empty());
  CHECK(own.fault_of(kText, "{{> big}}{{> big}}{{> big}}{{> big}}{{> big}}")
            .ends_with(": larger than 256 KiB with its partials"));
  own.write("mail/_open.de.text.mustache", "{{#purposes}}");
  CHECK(own.fault_of(kText, "{{#purposes}}{{> open}}{{/purposes}}")
            .find("_open.de.text.mustache: line 1") != std::string::npos);
}

TEST_CASE("sections: lines that hold only a section tag leave no trace", "[templates]") {
  OwnFolder own;
  own.write(kSubject, "S");
  own.write(kText,
            "a\n{{#opt_in.page}}\nSeite\n\n{{/opt_in.page}}\n\n{{^opt_in.page}}\n\nkeine\n"
            "{{/opt_in.page}}\nb\n");
  const auto templates = own.loaded();
  CHECK(templates->mail("hello", "de", View().set("opt_in.page", "x"))->text ==
        "a\nSeite\n\n\nb\n");
  CHECK(templates->mail("hello", "de", View())->text == "a\n\n\nkeine\nb\n");
}

}  // namespace
}  // namespace jawort
