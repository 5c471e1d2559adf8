// /forms/{form}: the hosted page, the post in three encodings, and CORS for the form's own sites.
#include <algorithm>

#include "engine/flow/accept_form.h"
#include "engine/flow/check_post.h"
#include "engine/flow/count_blocked.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_body.h"
#include "webhooks/incoming/form_description.h"
#include "webhooks/incoming/form_page.h"
#include "webhooks/incoming/form_request.h"
#include "webhooks/incoming/form_shield.h"
#include "webhooks/incoming/origin.h"
#include "webhooks/incoming/post_time.h"
#include "webhooks/incoming/served.h"
#include "webhooks/incoming/site.h"

namespace jawort {
namespace {

// Names that mean something by themselves; all others are fields or unknown.
bool is_reserved(const Form& form, std::string_view name) {
  for (const std::string_view known :
       {"email", "consent", "lang", "page", "version", "altcha", "form_token", "served"}) {
    if (name == known) return true;
  }
  return !form.protect.honeypot.empty() && name == form.protect.honeypot;
}

// A post on its way from a body to the flow.
class PostReader {
 public:
  PostReader(const Site& site, const ShownForm& shown, const FormBody& body)
      : definitions_(site.context.definitions.get()), shown_(shown), body_(body) {}

  FormPost read() {
    FormPost post;
    post.form = shown_.form.id;
    post.email = value_of("email");
    post.language = value_of("lang");
    post.page = page_url(value_of("page"));
    post.version = value_of("version");
    post.form_token = value_of("form_token");
    post.altcha = value_of("altcha");
    post.served = value_of("served");
    if (!shown_.form.protect.honeypot.empty()) {
      post.honeypot = value_of(shown_.form.protect.honeypot);
    }
    for (const FormEntry& entry : body_.entries) {
      if (entry.name == "consent") {
        take_consent(entry, post);
      } else if (!is_reserved(shown_.form, entry.name)) {
        take_field(entry, post);
      }
    }
    return post;
  }
  const std::vector<FieldError>& errors() const { return errors_; }

 private:
  std::string value_of(std::string_view name) {
    const FormEntry* entry = body_.find(name);
    if (!entry) return {};
    if (body_.count(name) > 1) add_error(name, "given_twice");
    if (!entry->is_text) add_error(name, "not_text");
    return entry->value;
  }

  void take_consent(const FormEntry& entry, FormPost& post) {
    if (!entry.is_text) {
      add_error("consent", "not_text");
    } else if (std::find(post.consents.begin(), post.consents.end(), entry.value) ==
               post.consents.end()) {
      post.consents.push_back(entry.value);
    }
  }

  // Fields of an older version of the form count too, so the flow is handed all names; strict is
  // only what is declared.
  void take_field(const FormEntry& entry, FormPost& post) {
    const bool declared = definitions_->field(entry.name) != nullptr;
    const bool first = !post.fields.contains(entry.name);
    if (declared && !first) add_error(entry.name, "given_twice");
    if (declared && !entry.is_text) add_error(entry.name, "not_text");
    if (first && entry.is_text) post.fields.emplace(entry.name, entry.value);
  }

  void add_error(std::string_view field, std::string_view code) {
    errors_.push_back({std::string(field), std::string(code)});
  }

  std::shared_ptr<const DefinitionSet> definitions_;
  const ShownForm& shown_;
  const FormBody& body_;
  std::vector<FieldError> errors_;
};

BlockReason reason_of(const std::vector<FieldError>& errors) {
  for (const FieldError& error : errors) {
    if (error.field == "form_token") return BlockReason::kTooFast;
    if (error.field == "altcha") return BlockReason::kProofOfWork;
  }
  return BlockReason::kInvalid;
}

HttpResponse invalid_post(const Site& site, const HttpRequest& request, const ShownForm& shown,
                          const FormPost& post, const std::vector<FieldError>& errors) {
  count_post(site.context, "invalid");
  count_blocked(site.context, shown.form.id, reason_of(errors));
  const std::string language =
      offers(shown.form, post.language) ? post.language : page_language(shown.form, request);
  if (!wants_json(request)) {
    return form_page(site, request, 422, shown, language, post.page, &post, errors);
  }
  std::vector<ProblemError> problems;
  for (const FieldError& error : errors) {
    problems.push_back({error.field, error.code, error_message(site, error, language)});
  }
  return problem_answer(422, problems);
}

// The same for every address: nothing in it depends on what is known of it.
HttpResponse accepted_post(const Site& site, const HttpRequest& request, const Form& form,
                           const FormAnswer& answer) {
  if (wants_json(request)) {
    return json_answer(202, answer.asked ? R"({"status":"pending"})" : R"({"status":"accepted"})");
  }
  std::string url;
  if (form.submitted_url.empty()) {
    url = public_path(site, "/forms/" + form.id + "/sent") +
          "?lang=" + percent_encode(answer.language) + (in_frame(request) ? "&as=iframe" : "");
  } else {
    url = text_for(form.submitted_url, answer.language);
  }
  return see_other(site, url, form_policy(site, form, request));
}

HttpResponse refuse_post(const Site& site, const HttpRequest& request, const Form& form, int status,
                         std::string_view outcome, BlockReason reason) {
  count_post(site.context, outcome);
  count_blocked(site.context, form.id, reason);
  return refusal_answer(site, status, page_language(form, request), wants_json(request),
                        form_policy(site, form, request));
}

HttpResponse failed_post(const Site& site, const HttpRequest& request, const Form& form,
                         const Error& error) {
  count_post(site.context, "failed");
  return failure_answer(site, error, page_language(form, request), wants_json(request),
                        form_policy(site, form, request));
}

// Past the form's protection and into the flow; a proof of work is spent only by a post that is
// taken, so that nobody solves another because of a typing mistake.
HttpResponse take_post(Site& site, const HttpRequest& request, const ShownForm& shown,
                       FormPost& post, const PostTime& time) {
  ShieldVerdict verdict = check_shield(site, shown.form, post);
  if (!verdict.errors.empty()) {
    const auto checked = check_post(site.context, post);  // whoever comes again has mended all
    if (!checked.ok()) return failed_post(site, request, shown.form, checked.error());
    verdict.errors.insert(verdict.errors.end(), checked->errors.begin(), checked->errors.end());
    return invalid_post(site, request, shown, post, verdict.errors);
  }
  post.checks = verdict.passed;
  const auto answer = accept_form(site.context, post);
  if (!answer.ok()) return failed_post(site, request, shown.form, answer.error());
  if (!answer->errors.empty()) return invalid_post(site, request, shown, post, answer->errors);
  verdict.proof.keep();
  HttpResponse response = accepted_post(site, request, shown.form, *answer);
  response.hold_until = time.next_step();
  if (answer->mailed) response.after = site.context.mail_queued;
  return response;
}

HttpResponse post_form(Site& site, const HttpRequest& request, const ShownForm& shown) {
  const PostTime time(site);
  const Form& form = shown.form;
  const Visit visit = visit_of(site, request);
  if (const auto wait =
          site.per_client.count_post(form.id, client_network(visit.ip), form.protect.per_client)) {
    HttpResponse response =
        refuse_post(site, request, form, 429, "limited", BlockReason::kPerClient);
    response.set("Retry-After", std::to_string(wait->count()));
    return response;
  }
  const FormBody body = parse_form_body(request.header("content-type"), request.body);
  if (!body.ok()) {
    return refuse_post(site, request, form, body.status, "broken", BlockReason::kInvalid);
  }

  PostReader reader(site, shown, body);
  FormPost post = reader.read();
  if (!reader.errors().empty()) return invalid_post(site, request, shown, post, reader.errors());
  if (post.page.empty()) post.page = page_url(request.header("referer"));
  post.served = served_as(site, request, post);
  post.visit = visit;
  return take_post(site, request, shown, post, time);
}

HttpResponse answer_form(Site& site, const Call& call, const ShownForm& shown) {
  const HttpRequest& request = call.request;
  if (request.method == "OPTIONS") return preflight(call);
  if (request.method == "POST") return post_form(site, request, shown);
  const std::string language = page_language(shown.form, request);
  if (wants_json(request)) return describe_form(site, shown, language);
  std::string page = page_url(query_value(request, "page"));
  if (page.empty() && in_frame(request)) page = page_url(request.header("referer"));
  return form_page(site, request, 200, shown, language, page, nullptr, {});
}

}  // namespace

HttpResponse serve_form(Site& site, const Call& call) {
  return for_own_sites(site, call,
                       [&](const ShownForm& shown) { return answer_form(site, call, shown); });
}

// A page of the form's own sites learns the status; a foreign one gets no CORS, as always.
HttpResponse refuse_form(Site& site, const Call& call, int status) {
  return for_own_sites(site, call, [&](const ShownForm& shown) {
    return refuse_post(site, call.request, shown.form, status, "broken", BlockReason::kInvalid);
  });
}

HttpResponse serve_sent(Site& site, const Call& call) {
  return for_own_sites(site, call, [&](const ShownForm& shown) {
    const HttpRequest& request = call.request;
    if (request.method == "OPTIONS") return preflight(call);
    View view;
    set_controller(view, &shown.controller);
    return page_answer(site, 200, "sent", page_language(shown.form, request), view,
                       form_policy(site, shown.form, request));
  });
}

}  // namespace jawort
