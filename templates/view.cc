#include "templates/renderer.h"

namespace jawort {

View& View::set(std::string_view name, std::string value) {
  return put(name, Value(std::move(value)));
}
View& View::set(std::string_view name, bool value) { return put(name, Value(value)); }
View& View::set(std::string_view name, View value) { return put(name, Value(std::move(value))); }
View& View::set(std::string_view name, std::vector<View> list) {
  return put(name, Value(std::move(list)));
}

View& View::put(std::string_view name, Value value) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) {
    values_.insert_or_assign(std::string(name), std::move(value));
    return *this;
  }
  Value& inner = values_.try_emplace(std::string(name.substr(0, dot)), View()).first->second;
  if (!std::holds_alternative<View>(inner)) inner = View();
  std::get_if<View>(&inner)->put(name.substr(dot + 1), std::move(value));
  return *this;
}

}  // namespace jawort
