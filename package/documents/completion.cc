// Completion for bash. It needs nothing of the package bash-completion but to be found by it.
#include <set>

#include "engine/base/text.h"
#include "package/documents/documents.h"

namespace jawort::documents {
namespace {

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

bool names_path(const std::string& value) { return value == "FILE" || value == "DIR"; }

// All options that take a value of one of these kinds.
std::string options_with_value(const std::vector<VerbHelp>& grammar, bool paths) {
  std::set<std::string> names;
  for (const VerbHelp& verb : grammar) {
    for (const OptionHelp& option : verb.options) {
      if (option.argument || option.value.empty()) continue;
      if (names_path(option.value) == paths) names.insert(option.name);
    }
  }
  return joined({names.begin(), names.end()}, " | ");
}

std::vector<std::string> options_of(const VerbHelp& verb) {
  std::vector<std::string> names;
  for (const OptionHelp& option : verb.options) {
    if (!option.argument) names.push_back(option.name);
  }
  return names;
}

bool takes_path(const VerbHelp& verb) {
  for (const OptionHelp& option : verb.options) {
    if (option.argument && names_path(option.value)) return true;
  }
  return false;
}

// The words that may follow a verb: those that begin with a dash, and the others.
std::string cases(const std::vector<VerbHelp>& grammar) {
  std::string out;
  for (const VerbHelp& verb : grammar) {
    out += "    '" + verb.name + "') options='" + joined(options_of(verb), " ") + "' words='" +
           joined(verb.verbs, " ") + "'" + (takes_path(verb) ? " paths=yes" : "") + " ;;\n";
  }
  return out;
}

std::string verb_names(const std::vector<VerbHelp>& grammar) {
  std::vector<std::string> names;
  for (const VerbHelp& verb : grammar) {
    if (!verb.name.empty()) names.push_back("'" + verb.name + "'");
  }
  return joined(names, " | ");
}

constexpr std::string_view kTemplate = R"(# bash completion for jawort(1), made from its grammar
_jawort() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local verb='' options='' words='' paths='' i
  COMPREPLY=()
  # `--option=value` comes as three words.
  [[ $word != = ]] || word=''
  [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD - 2]}
  case $before in
    @PATH_OPTIONS@)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
    @OTHER_OPTIONS@) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      @PATH_OPTIONS@ | @OTHER_OPTIONS@)
        [[ ${COMP_WORDS[i + 1]} != = ]] || ((++i))
        ((++i))
        continue
        ;;
    esac
    case "${verb:+$verb }${COMP_WORDS[i]}" in
      @VERBS@)
        verb="${verb:+$verb }${COMP_WORDS[i]}"
        ;;
    esac
  done
  case $verb in
@CASES@  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options @GLOBAL_OPTIONS@ --help" -- "$word")
  elif [[ -n $paths ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  fi
}
complete -F _jawort jawort
)";

}  // namespace

std::string bash_completion(const std::vector<VerbHelp>& grammar) {
  std::string out(kTemplate);
  out = replace_all(out, "@PATH_OPTIONS@", options_with_value(grammar, true));
  out = replace_all(out, "@OTHER_OPTIONS@", options_with_value(grammar, false));
  out = replace_all(out, "@VERBS@", verb_names(grammar));
  out = replace_all(out, "@CASES@", cases(grammar));
  return replace_all(out, "@GLOBAL_OPTIONS@", joined(options_of(grammar.front()), " "));
}

}  // namespace jawort::documents
