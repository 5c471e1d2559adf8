#include "webhooks/incoming/served.h"

#include "webhooks/incoming/form_request.h"
#include "webhooks/incoming/form_shield.h"
#include "webhooks/incoming/origin.h"

namespace jawort {
namespace {

std::string own_origin(const Site& site) { return origin_of(site.context.settings.public_url); }

// What the browser says of itself (RFC 6454 §7, RFC 9110 §10.1.3, W3C Fetch Metadata §2.3), and the
// page that the post names. A header that is not there says nothing. A frame of ours stands on a
// page of another's.
bool speaks_against_us(const Site& site, const HttpRequest& request, const FormPost& post) {
  const std::string ours = own_origin(site);
  const auto foreign = [&](std::string_view url) { return origin_of(url) != ours; };
  for (const std::string_view header : {"origin", "referer"}) {
    if (request.has_header(header) && foreign(request.header(header))) return true;
  }
  const auto fetched_from = request.header("sec-fetch-site");
  if (!fetched_from.empty() && fetched_from != "same-origin") return true;
  return post.served == "hosted" && !post.page.empty() && foreign(post.page);
}

// A page of another's is named: by the post, or by the browser.
bool names_a_page(const Site& site, const HttpRequest& request, const FormPost& post) {
  const std::string ours = own_origin(site);
  const auto other = [&](std::string_view url) {
    const std::string origin = origin_of(url);
    return !origin.empty() && origin != ours;
  };
  return other(post.page) || other(request.header("origin")) || other(request.header("referer"));
}

}  // namespace

bool in_frame(const HttpRequest& request) {
  const auto destination = request.header("sec-fetch-dest");
  if (destination.empty()) return query_value(request, "as") == "iframe";
  for (const std::string_view frame : {"iframe", "frame", "object", "embed"}) {
    if (destination == frame) return true;
  }
  return false;
}

std::string_view served_as(const Site& site, const HttpRequest& request, const FormPost& post) {
  if (posts_json(request)) {
    return request.has_header("origin") && post.served == "script" ? "script" : "json";
  }
  if (shown_at(site, post)) {  // else it came from no page of ours
    for (const std::string_view ours : {"hosted", "iframe"}) {
      if (post.served != ours) continue;
      return speaks_against_us(site, request, post) ? std::string_view() : ours;
    }
  }
  return names_a_page(site, request, post) ? "pasted" : std::string_view();
}

}  // namespace jawort
