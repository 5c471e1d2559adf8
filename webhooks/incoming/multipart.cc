// multipart/form-data (RFC 7578 over RFC 2046 §5.1), read strictly: CRLF line ends, a
// Content-Disposition with a name in every part, no transfer encodings.
#include <algorithm>

#include "engine/base/text.h"
#include "webhooks/incoming/form_body.h"

namespace jawort {
namespace {

constexpr std::size_t kPartHeadLimit = 2048;  // bytes
constexpr std::size_t kPartHeaderLines = 8;

// RFC 2046 §5.1.1
bool boundary_allowed(std::string_view boundary) {
  if (boundary.empty() || boundary.size() > 70 || boundary.back() == ' ') return false;
  return std::all_of(boundary.begin(), boundary.end(), [](char c) {
    return ascii_alnum(c) || std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
  });
}

// Browsers write a quote as %22 and line ends as %0D%0A in names (HTML §4.10.22.7); a backslash is
// itself, unlike in other headers.
std::optional<std::string> quoted_value(std::string_view& text) {
  if (!text.starts_with('"')) return std::nullopt;
  const auto end = text.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string value(text.substr(1, end - 1));
  text.remove_prefix(end + 1);
  value = replace_all(std::move(value), "%22", "\"");
  value = replace_all(std::move(value), "%0D", "\r");
  return replace_all(std::move(value), "%0A", "\n");
}

std::optional<std::string> parameter_value(std::string_view& text) {
  if (text.starts_with('"')) return quoted_value(text);
  const auto end = std::min(text.find_first_of("; \t"), text.size());
  std::string value(text.substr(0, end));
  text.remove_prefix(end);
  return value.empty() ? std::nullopt : std::optional(std::move(value));
}

struct Disposition {
  std::optional<std::string> name;
  bool has_filename = false;
};

// "form-data; name="x"; filename="y"". Nothing when broken.
std::optional<Disposition> read_disposition(std::string_view text) {
  constexpr std::string_view kType = "form-data";
  if (!ascii_equal_ignoring_case(text.substr(0, kType.size()), kType)) return std::nullopt;
  text.remove_prefix(kType.size());
  Disposition disposition;
  for (text = trim_ascii_space(text); !text.empty(); text = trim_ascii_space(text)) {
    if (text.front() != ';') return std::nullopt;
    text = trim_ascii_space(text.substr(1));
    if (text.empty()) break;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string key = ascii_lower(trim_ascii_space(text.substr(0, equals)));
    text.remove_prefix(equals + 1);
    auto value = parameter_value(text);
    if (!value) return std::nullopt;
    if (key == "name") {
      if (disposition.name) return std::nullopt;  // two names: two readers, two fields
      disposition.name = std::move(value);
    } else if (key == "filename" || key == "filename*") {
      disposition.has_filename = true;
    }
  }
  return disposition;
}

// 0, or the status of the refusal.
int check_part_type(std::string_view value) {
  const auto media = parse_media_type(value);
  if (!media) return 400;
  if (media->type.starts_with("multipart/")) return 415;
  const auto charset = media->parameter("charset");
  const bool known = !charset || ascii_equal_ignoring_case(*charset, "utf-8") ||
                     ascii_equal_ignoring_case(*charset, "us-ascii");
  return known ? 0 : 415;
}

bool identity_encoding(std::string_view value) {
  for (const std::string_view known : {"7bit", "8bit", "binary"}) {
    if (ascii_equal_ignoring_case(value, known)) return true;
  }
  return false;
}

int read_part_header(std::string_view line, std::optional<Disposition>& disposition) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || line.find_first_of("\r\n") != std::string_view::npos) {
    return 400;
  }
  const std::string name = ascii_lower(line.substr(0, colon));
  const auto value = trim_ascii_space(line.substr(colon + 1));
  if (name == "content-disposition") {
    if (disposition) return 400;
    disposition = read_disposition(value);
    return disposition && disposition->name ? 0 : 400;
  }
  if (name == "content-type") return check_part_type(value);
  if (name == "content-transfer-encoding") return identity_encoding(value) ? 0 : 415;
  return 0;
}

// `part`: all between two delimiter lines.
int read_part(std::string_view part, FormBody& body) {
  const auto end = part.find("\r\n\r\n");
  if (end > kPartHeadLimit) return 400;  // not found is npos, which is greater too
  std::optional<Disposition> disposition;
  std::string_view head = part.substr(0, end + 2);
  for (std::size_t lines = 0; !head.empty(); ++lines) {
    if (lines == kPartHeaderLines) return 400;
    const auto line_end = head.find("\r\n");
    if (const int status = read_part_header(head.substr(0, line_end), disposition)) return status;
    head.remove_prefix(line_end + 2);
  }
  if (!disposition) return 400;
  if (body.entries.size() == kFormFieldsLimit) return 413;
  // The content of a file is never looked at, so it need not be text.
  std::string value(disposition->has_filename ? std::string_view{} : part.substr(end + 4));
  body.entries.push_back(
      {*std::move(disposition->name), std::move(value), !disposition->has_filename});
  return 0;
}

std::string_view reason_of(int status) {
  if (status == 413) return "too many fields";
  return status == 415 ? "part is not UTF-8 text" : "broken part";
}

}  // namespace

FormBody parse_multipart(std::string_view boundary, std::string_view text) {
  if (text.size() > kFormBodyLimit) return FormBody::refused(413, "body too large");
  if (!boundary_allowed(boundary)) return FormBody::refused(400, "bad boundary");
  const std::string delimiter = "\r\n--" + std::string(boundary);
  const std::string padded = "\r\n" + std::string(text);  // the first delimiter starts a line too
  FormBody body;
  body.kind = BodyKind::kMultipart;
  std::string_view rest = padded;
  // A preamble is allowed by RFC 2046, sent by nobody, and a place to hide: refused.
  if (!rest.starts_with(delimiter))
    return FormBody::refused(400, "does not start with the boundary");
  for (;;) {
    rest.remove_prefix(delimiter.size());
    if (rest.starts_with("--")) {
      const auto epilogue = rest.substr(2);
      return epilogue.empty() || epilogue == "\r\n" ? body : FormBody::refused(400, "epilogue");
    }
    const auto line = rest.find("\r\n");  // transport padding may stand before the line's end
    if (line == std::string_view::npos ||
        rest.substr(0, line).find_first_not_of(" \t") != std::string_view::npos) {
      return FormBody::refused(400, "broken delimiter");
    }
    rest.remove_prefix(line + 2);
    const auto end = rest.find(delimiter);
    if (end == std::string_view::npos) return FormBody::refused(400, "no closing delimiter");
    if (const int status = read_part(rest.substr(0, end), body)) {
      return FormBody::refused(status, reason_of(status));
    }
    rest.remove_prefix(end);
  }
}

}  // namespace jawort
