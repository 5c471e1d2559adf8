// Each new key is announced by itself and by the one before it; what does not fit is refused.
#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/evidence/key_history.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"

namespace jawort {
namespace {

using testing::take;

const Instant kSince = *parse_rfc3339("2026-11-30T11:46:00.123Z");

SigningKey key_of(std::uint8_t byte, const std::string& name = "example.org/log") {
  return take(SigningKey::from_seed(name, Secret(Bytes(32, byte))));
}

KeyAnnouncement announcement(unsigned number, const SigningKey& key, const SigningKey* previous,
                             std::uint64_t size) {
  KeyAnnouncement out{number, key.verifier(), {}, kSince, size};
  if (previous != nullptr) out.previous = previous->verifier();
  return out;
}

struct Notes {
  SigningKey one = key_of(1), two = key_of(2), three = key_of(3);
  std::vector<std::string> all{announce_key(announcement(1, one, nullptr, 0), one, nullptr),
                               announce_key(announcement(2, two, &one, 70), two, &one),
                               announce_key(announcement(5, three, &two, 900), three, &two)};
};

bool refused(const std::vector<std::string>& notes) { return !read_key_history(notes).ok(); }

TEST_CASE("a history of keys is read as it was made, and the keys vouch for each other") {
  const Notes notes;
  const auto history = take(read_key_history(notes.all));
  REQUIRE(history.size() == 3);
  CHECK(history[0].announcement == announcement(1, notes.one, nullptr, 0));
  CHECK(history[2].announcement == announcement(5, notes.three, &notes.two, 900));
  CHECK_FALSE(history[0].vouched);
  CHECK(history[1].vouched);
  CHECK(history[2].vouched);
  for (const SigningKey* key : {&notes.one, &notes.two, &notes.three}) {
    CHECK(trusted_keys(history, key->verifier()).size() == 3);
  }
  CHECK(trusted_keys(history, key_of(9).verifier()).empty());
  CHECK(take(read_key_history({})).empty());
}

TEST_CASE("a key whose predecessor was lost is not trusted by whoever trusts that one") {
  Notes notes;
  notes.all[1] = announce_key(announcement(2, notes.two, &notes.one, 70), notes.two, nullptr);
  const auto history = take(read_key_history(notes.all));
  CHECK_FALSE(history[1].vouched);
  CHECK(trusted_keys(history, notes.one.verifier()).size() == 1);
  CHECK(trusted_keys(history, notes.two.verifier()).size() == 3);
  CHECK(trusted_keys(history, notes.three.verifier()).size() == 3);
}

TEST_CASE("a history with a gap, out of order, of two logs or by a stranger is refused") {
  const Notes notes;
  const auto& [one, two, three, all] = notes;
  CHECK(refused({all[0], all[2]}));
  CHECK(refused({all[1], all[0]}));
  CHECK(refused({all[0], all[1], all[1]}));
  CHECK_FALSE(refused({all[1], all[2]}));  // an excerpt
  CHECK(refused({all[0], announce_key(announcement(1, two, &one, 70), two, &one)}));
  CHECK(refused({all[0], all[1], announce_key(announcement(3, three, &two, 69), three, &two)}));
  CHECK(refused({all[0], announce_key(announcement(2, three, &two, 70), three, &two)}));
  const SigningKey other = key_of(2, "example.org/other");
  CHECK(refused({all[0], announce_key(announcement(2, other, &one, 70), other, &one)}));
  // By the key before it alone: nobody has shown that the new one is anybody's.
  const std::string text = announcement_text(announcement(2, two, &one, 70));
  CHECK(refused({all[0], text + "\n" + one.signature_line(text)}));
  CHECK(refused({all[0], text + "\n" + three.signature_line(text)}));
}

TEST_CASE("an announcement with any bit changed is refused, and is no checkpoint") {
  const Notes notes;
  for (std::size_t i = 0; i < notes.all[1].size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = notes.all[1];
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const auto history = read_key_history({notes.all[0], changed});
      // In the line of the other signature it may become one by an unknown key.
      CHECK((!history.ok() || !history->back().vouched));
    }
  }
  CHECK_FALSE(parse_announcement("").ok());
  CHECK_FALSE(parse_announcement("jawort/ledger-key/1\n").ok());
  const std::string text = announcement_text(announcement(1, notes.one, nullptr, 0));
  CHECK(take(parse_announcement(text)) == announcement(1, notes.one, nullptr, 0));
  CHECK_FALSE(parse_announcement(text + "more\n").ok());
  CHECK_FALSE(parse_announcement(text.substr(0, text.size() - 1)).ok());
}

}  // namespace
}  // namespace jawort
