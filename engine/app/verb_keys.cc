// `jawort keys list|rotate`: which keys there are, and a new one. No secret is ever shown.
#include "engine/app/config.h"
#include "engine/app/dkim_text.h"
#include "engine/app/engine.h"
#include "engine/app/local_verbs.h"
#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"

namespace jawort {
namespace {

std::string created(const KeyFile& key) {
  return key.created_at ? rfc3339(*key.created_at) : std::string();
}

std::string list_json(const std::vector<KeyFile>& keys) {
  std::string list;
  for (const KeyFile& key : keys) {
    list += (list.empty() ? "" : ",") + std::string("{\"id\":") + std::to_string(key.id) +
            ",\"created_at\":" + (key.created_at ? json_quote(created(key)) : "null") +
            ",\"current\":" + (key.id == keys.back().id ? "true" : "false") + "}";
  }
  return "[" + list + "]";
}

std::string dkim_json(const Config::Mail& mail) {
  std::string list;
  for (std::size_t i = 0; i < mail.dkim.keys.size(); ++i) {
    list += (list.empty() ? "" : ",") +
            dkim_key_json(mail.dkim.keys[i], mail.dkim.domain, mail.dkim_files[i]);
  }
  return "[" + list + "]";
}

void add_dkim_rows(const DkimSigner& signer, std::vector<std::vector<std::string>>& rows) {
  for (const DkimSigner::Named& named : signer.keys) {
    rows.push_back({"DKIM key " + named.selector,
                    std::string(name_of(named.key.algorithm())) + ", for " + signer.domain,
                    "signs"});
  }
}

void add_rows(const std::vector<KeyFile>& keys, const std::string& kind,
              std::vector<std::vector<std::string>>& rows) {
  for (const KeyFile& key : keys) {
    rows.push_back({kind + std::to_string(key.id),
                    key.created_at ? "created " + created(key) : "created before dates were kept",
                    key.id == keys.back().id ? "current" : ""});
  }
}

int rotate_ledger(Engine& engine, const Invocation& invocation, Console& console) {
  const auto id = engine.rotate_ledger_key();
  if (!id.ok()) return report(console, id.error());
  const std::string number = std::to_string(*id);
  console.out(invocation.json
                  ? "{\"current\":" + number + "}\n"
                  : "Ledger key " + number +
                        " signs from now on; the log says so. Give `jawort ledger key --history` "
                        "to whoever checks.\nBack up the key folder.\n");
  return kExitDone;
}

}  // namespace

int run_keys_list(const Invocation& invocation, Console& console) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  const auto keys = list_token_keys(config->keys_folder);
  if (!keys.ok()) return report(console, keys.error());
  const auto ledger = list_ledger_keys(config->keys_folder);
  if (!ledger.ok()) return report(console, ledger.error());
  std::vector<std::vector<std::string>> rows;
  add_rows(*keys, "token key ", rows);
  add_rows(*ledger, "ledger key ", rows);
  add_dkim_rows(config->mail.dkim, rows);
  console.out(invocation.json
                  ? "{\"keys\":" + list_json(*keys) + ",\"ledger_keys\":" + list_json(*ledger) +
                        ",\"dkim_keys\":" + dkim_json(config->mail) + "}\n"
                  : aligned(rows));
  return kExitDone;
}

int verb_keys_rotate(Engine& engine, const Invocation& invocation, Console& console) {
  if (invocation.ledger) return rotate_ledger(engine, invocation, console);
  const auto id = engine.rotate_keys();
  if (!id.ok()) return report(console, id.error());
  const std::string number = std::to_string(*id);
  console.out(invocation.json ? "{\"current\":" + number + "}\n"
                              : "Token key " + number +
                                    " is current. Keep the older ones: links that are out need "
                                    "them, for revocations for ever.\nBack up the key folder.\n");
  return kExitDone;
}

}  // namespace jawort
