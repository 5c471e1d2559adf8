// Manual pages in the classic macros of man(7), which groff and mandoc both read.
#include <algorithm>

#include "engine/app/config_keys.h"
#include "engine/app/invocation.h"
#include "engine/app/local_verbs.h"
#include "engine/base/text.h"
#include "package/documents/documents.h"

namespace jawort::documents {
namespace {

// As text that means itself: no escape, no hyphenation of options, no request at a line's begin.
std::string roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_begins = c == '\n';
  }
  return out;
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string head(const std::string& name, const std::string& section, const std::string& does) {
  return ".TH " + upper(name) + " " + section + " \"\" \"jawort " + std::string(program_version()) +
         "\"\n.SH NAME\n" + roff(name) + " \\- " + roff(does) + "\n";
}

// "FILE…", "[DIR]", "--purpose P".
std::string spelled(const OptionHelp& option) {
  if (option.argument) {
    const std::string name = italic(option.name) + (option.repeated ? " ..." : "");
    return option.required ? name : "[" + name + "]";
  }
  return bold(option.name) + (option.value.empty() ? "" : " " + italic(option.value));
}

std::string described(const OptionHelp& option) {
  return ".TP\n" + spelled(option) + "\n" + roff(option.does) + "\n";
}

std::string synopsis(const VerbHelp& verb) {
  std::string line = bold("jawort " + verb.name);
  for (const OptionHelp& option : verb.options) {
    if (option.argument) line += " " + spelled(option);
  }
  for (const OptionHelp& option : verb.options) {
    if (!option.argument) line += " [" + spelled(option) + "]";
  }
  return line;
}

std::string paragraphs(const std::string& text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) out += ".PP\n" + roff(line) + "\n";
  return out;
}

// Without the line on global flags, which every verb's --help repeats.
std::string example_of(const VerbHelp& verb) {
  return verb.footer.substr(0, verb.footer.find('\n'));
}

std::string about(const VerbHelp& verb) {
  std::string out = ".SS " + roff(verb.name) + "\n";
  if (verb.verbs.empty()) out += synopsis(verb) + "\n.PP\n";
  out += roff(verb.does) + "\n";
  if (!verb.verbs.empty()) return out;
  for (const OptionHelp& option : verb.options) out += described(option);
  return out + ".PP\n" + roff(example_of(verb)) + "\n";
}

constexpr std::string_view kFiles = R"(.SH FILES
.TP
.I ./jawort.toml, /etc/jawort/jawort.toml
The configuration, see
.BR jawort.toml (5),
unless \fB\-\-config\fR names another.
.TP
.I templates/
Beside the configuration: templates of your own, each in place of the one in the program.
.TP
.I /var/lib/jawort/
Database and keys, where the package's configuration puts them.
)";

constexpr std::string_view kEnvironment = R"(.SH ENVIRONMENT
.TP
.BI JAWORT_ SECTION __ KEY
Sets a key of the configuration.
.TP
.B NOTIFY_SOCKET, WATCHDOG_USEC
Of the supervisor that started \fBjawort serve\fR, see
.BR sd_notify (3).
)";

std::string keys_of(std::string_view section) {
  std::string out = ".SS [" + roff(section) + "]\n";
  for (const ConfigKey& key : config_keys()) {
    if (key.section != section) continue;
    out += ".TP\n" + bold(key.key);
    switch (key.kind) {
      case ConfigKey::Kind::kPlain:
        out += "\nSee the comment below.\n";
        break;
      case ConfigKey::Kind::kSecret:
        out += ", " + bold(std::string(key.key) + "_file") +
               "\nThe secret itself, or a file that holds it.\n";
        break;
      case ConfigKey::Kind::kNotActive:
        out += "\nChecked, but not active yet in this version.\n";
        break;
    }
  }
  return out;
}

}  // namespace

std::string manual_of_program(const std::vector<VerbHelp>& grammar) {
  const VerbHelp& program = grammar.front();
  std::string out = head("jawort", "1", "double opt-in that can be proved in court");
  out += ".SH SYNOPSIS\n" + bold("jawort") + " [" + italic("global options") + "] " +
         italic("verb") + " [" + italic("arguments") + "]\n";
  out += ".SH DESCRIPTION\n" + roff(program.does) + "\n" + paragraphs(program.footer);
  out += ".SH OPTIONS\nThey stand before or after a verb.\n";
  for (const OptionHelp& option : program.options) out += described(option);
  out += ".TP\n" + bold("--help") + "\nExplains the program, or the verb before it.\n";
  out += ".SH VERBS\n";
  for (const VerbHelp& verb : grammar) {
    if (!verb.name.empty()) out += about(verb);
  }
  return out.append(kFiles).append(kEnvironment) +
         ".SH SEE ALSO\n.BR jawort.toml (5),\n/usr/share/doc/jawort/OPERATING.md\n";
}

std::string manual_of_config() {
  std::string out = head("jawort.toml", "5", "configuration of jawort");
  out += ".SH DESCRIPTION\nTOML. An unknown key or a wrong type is an error.\n.SH KEYS\n";
  std::vector<std::string_view> sections;
  for (const ConfigKey& key : config_keys()) {
    if (std::find(sections.begin(), sections.end(), key.section) == sections.end()) {
      sections.push_back(key.section);
    }
  }
  for (const std::string_view section : sections) out += keys_of(section);
  out += ".SH EXAMPLE\nWhat \\fBjawort init\\fR writes:\n.PP\n.nf\n" + roff(commented_config()) +
         ".fi\n.SH SEE ALSO\n.BR jawort (1)\n";
  return out;
}

}  // namespace jawort::documents
