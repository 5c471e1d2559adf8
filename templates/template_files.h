// Which template files there are and what stands in them: those of the program, over them those of
// the operator's folder.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace jawort {

struct TemplateFile {
  std::string source;    // line ends LF, no byte order mark
  std::string shown_as;  // for messages: the file's path, or "built-in mail/…"
};
// By path below templates/: "mail/confirmation.de.text.mustache", "pages/texts.de.toml".
using TemplateFiles = std::map<std::string, TemplateFile, std::less<>>;

// The program's files and over them those of `folder` (empty or missing: none). Only *.mustache and
// *.toml directly in mail/ and pages/ are read; a name that fits nothing is an error, because
// it is a typing mistake. Where the folder brings a mail's text but no HTML part, the built-in HTML
// part is dropped: the two must say the same. Not so for a partial, which built-in mails may need.
// texts.LANG.toml of the folder does not replace the built-in file, it stands beside it as
// "pages/own.texts.LANG.toml". kConfiguration.
Result<TemplateFiles> read_template_files(const std::string& folder);

// "confirmation", "de", "text" of "mail/confirmation.de.text.mustache". All empty: not such a path.
struct MailPath {
  std::string_view name, language, part;
};
MailPath parse_mail_path(std::string_view path);

// A template with its partials put in, and where each part of it came from.
struct ExpandedTemplate {
  struct Run {
    std::size_t begin = 0;  // in `text`
    const TemplateFile* file = nullptr;
    std::size_t offset = 0;  // in the file's source
  };
  std::string text;
  std::vector<Run> runs;  // by `begin`

  std::string place_of(std::size_t offset) const;  // "file:line"
};

// The template with its partials put in, its comments taken out, and without the line ends of
// section tags that stand alone on a line, so that no line break is left that means nothing. `{{>
// NAME}}` stands for pages/_NAME.mustache or mail/_NAME.LANG.PART.mustache. At most 8 deep, 500 in
// all, 256 KiB. kConfiguration naming the file at fault. `files` outlives the runs.
// REQUIRES: files holds `path`
Result<ExpandedTemplate> expand_partials(const TemplateFiles& files, std::string_view path);

}  // namespace jawort
