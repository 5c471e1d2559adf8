#include "templates/template_files.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "engine/base/embedded.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "templates/tags.h"
#include "templates/variables.h"

namespace jawort {
namespace {

constexpr int kMaxPartialDepth = 8;
constexpr int kMaxPartials = 500;
constexpr std::string_view kSuffix = ".mustache";

bool plain_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return ascii_digit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  });
}

// RFC 5646 in outline: "de", "de-AT".
bool language_tag(std::string_view tag) {
  const auto subtags = split(tag, '-');
  if (subtags.front().size() < 2 || subtags.front().size() > 3) return false;
  return std::ranges::all_of(subtags, [](std::string_view subtag) {
    return subtag.size() >= 2 && subtag.size() <= 8 && std::ranges::all_of(subtag, ascii_alnum);
  });
}

// Is this the path of a file that something reads? Partials begin with "_".
bool has_a_use(std::string_view path) {
  if (path.starts_with("mail/")) return !parse_mail_path(path).name.empty();
  const std::string_view file = path.substr(std::string_view("pages/").size());
  if (file.ends_with(".toml")) {
    const auto parts = split(file, '.');
    return parts.size() == 3 && (parts[0] == "texts" || parts[0] == "countries") &&
           language_tag(parts[1]);
  }
  const auto name = file.substr(0, file.size() - kSuffix.size());
  return name.starts_with('_') ? plain_name(name) : is_page(name);
}

std::string with_unix_lines(std::string source) {
  if (source.starts_with("\xEF\xBB\xBF")) source.erase(0, 3);
  return replace_all(std::move(source), "\r\n", "\n");
}

Status read_own_file(const std::filesystem::path& file, std::string path, TemplateFiles& files) {
  if (!path.ends_with(".toml") && !path.ends_with(kSuffix))
    return {};  // an editor's backup, a read-me
  if (!has_a_use(path)) {
    return configuration_error(file.string() + ": no template has this name");
  }
  auto source = read_file(file.string(), kMaxTemplateBytes);
  if (!source.ok()) return configuration_error(source.error().message);
  if (path.starts_with("pages/texts.")) path.insert(std::string_view("pages/").size(), "own.");
  files[std::move(path)] = {with_unix_lines(std::move(*source)), file.string()};
  return {};
}

Status read_own_files(const std::filesystem::path& folder, TemplateFiles& own) {
  for (const std::string kind : {"mail", "pages"}) {
    std::error_code error;
    const std::filesystem::path path = folder / kind;
    if (!std::filesystem::exists(path, error) && !error) continue;
    std::vector<std::filesystem::path> entries;
    auto entry = std::filesystem::directory_iterator(path, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      if (!entry->is_regular_file(error) && entry->path().extension() == ".mustache") {
        return configuration_error(entry->path().string() + ": is not a regular file");
      }
      if (entry->is_regular_file(error) && !error) entries.push_back(entry->path());
    }
    if (error) return configuration_error(path.string() + ": " + error.message());
    std::ranges::sort(entries);  // so that of several faults always the same one is named
    for (const auto& file : entries) {
      JAWORT_TRY(read_own_file(file, kind + "/" + file.filename().string(), own));
    }
  }
  return {};
}

std::string partial_path(std::string_view path, std::string_view name) {
  const std::size_t slash = path.find('/');
  return std::string(path.substr(0, slash)) + "/_" + std::string(name) +
         std::string(path.substr(path.find('.', slash)));
}

class Expansion {
 public:
  explicit Expansion(const TemplateFiles& files) : files_(files) {}

  Status append(std::string_view path, int depth) {
    const TemplateFile& file = files_.find(path)->second;
    const auto tags = scan_tags(file.source);
    if (!tags.ok()) return configuration_error(file.shown_as + ": " + tags.error().message);
    std::size_t copied = 0;
    for (const Tag& tag : *tags) {
      if (tag.kind == TagKind::kVariable || tag.kind == TagKind::kUnescaped) continue;
      const Place place = place_of(file.source, tag);
      copy(file, copied, place.begin);
      copied = place.end;
      if (tag.kind != TagKind::kPartial && tag.kind != TagKind::kComment) {
        copy(file, tag.begin, tag.end);
      }
      if (tag.kind == TagKind::kPartial) {
        JAWORT_TRY(append_partial(file, partial_path(path, tag.name), depth + 1));
        if (!place.whole_line && out_.text.ends_with('\n')) out_.text.pop_back();
      }
    }
    copy(file, copied, file.source.size());
    if (out_.text.size() <= kMaxTemplateBytes) return {};
    return configuration_error(file.shown_as + ": larger than " +
                               std::to_string(kMaxTemplateBytes / 1024) + " KiB with its partials");
  }

  ExpandedTemplate take() { return std::move(out_); }

 private:
  void copy(const TemplateFile& file, std::size_t begin, std::size_t end) {
    out_.runs.push_back({out_.text.size(), &file, begin});
    out_.text.append(file.source, begin, end - begin);
  }

  // A tag that is alone on its line takes the line with it (mustache specification, "standalone").
  struct Place {
    std::size_t begin, end;
    bool whole_line;
  };
  static Place place_of(std::string_view source, const Tag& tag) {
    std::size_t begin = tag.begin;
    while (begin > 0 && (source[begin - 1] == ' ' || source[begin - 1] == '\t')) --begin;
    std::size_t end = tag.end;
    while (end < source.size() && (source[end] == ' ' || source[end] == '\t')) ++end;
    const bool starts = begin == 0 || source[begin - 1] == '\n';
    if (starts && end == source.size()) return {begin, end, true};
    if (starts && source[end] == '\n') return {begin, end + 1, true};
    return {tag.begin, tag.end, false};
  }

  Status append_partial(const TemplateFile& user, const std::string& path, int depth) {
    if (!files_.contains(path)) {
      return configuration_error(user.shown_as + ": there is no partial " + path);
    }
    if (depth > kMaxPartialDepth || ++partials_ > kMaxPartials) {
      return configuration_error(user.shown_as + ": partials are nested more than " +
                                 std::to_string(kMaxPartialDepth) + " deep or are more than " +
                                 std::to_string(kMaxPartials) + "; does one include itself?");
    }
    return append(path, depth);
  }

  const TemplateFiles& files_;
  ExpandedTemplate out_;
  int partials_ = 0;
};

}  // namespace

MailPath parse_mail_path(std::string_view path) {
  if (!path.starts_with("mail/") || !path.ends_with(kSuffix)) return {};
  path.remove_prefix(std::string_view("mail/").size());
  path.remove_suffix(kSuffix.size());
  const auto parts = split(path, '.');
  if (parts.size() != 3 || !plain_name(parts[0]) || !language_tag(parts[1])) return {};
  if (parts[2] != "subject" && parts[2] != "text" && parts[2] != "html") return {};
  return {parts[0], parts[1], parts[2]};
}

Result<TemplateFiles> read_template_files(const std::string& folder) {
  TemplateFiles files;
  for (const EmbeddedFile& file : embedded_templates()) {
    files[std::string(file.path)] = {std::string(file.content),
                                     "built-in " + std::string(file.path)};
  }
  if (folder.empty()) return files;
  TemplateFiles own;
  JAWORT_TRY(read_own_files(folder, own));
  for (auto& [path, file] : own) {
    const MailPath mail = parse_mail_path(path);
    if (mail.part == "text" && !mail.name.starts_with('_')) {
      files.erase(replace_all(path, ".text.mustache", ".html.mustache"));
    }
  }
  for (auto& [path, file] : own) files[path] = std::move(file);
  return files;
}

std::string ExpandedTemplate::place_of(std::size_t offset) const {
  const auto after = std::ranges::upper_bound(runs, offset, {}, &Run::begin);
  if (after == runs.begin()) return {};
  const Run& run = *std::prev(after);
  const auto begin = run.file->source.begin();
  const auto at = std::min(run.offset + offset - run.begin, run.file->source.size());
  const auto line = 1 + std::count(begin, begin + static_cast<std::ptrdiff_t>(at), '\n');
  return run.file->shown_as + ":" + std::to_string(line);
}

Result<ExpandedTemplate> expand_partials(const TemplateFiles& files, std::string_view path) {
  Expansion expansion(files);
  JAWORT_TRY(expansion.append(path, 0));
  return expansion.take();
}

}  // namespace jawort
