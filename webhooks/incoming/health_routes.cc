// /healthz, /readyz, /metrics: for machines of the operator. No detail, no personal data.
#include "webhooks/incoming/site.h"

namespace jawort {
namespace {

HttpResponse plain(int status, std::string body, std::string content_type) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.content_type = std::move(content_type);
  response.set("Cache-Control", "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  return response;
}

HttpResponse yes_or_no(bool yes) {
  return plain(yes ? 200 : 503, yes ? "ok\n" : "unavailable\n", "text/plain; charset=utf-8");
}

}  // namespace

HttpResponse serve_healthz(Site& site, const Call&) {
  return yes_or_no(site.context.store.healthy());
}

HttpResponse serve_readyz(Site& site, const Call&) {
  return yes_or_no(site.context.store.healthy() && site.ready());
}

HttpResponse serve_metrics(Site& site, const Call&) {
  return plain(200, site.context.metrics.render(), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace jawort
