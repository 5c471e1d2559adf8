// `jawort ledger checkpoint|key`: the signed head of the log, and the public keys that check it.
#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"
#include "engine/evidence/checkpoint.h"
#include "engine/flow/seal_ledger.h"

namespace jawort {
namespace {

std::string checkpoint_json(const CheckpointRow& row, const Checkpoint& checkpoint) {
  return "{\"origin\":" + json_quote(checkpoint.origin) +
         ",\"size\":" + std::to_string(checkpoint.size) +
         ",\"root\":" + json_quote(to_base64(checkpoint.root)) +
         ",\"at\":" + json_quote(rfc3339(checkpoint.at)) + ",\"note\":" + json_quote(row.note) +
         ",\"timestamp\":" +
         (row.timestamp.empty() ? "null" : json_quote(to_base64(row.timestamp))) + "}\n";
}

std::string known_key_json(const KnownKey& known) {
  const KeyAnnouncement& key = known.announcement;
  return "{\"number\":" + std::to_string(key.number) + ",\"key\":" + json_quote(key.key.text()) +
         ",\"since\":" + json_quote(rfc3339(key.since)) + ",\"size\":" + std::to_string(key.size) +
         ",\"previous\":" +
         (key.previous ? json_quote(key.previous->text()) : std::string("null")) +
         ",\"vouched\":" + (known.vouched ? "true" : "false") +
         ",\"note\":" + json_quote(known.note) + "}";
}

}  // namespace

int verb_ledger_checkpoint(const Context& context, const Invocation& invocation, Console& console) {
  const auto row = seal_now(context);
  if (!row.ok()) return report(console, row.error());
  const auto checkpoint = parse_checkpoint(note_text(row->note));
  if (!checkpoint.ok()) return report(console, checkpoint.error());
  console.out(invocation.json ? checkpoint_json(*row, *checkpoint) : row->note);
  return kExitDone;
}

int verb_ledger_key(const Context& context, const Invocation& invocation, Console& console) {
  const auto signer = ledger_signer(context);
  if (!signer.ok()) return report(console, signer.error());
  const auto history = ledger_history(context);
  if (!history.ok()) return report(console, history.error());
  std::string notes, list;
  for (const KnownKey& known : *history) {
    notes += (notes.empty() ? "" : "\n") + known.note;
    list += (list.empty() ? "" : ",") + known_key_json(known);
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
