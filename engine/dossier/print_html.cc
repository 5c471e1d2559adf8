#include "engine/dossier/print_html.h"

#include "engine/base/text.h"

namespace jawort {

std::string dossier_html(const CaseRecord& record) {
  const std::string lang = record.language == "de" ? "de" : "en";
  const std::string title = lang == "de" ? "Nachweis einer Einwilligung" : "Proof of a consent";
  return "<!DOCTYPE html>\n<html lang=\"" + lang + "\">\n<head><meta charset=\"utf-8\"><title>" +
         title + "</title></head>\n<body><h1>" + title + "</h1>\n<p>" + html_escape(record.email) +
         "</p>\n</body>\n</html>\n";
}

}  // namespace jawort
