#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"
#include "engine/flow/persons_mail.h"

namespace jawort {
namespace {

constexpr int kPage = 100;
constexpr int kAll = 1'000'000'000;

std::string json_of(const InboxEntry& entry, bool with_text) {
  const InboxRow& row = entry.row;
  std::string purposes;
  for (const std::string& purpose : entry.purposes) {
    purposes += (purposes.empty() ? "" : ",") + json_quote(purpose);
  }
  std::string out =
      "{\"id\":" + json_quote(id_text(row.id.value)) + ",\"at\":" + json_quote(rfc3339(row.at)) +
      ",\"contact\":" + json_quote(id_text(row.contact.value)) +
      ",\"email\":" + json_quote(entry.email) + ",\"mail\":" + json_quote(id_text(row.mail.value)) +
      ",\"by_token\":" + (row.by_token ? "true" : "false") + ",\"from\":" + json_quote(row.sender) +
      ",\"subject\":" + json_quote(row.subject) + ",\"purposes\":[" + purposes + "]";
  if (with_text) out += ",\"text\":" + json_quote(row.text);
  return out + "}";
}

Result<InboxId> id_of(const Invocation& invocation) {
  const std::string& text = invocation.arguments.front();
  const auto id = parse_id_text(text);
  if (!id) return invalid("\"" + text + "\" is no id of a mail: 16 digits of 0-9 and a-f");
  return InboxId{*id};
}

std::string purposes_text(const InboxEntry& entry) {
  std::string out;
  for (const std::string& purpose : entry.purposes) out += (out.empty() ? "" : ", ") + purpose;
  return out.empty() ? "nothing any more" : out;
}

}  // namespace

int verb_inbox_list(const Context& context, const Invocation& invocation, Console& console) {
  const int most = invocation.limit > 0 ? invocation.limit : kAll;
  int shown = 0;
  if (invocation.json) console.out("{\"mails\":[");
  for (InboxId after{}; shown < most;) {
    const auto page = list_inbox(context, after, std::min(kPage, most - shown));
    if (!page.ok()) return report(console, page.error());
    if (page->empty()) break;
    std::vector<std::vector<std::string>> cells;
    for (const InboxEntry& entry : *page) {
      if (invocation.json) console.out((shown > 0 ? "," : "") + json_of(entry, false));
      cells.push_back({id_text(entry.row.id.value), rfc3339(entry.row.at), printable(entry.email),
                       entry.row.by_token ? "by its address" : "by what it answers",
                       printable(entry.row.subject)});
      ++shown;
    }
    if (!invocation.json) console.out(aligned(cells));
    after = page->back().row.id;
  }
  if (invocation.json) console.out("]}\n");
  if (shown == 0 && !invocation.json) console.out("no mail waits to be read\n");
  return kExitDone;
}

int verb_inbox_show(const Context& context, const Invocation& invocation, Console& console) {
  const auto id = id_of(invocation);
  if (!id.ok()) return report(console, id.error());
  const auto entry = show_inbox(context, *id);
  if (!entry.ok()) return report(console, entry.error());
  if (invocation.json) {
    console.out(json_of(*entry, true) + "\n");
    return kExitDone;
  }
  const InboxRow& row = entry->row;
  console.out(
      aligned({{"about", printable(entry->email)},
               {"known by", row.by_token ? "the address it was sent to, which only our mail had"
                                         : "the mail it answers; whoever saw that could write it"},
               {"would end", purposes_text(*entry)},
               {"came", rfc3339(row.at)},
               {"from", printable(row.sender)},
               {"subject", printable(row.subject)}}));
  console.out("\n");
  for (const std::string_view line : split(row.text, '\n')) console.out(printable(line) + "\n");
  return kExitDone;
}

int verb_inbox_revoke(const Context& context, const Invocation& invocation, Console& console) {
  const auto id = id_of(invocation);
  if (!id.ok()) return report(console, id.error());
  const auto ended = revoke_by_inbox(context, *id);
  if (!ended.ok()) return report(console, ended.error());
  const std::string revoked = std::to_string(ended->revoked);
  const std::string denied = std::to_string(ended->denied);
  console.out(invocation.json
                  ? "{\"revoked\":" + revoked + ",\"denied\":" + denied + "}\n"
                  : revoked + " revoked, " + denied + " denied that waited for a press\n");
  return kExitDone;
}

int verb_inbox_dismiss(const Context& context, const Invocation& invocation, Console& console) {
  const auto id = id_of(invocation);
  if (!id.ok()) return report(console, id.error());
  const Status done = dismiss_inbox(context, *id);
  if (!done.ok()) return report(console, done.error());
  console.out(invocation.json ? "{\"done\":1}\n" : "dismissed; nothing was revoked\n");
  return kExitDone;
}

}  // namespace jawort
