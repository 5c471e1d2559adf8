// Origins (RFC 6454 §6.2, as browsers send them) and URLs that go into headers.
#pragma once

#include <string>
#include <string_view>

namespace jawort {

// "https://host" or "https://host:8443" of an http or https URL, lower case and without the
// scheme's own port. Empty for anything else; what it answers is safe in a CSP and in a header.
std::string origin_of(std::string_view url);
// The path of a URL without a slash at its end: what our own links start with behind a proxy that
// serves us below a path. Empty for a plain origin.
std::string path_prefix(std::string_view url);
// A URL for a Location header: what RFC 3986 does not allow there is percent-encoded.
std::string header_url(std::string_view url);
// A page's URL as a browser tells it, fit to be kept: http or https, at most 2,048 bytes, UTF-8
// without control characters, without user information and fragment. Empty otherwise.
std::string page_url(std::string_view url);

}  // namespace jawort
