// A mail's HTML that an operator wrote, as the linter reads it.
#include <algorithm>

#include "engine/base/text.h"
#include "templates/html_view.h"
#include "templates/lint_mail.h"
#include "templates/tags.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

Findings lint(std::string_view part, const std::string& source) {
  TemplateFiles files;
  const std::string path = "mail/confirmation.de." + std::string(part) + ".mustache";
  files[path] = {source, "own"};
  const auto expanded = expand_partials(files, path);
  if (!expanded.ok()) return {};
  return lint_mail_part({"confirmation", "de", part, *expanded});
}

bool has_rule(const Findings& findings, std::string_view rule) {
  return std::ranges::any_of(findings, [&](const Finding& found) { return found.rule == rule; });
}

void mail_lint(std::string_view bytes) {
  const std::string source(bytes);
  const HtmlView view = view_html(source);
  promise(view.visible.size() == source.size(), "every byte keeps its place");
  for (const HtmlElement& element : view.elements) {
    promise(element.begin < source.size() && source[element.begin] == '<', "elements have a place");
    promise(element.name == ascii_lower(element.name), "names are in lower case");
  }
  const auto tags = scan_tags(source);
  if (!tags.ok()) return;
  for (const std::string_view part : {"text", "html"}) {
    for (const Finding& found : lint(part, source)) {
      promise(found.text.starts_with("own:"), "a finding has a place");
      promise(!has_control_characters(found.text, false), "a finding is one line");
    }
  }
  if (source.find("{{") != std::string::npos) return;
  // Whatever follows, what stands before it is seen.
  promise(has_rule(lint("html", "<img src=x>" + source), "image"), "an image is found");
  promise(has_rule(lint("html", "<a href=http://x>x</a> " + source), "link"), "a link is found");
  promise(has_rule(lint("html", "Gut&shy;schein " + source), "advertising"), "a word is found");
}

const Registration kRegistration("mail_lint", mail_lint);

}  // namespace
}  // namespace jawort::fuzz
