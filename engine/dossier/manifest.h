// What binds the files of a dossier: a signed note whose text lists them all (FORMAT.md §2). Pure;
// thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/dossier/dossier_files.h"

namespace jawort {

inline constexpr std::string_view kDossierFormat = "jawort-dossier/1";
inline constexpr std::string_view kManifestName = "manifest.txt";

struct Manifest {
  std::string origin;      // of the log; the name of the key that signs
  std::uint64_t size = 0;  // of the checkpoint in proof.json
  struct File {
    Hash256 hash{};
    std::uint64_t size = 0;
    std::string name;
    bool operator==(const File&) const = default;
  };
  std::vector<File> files;  // sorted by name; all but the manifest itself
  bool operator==(const Manifest&) const = default;
};

Manifest manifest_of(const DossierFiles& files, std::string origin, std::uint64_t size);
// The text to be signed. REQUIRES: an origin without line feed, valid names
std::string manifest_text(const Manifest& manifest);
// kInvalid for whatever manifest_text does not write.
Result<Manifest> parse_manifest(std::string_view text);

}  // namespace jawort
