#include <stdexcept>

#include "engine/app/local_verbs.h"
#include "package/documents/documents.h"

namespace jawort::documents {
namespace {

void replace_line(std::string& text, const std::string& line, const std::string& with) {
  const std::size_t at = text.find("\n" + line);
  if (at == std::string::npos || text.find("\n" + line, at + 1) != std::string::npos) {
    throw std::runtime_error("jawort init does not write exactly once: " + line);
  }
  text.replace(at + 1, line.size(), with);
}

}  // namespace

std::string packaged_config(const std::string& state_folder) {
  std::string text = commented_config();
  replace_line(text, R"(url = "sqlite:data/jawort.db")",
               "url = \"sqlite:" + state_folder + "/jawort.db\"");
  replace_line(text, R"(dir = "keys")", "dir = \"" + state_folder + "/keys\"");
  replace_line(text, R"(# dkim_key      = "keys/)",
               R"(# dkim_key      = ")" + state_folder + "/keys/");
  return text;
}

}  // namespace jawort::documents
