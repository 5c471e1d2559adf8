// Quoted-printable bodies (RFC 2045 §6.7), made so that nothing on the way has a reason to touch
// them.
#pragma once

#include <string>
#include <string_view>

namespace jawort {

// CRLF lines of at most 76 characters, all of them printable ASCII, space or tab, none ending in
// white space, none starting with "." (dot-stuffing, RFC 5321 §4.5.2) or "From " (mbox).
// Line ends in the input may be LF, CRLF or CR; each becomes CRLF. The last line gets one only
// where the input has one.
//
// A run of at most 75 characters of the base64url alphabet always stands on one line: the break
// goes before it. So the token in a link stays in one piece, can be cut out of the finished message
// and put back by its offset alone, and is found by whoever greps the raw mail for it.
//
// REQUIRES: valid_utf8(text). Code points are not broken over two lines.
std::string quoted_printable(std::string_view text);

}  // namespace jawort
