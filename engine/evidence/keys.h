// Key files: raw 32-byte secrets, base64, one file each, mode 0600 in the key folder. A second line
// "created 2026-11-25T09:31:20.114Z" is for people.
//   token-1.key … token-255.key   sign and hide what stands in links; the highest number is current
//   ledger-1.key … ledger-255.key sign the head of the log (signed_note.h); the highest is current
//   address.key                   keyed hashes of addresses (limits, denials), survives rotation
// Where systemd hands a folder over as credentials, each name begins with "keys_".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace jawort {

// By key id. Keys are only ever added, while others read: what was found stays. Thread-safe but for
// moving.
class KeyRing {
 public:
  // One that is there already stays as it is.
  void emplace(std::uint8_t id, Secret key);
  const Secret* find(std::uint8_t id) const;  // null when it is not there
  bool contains(std::uint8_t id) const { return find(id) != nullptr; }
  std::uint8_t current() const;           // the highest; 0 when there is none
  std::vector<std::uint8_t> ids() const;  // ascending

 private:
  struct Shared {
    mutable std::shared_mutex mutex;  // guards by_id
    std::map<std::uint8_t, Secret> by_id;
  };
  std::unique_ptr<Shared> shared_ = std::make_unique<Shared>();
};

struct Keys {
  KeyRing token;   // never empty after load
  KeyRing ledger;  // empty where the installation is older than the signed log, or lost them
  Secret address;
};

// Makes the folder (0700) and fresh keys (0600), flushed to disk. kRefused if a key file exists.
Status create_keys(const std::string& folder, Random& random, Instant now);
// kConfiguration with the path when a file is missing, malformed, readable by others or theirs, or
// when others may write into the folder.
Result<Keys> load_keys(const std::string& folder);

// Writes the next key of its kind and flushes it: afterwards it is there as a whole, before not at
// all. What a crash left unfinished is removed first. One at a time: the caller holds the
// database's lock. kRefused: number 255 is taken, or the folder cannot be written by this process.
struct NewKey {
  std::uint8_t id = 0;
  Secret secret;
};
Result<NewKey> add_token_key(const std::string& folder, Random& random, Instant now);
// `above`: the highest number that the log knows; a key that was lost gives its number to no other.
Result<NewKey> add_ledger_key(const std::string& folder, std::uint8_t above, Random& random,
                              Instant now);

// What may be said of the keys, in order of their ids. Errors as load_keys; there may be no key of
// the ledger.
struct KeyFile {
  std::uint8_t id = 0;
  std::optional<Instant> created_at;  // nothing for a file that does not say it
};
Result<std::vector<KeyFile>> list_token_keys(const std::string& folder);
Result<std::vector<KeyFile>> list_ledger_keys(const std::string& folder);

}  // namespace jawort
