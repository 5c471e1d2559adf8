#include "engine/mail/sender_dns.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr std::size_t kMostLabels = 8;

bool is_record(std::string_view text, std::string_view version) {
  return ascii_equal_ignoring_case(text.substr(0, version.size()), version) &&
         (text.size() == version.size() || text[version.size()] == ' ');
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || stop != text.data() + text.size() || text.empty()) return {};
  return value;
}

bool is_prefix(std::string_view text, int most) {
  const auto length = number(text);
  return length && *length >= 0 && *length <= most;
}

bool is_network(std::string_view text, int family) {
  const std::size_t slash = text.find('/');
  const bool six = family == AF_INET6;
  if (slash != std::string_view::npos && !is_prefix(text.substr(slash + 1), six ? 128 : 32)) {
    return false;
  }
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(family, std::string(text.substr(0, slash)).c_str(), bytes.data()) == 1;
}

// A domain, perhaps with macros (RFC 7208 §7), perhaps with "/24" or "//64" behind it.
bool is_domain_spec(std::string_view text) {
  text = text.substr(0, text.find('/'));
  return text.find('.') != std::string_view::npos && std::ranges::none_of(text, [](char c) {
           return c <= ' ' || static_cast<unsigned char>(c) > 0x7E;
         });
}

// "name=value; name=value" of RFC 6376 §3.2, white space around both dropped.
using Tags = std::vector<std::pair<std::string_view, std::string_view>>;
Tags tags_of(std::string_view text) {
  Tags tags;
  for (const std::string_view tag : split(text, ';')) {
    const std::size_t equals = tag.find('=');
    if (equals == std::string_view::npos) continue;
    tags.emplace_back(trim_ascii_space(tag.substr(0, equals)),
                      trim_ascii_space(tag.substr(equals + 1)));
  }
  return tags;
}

// Whether a list like "sha1 : sha256" has one of the two words.
bool lists(std::string_view list, std::string_view word, std::string_view or_word) {
  return std::ranges::any_of(split(list, ':'), [&](std::string_view item) {
    item = trim_ascii_space(item);
    return item == word || item == or_word;
  });
}

class SpfReader {
 public:
  explicit SpfReader(Spf& spf) : spf_(spf) {}

  void read(std::string_view record) {
    for (const std::string_view term : split(record.substr(6), ' ')) {
      if (!term.empty() && !take(ascii_lower(term)) && spf_.problem.empty()) spf_.problem = term;
    }
  }

 private:
  bool take(std::string term) {
    const std::size_t equals = term.find('=');
    if (equals != std::string::npos && term.find(':') > equals) return take_modifier(term, equals);
    const bool qualified = std::string_view("+-~?").find(term.front()) != std::string_view::npos;
    const bool passes = !qualified || term.front() == '+';
    if (qualified) term.erase(0, 1);
    const std::size_t end = term.find_first_of(":/");
    const std::string name = term.substr(0, end);
    const std::string rest = end == std::string::npos ? "" : term.substr(end);
    if (name == "all") {
      spf_.anybody_may = spf_.anybody_may || passes;
      return rest.empty();
    }
    spf_.names_anybody = true;
    const std::string value = rest.starts_with(':') ? rest.substr(1) : "";
    if (name == "ip4") return is_network(value, AF_INET);
    if (name == "ip6") return is_network(value, AF_INET6);
    ++spf_.lookups;
    if (name == "include") spf_.includes.push_back(value);
    if (name == "include" || name == "exists") return is_domain_spec(value);
    if (name != "a" && name != "mx" && name != "ptr") return false;
    return rest.empty() || rest.starts_with('/') || is_domain_spec(value);
  }

  bool take_modifier(const std::string& term, std::size_t equals) {
    const std::string value = term.substr(equals + 1);
    if (term.starts_with("redirect=")) {
      ++spf_.lookups;
      spf_.names_anybody = true;
      spf_.includes.push_back(value);
      return is_domain_spec(value);
    }
    return equals > 0 && ascii_alpha(term.front());  // others are for whoever knows them
  }

  Spf& spf_;
};

}  // namespace

Spf read_spf(const std::vector<std::string>& txt_records) {
  constexpr std::string_view kVersion = "v=spf1";
  Spf spf;
  std::string_view only;
  for (const std::string& text : txt_records) {
    if (!is_record(text, kVersion)) continue;
    ++spf.records;
    only = text;
  }
  if (spf.records == 1) SpfReader(spf).read(only);
  return spf;
}

Dmarc read_dmarc(const std::vector<std::string>& txt_records) {
  Dmarc dmarc;
  std::string_view only;
  for (const std::string& text : txt_records) {
    const std::string_view first = trim_ascii_space(split(text, ';').front());
    std::string version(first);
    std::erase(version, ' ');
    if (version != "v=DMARC1") continue;
    ++dmarc.records;
    only = text;
  }
  if (dmarc.records != 1) return dmarc;
  for (const auto& [name, value] : tags_of(only)) {
    if (name == "p") dmarc.policy = ascii_lower(value);
    if (name == "sp") dmarc.subdomain_policy = ascii_lower(value);
    if (name == "adkim") dmarc.strict_dkim = ascii_lower(value) == "s";
  }
  if (dmarc.subdomain_policy.empty()) dmarc.subdomain_policy = dmarc.policy;
  for (const std::string& policy : {dmarc.policy, dmarc.subdomain_policy}) {
    if (policy == "none" || policy == "quarantine" || policy == "reject") continue;
    dmarc.problem = policy.empty() ? "p= is missing" : "\"" + policy + "\" is no policy";
  }
  return dmarc;
}

DkimRecord read_dkim(const std::vector<std::string>& txt_records) {
  DkimRecord record;
  record.records = static_cast<int>(txt_records.size());
  if (record.records != 1) return record;
  record.key_type = "rsa";
  bool has_key = false;
  const Tags tags = tags_of(txt_records.front());
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const auto& [name, value] = tags[i];
    if (name == "v" && (i > 0 || value != "DKIM1")) record.problem = "v= is not DKIM1";
    if (name == "k") record.key_type = value;
    if (name == "h" && !lists(value, "sha256", "sha256")) record.problem = "h= excludes sha256";
    if (name == "s" && !lists(value, "*", "email")) record.problem = "s= excludes email";
    if (name == "t") record.testing = lists(value, "y", "y");
    if (name != "p") continue;
    has_key = true;
    record.key = value;
    std::erase_if(record.key, [](char c) { return c == ' ' || c == '\t'; });
  }
  if (!has_key) record.problem = "p= is missing";
  return record;
}

std::vector<std::string> dmarc_names(std::string_view domain) {
  std::vector<std::string> names;
  while (names.size() < kMostLabels && domain.find('.') != std::string_view::npos) {
    names.push_back("_dmarc." + std::string(domain));
    domain.remove_prefix(domain.find('.') + 1);
  }
  return names;
}

}  // namespace jawort
