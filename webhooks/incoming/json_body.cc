// application/json as a flat object: strings, numbers, booleans and lists of them.
#include <set>

#include <nlohmann/json.hpp>

#include "webhooks/incoming/form_body.h"

namespace jawort {
namespace {

using Json = nlohmann::ordered_json;

// The library keeps the last of two equal names; we refuse them. Depth is limited because it
// recurses when it destroys a value.
class Watch {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDepthLimit) broken_ = true;
    if (event == Json::parse_event_t::key && depth == 1 &&
        !names_.insert(parsed.get<std::string>()).second) {
      broken_ = true;
    }
    return !broken_;
  }
  bool broken() const { return broken_; }

 private:
  static constexpr int kDepthLimit = 8;
  std::set<std::string> names_;
  bool broken_ = false;
};

// Exact for what fits 64 bits; other numbers in their shortest spelling.
void add_value(const std::string& name, const Json& value, FormBody& body) {
  if (value.is_null()) return;  // as if it had not been sent
  if (value.is_string()) {
    body.entries.push_back({name, value.get<std::string>()});
  } else if (value.is_number() || value.is_boolean()) {
    body.entries.push_back({name, value.dump()});
  } else {
    body.entries.push_back({name, "", false});
  }
}

FormBody read_object(const Json& json) {
  FormBody body;
  body.kind = BodyKind::kJson;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_array()) {
      add_value(name, value, body);
    } else {
      for (const Json& element : value) {
        if (body.entries.size() > kFormFieldsLimit) break;
        add_value(name, element, body);
      }
    }
    if (body.entries.size() > kFormFieldsLimit) return FormBody::refused(413, "too many fields");
  }
  return body;
}

}  // namespace

FormBody parse_json_object(std::string_view text) {
  if (text.size() > kFormBodyLimit) return FormBody::refused(413, "body too large");
  try {
    Watch watch;
    const Json json = Json::parse(text, [&](int depth, Json::parse_event_t event, Json& parsed) {
      return watch(depth, event, parsed);
    });
    if (watch.broken()) return FormBody::refused(400, "a name twice, or nested too deep");
    if (!json.is_object()) return FormBody::refused(400, "not an object");
    return read_object(json);
  } catch (const Json::exception&) {
    return FormBody::refused(400, "not JSON");
  }
}

}  // namespace jawort
