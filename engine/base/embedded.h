#pragma once

#include <span>
#include <string_view>

namespace jawort {

// A text file that was compiled into the program. Both views stay valid while the process lives.
struct EmbeddedFile {
  std::string_view path;     // relative to its folder: "mail/confirmation.de.text.mustache"
  std::string_view content;  // the file's bytes, line ends LF
};

// Each is sorted by path and may be empty. The files are listed in CMakeLists.txt (jawort_embed);
// the functions live in the room named here, so a program that calls one links that room.
std::span<const EmbeddedFile> embedded_word_lists();  // room campaign: engine/campaign/words/*
std::span<const EmbeddedFile> embedded_migrations();  // room db: db/migrations/*.sql
std::span<const EmbeddedFile> embedded_templates();   // room templates: templates/{mail,pages}/*
std::span<const EmbeddedFile> embedded_mail_words();  // room mail: engine/mail/words/*.txt
std::span<const EmbeddedFile> embedded_dossier();     // room dossier: texts, style and README
std::span<const EmbeddedFile> embedded_examples();    // room app: examples/*.toml
std::span<const EmbeddedFile> embedded_scanners();    // room flow: engine/flow/scanners.txt
std::span<const EmbeddedFile> embedded_suspicions();  // room flow: engine/flow/suspicions.txt
std::span<const EmbeddedFile> embedded_scripts();     // room incoming: webhooks/incoming/*.js

}  // namespace jawort
