// All public routes: parse, call one flow function, render. Which path goes where is a table in
// routes.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/flow/context.h"
#include "webhooks/incoming/http.h"
#include "webhooks/incoming/listener.h"

namespace jawort {

struct RouteSettings {
  // Addresses or CIDR (client_address.h, parse_network); X-Forwarded-For counts only from them.
  std::vector<std::string> trusted_proxies;
};

// `context` and `ready` outlive the handler.
HttpHandler public_routes(const Context& context, const RouteSettings& settings,
                          std::function<bool()> ready);
// Answers to what was refused before a route saw it: with CORS and the language of the form it was
// meant for. Carries out nothing. `context` outlives it.
RefusalHandler public_refusals(const Context& context);
// True where a POST does its work whatever its body is (PRODUCT §4.1: `POST /revoke/{token}`).
bool public_body_optional(std::string_view method, std::string_view path);
// The admin listener: /healthz /readyz /metrics.
HttpHandler admin_routes(const Context& context, std::function<bool()> ready);

}  // namespace jawort
