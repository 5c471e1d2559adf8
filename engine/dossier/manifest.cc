#include "engine/dossier/manifest.h"

#include <algorithm>
#include <optional>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

std::optional<Manifest::File> parse_file(std::string_view line) {
  const auto words = split(line, ' ');
  if (words.size() != 4 || words[0] != "file" || !valid_dossier_name(words[3])) return std::nullopt;
  const auto hash = from_hex(words[1]);
  const auto size = parse_decimal(words[2]);
  if (!hash || hash->size() != 32 || !size) return std::nullopt;
  Manifest::File file{{}, *size, std::string(words[3])};
  std::ranges::copy(*hash, file.hash.begin());
  return file;
}

}  // namespace

Manifest manifest_of(const DossierFiles& files, std::string origin, std::uint64_t size) {
  Manifest manifest{std::move(origin), size, {}};
  for (const auto& [name, bytes] : files) {
    if (name == kManifestName) continue;
    manifest.files.push_back({sha256(as_bytes(bytes)), bytes.size(), name});
  }
  return manifest;
}

std::string manifest_text(const Manifest& manifest) {
  std::string text = std::string(kDossierFormat) + "\norigin " + manifest.origin + "\nsize " +
                     std::to_string(manifest.size) + "\n";
  for (const auto& file : manifest.files) {
    text += "file " + to_hex(file.hash) + " " + std::to_string(file.size) + " " + file.name + "\n";
  }
  return text;
}

Result<Manifest> parse_manifest(std::string_view text) {
  const Error malformed = invalid("the manifest is malformed");
  auto lines = split(text, '\n');
  if (lines.size() < 4 || lines.size() > kDossierFileLimit + 4) return malformed;
  if (lines[0] != kDossierFormat) return invalid("the dossier has a format that is not known");
  Manifest manifest;
  if (!lines[1].starts_with("origin ") || !lines[2].starts_with("size ")) return malformed;
  manifest.origin = lines[1].substr(7);
  const auto size = parse_decimal(lines[2].substr(5));
  if (!size) return malformed;
  manifest.size = *size;
  for (std::size_t i = 3; i + 1 < lines.size(); ++i) {
    auto file = parse_file(lines[i]);
    if (!file) return malformed;
    if (!manifest.files.empty() && manifest.files.back().name >= file->name) return malformed;
    manifest.files.push_back(std::move(*file));
  }
  if (manifest_text(manifest) != text) return malformed;
  return manifest;
}

}  // namespace jawort
