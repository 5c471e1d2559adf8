// Mustache templates, parsed once when loaded. The vendor header stays in parsed_template.cc.
// Templates come from a folder of the operator first, then from the binary; partials are resolved
// at load; size (256 KiB), nesting (32) and partials (8 deep) are limited, because a hostile
// template crashes the vendor's parser.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/campaign/finding.h"
#include "templates/texts.h"

namespace jawort {

// What a template sees. Dotted names ("controller.name") walk through nested views, also in set().
// An empty string counts as absent for {{#name}} and {{^name}}.
class View {
 public:
  View() = default;
  View& set(std::string_view name, std::string value);
  View& set(std::string_view name, const char* value) { return set(name, std::string(value)); }
  View& set(std::string_view name, bool value);
  View& set(std::string_view name, View value);
  View& set(std::string_view name, std::vector<View> list);

  using Value = std::variant<std::string, bool, View, std::vector<View>>;
  const std::map<std::string, Value, std::less<>>& values() const { return values_; }

 private:
  View& put(std::string_view name, Value value);
  std::map<std::string, Value, std::less<>> values_;
};

struct MailTemplate {
  std::string name, language;
  std::string source;  // of the text part, for messages: the file's path, or "built-in mail/…"
  bool has_html = false;
};

// What a mail is linted as: by its name, one that asks for a press or has a way of its own; a step
// that a campaign mails to who has confirmed; the notice of a revocation.
enum class MailRole : std::uint8_t { kByName, kStep, kRevocationNotice };

struct RenderedMail {
  std::string subject, text, html;
};

// Immutable after load; thread-safe (rendering does not change it).
class Templates {
 public:
  // `folder` may be empty or missing. kConfiguration with file and reason for a template that does
  // not parse, is too large, or uses a variable that does not exist.
  static Result<std::unique_ptr<Templates>> load(const std::string& folder);
  virtual ~Templates() = default;

  // mail/NAME.LANGUAGE.{subject,text,html}.mustache; the html part may be absent.
  virtual bool has_mail(std::string_view name, std::string_view language) const = 0;
  virtual Result<RenderedMail> mail(std::string_view name, std::string_view language,
                                    const View& view) const = 0;
  // SHA-256 over the three sources, for the record of what was mailed.
  virtual Hash256 mail_version(std::string_view name, std::string_view language) const = 0;
  // Those that are there, by name and language.
  virtual std::vector<MailTemplate> mails() const = 0;
  // The law's demands on a mail that goes out before anybody confirmed (lint_mail.h), its subject,
  // text and HTML part. Each finding names file and line. Empty for a mail that is not there.
  virtual Findings lint_mail(std::string_view name, std::string_view language) const = 0;
  // The same as another than its name says.
  virtual Findings lint_mail_as(MailRole role, std::string_view name,
                                std::string_view language) const = 0;
  // The names of the contact's own fields ("first_name" for {{contact.first_name}}) that this mail
  // uses, sorted. Empty for what goes to unconfirmed addresses: strangers type those fields.
  virtual std::vector<std::string> contact_fields(std::string_view name,
                                                  std::string_view language) const = 0;

  // pages/NAME.mustache inside pages/layout.mustache, with pages/texts.LANGUAGE.toml as `t.*`. A
  // language without texts falls back to its first subtag, then to English. "not_found" is the
  // same bytes whatever the arguments. kNotFound: no such page.
  virtual Result<std::string> page(std::string_view name, std::string_view language,
                                   const View& view) const = 0;
  // The source list for the CSP's style-src, e.g. "'sha256-…'": the <style> block of the layout is
  // the only style a page has. "'none'" when an operator's layout has none.
  virtual std::string_view style_csp_hash() const = 0;
  // A single text of texts.LANGUAGE.toml, e.g. for an error message; falls back to English. An
  // unknown "error_CODE" gives the text "error_field", any other unknown key an empty string.
  virtual std::string text(std::string_view key, std::string_view language) const = 0;
  // What a choice of countries offers, in its order; falls back to English.
  virtual const std::vector<Country>& countries(std::string_view language) const = 0;
  // Languages with a texts file, "en" and "de" at least.
  virtual std::vector<std::string> languages() const = 0;
};

}  // namespace jawort
