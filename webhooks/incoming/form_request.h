// What the routes below /forms/{form} have in common: whose page asks (CORS), in which language and
// as what it is answered, and how a refused post is counted.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "engine/campaign/definitions.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/site.h"

namespace jawort {

bool offers(const Form& form, std::string_view language);
// ?lang=, else Accept-Language, else the form's first language.
std::string page_language(const Form& form, const HttpRequest& request);
bool posts_json(const HttpRequest& request);
bool wants_json(const HttpRequest& request);
// Of the form's pages; in a frame they tell the page around them their height.
PagePolicy form_policy(const Site& site, const Form& form, const HttpRequest& request);

// Lets the form's own sites have `answer`, with CORS: its own list, public_url, and "null" where
// the form says so. No Origin: no browser, or a navigation, and not ours to refuse. Others get 403,
// and 404 where there is no such form.
using FormAnswerer = std::function<HttpResponse(const ShownForm& shown)>;
HttpResponse for_own_sites(const Site& site, const Call& call, const FormAnswerer& answer);
HttpResponse preflight(const Call& call);
// The neutral 404, or problem details for who wants JSON.
HttpResponse unknown_form(const Site& site, const HttpRequest& request);

}  // namespace jawort
