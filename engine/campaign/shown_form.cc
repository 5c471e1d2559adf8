// The form as shown, as one document that needs nothing else to be read:
// {"shown_form":{"controller":{…},"fields":[{…}…],"form":{…},"purposes":[{…}…]}}, each part being
// the content of the document it came from.
#include <algorithm>

#include "engine/campaign/definition_set.h"
#include "engine/campaign/definition_tree.h"
#include "engine/campaign/typed_definitions.h"

namespace jawort {
namespace {

constexpr std::string_view kKind = "shown_form";

// REQUIRES: a document of the set, which was read when the set was built.
Node content_of(const DefinitionSet& definitions, std::string_view kind, std::string_view id) {
  const Document* document = definitions.document(kind, id);
  if (document == nullptr) return {};
  auto content = read_document(*document);
  return content ? std::move(*content) : Node{};
}

Node list_node() {
  Node list;
  list.type = Node::Type::kList;
  return list;
}

Hash256 version_of(std::string_view kind, const Node& content) {
  return make_document(kind, {}, content).version;
}

// The part of this name, or nothing when it is missing or of another type.
const Node* part(const Node& shown, std::string_view name, Node::Type type) {
  const Node* node = shown.find(name);
  return node != nullptr && node->type == type ? node : nullptr;
}

// Each field and purpose that the form names, in the form's order: else the document is damaged.
bool is_whole(const ShownForm& shown) {
  return std::equal(shown.form.fields.begin(), shown.form.fields.end(), shown.fields.begin(),
                    shown.fields.end(),
                    [](const FormField& used, const FieldDefinition& field) {
                      return used.name == field.name;
                    }) &&
         std::equal(shown.form.purposes.begin(), shown.form.purposes.end(), shown.purposes.begin(),
                    shown.purposes.end(), [](const FormPurpose& used, const Purpose& purpose) {
                      return used.id == purpose.id;
                    });
}

}  // namespace

Document shown_form_document(const DefinitionSet& definitions, std::string_view form_id) {
  const Form* form = definitions.form(form_id);
  const Controller* controller = definitions.controller();
  if (form == nullptr || controller == nullptr) return {};
  Node fields = list_node();
  for (const FormField& used : form->fields) {
    fields.children.push_back(content_of(definitions, "field", used.name));
  }
  Node purposes = list_node();
  for (const FormPurpose& used : form->purposes) {
    purposes.children.push_back(content_of(definitions, "purpose", used.id));
  }
  Node shown;
  shown.add("controller", content_of(definitions, "controller", controller->id));
  shown.add("fields", std::move(fields));
  shown.add("form", content_of(definitions, "form", form_id));
  shown.add("purposes", std::move(purposes));
  return make_document(kKind, form_id, shown);
}

Result<ShownForm> parse_shown_form(const Document& document) {
  if (document.kind != kKind) return invalid("is not a shown form");
  const auto content = read_document(document);
  if (!content) return content.error();
  const Node* controller = part(*content, "controller", Node::Type::kTable);
  const Node* form = part(*content, "form", Node::Type::kTable);
  const Node* fields = part(*content, "fields", Node::Type::kList);
  const Node* purposes = part(*content, "purposes", Node::Type::kList);
  const Error damaged = invalid("shown_form \"" + document.id + "\": is not complete");
  if (controller == nullptr || form == nullptr || fields == nullptr || purposes == nullptr) {
    return damaged;
  }
  ShownForm shown;
  shown.version = document.version;
  shown.controller = to_controller(*controller);
  shown.controller_version = version_of("controller", *controller);
  shown.form = to_form(*form);
  shown.form_version = version_of("form", *form);
  for (const Node& field : fields->children) shown.fields.push_back(to_field(field));
  for (const Node& purpose : purposes->children) {
    shown.purposes.push_back(to_purpose(purpose));
    shown.purpose_versions.push_back(version_of("purpose", purpose));
  }
  if (shown.form.id != document.id || !is_whole(shown)) return damaged;
  return shown;
}

}  // namespace jawort
