// Which keys have signed the head of the log, one after the other: each new one is announced in a
// signed note (signed_note.h) by itself and by the key before it. FORMAT.md has the text and
// vectors. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/evidence/signed_note.h"

namespace jawort {

struct KeyAnnouncement {
  unsigned number = 0;  // 1 to 255, as in the name of the key's file; rising, perhaps with gaps
  VerifierKey key;      // its name is the log's
  std::optional<VerifierKey> previous;  // nothing: it is the first
  Instant since;
  std::uint64_t size = 0;  // leaves in the log at that time
  bool operator==(const KeyAnnouncement&) const = default;
};

// The text to be signed, and back; kInvalid when it is not exactly that.
std::string announcement_text(const KeyAnnouncement& announcement);
Result<KeyAnnouncement> parse_announcement(std::string_view text);

// The note. `previous`: null for the first key, and where the key before it is lost.
std::string announce_key(const KeyAnnouncement& announcement, const SigningKey& key,
                         const SigningKey* previous);

struct KnownKey {
  KeyAnnouncement announcement;
  // By the key before it, so that whoever trusts that one may trust this one. Of the first: false.
  bool vouched = false;
  std::string note;  // that announces it
};
// In order of their numbers. kInvalid: one is no announcement, is not signed by the key that it
// announces, names another log or another key before it than the one that is there, or its number
// or size is smaller than that before it.
Result<std::vector<KnownKey>> read_key_history(const std::vector<std::string>& notes);

// The keys of a history that may be trusted by whoever trusts `trusted`: each key names the one
// before it, and is vouched for by it where that was possible. Empty: `trusted` is none of them.
std::vector<VerifierKey> trusted_keys(const std::vector<KnownKey>& history,
                                      const VerifierKey& trusted);

}  // namespace jawort
