// How keys of DKIM are shown: as JSON, as a line of a zone file, as lines of jawort.toml.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/app/config.h"
#include "engine/mail/dkim.h"

namespace jawort {

// {"selector","domain","algorithm","bits","file","name","record","strings"}: what is published at
// `name`, whole and in strings of at most 255 octets. Never a secret.
std::string dkim_key_json(const DkimSigner::Named& named, const std::string& domain,
                          const std::string& file);

// A TXT record for a zone file (RFC 1035 §5.1), its strings on lines of their own.
std::string zone_line(const std::string& name, std::string_view record);

// "one", or ["one", "two"].
std::string toml_texts(const std::vector<std::string>& texts);
// A path as it may stand in the configuration: without the folder that relative ones start at.
std::string path_for_config(const Config& config, const std::string& path);

}  // namespace jawort
