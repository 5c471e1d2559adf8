#include "engine/app/dkim_text.h"

#include "engine/base/text.h"

namespace jawort {

std::string dkim_key_json(const DkimSigner::Named& named, const std::string& domain,
                          const std::string& file) {
  const std::string record = dkim_record(named.key);
  std::string strings;
  for (const std::string& part : txt_strings(record)) {
    strings += (strings.empty() ? "" : ",") + json_quote(part);
  }
  return "{\"selector\":" + json_quote(named.selector) + ",\"domain\":" + json_quote(domain) +
         ",\"algorithm\":" + json_quote(name_of(named.key.algorithm())) +
         ",\"bits\":" + std::to_string(named.key.bits()) + ",\"file\":" + json_quote(file) +
         ",\"name\":" + json_quote(dkim_record_name(named.selector, domain)) +
         ",\"record\":" + json_quote(record) + ",\"strings\":[" + strings + "]}";
}

std::string zone_line(const std::string& name, std::string_view record) {
  std::string line = name + ".  IN  TXT  (";
  for (const std::string& part : txt_strings(record)) line += "\n  \"" + part + "\"";
  return line + " )\n";
}

std::string toml_texts(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return json_quote(texts.front());  // JSON's escapes are TOML's
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + json_quote(text);
  return "[" + list + "]";
}

std::string path_for_config(const Config& config, const std::string& path) {
  const std::string start = config.folder == "." ? "" : config.folder + "/";
  return path.starts_with(start) ? path.substr(start.size()) : path;
}

}  // namespace jawort
