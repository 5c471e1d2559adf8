// All public routes: parse, call one flow function, render. Which path goes where is a table in
// routes.cc.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/flow/context.h"
#include "webhooks/incoming/http.h"

namespace jawort {

struct RouteSettings {
  // Addresses or CIDR (client_address.h, parse_network); X-Forwarded-For counts only from them.
  std::vector<std::string> trusted_proxies;
};

// `context` and `ready` outlive the handler.
HttpHandler public_routes(const Context& context, const RouteSettings& settings,
                          std::function<bool()> ready);
// The admin listener: /healthz /readyz /metrics.
HttpHandler admin_routes(const Context& context, std::function<bool()> ready);

}  // namespace jawort
