#include "webhooks/incoming/served.h"

#include "webhooks/incoming/form_request.h"
#include "webhooks/incoming/origin.h"

namespace jawort {

bool in_frame(const HttpRequest& request) {
  const auto destination = request.header("sec-fetch-dest");
  if (destination.empty()) return query_value(request, "as") == "iframe";
  for (const std::string_view frame : {"iframe", "frame", "object", "embed"}) {
    if (destination == frame) return true;
  }
  return false;
}

std::string_view served_as(const Site& site, const HttpRequest& request, std::string_view stated) {
  const bool page = request.has_header("origin");
  if (posts_json(request)) return page && stated == "script" ? "script" : "json";
  const bool foreign =
      page && origin_of(request.header("origin")) != origin_of(site.context.settings.public_url);
  if (!foreign) {
    for (const std::string_view ours : {"hosted", "iframe"}) {
      if (stated == ours) return ours;
    }
  }
  return "pasted";
}

}  // namespace jawort
