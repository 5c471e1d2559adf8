#include "engine/evidence/leaf.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/name_code.h"

namespace jawort {
namespace {

constexpr std::uint8_t kFirstVersion = 1;  // read, no longer written
constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestValue = 65535;
constexpr std::size_t kMostEntries = 65535;
constexpr std::uint64_t kUsualEntries = 32;  // for which space is made before they are read
constexpr std::uint64_t kLastSequence = INT64_MAX;
constexpr std::uint64_t kLastMillis = 253402300799999;  // 9999-12-31T23:59:59.999Z
constexpr std::string_view kCommitmentTag = "jawort/commitment/1";

bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || ascii_digit(c) || c == '_' || c == ':' || c == '.' || c == '-';
  });
}

// Bytewise order: the names are ASCII, so comparing characters is comparing bytes.
template <typename Entry>
bool valid_names(const std::vector<Entry>& entries) {
  if (entries.size() > kMostEntries) return false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!valid_name(entries[i].name)) return false;
    if (i > 0 && entries[i - 1].name >= entries[i].name) return false;
  }
  return true;
}

// One rule for both directions: what may not be written is not read either.
Status check(const Leaf& leaf) {
  if (leaf.sequence == 0 || leaf.sequence > kLastSequence) {
    return invalid("leaf: the sequence is out of range");
  }
  if (to_millis(leaf.at) < 0 || static_cast<std::uint64_t>(to_millis(leaf.at)) > kLastMillis) {
    return invalid("leaf: the time is out of range");
  }
  if (!valid_name(leaf.type)) return invalid("leaf: the type is not a name");
  if (!valid_names(leaf.facts)) {
    return invalid("leaf: the facts' names are not valid, sorted and unique");
  }
  if (!valid_names(leaf.commitments)) {
    return invalid("leaf: the commitments' names are not valid, sorted and unique");
  }
  for (const Fact& fact : leaf.facts) {
    if (fact.value.size() > kLongestValue || !valid_utf8(fact.value)) {
      return invalid("leaf: the value of " + fact.name + " is too long or not UTF-8");
    }
  }
  return {};
}

// A fact's value in version 2: the length, or one of two signs. A hash in the text form of versions
// stands as its 32 bytes.
constexpr std::uint64_t kHashFollows = 253;
constexpr std::uint64_t kLongFollows = 254;

void write_value(ByteWriter& out, const std::string& value) {
  if (const auto hash = parse_version_text(value)) {
    out.number(kHashFollows, 1);
    return out.bytes(*hash);
  }
  if (value.size() < kHashFollows) return out.text(value, 1);
  out.number(kLongFollows, 1);
  out.text(value, 2);
}

std::string read_value(ByteReader& in) {
  const std::uint64_t sign = in.number(1);
  if (sign == kHashFollows) {
    const ByteView bytes = in.bytes(std::tuple_size_v<Hash256>);
    Hash256 hash{};
    std::copy(bytes.begin(), bytes.end(), hash.begin());
    return version_text(hash);
  }
  const std::uint64_t length = sign == kLongFollows ? in.number(2) : sign;
  std::string value(as_text(in.bytes(length)));
  const bool short_form = sign == kLongFollows && length < kHashFollows;
  if (sign > kLongFollows || short_form || parse_version_text(value)) in.fail();
  return value;
}

// REQUIRES: the version has been read
Leaf read_leaf(ByteReader& in, bool first_version) {
  const auto name = [&] { return first_version ? in.text(1) : read_name(in, true); };
  Leaf leaf;
  leaf.sequence = in.number(8);
  leaf.at = from_millis(static_cast<std::int64_t>(in.number(8)));
  leaf.type = name();
  std::uint64_t count = in.number(2);
  leaf.facts.reserve(std::min(count, kUsualEntries));
  for (; count > 0 && in.ok(); --count) {
    Fact& fact = leaf.facts.emplace_back();
    fact.name = name();
    fact.value = first_version ? in.text(2) : read_value(in);
  }
  count = in.number(2);
  leaf.commitments.reserve(std::min(count, kUsualEntries));
  for (; count > 0 && in.ok(); --count) {
    Commitment& commitment = leaf.commitments.emplace_back();
    commitment.name = name();
    const ByteView hash = in.bytes(commitment.hash.size());
    std::copy(hash.begin(), hash.end(), commitment.hash.begin());
  }
  return leaf;
}

}  // namespace

std::string_view Leaf::fact(std::string_view name) const {
  for (const Fact& fact : facts) {
    if (fact.name == name) return fact.value;
  }
  return {};
}

Result<Bytes> encode_leaf(const Leaf& leaf) {
  JAWORT_TRY(check(leaf));
  ByteWriter out(32 + leaf.facts.size() * 32 + leaf.commitments.size() * 48);
  out.number(kVersion, 1);
  out.number(leaf.sequence, 8);
  out.number(static_cast<std::uint64_t>(to_millis(leaf.at)), 8);
  write_name(out, leaf.type);
  out.number(leaf.facts.size(), 2);
  for (const Fact& fact : leaf.facts) {
    write_name(out, fact.name);
    write_value(out, fact.value);
  }
  out.number(leaf.commitments.size(), 2);
  for (const Commitment& commitment : leaf.commitments) {
    write_name(out, commitment.name);
    out.bytes(commitment.hash);
  }
  return out.take();
}

Result<Leaf> decode_leaf(ByteView bytes) {
  ByteReader in(bytes);
  const std::uint64_t version = in.number(1);
  if (version != kFirstVersion && version != kVersion) return invalid("leaf: unknown version");
  Leaf leaf = read_leaf(in, version == kFirstVersion);
  if (!in.ok())
    return invalid("leaf: it ends too early, or is spelled in another way than the one");
  if (!in.at_end()) return invalid("leaf: something follows its end");
  JAWORT_TRY(check(leaf));
  return leaf;
}

Hash256 leaf_hash(ByteView leaf_bytes) {
  static constexpr std::uint8_t kLeafPrefix[] = {0x00};
  return sha256({ByteView(kLeafPrefix), leaf_bytes});
}

Hash256 commit(const Salt& salt, std::string_view name, ByteView value) {
  const std::uint8_t length[] = {static_cast<std::uint8_t>(name.size())};
  return hmac_sha256(salt, {as_bytes(kCommitmentTag), ByteView(length), as_bytes(name), value});
}

}  // namespace jawort
