#include "engine/evidence/leaf.h"

#include <algorithm>
#include <string_view>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestValue = 65535;
constexpr std::size_t kMostEntries = 65535;
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

class Writer {
 public:
  explicit Writer(std::size_t expected) { out_.reserve(expected); }
  void number(std::uint64_t value, unsigned width) {
    for (unsigned i = width; i > 0; --i) {
      out_.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
    }
  }
  void bytes(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void text(std::string_view text, unsigned width_of_length) {
    number(text.size(), width_of_length);
    bytes(as_bytes(text));
  }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

// After the first read past the end everything reads as nothing, and ok() is false.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  ByteView bytes(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::uint64_t number(unsigned width) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes(width)) value = value << 8U | byte;
    return value;
  }
  std::string text(unsigned width_of_length) {
    return std::string(as_text(bytes(number(width_of_length))));
  }

 private:
  ByteView rest_;
  bool ok_ = true;
};

}  // namespace

std::string_view Leaf::fact(std::string_view name) const {
  for (const Fact& fact : facts) {
    if (fact.name == name) return fact.value;
  }
  return {};
}

Result<Bytes> encode_leaf(const Leaf& leaf) {
  JAWORT_TRY(check(leaf));
  Writer out(64 + leaf.facts.size() * 64 + leaf.commitments.size() * 64);
  out.number(kVersion, 1);
  out.number(leaf.sequence, 8);
  out.number(static_cast<std::uint64_t>(to_millis(leaf.at)), 8);
  out.text(leaf.type, 1);
  out.number(leaf.facts.size(), 2);
  for (const Fact& fact : leaf.facts) {
    out.text(fact.name, 1);
    out.text(fact.value, 2);
  }
  out.number(leaf.commitments.size(), 2);
  for (const Commitment& commitment : leaf.commitments) {
    out.text(commitment.name, 1);
    out.bytes(commitment.hash);
  }
  return out.take();
}

Result<Leaf> decode_leaf(ByteView bytes) {
  Reader in(bytes);
  if (in.number(1) != kVersion) return invalid("leaf: unknown version");
  Leaf leaf;
  leaf.sequence = in.number(8);
  leaf.at = from_millis(static_cast<std::int64_t>(in.number(8)));
  leaf.type = in.text(1);
  for (std::uint64_t count = in.number(2); count > 0 && in.ok(); --count) {
    Fact& fact = leaf.facts.emplace_back();
    fact.name = in.text(1);
    fact.value = in.text(2);
  }
  for (std::uint64_t count = in.number(2); count > 0 && in.ok(); --count) {
    Commitment& commitment = leaf.commitments.emplace_back();
    commitment.name = in.text(1);
    const ByteView hash = in.bytes(commitment.hash.size());
    std::copy(hash.begin(), hash.end(), commitment.hash.begin());
  }
  if (!in.ok()) return invalid("leaf: it ends too early");
  if (!in.at_end()) return invalid("leaf: something follows its end");
  JAWORT_TRY(check(leaf));
  return leaf;
}

Hash256 leaf_hash(ByteView leaf_bytes) {
  static constexpr std::uint8_t kLeafPrefix[] = {0x00};
  return sha256({ByteView(kLeafPrefix), leaf_bytes});
}

Hash256 commit(const Salt& salt, std::string_view name, ByteView value) {
  Writer message(kCommitmentTag.size() + 1 + name.size() + value.size());
  message.bytes(as_bytes(kCommitmentTag));
  message.text(name, 1);
  message.bytes(value);
  return hmac_sha256(salt, message.take());
}

}  // namespace jawort
