#include "templates/renderer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "templates/escaping.h"
#include "templates/form_fields.h"
#include "templates/lint_mail.h"
#include "templates/parsed_template.h"
#include "templates/template_files.h"
#include "templates/texts.h"
#include "templates/variables.h"

namespace jawort {
namespace {

struct Mail {
  std::optional<ParsedTemplate> subject, text, html;
  Hash256 version{};
};

// Each source behind its length, so that no two mails have the same bytes to hash.
Hash256 version_of(const Mail& mail) {
  std::string bytes;
  for (const auto* part : {&mail.subject, &mail.text, &mail.html}) {
    if (!part->has_value()) continue;
    bytes += std::to_string((*part)->source().size()) + "\n" + (*part)->source();
  }
  return sha256(as_bytes(bytes));
}

// The source list for a CSP's style-src over each <style> of a page (CSP level 3 §2.3.1).
Result<std::string> style_hashes(std::string_view layout) {
  constexpr std::string_view kOpen = "<style>", kClose = "</style>";
  std::string list;
  for (std::size_t at = layout.find(kOpen); at != std::string_view::npos;) {
    const std::size_t begin = at + kOpen.size();
    const std::size_t end = layout.find(kClose, begin);
    if (end == std::string_view::npos) return invalid("<style> is not closed");
    const auto style = layout.substr(begin, end - begin);
    if (style.find("{{") != std::string_view::npos) {
      return invalid("<style> holds a tag; its bytes must always be the same");
    }
    list += (list.empty() ? "'sha256-" : " 'sha256-") + to_base64(sha256(as_bytes(style))) + "'";
    at = layout.find(kOpen, end);
  }
  return list.empty() ? std::string("'none'") : list;
}

constexpr std::string_view kLayout = "layout";
constexpr std::string_view kNotFound = "not_found";

class LoadedTemplates final : public Templates {
 public:
  LoadedTemplates(TemplateFiles files, Texts texts)
      : files_(std::move(files)), texts_(std::move(texts)) {}

  Status read() {
    const TemplateFiles& files = files_;
    for (const auto& [path, file] : files) {
      if (!path.ends_with(".mustache") || path.find("/_") != std::string::npos) continue;
      JAWORT_TRY(path.starts_with("mail/") ? read_mail_part(files, path) : read_page(files, path));
    }
    for (auto& [key, mail] : mails_) {
      if (complete(mail)) mail.version = version_of(mail);
    }
    for (const std::string& language : texts_.languages()) {
      languages_.emplace(language, ViewData(language_view(language)));
    }
    JAWORT_TRY(finish_layout(files));
    not_found_ = set_into_layout(kNotFound, "de", View());  // bilingual, and never anything else
    return {};
  }

  bool has_mail(std::string_view name, std::string_view language) const override {
    return find_mail(name, language) != nullptr;
  }

  Result<RenderedMail> mail(std::string_view name, std::string_view language,
                            const View& view) const override {
    const Mail* mail = find_mail(name, language);
    if (mail == nullptr) return jawort::not_found(mail_title(name, language) + " does not exist");
    const ViewData data(view);
    RenderedMail rendered;
    JAWORT_TRY(check_urls(*mail, mail_title(name, language), data));
    rendered.subject = one_line(mail->subject->render({&data}));
    rendered.text = mail->text->render({&data});
    if (mail->html) rendered.html = mail->html->render({&data});
    return rendered;
  }

  Hash256 mail_version(std::string_view name, std::string_view language) const override {
    const Mail* mail = find_mail(name, language);
    return mail == nullptr ? Hash256{} : mail->version;
  }

  std::vector<MailTemplate> mails() const override {
    std::vector<MailTemplate> list;
    for (const auto& [path, file] : files_) {
      const MailPath at = parse_mail_path(path);
      const Mail* mail = at.part == "text" ? find_mail(at.name, at.language) : nullptr;
      if (mail == nullptr) continue;
      list.push_back(
          {std::string(at.name), std::string(at.language), file.shown_as, mail->html.has_value()});
    }
    return list;
  }

  Findings lint_mail(std::string_view name, std::string_view language) const override {
    return lint_mail_as(MailRole::kByName, name, language);
  }

  Findings lint_mail_as(MailRole role, std::string_view name,
                        std::string_view language) const override {
    Findings all;
    if (find_mail(name, language) == nullptr) return all;
    for (const std::string part : {"subject", "text", "html"}) {
      const std::string path = "mail/" + mail_key(name, language) + "." + part + ".mustache";
      if (!files_.contains(path)) continue;
      const auto source = expand_partials(files_, path);
      if (!source.ok()) continue;  // it was loaded, so it expands
      for (Finding& finding : lint_mail_part({name, language, part, *source, role})) {
        all.push_back(std::move(finding));
      }
    }
    if (role == MailRole::kStep) return all;
    for (const std::string& field : contact_fields(name, language)) {
      all.push_back({Severity::kError, "contact_field",
                     mail_title(name, language) + ": {{contact." + field +
                         "}}; strangers type it, and this goes to addresses that nobody has "
                         "confirmed; leave it out"});
    }
    return all;
  }

  std::vector<std::string> contact_fields(std::string_view name,
                                          std::string_view language) const override {
    const Mail* mail = find_mail(name, language);
    if (mail == nullptr) return {};
    std::set<std::string> fields;
    for (const auto* part : {&mail->subject, &mail->text, &mail->html}) {
      if (!part->has_value()) continue;
      for (const std::string& path : (*part)->used()) {
        if (!contact_field(path).empty()) fields.insert(std::string(contact_field(path)));
      }
    }
    return {fields.begin(), fields.end()};
  }

  Result<std::string> page(std::string_view name, std::string_view language,
                           const View& view) const override {
    if (name == kNotFound) return not_found_;
    if (name == kLayout || !pages_.contains(name)) {
      return jawort::not_found("there is no page \"" + std::string(name) + "\"");
    }
    const View shown = name == "form" ? with_controls(view, texts_.countries(language)) : view;
    return set_into_layout(name, texts_.resolve(language), shown);
  }

  std::string_view style_csp_hash() const override { return style_csp_hash_; }
  std::string text(std::string_view key, std::string_view language) const override {
    return std::string(texts_.find(key, language));
  }
  const std::vector<Country>& countries(std::string_view language) const override {
    return texts_.countries(language);
  }
  std::vector<std::string> languages() const override { return texts_.languages(); }

 private:
  static bool complete(const Mail& mail) { return mail.subject && mail.text; }

  static std::string mail_title(std::string_view name, std::string_view language) {
    return "mail template " + std::string(name) + "." + std::string(language);
  }

  static std::string mail_key(std::string_view name, std::string_view language) {
    return std::string(name) + "." + std::string(language);
  }

  const Mail* find_mail(std::string_view name, std::string_view language) const {
    const auto found = mails_.find(mail_key(name, language));
    return found != mails_.end() && complete(found->second) ? &found->second : nullptr;
  }

  // A mail that would go out with an empty link is worse than none.
  static Status check_urls(const Mail& mail, const std::string& title, const ViewData& data) {
    for (const auto* part : {&mail.subject, &mail.text, &mail.html}) {
      if (!part->has_value()) continue;
      for (const std::string& name : (*part)->urls_needed()) {
        if (data.has_text(name)) continue;
        return configuration_error(title + " uses {{" + name + "}}, which this mail does not have");
      }
    }
    return {};
  }

  // Without which the mail is good for nothing; empty where there is none.
  static std::string_view link_needed(std::string_view mail) {
    if (mail == "confirmation" || mail == "reminder") return "confirm.url";
    const bool leads_out =
        mail == "unsubscribe" || mail == "already_subscribed" || mail == "receipt";
    return leads_out ? "revoke.url" : "";
  }

  Status read_mail_part(const TemplateFiles& files, const std::string& path) {
    const MailPath at = parse_mail_path(path);
    auto parsed = ParsedTemplate::make(files, path, mail_variables(at.name, at.part));
    if (!parsed.ok()) return parsed.error();
    const std::string_view needed = link_needed(at.name);
    if (!needed.empty() && at.part != "subject" && !parsed->urls_needed().contains(needed)) {
      return configuration_error(files.find(path)->second.shown_as + ": {{" + std::string(needed) +
                                 "}} is missing, nobody could " +
                                 (needed == "confirm.url" ? "confirm" : "unsubscribe"));
    }
    Mail& mail = mails_[mail_key(at.name, at.language)];
    auto& part = at.part == "subject" ? mail.subject : at.part == "text" ? mail.text : mail.html;
    part.emplace(std::move(*parsed));
    return {};
  }

  Status read_page(const TemplateFiles& files, const std::string& path) {
    std::string name = path.substr(std::string_view("pages/").size());
    name.resize(name.find('.'));
    auto parsed = ParsedTemplate::make(files, path, page_variables(name, texts_.keys()),
                                       name == kLayout ? "body" : "");
    if (!parsed.ok()) return parsed.error();
    pages_.emplace(std::move(name), std::move(*parsed));
    return {};
  }

  Status finish_layout(const TemplateFiles& files) {
    const std::string& source = pages_.find(kLayout)->second.source();
    const std::string& shown_as = files.find("pages/layout.mustache")->second.shown_as;
    const std::size_t body = source.find("{{{body}}}");
    if (body == std::string::npos || source.find("{{{body}}}", body + 1) != std::string::npos) {
      return configuration_error(shown_as + ": {{{body}}} must stand in it exactly once");
    }
    auto hashes = style_hashes(source);
    if (!hashes.ok()) return configuration_error(shown_as + ": " + hashes.error().message);
    style_csp_hash_ = std::move(*hashes);
    return {};
  }

  View language_view(const std::string& language) const {
    View words, view;
    for (const std::string& key : texts_.keys()) {
      words.set(key, std::string(texts_.find(key, language)));
    }
    view.set("lang", language).set("t", std::move(words));
    return view;
  }

  // REQUIRES: `language` is one of the texts
  std::string set_into_layout(std::string_view name, std::string_view language,
                              const View& view) const {
    View defaults, inner;
    defaults.set("title", std::string(texts_.find("title_" + std::string(name), language)));
    const ViewData title(defaults), data(view);
    const ViewData& words = languages_.find(language)->second;
    inner.set("body", pages_.find(name)->second.render({&title, &data, &words}));
    const ViewData body(inner);
    return pages_.find(kLayout)->second.render({&title, &data, &words, &body});
  }

  const TemplateFiles files_;
  Texts texts_;
  std::map<std::string, Mail, std::less<>> mails_;
  std::map<std::string, ParsedTemplate, std::less<>> pages_;
  std::map<std::string, ViewData, std::less<>> languages_;
  std::string style_csp_hash_, not_found_;
};

}  // namespace

Result<std::unique_ptr<Templates>> Templates::load(const std::string& folder) {
  auto files = read_template_files(folder);
  if (!files.ok()) return files.error();
  auto texts = Texts::load(*files);
  if (!texts.ok()) return texts.error();
  auto templates = std::make_unique<LoadedTemplates>(std::move(*files), std::move(*texts));
  JAWORT_TRY(templates->read());
  return std::unique_ptr<Templates>(std::move(templates));
}

}  // namespace jawort
