// The spelling of URLs in definitions. They end up in redirects, links and CORS answers, so what is
// accepted is narrow: https, or http to this machine; no user name, no spaces or quotes, ASCII
// only.
#pragma once

#include <string_view>

namespace jawort {

// Empty when right, else what would be right.
std::string_view url_problem(std::string_view url);
// As a browser sends it in Origin (RFC 6454 §6.2): no path, no port where it is the scheme's own.
std::string_view origin_problem(std::string_view origin);

}  // namespace jawort
