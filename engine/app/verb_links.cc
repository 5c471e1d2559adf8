#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"
#include "engine/flow/list_links.h"

namespace jawort {
namespace {

constexpr int kLookAt = 500;

// RFC 4180 §2: quotes doubled, the whole quoted where it must be. A spreadsheet takes what begins
// with one of these for a formula; the apostrophe makes a text of it.
std::string csv_field(std::string_view value) {
  const bool formula =
      !value.empty() && std::string_view("=+-@\t\r").find(value.front()) != std::string_view::npos;
  if (!formula && value.find_first_of("\",\r\n") == std::string_view::npos) {
    return std::string(value);
  }
  std::string out = formula ? "\"'" : "\"";
  for (const char c : value) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

std::string line_of(const PersonLinks& links, const Invocation& invocation) {
  if (invocation.json) return links_json(links) + "\n";
  if (!invocation.csv) {
    return printable(links.email) + "  " + links.revoke + "  " + links.preferences + "\n";
  }
  return csv_field(links.email) + "," + csv_field(links.revoke) + "," +
         csv_field(links.preferences) + "\r\n";
}

}  // namespace

int verb_links(const Context& context, const Invocation& invocation, Console& console) {
  if (context.settings.public_url.empty()) return report(console, no_public_url());
  if (invocation.csv && !invocation.json) console.out("email,revoke_url,preferences_url\r\n");
  ConsentId after;
  bool any = false;
  for (;;) {
    const auto page = list_links(context, invocation.purpose, after, kLookAt);
    if (!page.ok()) return report(console, page.error());
    std::string lines;
    for (const PersonLinks& links : page->links) lines += line_of(links, invocation);
    any = any || !lines.empty();
    if (!lines.empty()) console.out(lines);
    if (!page->last) break;
    after = page->last;
  }
  if (any || context.definitions.get()->purpose(invocation.purpose) != nullptr) return kExitDone;
  return report(console, not_found("there is no purpose \"" + invocation.purpose + "\""));
}

}  // namespace jawort
