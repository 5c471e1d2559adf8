#include "engine/flow/compose_confirmation.h"

#include <algorithm>

namespace jawort {
namespace {

// "scheme://host[:port]" of a URL; empty when it has none.
std::string_view origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

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

std::string known_origin(const Context& context, const Form& form, std::string_view page) {
  const std::string origin = ascii_lower(origin_of(page));
  if (origin.empty()) return {};
  const bool ours = origin == ascii_lower(origin_of(context.settings.public_url));
  const bool allowed =
      std::ranges::find(form.allowed_origins, origin) != form.allowed_origins.end();
  return ours || allowed ? origin : std::string{};
}

Result<MailRow> compose_confirmation(const Context& context, const ConfirmationRequest& request) {
  View view, form;
  set_moment(view, "opt_in", context.zone.local(request.at), request.language);
  view.set("opt_in.page", request.page_origin);
  form.set("title", text_for(request.form.form.title, request.language));
  view.set("purpose", purposes_view(request, view));
  view.set("form", std::move(form));
  return compose_mail(
      context, {request.mail, request.kind, request.template_name, request.language, request.to,
                request.reminded_at.value_or(request.at), request.expires_at, std::move(view),
                request.form.controller, asks_for_press(request.kind),
                request.form.form.confirm == ConfirmMode::kClick, request.keeps});
}

}  // namespace jawort
