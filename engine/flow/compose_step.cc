#include "engine/flow/compose_step.h"

#include <algorithm>

#include "engine/flow/check_post.h"
#include "engine/flow/compose_confirmation.h"
#include "engine/flow/consent_link.h"

namespace jawort {
namespace {

// For what a retry of five days and a window of a week need. After that nobody wants to be welcomed
// any more.
constexpr std::chrono::hours kStepLives{14 * 24};

struct StepContent {
  std::shared_ptr<const ShownForm> form;  // as shown to who signed up; null: not stored any more
  std::vector<FieldValueRow> fields;
  std::string page;  // of the sign-up
};

Result<StepContent> look_up(const Context& context, const JudgedStep& judged) {
  StepContent content;
  const Consent& first = judged.basis.front();
  const Round& round =
      kind_of(*judged.step.step) == MailKind::kReminder ? *first.waiting() : first.round;
  auto form = shown_form_version(context, round.form, round.form_version);
  if (!form.ok()) return form.error();
  content.form = std::move(*form);
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto fields = tables.contacts().fields(judged.contact.id);
    if (!fields.ok()) return fields.error();
    content.fields = std::move(*fields);
    const auto values = tables.events().values(round.submission);
    if (!values.ok()) return values.error();
    const auto page = std::ranges::find(*values, "page", &EventValueRow::name);
    content.page = page == values->end() ? std::string() : page->value;
    return {};
  }));
  return content;
}

Result<MailRow> compose_reminder(const Context& context, const JudgedStep& judged,
                                 const StepContent& content, const EmailAddress& to, Instant now) {
  if (!content.form) return internal_error("the form of a sign-up that waits is not stored");
  const ShownForm& form = *content.form;
  const Round& round = *judged.basis.front().waiting();
  const std::string& name = judged.step.step->mail;
  ConfirmationRequest request{context.ids.next<MailId>(),
                              MailKind::kReminder,
                              form,
                              name,
                              step_language(context, name, round.language, &form.form),
                              to,
                              known_origin(context, form.form, content.page),
                              {},
                              round.opt_in.at,
                              round.expires_at};
  for (const Consent& consent : judged.basis) {
    request.purposes.push_back(consent.purpose);
    request.keeps = request.keeps || consent.renewal;
  }
  request.reminded_at = now;
  return compose_confirmation(context, request);
}

View purposes_view(const ShownForm* form, const std::vector<Consent>& basis) {
  View view;
  std::vector<View> list;
  std::string wordings;
  for (const Consent& consent : basis) {
    const AskedPurpose purpose = asked_purpose(form, consent);
    View item;
    item.set("id", consent.purpose).set("label", purpose.label).set("wording", purpose.wording);
    list.push_back(std::move(item));
    wordings += (wordings.empty() ? "" : "\n\n") + purpose.wording;
  }
  view.set("purposes", std::move(list)).set("purpose.wording", std::move(wordings));
  return view;
}

Result<MailRow> compose_other(const Context& context, const JudgedStep& judged,
                              const StepContent& content, const EmailAddress& to, Instant now) {
  static const Controller kNobody;
  const auto set = context.definitions.get();
  const ShownForm* shown = content.form.get();
  const std::string& name = judged.step.step->mail;
  const std::string language = step_language(context, name, judged.contact.language,
                                             shown == nullptr ? nullptr : &shown->form);
  const Round& round = judged.basis.front().round;
  View view = purposes_view(shown, judged.basis);
  if (shown != nullptr) view.set("form.title", text_for(shown->form.title, language));
  set_moment(view, "opt_in", context.zone.local(round.opt_in.at), language);
  if (round.confirmed) {
    set_moment(view, "confirm", context.zone.local(round.confirmed->at), language);
  }
  if (round.revoked) {
    set_moment(view, "revoked", context.zone.local(round.revoked->at), language);
  }
  for (const FieldValueRow& field : content.fields) {
    view.set("contact." + field.name, field.value);
  }
  const Controller* today = set->controller();
  const Controller& controller = today ? *today : shown ? shown->controller : kNobody;
  return compose_mail(
      context, {context.ids.next<MailId>(), kind_of(*judged.step.step), name, language, to, now,
                now + kStepLives, std::move(view), controller, /*asks=*/false});
}

}  // namespace

MailKind kind_of(const CampaignStep& step) {
  if (step.on == "opt_in") return MailKind::kReminder;
  return step.on == "revoked" ? MailKind::kRevocationNotice : MailKind::kStep;
}

Result<MailRow> compose_step(const Context& context, const JudgedStep& judged, Instant now) {
  const auto to = EmailAddress::parse(judged.contact.email);
  if (!to.ok()) return internal_error("a contact's address cannot be read");
  const auto content = look_up(context, judged);
  if (!content.ok()) return content.error();
  return kind_of(*judged.step.step) == MailKind::kReminder
             ? compose_reminder(context, judged, *content, *to, now)
             : compose_other(context, judged, *content, *to, now);
}

}  // namespace jawort
