#include "engine/campaign/definition_set.h"

#include <algorithm>

#include "engine/campaign/cross_check.h"
#include "engine/campaign/definition_schema.h"
#include "engine/campaign/typed_definitions.h"

namespace jawort {
namespace {

// The order of definition_kinds(); what is unknown comes last.
std::size_t rank_of(std::string_view kind) {
  const auto kinds = definition_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const Kind& known) { return known.name == kind; });
  return static_cast<std::size_t>(found - kinds.begin());
}

bool comes_before(const Document& a, const Document& b) {
  const std::size_t rank_a = rank_of(a.kind);
  const std::size_t rank_b = rank_of(b.kind);
  return rank_a != rank_b ? rank_a < rank_b : a.id < b.id;
}

LoadedDefinitions::Newsletter to_newsletter(const Node& content) {
  LoadedDefinitions::Newsletter newsletter{text_at(content, "id"), text_at(content, "purpose"), {}};
  const Node* audience = content.find("audience");
  const Node* fields = audience == nullptr ? nullptr : audience->find("field");
  if (fields == nullptr) return newsletter;
  for (const Node& field : fields->children) {
    newsletter.audience_fields.emplace(field.key, texts_at(*fields, field.key));
  }
  return newsletter;
}

void take(const Document& document, const Node& content, LoadedDefinitions& loaded) {
  if (document.kind == "controller") {
    loaded.controllers.push_back(to_controller(content));
  } else if (document.kind == "field") {
    loaded.fields.emplace(document.id, to_field(content));
  } else if (document.kind == "purpose") {
    loaded.purposes.emplace(document.id, to_purpose(content));
  } else if (document.kind == "form") {
    loaded.forms.emplace(document.id, to_form(content));
  } else if (document.kind == "campaign") {
    Campaign campaign = to_campaign(content);
    if (campaign.kind == "newsletter") loaded.newsletters.push_back(to_newsletter(content));
    loaded.campaigns.emplace(document.id, std::move(campaign));
  } else if (document.kind == "webhook") {
    loaded.webhooks.push_back(to_webhook(content));
  } else if (document.kind == "retention" && document.id == "pending") {
    loaded.pending_delete_after = duration_at(content, "delete_after");
  } else if (document.kind == "retention" && document.id == "ip") {
    loaded.ip_delete_after = duration_at(content, "delete_after");
  } else if (document.kind == "retention" && document.id == "revoked") {
    loaded.revoked_keep_proof = duration_at(content, "keep_proof");
  }
}

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += (all.empty() ? "" : "\n") + line;
  return all;
}

Result<LoadedDefinitions> load(const std::vector<Document>& documents) {
  LoadedDefinitions loaded;
  std::vector<std::string> problems;
  const Document* last = nullptr;
  for (const Document& document : documents) {
    if (last != nullptr && last->kind == document.kind && last->id == document.id) {
      problems.push_back(document.kind + " \"" + document.id + "\": is there twice");
    }
    last = &document;
    const auto content = read_document(document);
    if (content) {
      take(document, *content, loaded);
    } else {
      problems.push_back(content.error().message);
    }
  }
  if (!problems.empty()) return invalid(joined(problems));
  return loaded;
}

template <typename Map>
auto find_in(const Map& map, std::string_view key) -> const typename Map::mapped_type* {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

Result<std::shared_ptr<const DefinitionSet>> DefinitionSet::build(std::vector<Document> documents) {
  std::stable_sort(documents.begin(), documents.end(), comes_before);
  auto loaded = load(documents);
  if (!loaded) return loaded.error();
  const std::vector<std::string> problems = cross_check(*loaded, documents);
  if (!problems.empty()) return invalid(joined(problems));

  const std::shared_ptr<DefinitionSet> set(new DefinitionSet());
  set->documents_ = std::move(documents);
  set->has_controller_ = !loaded->controllers.empty();
  if (set->has_controller_) set->controller_ = std::move(loaded->controllers.front());
  set->forms_ = std::move(loaded->forms);
  set->purposes_ = std::move(loaded->purposes);
  set->fields_ = std::move(loaded->fields);
  set->campaigns_ = std::move(loaded->campaigns);
  set->webhooks_ = std::move(loaded->webhooks);
  set->ip_kept_ = loaded->ip_delete_after.value_or(set->ip_kept_);
  set->proof_kept_ = loaded->revoked_keep_proof.value_or(set->proof_kept_);
  for (const auto& [id, form] : set->forms_) {
    auto shown = parse_shown_form(shown_form_document(*set, id));
    if (!shown) return shown.error();
    set->shown_.emplace(id, std::make_shared<const ShownForm>(std::move(*shown)));
  }
  return std::shared_ptr<const DefinitionSet>(set);
}

const Document* DefinitionSet::document(std::string_view kind, std::string_view id) const {
  const auto found = std::find_if(
      documents_.begin(), documents_.end(),
      [&](const Document& document) { return document.kind == kind && document.id == id; });
  return found == documents_.end() ? nullptr : &*found;
}

const Controller* DefinitionSet::controller() const {
  return has_controller_ ? &controller_ : nullptr;
}
const Form* DefinitionSet::form(std::string_view id) const { return find_in(forms_, id); }
const Purpose* DefinitionSet::purpose(std::string_view id) const { return find_in(purposes_, id); }
const FieldDefinition* DefinitionSet::field(std::string_view name) const {
  return find_in(fields_, name);
}
const Campaign* DefinitionSet::campaign(std::string_view id) const {
  return find_in(campaigns_, id);
}

const Campaign* DefinitionSet::campaign_of_form(std::string_view form_id) const {
  const Form* found = form(form_id);
  return found == nullptr ? nullptr : campaign(found->campaign);
}

const Webhook* DefinitionSet::webhook(std::string_view id) const {
  const auto found = std::ranges::find(webhooks_, id, &Webhook::id);
  return found == webhooks_.end() ? nullptr : &*found;
}

std::shared_ptr<const ShownForm> DefinitionSet::shown_form(std::string_view form_id) const {
  const auto* shown = find_in(shown_, form_id);
  return shown == nullptr ? nullptr : *shown;
}

std::vector<std::string> DefinitionSet::form_ids() const {
  std::vector<std::string> ids;
  ids.reserve(forms_.size());
  for (const auto& [id, form] : forms_) ids.push_back(id);
  return ids;
}

}  // namespace jawort
