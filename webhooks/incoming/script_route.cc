// GET /forms/{form}/embed.js, frame.js, challenge.js: the scripts of our pages and of pages that
// embed a form. The same for every form; each is one function, so that no name of it is seen by the
// page around it.
#include <algorithm>

#include "engine/base/embedded.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_request.h"

namespace jawort {
namespace {

std::string_view source_of(std::string_view name) {
  const auto scripts = embedded_scripts();
  const auto found = std::ranges::find(scripts, name, &EmbeddedFile::path);
  return found == scripts.end() ? std::string_view{} : found->content;
}

}  // namespace

HttpResponse serve_script(Site& site, const Call& call) {
  return for_own_sites(site, call, [&](const ShownForm&) {
    if (call.request.method == "OPTIONS") return preflight(call);
    const std::string_view path = call.request.path;
    const std::string_view name = path.substr(path.rfind('/') + 1);
    HttpResponse response;
    response.body = "(() => {\n\"use strict\";\n";
    if (name != "frame.js") response.body += source_of("solve.js");
    response.body += source_of(name);
    response.body += "})();\n";
    response.content_type = "text/javascript; charset=utf-8";
    response.set("Cache-Control", "max-age=600");
    response.set("X-Content-Type-Options", "nosniff");
    // For pages with `Cross-Origin-Embedder-Policy: require-corp`.
    response.set("Cross-Origin-Resource-Policy", "cross-origin");
    return response;
  });
}

}  // namespace jawort
