#include "engine/dossier/zip_file.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr std::size_t kLocalSize = 30, kEndSize = 22;
constexpr std::uint16_t kVersion = 20;   // folders need 2.0
constexpr std::uint16_t kNoDate = 0x21;  // 1980-01-01, the first that the format can say

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    table[i] = crc;
  }
  return table;
}

std::uint32_t crc32(std::string_view bytes) {
  static constexpr auto kTable = crc_table();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) {
    crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
  }
  return ~crc;
}

void put(std::string& out, std::uint64_t value, unsigned width) {  // least significant byte first
  for (; width > 0; --width, value >>= 8U) out += static_cast<char>(value & 0xFFU);
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, unsigned width) {
  std::uint64_t value = 0;
  for (unsigned i = width; i > 0; --i) {
    value = value << 8U | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return value;
}

// What both headers of a file have in common.
std::string file_header(std::string_view name, std::string_view bytes) {
  std::string out;
  put(out, kVersion, 2);  // needed to extract
  put(out, 0, 2);         // flags
  put(out, 0, 2);         // stored
  put(out, 0, 2);         // time
  put(out, kNoDate, 2);
  put(out, crc32(bytes), 4);
  put(out, bytes.size(), 4);
  put(out, bytes.size(), 4);
  put(out, name.size(), 2);
  put(out, 0, 2);  // extra field
  return out;
}

Error not_ours() {
  return invalid(
      "this is not a dossier as it was written: it was changed, cut off, or packed anew; if you "
      "packed it yourself, unpack it and verify the folder");
}

}  // namespace

bool valid_dossier_name(std::string_view name) {
  if (name.empty() || name.size() > 200) return false;
  const auto allowed = [](char c) {
    return ascii_alnum(c) || c == '.' || c == '_' || c == '-' || c == '/';
  };
  if (!std::ranges::all_of(name, allowed)) return false;
  const auto parts = split(name, '/');
  return std::ranges::none_of(
      parts, [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

std::string zip_bytes(const DossierFiles& files) {
  std::string out, central;
  for (const auto& [name, bytes] : files) {
    const std::string header = file_header(name, bytes);
    put(central, kCentral, 4);
    put(central, kVersion, 2);  // made by
    central += header;
    put(central, 0, 2 + 2 + 2 + 4);  // comment, disk, attributes inside and outside
    put(central, out.size(), 4);
    central += name;
    put(out, kLocal, 4);
    out += header;
    out += name;
    out += bytes;
  }
  const std::size_t start = out.size();
  out += central;
  put(out, kEnd, 4);
  put(out, 0, 4);  // disks
  put(out, files.size(), 2);
  put(out, files.size(), 2);
  put(out, central.size(), 4);
  put(out, start, 4);
  put(out, 0, 2);  // comment
  return out;
}

Result<DossierFiles> read_zip(std::string_view bytes) {
  // Headers are at most 300 bytes a file, twice.
  if (bytes.size() > kDossierByteLimit + kDossierFileLimit * 700) {
    return invalid("a dossier has at most 64 MiB");
  }
  DossierFiles files;
  std::size_t at = 0;
  while (bytes.size() - at >= kLocalSize + kEndSize && number_at(bytes, at, 4) == kLocal) {
    const std::uint64_t size = number_at(bytes, at + 22, 4),
                        name_size = number_at(bytes, at + 26, 2);
    if (files.size() == kDossierFileLimit || bytes.size() - at - kLocalSize < name_size + size) {
      return not_ours();
    }
    const std::string_view name = bytes.substr(at + kLocalSize, name_size);
    if (!valid_dossier_name(name)) return not_ours();
    at += kLocalSize + name_size;
    if (!files.emplace(name, bytes.substr(at, size)).second) return not_ours();
    at += size;
  }
  // There is one spelling, so what reads the same and is another has been changed.
  if (files.empty() || zip_bytes(files) != bytes) return not_ours();
  return files;
}

}  // namespace jawort
