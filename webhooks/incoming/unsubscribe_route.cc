// GET and POST /unsubscribe: for whoever has no mail of ours at hand. The answer is the same for
// every address, byte for byte and in time.
#include <algorithm>

#include "engine/flow/count_blocked.h"
#include "engine/flow/mail_revoke_link.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_body.h"
#include "webhooks/incoming/form_page.h"
#include "webhooks/incoming/origin.h"
#include "webhooks/incoming/post_time.h"

namespace jawort {
namespace {

// As forms have it that say nothing of their own.
const std::vector<RateLimit>& posts_per_client() {
  static const std::vector<RateLimit> limits = *parse_rate_limits("60 per PT1H");
  return limits;
}

std::string language_of(const Site& site, const HttpRequest& request, const std::string& wanted) {
  const auto languages = site.context.templates.languages();
  const bool known = std::ranges::find(languages, wanted) != languages.end();
  return known ? wanted : visitor_language(site, request);
}

// A page elsewhere must not let its visitors ask for mails. The controller's own sites may: they
// are in the lists of its forms. Without the header it is no browser, or a navigation.
bool from_our_sites(const Site& site, const HttpRequest& request) {
  if (!request.has_header("origin")) return true;
  const std::string origin = origin_of(request.header("origin"));
  if (origin.empty()) return false;
  if (origin == origin_of(site.context.settings.public_url)) return true;
  const auto set = site.context.definitions.get();
  return std::ranges::any_of(set->form_ids(), [&](const std::string& id) {
    return std::ranges::any_of(set->form(id)->allowed_origins, [&](const std::string& allowed) {
      return origin_of(allowed) == origin;
    });
  });
}

HttpResponse show(const Site& site, int status, std::string_view page, const std::string& language,
                  const std::string& typed, const std::string& error) {
  const auto definitions = site.context.definitions.get();
  const std::string path = public_path(site, kUnsubscribePage);
  View view;
  set_controller(view, definitions->controller());
  view.set("action", path).set("email.value", typed).set("email.error", error);
  view.set("has_errors", !error.empty());
  std::vector<View> links;
  for (const std::string& code : site.context.templates.languages()) {
    if (code == language || page != "unsubscribe") continue;
    View link;
    link.set("url", path + "?lang=" + percent_encode(code)).set("code", code);
    link.set("name", site.context.templates.text("language_name", code));
    links.push_back(std::move(link));
  }
  view.set("other_languages", std::move(links));
  return page_answer(site, status, page, language, view, PagePolicy());
}

HttpResponse refuse(const Site& site, const HttpRequest& request, int status, BlockReason reason) {
  count_blocked(site.context, kUnsubscribePage, reason);
  return refusal_answer(site, status, visitor_language(site, request), false, PagePolicy());
}

HttpResponse post(Site& site, const HttpRequest& request) {
  const PostTime time(site);
  if (!from_our_sites(site, request)) {
    return refuse(site, request, 403, BlockReason::kForeignOrigin);
  }
  UnsubscribePost post;
  post.visit = visit_of(site, request);
  if (const auto wait = site.per_client.count_post(kUnsubscribePage, client_network(post.visit.ip),
                                                   posts_per_client())) {
    HttpResponse response = refuse(site, request, 429, BlockReason::kPerClient);
    return response.set("Retry-After", std::to_string(wait->count()));
  }
  const FormBody body = parse_form_body(request.header("content-type"), request.body);
  if (!body.ok()) return refuse(site, request, body.status, BlockReason::kInvalid);
  const auto value_of = [&](std::string_view name) {
    const FormEntry* entry = body.find(name);
    return entry && entry->is_text && body.count(name) == 1 ? entry->value : std::string();
  };
  post.email = value_of("email");
  post.language = language_of(site, request, value_of("lang"));
  const auto answer = mail_revoke_link(site.context, post);
  if (!answer.ok()) {
    return failure_answer(site, answer.error(), post.language, false, PagePolicy());
  }
  if (!answer->valid) {
    count_blocked(site.context, kUnsubscribePage, BlockReason::kInvalid);
    const FieldError error{"email", "invalid_address"};
    return show(site, 422, "unsubscribe", post.language, post.email,
                error_message(site, error, post.language));
  }
  HttpResponse response = show(site, 200, "unsubscribe_sent", post.language, "", "");
  response.hold_until = time.next_step();
  if (answer->mailed) response.after = site.context.mail_queued;
  return response;
}

}  // namespace

HttpResponse serve_unsubscribe(Site& site, const Call& call) {
  const HttpRequest& request = call.request;
  if (!call.reads()) return post(site, request);
  return show(site, 200, "unsubscribe", language_of(site, request, query_value(request, "lang")),
              "", "");
}

}  // namespace jawort
