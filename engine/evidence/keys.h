// Key files: raw 32-byte secrets, base64, one file each, mode 0600 in the key folder.
//   token-1.key … token-255.key   sign and hide what stands in links; the highest number is current
//   address.key                   keyed hashes of addresses (limits, denials), survives rotation
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/random.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace jawort {

struct Keys {
  std::map<std::uint8_t, Secret> token;  // by key id; never empty after load
  Secret address;
};

// Makes the folder (0700) and fresh keys (0600), flushed to disk. kRefused if a key file exists.
Status create_keys(const std::string& folder, Random& random);
// kConfiguration with the path when a file is missing, malformed, or readable by others.
Result<Keys> load_keys(const std::string& folder);

}  // namespace jawort
