#include "webhooks/incoming/form_body.h"

#include <algorithm>

#include "engine/base/text.h"

namespace jawort {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_utf8_charset(std::string_view charset) {
  return ascii_equal_ignoring_case(charset, "utf-8") || ascii_equal_ignoring_case(charset, "utf8");
}

// What holds for the entries of all encodings.
FormBody check_entries(FormBody body) {
  if (!body.ok()) return body;
  if (body.entries.size() > kFormFieldsLimit) return FormBody::refused(413, "too many fields");
  for (const FormEntry& entry : body.entries) {
    if (entry.name.size() > kFieldNameLimit) return FormBody::refused(400, "field name too long");
    for (const std::string* text : {&entry.name, &entry.value}) {
      if (text->find('\0') != std::string::npos) return FormBody::refused(400, "NUL in a field");
      if (!valid_utf8(*text)) return FormBody::refused(400, "not UTF-8");
    }
    // HTML §4.10.22.4: a hidden field of this name tells the encoding.
    if (entry.name == "_charset_" && !entry.value.empty() && !is_utf8_charset(entry.value)) {
      return FormBody::refused(415, "charset is not UTF-8");
    }
  }
  return body;
}

FormBody parse_by_type(const MediaType& media, std::string_view body) {
  if (const auto charset = media.parameter("charset"); charset && !is_utf8_charset(*charset)) {
    return FormBody::refused(415, "charset is not UTF-8");
  }
  if (media.type == "application/x-www-form-urlencoded") return parse_urlencoded(body);
  if (media.type == "application/json") return parse_json_object(body);
  if (media.type != "multipart/form-data") return FormBody::refused(415, "unknown media type");
  const auto boundary = media.parameter("boundary");
  return boundary ? parse_multipart(*boundary, body) : FormBody::refused(400, "no boundary");
}

}  // namespace

FormBody FormBody::refused(int status, std::string_view reason) {
  FormBody body;
  body.status = status;
  body.reason = reason;
  return body;
}

const FormEntry* FormBody::find(std::string_view name) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const FormEntry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

std::size_t FormBody::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      entries.begin(), entries.end(), [&](const FormEntry& entry) { return entry.name == name; }));
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

FormBody parse_urlencoded(std::string_view text) {
  FormBody body;
  body.kind = BodyKind::kUrlencoded;
  if (text.size() > kFormBodyLimit) return FormBody::refused(413, "body too large");
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : percent_decode(pair.substr(equals + 1), true);
    if (!name || !value) return FormBody::refused(400, "broken percent-encoding");
    if (body.entries.size() == kFormFieldsLimit) return FormBody::refused(413, "too many fields");
    body.entries.push_back({*std::move(name), *std::move(value)});
  }
  return check_entries(std::move(body));
}

FormBody parse_form_body(std::string_view content_type, std::string_view body) {
  if (body.size() > kFormBodyLimit) return FormBody::refused(413, "body too large");
  if (content_type.empty())
    return body.empty() ? FormBody() : FormBody::refused(415, "no media type");
  const auto media = parse_media_type(content_type);
  if (!media) return FormBody::refused(415, "broken media type");
  return check_entries(parse_by_type(*media, body));
}

}  // namespace jawort
