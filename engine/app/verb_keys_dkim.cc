// `jawort keys dkim SELECTOR`: makes a key that signs mails, and says what to publish and to set.
#include "engine/app/config.h"
#include "engine/app/data_owner.h"
#include "engine/app/dkim_text.h"
#include "engine/app/local_verbs.h"
#include "engine/base/file.h"
#include "engine/base/random.h"

namespace jawort {
namespace {

std::string path_in(const std::string& folder, const std::string& name) {
  return folder + (folder.ends_with('/') ? "" : "/") + name;
}

Result<DkimKey> write_new_key(const std::string& path, DkimAlgorithm algorithm) {
  SystemRandom random;
  const auto pem = make_dkim_key(algorithm, random);
  if (!pem.ok()) return pem.error();
  auto key = DkimKey::from_pem(pem->reveal_text());
  if (!key.ok()) return internal_error("the new key " + key.error().message);
  JAWORT_TRY(write_file_durably(path, pem->reveal(), 0600, IfExists::kRefuse));
  return key;
}

// The lines of jawort.toml that let it sign beside those that sign already.
std::string settings_for(const Config& config, const std::string& selector,
                         const std::string& path) {
  std::vector<std::string> selectors = config.mail.dkim_selectors, files;
  selectors.push_back(selector);
  for (const std::string& file : config.mail.dkim_files) {
    files.push_back(path_for_config(config, file));
  }
  files.push_back(path_for_config(config, path));
  return "[mail]\ndkim_selector = " + toml_texts(selectors) +
         "\ndkim_key      = " + toml_texts(files) + "\n";
}

}  // namespace

int run_keys_dkim(const Invocation& invocation, Console& console) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return report(console, file.error());
  const auto config = load_config(*file, process_environment());
  if (!config.ok()) return report(console, config.error());
  const Status owner = become_data_owner(*config);
  if (!owner.ok()) return report(console, owner.error());
  const std::string selector = ascii_lower(invocation.arguments.front());
  const std::string path = path_in(config->keys_folder, "dkim-" + selector + ".pem");
  const auto key = write_new_key(
      path, invocation.ed25519 ? DkimAlgorithm::kEd25519Sha256 : DkimAlgorithm::kRsaSha256);
  if (!key.ok()) return report(console, key.error());
  const std::string& domain = config->mail.dkim.domain;
  if (invocation.json) {
    console.out(dkim_key_json({selector, *key}, domain, path) + "\n");
    return kExitDone;
  }
  const bool others = !config->mail.dkim_selectors.empty();
  console.out("Written: " + path + " (" + std::string(name_of(key->algorithm())) + ", " +
              std::to_string(key->bits()) + " bits)\n\n1. Publish this TXT record:\n\n" +
              zone_line(dkim_record_name(selector, domain), dkim_record(*key)) +
              "\n   Forms of DNS providers take the name and all of the text as one:\n\n" +
              dkim_record_name(selector, domain) + "\n" + dkim_record(*key) + "\n\n2. Set in " +
              config->file + (others ? ", beside what signs already:\n\n" : ":\n\n") +
              settings_for(*config, selector, path) +
              "\n3. `jawort check` says when the record is there. Then restart `jawort serve`.\n"
              "Back up the key folder.\n");
  return kExitDone;
}

}  // namespace jawort
