// What all routes share, and what a route is handed.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/flow/context.h"
#include "engine/flow/visit.h"
#include "webhooks/incoming/client_address.h"
#include "webhooks/incoming/client_limit.h"
#include "webhooks/incoming/http.h"
#include "webhooks/incoming/spent_challenges.h"

namespace jawort {

struct Site {
  const Context& context;
  std::vector<IpNetwork> trusted_proxies;
  std::function<bool()> ready;
  ClientLimit per_client;
  SpentChallenges spent;
  std::atomic<int> posts_under_way{0};
};

// A request that a route matched. Views point into the request.
struct Call {
  const HttpRequest& request;
  std::string_view parameter;  // what stands for {form} or {token}, as sent
  std::string_view allow;      // methods of the route, for the Allow header

  bool reads() const { return request.method == "GET" || request.method == "HEAD"; }
};

using RouteHandler = HttpResponse (*)(Site& site, const Call& call);

// One per pattern of the table in routes.cc; each in the file of that name.
HttpResponse serve_form(Site& site, const Call& call);               // form_routes.cc
HttpResponse refuse_form(Site& site, const Call& call, int status);  // form_routes.cc
HttpResponse serve_sent(Site& site, const Call& call);               // form_routes.cc
HttpResponse serve_embed(Site& site, const Call& call);              // embed_route.cc
HttpResponse serve_challenge(Site& site, const Call& call);          // challenge_route.cc
HttpResponse serve_script(Site& site, const Call& call);             // script_route.cc
HttpResponse serve_confirm(Site& site, const Call& call);            // confirm_route.cc
HttpResponse serve_revoke(Site& site, const Call& call);             // revoke_route.cc
HttpResponse serve_preferences(Site& site, const Call& call);        // preferences_route.cc
HttpResponse serve_unsubscribe(Site& site, const Call& call);        // unsubscribe_route.cc
HttpResponse serve_healthz(Site& site, const Call& call);            // health_routes.cc
HttpResponse serve_readyz(Site& site, const Call& call);             // health_routes.cc
HttpResponse serve_metrics(Site& site, const Call& call);            // health_routes.cc

// The client by the rule of trusted proxies, and its User-Agent as clean text.
Visit visit_of(const Site& site, const HttpRequest& request);
// A value of the query; empty when it is missing, given twice, or broken.
std::string query_value(const HttpRequest& request, std::string_view name);

}  // namespace jawort
