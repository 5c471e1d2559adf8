#include <algorithm>

#include "engine/base/text.h"
#include "engine/campaign/definition_set.h"
#include "engine/campaign/definition_tree.h"
#include "engine/evidence/digest.h"
#include "tests/fuzz/target.h"

namespace jawort::fuzz {
namespace {

void check_message(const Error& error) {
  promise(error.kind == ErrorKind::kConfiguration, "the operator's mistake");
  for (const std::string_view line : split(error.message, '\n')) {
    promise(line.starts_with("fuzz.toml"), "each error names the file");
    promise(!has_control_characters(line, false), "no control characters of the file come out");
  }
}

void check_document(const Document& document) {
  promise(document.version == sha256(as_bytes(document.body)), "a version is the body's hash");
  const auto content = read_document(document);
  promise(content.ok(), "a document can be read again");
  promise(make_document(document.kind, document.id, *content).body == document.body,
          "there is one canonical form");
  promise(valid_utf8(document.body), "a document is UTF-8");
  promise(!document.id.empty() && document.lines.contains(""), "it has a name and a line");
  promise(describe_change(document, document.body).empty(), "no change is no change");
}

void definitions(std::string_view toml) {
  auto documents = read_definitions(toml, "fuzz.toml");
  if (!documents.ok()) return check_message(documents.error());
  for (const Document& document : *documents) check_document(document);
  auto set = DefinitionSet::build(std::move(*documents));
  if (!set.ok()) {
    promise(!set.error().message.empty(), "an error says what is wrong");
    return;
  }
  for (const std::string& id : (*set)->form_ids()) {
    const auto shown = (*set)->shown_form(id);
    promise(shown != nullptr, "every form can be shown");
    const auto reread = parse_shown_form(shown_form_document(**set, id));
    promise(reread.ok() && reread->version == shown->version && reread->form.id == id &&
                reread->fields.size() == shown->fields.size() &&
                reread->purposes.size() == shown->purposes.size(),
            "what was shown can be read years later");
  }
}

const Registration registered("definitions", definitions);

}  // namespace
}  // namespace jawort::fuzz
