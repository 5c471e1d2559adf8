// What the routes below /forms/{form} have in common: whose page asks (CORS), in which language and
// as what it is answered, and how a refused post is counted.
#pragma once

#include <string>
#include <string_view>

#include "engine/campaign/definitions.h"
#include "webhooks/incoming/site.h"

namespace jawort {

bool offers(const Form& form, std::string_view language);
// ?lang=, else Accept-Language, else the form's first language.
std::string page_language(const Form& form, const HttpRequest& request);
bool wants_json(const HttpRequest& request);

// The form's own list, public_url, and "null" where the form says so. No Origin: no browser, or a
// navigation, and not ours to refuse.
bool origin_allowed(const Site& site, const Form& form, const HttpRequest& request);
// REQUIRES: the origin is allowed
void add_cors(const HttpRequest& request, HttpResponse& response);
HttpResponse preflight(const Call& call);
HttpResponse foreign_origin(const Site& site, const Form& form, const HttpRequest& request);
// The neutral 404, or problem details for who wants JSON.
HttpResponse unknown_form(const Site& site, const HttpRequest& request);

// jawort_form_posts_total{outcome="…"}
void count_outcome(const Site& site, std::string_view outcome);

}  // namespace jawort
