#include "engine/flow/compose_confirmation.h"

#include <algorithm>

namespace jawort {
namespace {

View purposes_view(const ConfirmationRequest& request, View& view) {
  std::vector<View> list;
  std::string wordings;
  for (const Purpose& purpose : request.form.purposes) {
    if (std::ranges::find(request.purposes, purpose.id) == request.purposes.end()) continue;
    const std::string& wording = text_for(purpose.wording, request.language);
    View item;
    item.set("label", text_for(purpose.label, request.language)).set("wording", wording);
    list.push_back(std::move(item));
    wordings += (wordings.empty() ? "" : "\n\n") + wording;
  }
  view.set("purposes", std::move(list));
  View purpose;
  purpose.set("wording", std::move(wordings));
  return purpose;
}

}  // namespace

Result<MailRow> compose_confirmation(const Context& context, const ConfirmationRequest& request) {
  View view, form;
  set_moment(view, "opt_in", context.zone.local(request.at), request.language);
  view.set("opt_in.page", request.page_origin);
  form.set("title", text_for(request.form.form.title, request.language));
  view.set("purpose", purposes_view(request, view));
  view.set("form", std::move(form));
  return compose_mail(context, {request.mail, request.kind, request.template_name, request.language,
                                request.to, request.at, request.expires_at, std::move(view),
                                request.form.controller, request.kind == MailKind::kConfirmation,
                                request.form.form.confirm == ConfirmMode::kClick, request.keeps});
}

}  // namespace jawort
