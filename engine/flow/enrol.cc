#include "engine/flow/enrol.h"

#include <algorithm>

#include "engine/campaign/sequence.h"

namespace jawort {
namespace {

struct Beginning {
  std::string_view form;
  std::int64_t event = 0;
  Instant at;
};

// The first step that is not over already: of a date that has passed there is none.
std::optional<SequenceStep> first_to_come(const Context& context, const Campaign& campaign,
                                          std::string_view sequence, Instant anchor, Instant at) {
  auto step = first_step(campaign, sequence, anchor);
  while (step && due_at(*step->step, anchor, context.zone) < at) {
    step = step_behind(campaign, sequence, anchor, step->number);
  }
  return step;
}

Result<bool> enrol(const Context& context, Tables& tables, const Beginning& beginning,
                   const std::string& sequence, Instant anchor) {
  const auto set = context.definitions.get();
  const Campaign* campaign = set->campaign_of_form(beginning.form);
  const Document* document =
      campaign == nullptr ? nullptr : set->document("campaign", campaign->id);
  if (document == nullptr) return false;
  const auto step = first_to_come(context, *campaign, sequence, anchor, beginning.at);
  if (!step) return false;
  EnrolmentRow row{beginning.event, campaign->id, sequence, document->version,
                   anchor,          step->number, Instant{}};
  row.due_at = due_at(*step->step, anchor, context.zone);
  const auto known = tables.enrolments().find(row);
  if (!known.ok()) return known.error();
  if (*known) return false;  // several of its consents are of forms with the same campaign
  JAWORT_TRY(tables.enrolments().add(row));
  return true;
}

bool any_by_mail(const DefinitionSet& set, const std::vector<Consent>& consents) {
  return std::ranges::any_of(consents, [&](const Consent& consent) {
    const Purpose* purpose = set.purpose(consent.purpose);
    return purpose != nullptr && purpose->channel == "email";
  });
}

}  // namespace

Result<bool> enrol_signed_up(const Context& context, Tables& tables, std::string_view form,
                             std::int64_t event, Instant at) {
  return enrol(context, tables, {form, event, at}, "opt_in", at);
}

Result<bool> enrol_confirmed(const Context& context, Tables& tables,
                             const std::vector<Consent>& confirmed,
                             const std::vector<FieldValueRow>& changed, std::int64_t event,
                             Instant at) {
  if (!any_by_mail(*context.definitions.get(), confirmed)) return false;
  // All of one press come from one sign-up, of one form.
  const Beginning beginning{confirmed.front().round.form, event, at};
  auto any = enrol(context, tables, beginning, "confirmed", at);
  for (const FieldValueRow& field : changed) {
    if (!any.ok()) return any;
    const auto by_change = enrol(context, tables, beginning, "field_changed:" + field.name, at);
    if (!by_change.ok()) return by_change;
    const auto date = context.zone.moment(field.value, std::chrono::minutes{0});
    const auto by_date =
        date ? enrol(context, tables, beginning, "date:" + field.name, *date) : Result<bool>(false);
    if (!by_date.ok()) return by_date;
    any = *any || *by_change || *by_date;
  }
  return any;
}

Result<bool> enrol_revoked(const Context& context, Tables& tables,
                           const std::vector<Consent>& revoked, std::int64_t event, Instant at) {
  bool any = false;
  for (const Consent& consent : revoked) {
    const auto one = enrol(context, tables, {consent.round.form, event, at}, "revoked", at);
    if (!one.ok()) return one;
    any = any || *one;
  }
  return any;
}

Result<std::shared_ptr<const Campaign>> campaign_version(const Context& context,
                                                         const Tables& tables, std::string_view id,
                                                         const Hash256& version) {
  using Found = std::shared_ptr<const Campaign>;
  const auto set = context.definitions.get();
  const Document* now = set->document("campaign", id);
  if (now != nullptr && now->version == version) return Found(set, set->campaign(id));
  auto row = tables.definitions().find(version);
  if (!row.ok()) return row.error();
  if (!*row || (*row)->id != id) return Found();
  auto campaign = parse_campaign({(*row)->kind, (*row)->id, (*row)->body, (*row)->version});
  if (!campaign.ok()) return campaign.error();
  return Found(std::make_shared<const Campaign>(std::move(*campaign)));
}

}  // namespace jawort
