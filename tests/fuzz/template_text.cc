// A page's template that an operator wrote, with values that strangers typed. Input: a value on the
// first line, then the template.
#include <algorithm>

#include "engine/base/text.h"
#include "templates/parsed_template.h"
#include "templates/tags.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

constexpr std::string_view kPath = "pages/sent.mustache";

VariableSet known() {
  VariableSet variables;
  variables.names = {"name", "form.id", "empty", "flag", "purposes[].label", "has_purposes"};
  return variables;
}

View view_with(std::string_view value) {
  View view;
  view.set("name", std::string(value)).set("form.id", "newsletter").set("empty", "");
  view.set("flag", true);
  std::vector<View> list(2);
  list[0].set("label", "A").set("name", "inner");
  list[1].set("label", std::string(value));
  view.set("purposes", list);
  return view;
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

void check_tags(std::string_view source, const std::vector<Tag>& tags) {
  std::size_t last = 0;
  int open = 0;
  for (const Tag& tag : tags) {
    promise(tag.begin >= last && tag.end > tag.begin && tag.end <= source.size(), "in order");
    promise(source.substr(last, tag.begin - last).find("{{") == std::string_view::npos,
            "no tag is overlooked");
    last = tag.end;
    open += tag.kind == TagKind::kSection || tag.kind == TagKind::kInverted ? 1 : 0;
    open -= tag.kind == TagKind::kEnd ? 1 : 0;
    promise(open >= 0 && open <= kMaxSectionDepth, "sections are balanced and shallow");
  }
  promise(open == 0, "every section is closed");
}

void template_text(std::string_view bytes) {
  Input input(bytes);
  const std::string_view value = input.line();
  const std::string_view source = input.rest();
  const auto tags = scan_tags(source);
  if (tags.ok()) check_tags(source, *tags);
  TemplateFiles files;
  files[std::string(kPath)] = {std::string(source), "fuzz.mustache"};
  files["pages/_part.mustache"] = {"<p>{{name}}</p>{{#flag}}{{form.id}}{{/flag}}", "part"};
  const auto parsed = ParsedTemplate::make(files, kPath, known());
  if (!parsed.ok()) {
    promise(parsed.error().kind == ErrorKind::kConfiguration, "the operator's mistake");
    promise(parsed.error().message.find("fuzz.mustache") != std::string::npos, "names the file");
    promise(!has_control_characters(parsed.error().message, true), "a message for a human");
    return;
  }
  promise(tags.ok(), "what is used was scanned");
  const View with_value = view_with(value), with_word = view_with("word");
  const ViewData data(with_value), word(with_word);
  const std::string shown = parsed->render({&data});
  promise(!valid_utf8(value) || valid_utf8(shown), "what is shown is UTF-8");
  // A value opens no element, no attribute and no tag that a harmless word would not.
  if (value.empty()) return;
  const std::string harmless = parsed->render({&word});
  for (const std::string_view mark : {"<", ">", "\"", "'", "{"}) {
    promise(count_of(shown, mark) == count_of(harmless, mark), "a value stays a value");
  }
}

const Registration registered("template_text", template_text);

}  // namespace
}  // namespace jawort::fuzz
