// `jawort ledger checkpoint|key`: the signed head of the log, and the public keys that check it.
#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"
#include "engine/evidence/checkpoint.h"
#include "engine/flow/seal_ledger.h"

namespace jawort {
namespace {

// The text over the signatures of a note of our own.
std::string_view text_of(std::string_view note) { return note.substr(0, note.rfind("\n\n") + 1); }

std::string checkpoint_json(const CheckpointRow& row, const Checkpoint& checkpoint) {
  return "{\"origin\":" + json_quote(checkpoint.origin) +
         ",\"size\":" + std::to_string(checkpoint.size) +
         ",\"root\":" + json_quote(to_base64(checkpoint.root)) +
         ",\"at\":" + json_quote(rfc3339(checkpoint.at)) + ",\"note\":" + json_quote(row.note) +
         ",\"timestamp\":" +
         (row.timestamp.empty() ? "null" : json_quote(to_base64(row.timestamp))) + "}\n";
}

std::string known_key_json(const KnownKey& known, const std::string& note) {
  const KeyAnnouncement& key = known.announcement;
  return "{\"number\":" + std::to_string(key.number) + ",\"key\":" + json_quote(key.key.text()) +
         ",\"since\":" + json_quote(rfc3339(key.since)) + ",\"size\":" + std::to_string(key.size) +
         ",\"previous\":" +
         (key.previous ? json_quote(key.previous->text()) : std::string("null")) +
         ",\"vouched\":" + (known.vouched ? "true" : "false") + ",\"note\":" + json_quote(note) +
         "}";
}

Result<std::vector<LedgerKeyRow>> key_rows(const Context& context) {
  Result<std::vector<LedgerKeyRow>> rows = std::vector<LedgerKeyRow>{};
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    rows = tables.ledger_keys().all();
    return {};
  }));
  return rows;
}

}  // namespace

int verb_ledger_checkpoint(const Context& context, const Invocation& invocation, Console& console) {
  const auto row = seal_now(context);
  if (!row.ok()) return report(console, row.error());
  const auto checkpoint = parse_checkpoint(text_of(row->note));
  if (!checkpoint.ok()) return report(console, checkpoint.error());
  console.out(invocation.json ? checkpoint_json(*row, *checkpoint) : row->note);
  return kExitDone;
}

int verb_ledger_key(const Context& context, const Invocation& invocation, Console& console) {
  const auto signer = ledger_signer(context);
  if (!signer.ok()) return report(console, signer.error());
  const auto history = ledger_history(context);
  if (!history.ok()) return report(console, history.error());
  const auto rows = key_rows(context);
  if (!rows.ok()) return report(console, rows.error());
  std::string notes, list;
  for (std::size_t i = 0; i < history->size(); ++i) {
    notes += (i == 0 ? "" : "\n") + (*rows)[i].note;
    list += (i == 0 ? "" : ",") + known_key_json((*history)[i], (*rows)[i].note);
  }
  const std::string key = signer->verifier().text();
  if (invocation.json) {
    console.out("{\"key\":" + json_quote(key) +
                (invocation.history ? ",\"history\":[" + list + "]" : std::string()) + "}\n");
  } else {
    console.out(invocation.history ? notes : key + "\n");
  }
  return kExitDone;
}

}  // namespace jawort
