#include "webhooks/incoming/routes.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "engine/base/text.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_body.h"
#include "webhooks/incoming/site.h"

namespace jawort {
namespace {

struct Route {
  std::string_view pattern;  // with at most one {parameter}, which is one segment
  std::string_view methods;  // as in Allow; OPTIONS is answered here where the route has no CORS
  RouteHandler serve;
  bool own_options = false;
  bool body_optional = false;  // a POST does its work whatever its body is
};

constexpr std::string_view kRead = "GET, HEAD, OPTIONS";
constexpr std::string_view kReadAndPost = "GET, HEAD, POST, OPTIONS";

constexpr std::array<Route, 13> kPublicRoutes = {{
    {"/forms/{form}", kReadAndPost, serve_form, true},
    {"/forms/{form}/sent", kRead, serve_sent, true},
    {"/forms/{form}/embed", kRead, serve_embed, true},
    {"/forms/{form}/embed.js", kRead, serve_script, true},
    {"/forms/{form}/frame.js", kRead, serve_script, true},
    {"/forms/{form}/challenge", kRead, serve_challenge, true},
    {"/forms/{form}/challenge.js", kRead, serve_script, true},
    {"/confirm/{token}", kReadAndPost, serve_confirm},
    {"/revoke/{token}", kReadAndPost, serve_revoke, false, true},
    {"/preferences/{token}", kReadAndPost, serve_preferences},
    {"/unsubscribe", kReadAndPost, serve_unsubscribe},
    {"/healthz", kRead, serve_healthz},
    {"/readyz", kRead, serve_readyz},
}};

constexpr std::array<Route, 3> kAdminRoutes = {{
    {"/healthz", kRead, serve_healthz},
    {"/readyz", kRead, serve_readyz},
    {"/metrics", kRead, serve_metrics},
}};

// What stands for the parameter (empty for a pattern without one); nothing when the path is
// another. Paths are compared as sent: an encoded letter makes another path.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const auto open = pattern.find('{');
  if (open == std::string_view::npos) {
    return pattern == path ? std::optional<std::string_view>("") : std::nullopt;
  }
  const auto after = pattern.substr(pattern.find('}') + 1);
  if (path.size() <= open + after.size() || !path.starts_with(pattern.substr(0, open)) ||
      !path.ends_with(after)) {
    return std::nullopt;
  }
  const auto parameter = path.substr(open, path.size() - open - after.size());
  if (parameter.find('/') != std::string_view::npos) return std::nullopt;
  return parameter;
}

bool lists(std::string_view methods, std::string_view method) {
  for (const auto listed : split(methods, ',')) {
    if (trim_ascii_space(listed) == method) return true;
  }
  return false;
}

HttpResponse method_not_allowed(const Site& site, const Call& call) {
  HttpResponse response =
      refusal_answer(site, 405, visitor_language(site, call.request), false, token_policy(nullptr));
  response.set("Allow", call.allow);
  return response;
}

HttpResponse serve(Site& site, const Route& route, const Call& call) {
  if (!lists(route.methods, call.request.method)) return method_not_allowed(site, call);
  if (call.request.method == "OPTIONS" && !route.own_options) return options_answer(call);
  return route.serve(site, call);
}

HttpResponse dispatch(Site& site, std::span<const Route> routes, const HttpRequest& request) {
  for (const Route& route : routes) {
    const auto parameter = match(route.pattern, request.path);
    if (!parameter) continue;
    HttpResponse response = serve(site, route, {request, *parameter, route.methods});
    response.route = route.pattern;
    return response;
  }
  HttpResponse response = not_found_answer(site);
  response.route = "-";
  return response;
}

HttpResponse refuse(Site& site, const HttpRequest& request, int status) {
  for (const Route& route : kPublicRoutes) {
    const auto parameter = match(route.pattern, request.path);
    if (!parameter || route.serve != serve_form) continue;
    HttpResponse response = refuse_form(site, {request, *parameter, route.methods}, status);
    response.route = route.pattern;
    return response;
  }
  HttpResponse response =
      refusal_answer(site, status, visitor_language(site, request), false, token_policy(nullptr));
  response.route = "-";
  return response;
}

void count_request(const Site& site, const HttpResponse& response) {
  site.context.metrics
      .counter("jawort_http_requests_total{route=\"" + response.route + "\",status=\"" +
                   std::to_string(response.status / 100) + "xx\"}",
               "HTTP requests answered, by route and class of status")
      .add();
}

HttpHandler handler_of(std::shared_ptr<Site> site, std::span<const Route> routes) {
  return [site = std::move(site), routes](const HttpRequest& request) {
    HttpResponse response = dispatch(*site, routes, request);
    count_request(*site, response);
    return response;
  };
}

std::shared_ptr<Site> make_site(const Context& context, const std::vector<std::string>& proxies,
                                std::function<bool()> ready) {
  return std::shared_ptr<Site>(new Site{context, parse_networks(proxies), std::move(ready),
                                        ClientLimit(context.clock), SpentChallenges()});
}

}  // namespace

Visit visit_of(const Site& site, const HttpRequest& request) {
  constexpr std::size_t kUserAgentLimit = 512;
  Visit visit;
  visit.ip =
      client_address(request.peer, request.joined_header("x-forwarded-for"), site.trusted_proxies);
  for (const char c : request.header("user-agent")) {
    if (c >= 0x20 && c < 0x7f) visit.user_agent += c;
    if (visit.user_agent.size() == kUserAgentLimit) break;
  }
  return visit;
}

std::string query_value(const HttpRequest& request, std::string_view name) {
  const FormBody query = parse_urlencoded(request.query);
  return query.ok() && query.count(name) == 1 ? query.find(name)->value : std::string();
}

HttpHandler public_routes(const Context& context, const RouteSettings& settings,
                          std::function<bool()> ready) {
  return handler_of(make_site(context, settings.trusted_proxies, std::move(ready)), kPublicRoutes);
}

RefusalHandler public_refusals(const Context& context) {
  return [site = make_site(context, {}, {})](const HttpRequest& request, int status) {
    HttpResponse response = refuse(*site, request, status);
    count_request(*site, response);
    return response;
  };
}

bool public_body_optional(std::string_view method, std::string_view path) {
  return method == "POST" &&
         std::any_of(kPublicRoutes.begin(), kPublicRoutes.end(), [&](const Route& route) {
           return route.body_optional && match(route.pattern, path);
         });
}

HttpHandler admin_routes(const Context& context, std::function<bool()> ready) {
  return handler_of(make_site(context, {}, std::move(ready)), kAdminRoutes);
}

}  // namespace jawort
