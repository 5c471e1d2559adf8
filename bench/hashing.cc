// bench_hashing FILE [COUNT]: leaf hashes and tree of COUNT leaves (1,000,000 unless said), which
// are those of FILE again and again: each four bytes of length, big-endian, and its bytes. Prints
// JSON: seconds for it, and for SHA-256 over the same bytes in one piece; the best of three rounds.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <vector>

#include "engine/base/file.h"
#include "engine/evidence/bytes_io.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/leaf.h"
#include "engine/evidence/merkle.h"

namespace jawort {
namespace {

constexpr std::size_t kFileLimit = std::size_t{1} << 30U;
constexpr int kRounds = 3;

std::vector<ByteView> leaves_of(ByteView file) {
  std::vector<ByteView> leaves;
  for (ByteReader in(file); !in.at_end() && in.ok();) {
    const std::uint64_t length = in.number(4);
    leaves.push_back(in.bytes(length));
  }
  return leaves;
}

// Of the processor: one thread works, and others may want the machine.
template <typename Work>
double seconds(const Work& work) {
  const std::clock_t began = std::clock();
  work();
  return static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
}

int measure(ByteView file, std::size_t count) {
  const std::vector<ByteView> kept = leaves_of(file);
  if (kept.empty()) return 1;
  std::vector<ByteView> leaves;
  Bytes all;
  for (std::size_t i = 0; i < count; ++i) {
    leaves.push_back(kept[i % kept.size()]);
    all.insert(all.end(), leaves.back().begin(), leaves.back().end());
  }
  double raw = 1e9, tree = 1e9;
  Hash256 unused{};
  for (int round = 0; round < kRounds; ++round) {
    raw = std::min(raw, seconds([&] { unused = sha256(all); }));
    tree = std::min(tree, seconds([&] {
                      TreeFrontier frontier;
                      for (const ByteView leaf : leaves) frontier.append(leaf_hash(leaf));
                      unused = frontier.root();
                    }));
  }
  std::printf(R"({"entries":%zu,"bytes":%zu,"raw_seconds":%.3f,"tree_seconds":%.3f})"
              "\n",
              count, all.size(), raw, tree);
  return 0;
}

}  // namespace
}  // namespace jawort

int main(int count, char** arguments) {
  std::size_t entries = 1'000'000;
  if (count > 2) {
    const std::string_view text = arguments[2];
    std::from_chars(text.data(), text.data() + text.size(), entries);
  }
  if (count < 2 || entries == 0) return 2;
  const auto file = jawort::read_file(arguments[1], jawort::kFileLimit);
  return file.ok() ? jawort::measure(jawort::as_bytes(*file), entries) : 1;
}
