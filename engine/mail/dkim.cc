#include "engine/mail/dkim.h"

#include <algorithm>
#include <array>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "engine/mail/mail_date.h"

namespace jawort {
namespace {

constexpr std::size_t kLineLimit = 78;  // RFC 5322 §2.1.1, without CRLF
constexpr std::size_t kTxtLimit = 255;

// Every field that a mail of ours can have (engine/mail/message.cc), and which others would read
// had somebody added it: RFC 6376 §5.4.1. Return-Path and Received are of those on the way.
constexpr std::array<std::string_view, 14> kSigned = {"From",
                                                      "To",
                                                      "Reply-To",
                                                      "Subject",
                                                      "Date",
                                                      "Message-ID",
                                                      "MIME-Version",
                                                      "Content-Type",
                                                      "Content-Transfer-Encoding",
                                                      "Content-Language",
                                                      "Auto-Submitted",
                                                      "List-Id",
                                                      "List-Unsubscribe",
                                                      "List-Unsubscribe-Post"};
// Signed as "there is none" too. A Reply-To that somebody adds would take a revocation elsewhere.
constexpr std::array<std::string_view, 3> kNeverAdded = {"From", "Subject", "Reply-To"};

bool is_space(char c) { return c == ' ' || c == '\t'; }

// Appends `text` with runs of white space as one space each.
void append_reduced(std::string& out, std::string_view text) {
  bool space = false;
  for (const char c : text) {
    if (is_space(c)) {
      space = true;
      continue;
    }
    if (space) out += ' ';
    space = false;
    out += c;
  }
  if (space) out += ' ';
}

std::string_view without_spaces_at_end(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

struct Field {
  std::string_view name;  // without white space behind it
  std::string_view text;  // all lines, with their ends
};

// Lines that begin with white space belong to the field before them.
std::vector<Field> fields_of(std::string_view head) {
  std::vector<Field> fields;
  std::size_t begin = 0;
  while (begin < head.size()) {
    std::size_t end = head.find("\r\n", begin);
    while (end != std::string_view::npos && end + 2 < head.size() && is_space(head[end + 2])) {
      end = head.find("\r\n", end + 2);
    }
    end = end == std::string_view::npos ? head.size() : end + 2;
    const std::string_view text = head.substr(begin, end - begin);
    fields.push_back({without_spaces_at_end(text.substr(0, text.find(':'))), text});
    begin = end;
  }
  return fields;
}

struct Covered {
  std::vector<std::string_view> names;  // for h=
  std::string canonical;                // the fields in the order of the names
};

// §5.4.2: of several fields of a name the last is signed first. A name for which no field is left
// stands for none.
Covered cover(const std::vector<Field>& fields) {
  Covered covered;
  for (const std::string_view name : kSigned) {
    std::size_t found = 0;
    for (std::size_t i = fields.size(); i > 0; --i) {
      const Field& field = fields[i - 1];
      if (!ascii_equal_ignoring_case(field.name, name)) continue;
      covered.names.push_back(name);
      covered.canonical += relaxed_field(field.text);
      ++found;
    }
    const bool never_added = std::ranges::find(kNeverAdded, name) != kNeverAdded.end();
    if (found > 0 || never_added) covered.names.push_back(name);
  }
  return covered;
}

// t=, in seconds; empty where the message states no date.
std::string stated_seconds(const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    if (!ascii_equal_ignoring_case(field.name, "Date")) continue;
    const auto at = parse_mail_date(trim_ascii_space(field.text.substr(field.text.find(':') + 1)));
    if (at && to_millis(*at) >= 0) return std::to_string(to_millis(*at) / 1000);
    break;
  }
  return {};
}

// A header field whose tags are laid out in lines.
class TagField {
 public:
  // A space before it, or a line end where it does not fit.
  void add(std::string_view tag) {
    const bool fits = column_ + 1 + tag.size() <= kLineLimit;
    text_ += fits ? " " : "\r\n ";
    column_ = (fits ? column_ + 1 : 1) + tag.size();
    text_ += tag;
  }
  // Where a line end may stand, but nothing has to.
  void go_on(std::string_view more) {
    if (column_ + more.size() > kLineLimit) {
      text_ += "\r\n ";
      column_ = 1;
    }
    column_ += more.size();
    text_ += more;
  }
  // As many characters of it on each line as fit.
  void fill(std::string_view more) {
    while (!more.empty()) {
      if (column_ == kLineLimit) {
        text_ += "\r\n ";
        column_ = 1;
      }
      const std::string_view part = more.substr(0, kLineLimit - column_);
      text_ += part;
      column_ += part.size();
      more.remove_prefix(part.size());
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_ = "DKIM-Signature:";
  std::size_t column_ = text_.size();
};

// The field as it is signed, that is, up to an empty b=.
TagField unsigned_field(const DkimSigner& signer, const DkimSigner::Named& named,
                        const Covered& covered, const std::string& seconds,
                        const std::string& body_hash) {
  TagField field;
  field.add("v=1;");
  field.add("a=" + std::string(name_of(named.key.algorithm())) + ";");
  field.add("c=relaxed/relaxed;");
  field.add("d=" + signer.domain + ";");
  field.add("s=" + named.selector + ";");
  if (!seconds.empty()) field.add("t=" + seconds + ";");
  for (std::size_t i = 0; i < covered.names.size(); ++i) {
    const std::string name(covered.names[i]);
    const std::string end = i + 1 == covered.names.size() ? ";" : ":";
    if (i == 0) {
      field.add("h=" + name + end);
    } else {
      field.go_on(name + end);
    }
  }
  field.add("bh=" + body_hash + ";");
  field.add("b=");
  return field;
}

}  // namespace

std::string DkimSigner::selectors() const {
  std::string all;
  for (const Named& named : keys) all += (all.empty() ? "" : " ") + named.selector;
  return all;
}

std::string relaxed_body(std::string_view body) {
  std::string out;
  out.reserve(body.size() + 2);
  std::size_t kept = 0;  // up to the end of the last line that is not empty
  while (!body.empty()) {
    const std::size_t end = body.find("\r\n");
    const std::string_view line = without_spaces_at_end(body.substr(0, end));
    append_reduced(out, line);
    out += "\r\n";
    if (!line.empty()) kept = out.size();
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 2);
  }
  out.resize(kept);
  return out;
}

std::string relaxed_field(std::string_view field) {
  std::string unfolded(field);
  std::erase_if(unfolded, [](char c) { return c == '\r' || c == '\n'; });
  const std::size_t colon = unfolded.find(':');
  std::string out = ascii_lower(trim_ascii_space(unfolded.substr(0, colon)));
  out += ':';
  if (colon != std::string::npos) {
    append_reduced(out, trim_ascii_space(std::string_view(unfolded).substr(colon + 1)));
  }
  return out + "\r\n";
}

std::string dkim_signatures(const DkimSigner& signer, std::string_view message) {
  if (signer.keys.empty()) return {};
  const std::size_t end = message.find("\r\n\r\n");
  const bool has_body = end != std::string_view::npos;
  const std::vector<Field> fields = fields_of(message.substr(0, has_body ? end + 2 : end));
  const std::string_view body = has_body ? message.substr(end + 4) : std::string_view();
  const Covered covered = cover(fields);
  const std::string seconds = stated_seconds(fields);
  const std::string body_hash = to_base64(sha256(as_bytes(relaxed_body(body))));
  std::string signatures;
  for (const DkimSigner::Named& named : signer.keys) {
    TagField field = unsigned_field(signer, named, covered, seconds, body_hash);
    std::string own = relaxed_field(field.text());
    own.resize(own.size() - 2);  // §3.7: without the line end
    field.fill(to_base64(named.key.sign(sha256({as_bytes(covered.canonical), as_bytes(own)}))));
    signatures += field.text() + "\r\n";
  }
  return signatures;
}

std::string dkim_record(const DkimKey& key) {
  return "v=DKIM1; k=" + std::string(key_type_of(key.algorithm())) +
         "; p=" + to_base64(key.public_key());
}

std::string dkim_record_name(std::string_view selector, std::string_view domain) {
  return std::string(selector) + "._domainkey." + std::string(domain);
}

std::vector<std::string> txt_strings(std::string_view record) {
  std::vector<std::string> strings;
  for (; !record.empty(); record.remove_prefix(std::min(kTxtLimit, record.size()))) {
    strings.emplace_back(record.substr(0, kTxtLimit));
  }
  return strings;
}

bool dkim_aligned(std::string_view domain, std::string_view from_domain, bool strict) {
  const std::string one = ascii_lower(domain), other = ascii_lower(from_domain);
  if (one == other || strict) return one == other;
  return one.ends_with("." + other) || other.ends_with("." + one);
}

}  // namespace jawort
