#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"

namespace jawort {
namespace {

constexpr int kPage = 200;

// "newsletter confirmed 2026-11-23, phone pending 2026-11-24"
std::string consents_summary(const ContactRecord& record) {
  std::string out;
  for (const auto& view : record.consents) {
    const Round& round = view.consent.round;
    const Stamp& last = round.revoked     ? *round.revoked
                        : round.confirmed ? *round.confirmed
                                          : round.opt_in;
    out += (out.empty() ? "" : ", ") + view.consent.purpose + " " +
           std::string(name_of(round.status)) + " " + last.date;
  }
  return out.empty() ? "no consent" : out;
}

}  // namespace

int verb_contact_show(const Context& context, const Invocation& invocation, Console& console) {
  if (invocation.arguments.size() != 1) return report(console, invalid("name one contact"));
  const auto record = show_contact(context, invocation.arguments.front());
  if (!record.ok()) {
    // Whatever was typed: there is no contact of that name.
    const ErrorKind kind = record.error().kind;
    if (kind == ErrorKind::kInvalid || kind == ErrorKind::kNotFound) {
      return report(console, not_found("no such contact"));
    }
    return report(console, record.error());
  }
  console.out(invocation.json ? contact_json(*record, true) + "\n" : contact_text(*record));
  return kExitDone;
}

int verb_contact_list(const Context& context, const Invocation& invocation, Console& console) {
  ContactId after;
  std::int64_t left = invocation.limit > 0 ? invocation.limit : INT64_MAX;
  std::int64_t shown = 0;
  while (left > 0) {
    const int wanted = static_cast<int>(std::min<std::int64_t>(kPage, left));
    const auto page = list_contacts(context, after, wanted);
    if (!page.ok()) return report(console, page.error());
    if (page->empty()) break;
    std::vector<std::vector<std::string>> rows;
    std::string lines;
    for (const ContactRecord& record : *page) {
      if (invocation.json) {
        lines += contact_json(record, false) + "\n";
      } else {
        rows.push_back({id_text(record.contact.id.value), printable(record.contact.email),
                        record.contact.language, consents_summary(record)});
      }
    }
    console.out(invocation.json ? lines : aligned(rows));
    after = page->back().contact.id;
    left -= static_cast<std::int64_t>(page->size());
    shown += static_cast<std::int64_t>(page->size());
    if (page->size() < static_cast<std::size_t>(wanted)) break;
  }
  if (shown == 0 && !invocation.json) console.out("no contacts\n");
  return kExitDone;
}

}  // namespace jawort
