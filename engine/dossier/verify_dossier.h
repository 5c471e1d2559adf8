// Checks a dossier from its files alone: no database, no configuration, no network (PRODUCT §6.4,
// FORMAT.md §5). Says in plain words what is proved and what is not. Reads `timestamp_ca` and
// nothing else; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/dossier/dossier_files.h"
#include "engine/dossier/dossier_words.h"
#include "engine/evidence/signed_note.h"

namespace jawort {

struct VerifyRequest {
  DossierFiles files;
  std::optional<VerifierKey> key;  // known from elsewhere; nothing: the dossier's own are believed
  std::string older_checkpoint;    // signed notes that somebody kept (notes_in); may be empty
  std::string timestamp_ca;        // a file with certificates in PEM; may be empty
  // Signed notes, as `ledger key --history` prints them, known from elsewhere; in place of `key`.
  std::vector<std::string> key_history{};
  std::string language = "en";  // of what is said
};

struct DossierCheck {
  std::string item;  // "files", "leaves"
  bool ok = false;
  std::string detail;  // a sentence
  // Asked for, and not answered: nothing in the dossier is against it. `ok` is false.
  bool not_shown = false;
};

struct Verification {
  explicit Verification(std::string_view language = "en") : words(language, "UTC") {}
  DossierWords words;
  // The text "checked_KEY" (texts.LANG.toml). What other rooms say of an error stays in English.
  std::string say(std::string_view key, std::initializer_list<DossierWords::Put> put = {}) const;
  void add(std::string item, bool ok, std::string_view key,
           std::initializer_list<DossierWords::Put> put = {});
  void add_open(std::string_view key, std::initializer_list<DossierWords::Put> put = {});

  std::vector<DossierCheck> checks;  // at least one
  std::vector<std::string> warnings;
  std::vector<std::string> not_proved;  // what no dossier can show, and what this one cannot
  bool ok() const;                      // all that was asked is shown
  bool sound() const;                   // nothing is against it
};

Verification verify_dossier(const VerifyRequest& request);

}  // namespace jawort
