// Media types, percent signs, and what a client would rather have. Input: one header's value.
#include <algorithm>

#include "engine/base/text.h"
#include "tests/fuzz/target.h"
#include "webhooks/incoming/form_body.h"
#include "webhooks/incoming/http.h"
#include "webhooks/incoming/negotiation.h"
#include "webhooks/incoming/origin.h"

namespace jawort::fuzz {
namespace {

std::string spelled(const MediaType& media) {
  std::string text = media.type;
  for (const auto& [name, value] : media.parameters) {
    text += ";" + name + "=\"";
    for (const char c : value)
      text += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    text += '"';
  }
  return text;
}

void check_media_type(std::string_view text) {
  const auto media = parse_media_type(text);
  if (!media) return;
  promise(media->type.find('/') != std::string::npos, "a type has a subtype");
  promise(ascii_lower(media->type) == media->type, "a type is in lower case");
  for (const auto& [name, value] : media->parameters) {
    promise(!name.empty() && std::ranges::all_of(name, is_token_character), "a name is a token");
    promise(media->parameter(name) == value, "no parameter stands twice");
  }
  const auto again = parse_media_type(spelled(*media));
  promise(again && again->type == media->type && again->parameters == media->parameters,
          "what was read can be written and read again");
}

void check_percent(std::string_view text) {
  promise(percent_decode(percent_encode(text), false) == text, "encoded, decoded, the same");
  promise(percent_decode(percent_encode(text), true) == text, "a plus sign is encoded");
  const auto decoded = percent_decode(text, false);
  promise(!decoded || decoded->size() <= text.size(), "decoding makes nothing longer");
}

void check_wishes(std::string_view text) {
  const int quality = accept_quality(text, "text/html");
  promise(quality >= 0 && quality <= 1000, "a quality is in thousandths");
  const bool json = answers_json(text, false);
  promise(!json || answers_json(text, true), "a JSON body never speaks against JSON");
  const std::string language = accepted_language(text, {"de", "en", "pt-BR"});
  promise(language.empty() || language == "de" || language == "en" || language == "pt-BR",
          "a language is one of those offered");
}

bool visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

void check_urls(std::string_view text) {
  const std::string url = header_url(text);
  promise(visible(url) && header_url(url) == url, "a URL is fit for a header, and stays it");
  const std::string origin = origin_of(text);
  promise(visible(origin) && origin.find_first_of("\"'<>;, \\") == std::string::npos,
          "an origin is fit for a policy");
  promise(origin.empty() || origin_of(origin) == origin, "an origin is its own origin");
  promise(visible(path_prefix(text)), "a path is fit for a link");
  const std::string page = page_url(text);
  promise(page.empty() || page_url(page) == page, "a page's URL stays itself");
  promise(!has_control_characters(page, false), "a page's URL is one line");
}

void media_type(std::string_view text) {
  check_media_type(text);
  check_percent(text);
  check_wishes(text);
  check_urls(text);
}

const Registration registered("media_type", media_type);

}  // namespace
}  // namespace jawort::fuzz
