// Bodies of posts as ordered name/value pairs, from the three encodings of PRODUCT §4.1. The rules
// are ours, not a library's: whatever one encoding refuses, the others refuse too.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jawort {

inline constexpr std::size_t kFormBodyLimit = 64U * 1024U;  // bytes: 413
inline constexpr std::size_t kFormFieldsLimit = 64;         // 413
inline constexpr std::size_t kFieldNameLimit = 256;         // bytes: 400

struct FormEntry {
  std::string name;
  std::string value;  // UTF-8 without NUL
  // False for what has no text: a file, a JSON object. Only a name that somebody reads is refused
  // for it; unknown names are ignored.
  bool is_text = true;
  bool operator==(const FormEntry&) const = default;
};

enum class BodyKind { kNone, kUrlencoded, kMultipart, kJson };

struct FormBody {
  int status = 0;           // 0: read; else the HTTP status: 400 broken, 413 too large, 415
  std::string_view reason;  // for logs and tests: a constant of ours
  BodyKind kind = BodyKind::kNone;
  std::vector<FormEntry> entries;  // in order; a JSON list gives one entry per element

  static FormBody refused(int status, std::string_view reason);
  bool ok() const { return status == 0; }
  // The first entry of that name; null when there is none.
  const FormEntry* find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

// `content_type` as in the header; an empty body without one has no entries.
FormBody parse_form_body(std::string_view content_type, std::string_view body);

// One by one, for tests and for queries. REQUIRES of all: nothing; any bytes may come.
FormBody parse_urlencoded(std::string_view body);  // WHATWG URL §5.1, strict percent signs
FormBody parse_multipart(std::string_view boundary, std::string_view body);  // RFC 7578
FormBody parse_json_object(std::string_view body);                           // RFC 8259: an object
// Strict RFC 3986 percent-decoding; nothing for a broken sequence. `plus_is_space` for forms.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

// RFC 9110 §8.3.1: "text/plain; charset=utf-8". Type and parameter names in lower case, quotes and
// quoted-pairs resolved; nothing for what is broken or names a parameter twice.
struct MediaType {
  std::string type;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::optional<std::string> parameter(std::string_view name) const;
};
std::optional<MediaType> parse_media_type(std::string_view text);

}  // namespace jawort
