// Numbers and texts of the formats in FORMAT.md, written and read one after the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/bytes.h"

namespace jawort {

class ByteWriter {
 public:
  explicit ByteWriter(std::size_t expected) { out_.reserve(expected); }
  void number(std::uint64_t value, unsigned width) {  // most significant byte first
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
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  ByteView bytes(std::size_t count) {
    if (count > rest_.size()) {
      fail();
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

}  // namespace jawort
