// Header fields of a mail (RFC 5322 §2.2, §3.2) with text that is not ASCII (RFC 2047).
#pragma once

#include <string>
#include <string_view>

namespace jawort {

// May stand in a header field: valid UTF-8 without control characters (C0 with tab, CR, LF and NUL;
// DEL; C1), line and paragraph separators, and bidirectional overrides. None of them has a use in a
// name or a subject, each is a line end or a disguise to some reader; so they are refused and not
// encoded.
bool fits_header(std::string_view value);

// "Name: value" CRLF for unstructured text, folded before column 78 at spaces. Text that is not
// ASCII, or that a fold or a reader could change, goes as encoded words of at most 75 characters.
// REQUIRES: fits_header(value)
std::string unstructured_field(std::string_view name, std::string_view value);

// "Name: Display Name <address>" CRLF (RFC 5322 §3.4): the display name as atoms, as a quoted
// string, or as encoded words; left out when it is empty. Spaces around it are dropped.
// REQUIRES: fits_header(display_name), safe_envelope_address(address)
std::string mailbox_field(std::string_view name, std::string_view display_name,
                          std::string_view address);

}  // namespace jawort
