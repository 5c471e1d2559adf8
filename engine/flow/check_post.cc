#include "engine/flow/check_post.h"

#include <algorithm>

#include "engine/evidence/digest.h"

namespace jawort {
namespace {

std::string chosen_language(const Form& form, const std::string& posted) {
  const bool offered = std::ranges::find(form.languages, posted) != form.languages.end();
  return offered ? posted : form.languages.front();
}

Status find_version(const Context& context, const FormPost& post,
                    std::shared_ptr<const ShownForm> current, CheckedPost& checked) {
  checked.form = std::move(current);
  checked.version_stated = !post.version.empty();
  if (!checked.version_stated) return {};
  auto shown = shown_form_version(context, post.form, post.version);
  if (!shown.ok()) return shown.error();
  if (*shown == nullptr) {
    checked.errors.push_back({"version", "unknown_version"});
  } else {
    checked.form = *shown;
  }
  return {};
}

void check_address(const FormPost& post, CheckedPost& checked) {
  auto address = EmailAddress::parse(post.email);
  if (address.ok()) {
    checked.address = std::move(*address);
  } else {
    const bool empty = trim_ascii_space(post.email).empty();
    checked.errors.push_back({"email", empty ? "required" : "invalid_address"});
  }
}

void check_fields(const FormPost& post, CheckedPost& checked) {
  const auto& form = checked.form->form;
  for (const FieldDefinition& field : checked.form->fields) {
    const auto posted = post.fields.find(field.name);
    const auto use = std::ranges::find(form.fields, field.name, &FormField::name);
    auto result = check_field(field, posted == post.fields.end() ? "" : posted->second);
    if (!result.error_code.empty()) {
      checked.errors.push_back({field.name, result.error_code});
    } else if (!result.value.empty()) {
      // An unticked required box is as missing as an empty line.
      const bool unticked = field.type == FieldType::kBoolean && result.value == "false";
      if (use->required && unticked) checked.errors.push_back({field.name, "required"});
      checked.fields[field.name] = std::move(result.value);
    } else if (use->required) {
      checked.errors.push_back({field.name, "required"});
    }
  }
}

void check_purposes(const FormPost& post, CheckedPost& checked) {
  const auto ticked = [&](const std::string& id) {
    return std::ranges::find(post.consents, id) != post.consents.end();
  };
  const auto& offered = checked.form->form.purposes;
  for (const FormPurpose& purpose : offered) {
    if (ticked(purpose.id)) {
      checked.purposes.push_back(purpose.id);
    } else if (purpose.required) {
      checked.errors.push_back({"consent", "required"});
    }
  }
  for (const std::string& id : post.consents) {
    if (std::ranges::find(offered, id, &FormPurpose::id) == offered.end()) {
      checked.errors.push_back({"consent", "unknown_purpose"});
    }
  }
}

}  // namespace

Result<std::shared_ptr<const ShownForm>> shown_form_version(const Context& context,
                                                            std::string_view form_id,
                                                            std::string_view version) {
  std::shared_ptr<const ShownForm> shown = context.definitions.get()->shown_form(form_id);
  if (shown != nullptr && version_text(shown->version) == version) return shown;
  const auto hash = parse_version_text(version);
  if (!hash) return std::shared_ptr<const ShownForm>{};

  std::optional<DefinitionRow> row;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto found = tables.definitions().find(*hash);
    if (!found.ok()) return found.error();
    row = std::move(*found);
    return {};
  }));
  if (!row || row->kind != "shown_form" || row->id != form_id) {
    return std::shared_ptr<const ShownForm>{};
  }
  auto parsed = parse_shown_form({row->kind, row->id, row->body, row->version});
  if (!parsed.ok()) return parsed.error();
  return std::shared_ptr<const ShownForm>(std::make_shared<ShownForm>(std::move(*parsed)));
}

Result<CheckedPost> check_post(const Context& context, const FormPost& post) {
  auto current = context.definitions.get()->shown_form(post.form);
  if (current == nullptr) return not_found("no such form");
  CheckedPost checked;
  JAWORT_TRY(find_version(context, post, std::move(current), checked));
  checked.language = chosen_language(checked.form->form, post.language);
  check_address(post, checked);
  check_fields(post, checked);
  check_purposes(post, checked);
  return checked;
}

}  // namespace jawort
