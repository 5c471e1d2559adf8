#include "templates/parsed_template.h"

#include <algorithm>
#include <array>
#include <sstream>

#include <kainjow/mustache.hpp>

#include "templates/escaping.h"
#include "templates/tags.h"

namespace jawort {

using Data = kainjow::mustache::data;

struct ViewData::Vendor {
  Data data;
};

// The vendor's render() is not const, but it writes only for partials, lambdas and delimiter tags,
// and none of them gets here: threads may share one object.
struct ParsedTemplate::Vendor {
  kainjow::mustache::mustache code;
};

namespace {

// Looks names up from the innermost scope outwards, as the vendor's own context does, but without a
// string stream for every dotted name.
class Scopes final : public kainjow::mustache::basic_context<std::string> {
 public:
  Scopes(std::initializer_list<const ViewData*> outermost_first) {
    for (const ViewData* view : outermost_first) scopes_.push_back(&view->vendor().data);
  }

  void push(const Data* data) override { scopes_.push_back(data); }
  void pop() override { scopes_.pop_back(); }
  const Data* get_partial(const std::string&) const override { return nullptr; }
  const Data* get(const std::string& name) const override {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (const Data* found = walk(**scope, name)) return found;
    }
    return nullptr;
  }

 private:
  static const Data* walk(const Data& scope, const std::string& name) {
    const Data* at = &scope;
    for (std::size_t begin = 0, dot = 0; at != nullptr && dot != std::string::npos;
         begin = dot + 1) {
      dot = name.find('.', begin);
      at = at->get(dot == std::string::npos && begin == 0 ? name : name.substr(begin, dot - begin));
    }
    return at;
  }

  std::vector<const Data*> scopes_;
};

// White space is kept from the vendor: it drops blank lines next to section tags, leaves some where
// a section is not shown, and makes an object of its own of every single space. Bytes that cannot
// stand in UTF-8 take its place between parsing and output.
constexpr std::string_view kSpace = "\n \t\r";
constexpr std::string_view kStandIn = "\xFC\xFD\xFE\xFF";

std::string exchange(std::string text, std::string_view these, std::string_view those) {
  std::array<char, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<char>(i);
  for (std::size_t i = 0; i < these.size(); ++i) {
    table[static_cast<unsigned char>(these[i])] = those[i];
  }
  for (char& c : text) c = table[static_cast<unsigned char>(c)];
  return text;
}

bool is_stand_in(char c) { return static_cast<unsigned char>(c) >= 0xFC; }

std::string without_stand_ins(std::string out) {
  std::erase_if(out, is_stand_in);
  return out;
}

// The vendor's text: tags without white space, and no white space between them.
std::string for_vendor(const std::string& source, const std::vector<Tag>& tags) {
  std::string out;
  std::size_t copied = 0;
  for (const Tag& tag : tags) {
    out += exchange(source.substr(copied, tag.begin - copied), kSpace, kStandIn);
    const auto is_space = [](char c) { return kSpace.find(c) != std::string_view::npos; };
    std::string text = source.substr(tag.begin, tag.end - tag.begin);
    std::erase_if(text, is_space);
    out += text;
    copied = tag.end;
  }
  return out + exchange(source.substr(copied), kSpace, kStandIn);
}

Data to_data(const View& view);

Data value_data(const View::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return text->empty() ? Data(false) : Data(*text);  // the vendor takes "" for true
  }
  if (const auto* flag = std::get_if<bool>(&value)) return Data(*flag);
  if (const auto* inner = std::get_if<View>(&value)) return to_data(*inner);
  kainjow::mustache::list list;
  for (const View& item : *std::get_if<std::vector<View>>(&value)) list.push_back(to_data(item));
  return Data(list);
}

Data to_data(const View& view) {
  Data data;
  for (const auto& [name, value] : view.values()) {
    data[name] = value_data(value);
    if (const auto* list = std::get_if<std::vector<View>>(&value)) {
      data["has_" + name] = Data(!list->empty());
    }
  }
  return data;
}

}  // namespace

ViewData::ViewData(const View& view) : vendor_(std::make_unique<Vendor>(Vendor{to_data(view)})) {}
ViewData::ViewData(ViewData&&) noexcept = default;
ViewData::~ViewData() = default;

bool ViewData::has_text(const std::string& dotted_name) const {
  const Data* value = Scopes({this}).get(dotted_name);
  return value != nullptr && value->is_string();
}

ParsedTemplate::ParsedTemplate() = default;
ParsedTemplate::ParsedTemplate(ParsedTemplate&&) noexcept = default;
ParsedTemplate& ParsedTemplate::operator=(ParsedTemplate&&) noexcept = default;
ParsedTemplate::~ParsedTemplate() = default;

Result<ParsedTemplate> ParsedTemplate::make(const TemplateFiles& files, std::string_view path,
                                            const VariableSet& known, std::string_view reserved) {
  auto expanded = expand_partials(files, path);
  if (!expanded.ok()) return expanded.error();
  std::string& source = expanded->text;
  const std::string& shown_as = files.find(path)->second.shown_as;
  const auto tags = scan_tags(source);
  if (!tags.ok()) return configuration_error(shown_as + ": " + tags.error().message);
  auto used = check_variables(*tags, known, reserved);
  if (!used.ok()) return configuration_error(shown_as + ": " + used.error().message);

  ParsedTemplate parsed;
  parsed.used_ = std::move(*used);
  parsed.urls_needed_ = urls_needed_in(*tags);
  parsed.vendor_ = std::make_unique<Vendor>(Vendor{for_vendor(source, *tags)});
  parsed.source_ = std::move(source);
  auto& code = parsed.vendor_->code;
  if (!code.is_valid()) return configuration_error(shown_as + ": " + code.error_message());
  const bool html = path.starts_with("pages/") || path.ends_with(".html.mustache");
  code.set_custom_escape([html](const std::string& value) {
    std::string text = without_stand_ins(value);
    return html ? escape_for_html(text) : text;
  });
  return parsed;
}

std::string ParsedTemplate::render(std::initializer_list<const ViewData*> outermost_first) const {
  Scopes scopes(outermost_first);
  std::ostringstream out;
  return exchange(vendor_->code.render(scopes, out).str(), kStandIn, kSpace);
}

}  // namespace jawort
