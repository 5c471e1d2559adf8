// What the client would rather have: RFC 9110 §12.5.1 (Accept) and §12.5.4 (Accept-Language, with
// the lookup of RFC 4647 §3.4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jawort {

// Quality of a media type in thousandths, 0 when it is not acceptable. The most specific range that
// matches decides; without the header everything is 1000. A range that is broken does not count.
int accept_quality(std::string_view accept, std::string_view type);

// JSON if Accept prefers it, or if the body is JSON and Accept does not prefer HTML (PRODUCT
// §4.1). Of equal qualities the type that is named goes before one that a wildcard covers.
bool answers_json(std::string_view accept, bool body_is_json);

// One of `offered` for the header, or empty: "de-AT" finds "de"; "*" does not choose.
std::string accepted_language(std::string_view accept_language,
                              const std::vector<std::string>& offered);

}  // namespace jawort
