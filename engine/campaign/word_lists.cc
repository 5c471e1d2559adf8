#include "engine/campaign/word_lists.h"

#include <algorithm>
#include <map>

#include "engine/base/embedded.h"
#include "engine/base/text.h"
#include "engine/campaign/definition_tree.h"

namespace jawort {
namespace {

using Lists = std::map<std::string, std::vector<Phrase>, std::less<>>;

std::map<std::string, Lists, std::less<>> read_lists() {
  std::map<std::string, Lists, std::less<>> languages;
  for (const EmbeddedFile& file : embedded_word_lists()) {
    const auto parsed = parse_toml(file.content, file.path);
    if (!parsed.ok()) continue;  // a test reads every list
    std::string_view name = file.path.substr(file.path.find('/') + 1);
    Lists& lists = languages[std::string(name.substr(0, name.find('.')))];
    for (const Node& list : parsed->children) {
      for (const std::string& phrase : texts_at(*parsed, list.key)) {
        lists[list.key].emplace_back(phrase);
      }
    }
  }
  return languages;
}

const Lists* lists_of(std::string_view language) {
  static const auto languages = read_lists();
  const auto found = languages.find(language.substr(0, language.find('-')));
  return found == languages.end() ? nullptr : &found->second;
}

const std::vector<Phrase>& list_of(std::string_view language, std::string_view list) {
  static const std::vector<Phrase> kNone;
  const Lists* lists = lists_of(language);
  if (lists == nullptr) return kNone;
  const auto found = lists->find(list);
  return found == lists->end() ? kNone : found->second;
}

}  // namespace

std::string word_list_name(std::string_view language, std::string_view list) {
  return "words/" + std::string(language.substr(0, language.find('-'))) + ".toml, list " +
         std::string(list);
}

bool has_word_lists(std::string_view language) { return lists_of(language) != nullptr; }

std::vector<WordHit> find_words(std::string_view language, std::string_view list,
                                std::string_view text) {
  const std::vector<Word> words = words_of(text);
  std::vector<WordHit> hits;
  for (const Phrase& phrase : list_of(language, list)) {
    for (auto at = phrase.find(words); at; at = phrase.find(words, *at + 1)) {
      const std::size_t begin = words[*at].begin;
      const std::size_t end = words[*at + phrase.size() - 1].end;
      std::string found(text.substr(begin, end - begin));
      std::erase(found, '\x01');
      hits.push_back({phrase.spelled(), std::move(found), begin, end, *at});
    }
  }
  std::ranges::stable_sort(hits, {}, &WordHit::begin);
  return hits;
}

bool named_in(std::string_view language, std::string_view list, std::string_view name) {
  return std::ranges::any_of(list_of(language, list), [&](const Phrase& known) {
    std::string_view spelled = known.spelled();
    if (!spelled.ends_with('*')) return ascii_equal_ignoring_case(spelled, name);
    spelled.remove_suffix(1);
    return ascii_lower(name).starts_with(spelled);
  });
}

std::string tracking_parameter(std::string_view url) {
  const std::size_t query = url.find_first_of("?#");
  if (query == std::string_view::npos) return {};
  std::string_view rest = url.substr(query + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find_first_of("&;?#");
    const std::string_view name = rest.substr(0, rest.find_first_of("=&;?#"));
    if (named_in("any", "tracking", name)) return std::string(name);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return {};
}

}  // namespace jawort
