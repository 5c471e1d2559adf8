#include "templates/lint_mail.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/campaign/word_lists.h"
#include "templates/html_view.h"
#include "templates/tags.h"

namespace jawort {
namespace {

constexpr std::string_view kNoAdvertising =
    "a mail that asks for consent may hold no advertising (LG Stendal 22 S 87/20; KG 5 U 35/20)";
constexpr std::string_view kNoSpying =
    "it would tell whether and when the mail was read (§ 25 TDDDG; GDPR art. 6(1))";

constexpr std::array<std::string_view, 4> kLinks = {
    "confirm.url", "deny.url", "controller.imprint_url", "controller.privacy_url"};
constexpr std::array<std::string_view, 14> kPictures = {
    "img",   "picture", "source", "svg",   "image",  "video",  "audio",
    "track", "canvas",  "object", "embed", "iframe", "v:fill", "v:imagedata"};
constexpr std::array<std::string_view, 5> kActive = {"script", "form", "base", "link", "frame"};
constexpr std::array<std::string_view, 12> kLoading = {
    "src",      "srcset", "background", "poster", "data",    "xlink:href",
    "longdesc", "action", "formaction", "code",   "classid", "dynsrc"};
constexpr std::array<std::string_view, 6> kLoadingCss = {
    "url(", "@import", "image(", "image-set(", "expression(", "-moz-binding"};

template <typename List>
bool is_one_of(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

bool in_url(char c) {
  return static_cast<unsigned char>(c) > 0x20 &&
         std::string_view("\"'<>()`").find(c) == std::string_view::npos;
}

// Does a link end before `rest`, so that nothing is hung on to it?
bool link_ends(std::string_view rest) {
  const std::size_t stop = rest.find_first_not_of(".,;:!?)]");  // of a sentence
  if (stop == std::string_view::npos) return true;
  const char next = rest[stop];
  const bool outside = !in_url(next) || next == '{' || static_cast<unsigned char>(next) >= 0x80;
  return outside && (stop == 0 || next != '{');
}

std::string without_spaces(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\x01'; });
  return text;
}

std::string shown(std::string_view text) {
  std::string out(utf8_prefix(text, 60));
  if (has_control_characters(out, false)) return "\"…\"";
  return "\"" + out + (out.size() < text.size() ? "…\"" : "\"");
}

class MailLint {
 public:
  explicit MailLint(const MailPart& part) : part_(part), source_(part.source.text) {
    if (const auto tags = scan_tags(source_); tags.ok()) tags_ = *tags;
    shown_ = source_;
    for (const Tag& tag : tags_) {
      if (tag.kind != TagKind::kVariable) fill(shown_, tag, '\x01');
    }
    if (part.part == "html") html_ = view_html(shown_);
    visible_ = part.part == "html" ? html_.visible : shown_;
    own_words_ = visible_;
    for (const Tag& tag : tags_) {
      if (tag.kind == TagKind::kVariable) fill(own_words_, tag, ' ');
    }
    // What stands in an attribute is seen too, where a picture is not shown or a mouse rests.
    for (const HtmlElement& element : html_.elements) {
      for (const std::string_view name : {"alt", "title", "aria-label"}) {
        if (const std::string* text = element.find(name)) check_words(*text, element.begin);
      }
    }
  }

  Findings run() {
    if (part_.role == MailRole::kStep) {
      if (part_.part != "subject") check_footer();
      return std::move(findings_);
    }
    check_words(own_words_, std::string::npos);
    check_prices();
    check_spaced_letters();
    check_domains();
    if (part_.part == "subject") return std::move(findings_);
    for (const Tag& tag : tags_) {
      if (tag.kind == TagKind::kVariable) check_variable(tag);
    }
    check_urls();
    check_addresses();
    for (const HtmlElement& element : html_.elements) check_element(element);
    check_presence();
    return std::move(findings_);
  }

 private:
  static void fill(std::string& text, const Tag& tag, char with) {
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(tag.begin),
              text.begin() + static_cast<std::ptrdiff_t>(tag.end), with);
  }

  // To somebody who is signed up already; it may ask for consent to a new wording.
  bool renewal() const { return part_.mail == "already_subscribed"; }
  bool receipt() const { return part_.mail == "receipt"; }
  // The link to unsubscribe, and the receipt of what was confirmed; they ask for nothing.
  bool leaving() const { return part_.mail == "unsubscribe" || receipt(); }
  // Tells whoever has left that it is done.
  bool notice() const { return part_.role == MailRole::kRevocationNotice; }
  bool to_subscribers() const { return renewal() || leaving() || notice(); }

  void add(Severity severity, std::string_view rule, std::size_t at, const std::string& what) {
    if (leaving() && rule == "contact") return;
    findings_.push_back({severity, std::string(rule),
                         part_.source.place_of(at) + ": mail \"" + std::string(part_.mail) +
                             "\" (" + std::string(part_.language) + ", " + std::string(part_.part) +
                             "): " + what});
  }
  void error(std::string_view rule, std::size_t at, std::string_view what, std::string_view why,
             std::string_view instead) {
    add(Severity::kError, rule, at,
        std::string(what) + "; " + std::string(why) + "; " + std::string(instead));
  }

  // `place`: of all of the text; npos: a hit stands where it is.
  void check_words(std::string_view text, std::size_t place) {
    struct List {
      std::string_view name, rule, what, instead;
      Severity severity;
    };
    constexpr std::array<List, 3> kLists = {{
        {"advertising", "advertising", "is advertising", "leave it out", Severity::kError},
        {"advertising_perhaps", "advertising", "may pass for advertising",
         "say it soberly or leave it out", Severity::kWarning},
        {"contact", "contact", "offers to get in touch", "leave it out", Severity::kError},
    }};
    for (const List& list : kLists) {
      std::size_t behind = 0;
      for (const WordHit& hit : find_words(part_.language, list.name, text)) {
        if (hit.begin < behind) continue;  // two phrases of the list on the same words
        behind = hit.end;
        add(list.severity, list.rule, place == std::string::npos ? hit.begin : place,
            shown(hit.found) + " " + std::string(list.what) + " (" +
                word_list_name(part_.language, list.name) + "); " + std::string(kNoAdvertising) +
                "; " + std::string(list.instead));
      }
    }
  }

  // "10 %", "5 €", "EUR 5": what is offered at a price is advertising, whatever the words.
  void check_prices() {
    std::string text = replace_all(own_words_, "\u00A0", "  ");
    text = replace_all(replace_all(std::move(text), "\u202F", "   "), "€", " \x02 ");
    const auto digit_beside = [&](std::size_t begin, std::size_t end) {
      while (begin > 0 && gap(text[begin - 1])) --begin;
      while (end < text.size() && gap(text[end])) ++end;
      return std::pair(begin > 0 && ascii_digit(text[begin - 1]),
                       end < text.size() && ascii_digit(text[end]));
    };
    const std::string lower = ascii_lower(text);
    for (const std::string_view sign : {"%", "\x02", "eur", "euro", "prozent", "percent"}) {
      for (std::size_t at = lower.find(sign); at != std::string::npos;
           at = lower.find(sign, at + 1)) {
        const std::size_t end = at + sign.size();
        const bool word = ascii_alnum(sign.front());
        if (word && ((at > 0 && ascii_alpha(lower[at - 1])) ||
                     (end < lower.size() && ascii_alpha(lower[end])))) {
          continue;
        }
        const auto [before, behind] = digit_beside(at, end);
        const bool money = sign != "%" && sign != "prozent" && sign != "percent";
        if (!before && !(money && behind)) continue;
        return error("advertising", at,
                     "a number with " + (sign == "\x02" ? std::string("\"€\"") : shown(sign)) +
                         " offers something at a price",
                     kNoAdvertising, "leave it out");
      }
    }
  }
  static bool gap(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\x01'; }

  // "R A B A T T": letters apart, which a reader joins and a list of words does not.
  void check_spaced_letters() {
    std::size_t run = 0;
    for (const Word& word : words_of(own_words_)) {
      run = utf8_length(word.text) == 1 && !ascii_digit(word.text.front()) ? run + 1 : 0;
      if (own_words_.compare(word.end, 1, ".") == 0) run = 0;  // "z. B."
      if (run < 5) continue;
      return error("advertising", word.begin, "letters that stand apart hide a word",
                   kNoAdvertising, "write the word as a word");
    }
  }

  // "sommer.de" in the text: mail programs make links of it.
  void check_domains() {
    constexpr std::array<std::string_view, 18> kEndings = {
        "de", "com", "net", "org", "eu", "at",    "ch",     "info",   "shop",
        "io", "biz", "app", "me",  "uk", "store", "berlin", "online", "example"};
    const auto in_host = [&](char c) { return ascii_alnum(c) || c == '-' || c == '.'; };
    const auto wide = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    for (std::size_t at = 0; at < own_words_.size();) {
      std::size_t end = at;
      while (end < own_words_.size() && (in_host(own_words_[end]) || wide(own_words_[end]))) ++end;
      std::string host = ascii_lower(std::string_view(own_words_).substr(at, end - at));
      while (host.ends_with('.')) host.pop_back();
      const std::size_t dot = host.rfind('.');
      const bool alone =
          (at == 0 || std::string_view("/@:").find(own_words_[at - 1]) == std::string_view::npos) &&
          (end == own_words_.size() || own_words_[end] != '@');
      if (alone && dot != std::string::npos && dot > 1 && host.front() != '.' &&
          !host.starts_with("www.") && is_one_of(kEndings, host.substr(dot + 1))) {
        check_url(own_words_.substr(at, host.size()), at);
      }
      at = std::max(end, at + 1);
    }
  }

  void check_variable(const Tag& tag) {
    const std::string name = "{{" + tag.name + "}}";
    const bool leaves = tag.name == "preferences.url" || tag.name == "revoke.url";
    if (tag.name == "controller.website" || (leaves && !to_subscribers())) {
      if (leaving()) return;
      error("link", tag.begin, name + " is a further link", kNoAdvertising,
            "only {{confirm.url}}, {{deny.url}}, {{controller.imprint_url}} and "
            "{{controller.privacy_url}} belong here");
    } else if (tag.name == "controller.email" || tag.name == "controller.phone") {
      add(Severity::kWarning, "contact", tag.begin,
          name + " may pass for an offer to get in touch; " + std::string(kNoAdvertising) +
              "; the page behind {{controller.imprint_url}} has it");
    } else if ((leaves || is_one_of(kLinks, tag.name)) && tag.end < shown_.size()) {
      std::string_view rest = std::string_view(shown_).substr(tag.end);
      rest.remove_prefix(std::min(rest.find_first_not_of('\x01'), rest.size()));
      if (link_ends(rest)) return;
      rest = rest.substr(
          0, static_cast<std::size_t>(std::ranges::find_if_not(rest, in_url) - rest.begin()));
      const bool elsewhere = rest.find('@') != std::string_view::npos;
      error(elsewhere ? "link" : "tracking", tag.begin, name + " goes on with " + shown(rest),
            elsewhere ? "what stands before an @ is no host: the link would lead elsewhere"
                      : kNoSpying,
            "let the link end where the variable ends");
    }
  }

  // Addresses of the web in the text itself: mail programs make links of them.
  void check_urls() {
    const std::string lower = ascii_lower(own_words_);
    for (std::size_t at = 0; at < lower.size();) {
      const bool www =
          lower.compare(at, 4, "www.") == 0 && (at == 0 || !ascii_alnum(lower[at - 1]));
      if (!www && lower.compare(at, 3, "://") != 0) {
        ++at;
        continue;
      }
      std::size_t begin = at;
      while (begin > 0 && ascii_alnum(lower[begin - 1])) --begin;
      std::size_t end = at;
      while (end < lower.size() && in_url(lower[end])) ++end;
      check_url(own_words_.substr(begin, end - begin), begin);
      at = std::max(end, at + 1);
    }
  }

  void check_url(const std::string& url, std::size_t at) {
    const std::string parameter = tracking_parameter(url);
    if (!parameter.empty()) {
      error("tracking", at, shown(url) + " follows its reader with " + shown(parameter), kNoSpying,
            "leave the link out");
    } else if (!leaving()) {
      error("link", at, shown(url) + " is a further link", kNoAdvertising,
            "only confirming, \"that was not me\", imprint and privacy notice are linked");
    }
  }

  void check_addresses() {
    for (std::size_t at = own_words_.find('@'); at != std::string::npos;
         at = own_words_.find('@', at + 1)) {
      std::size_t begin = at, end = at + 1;
      while (begin > 0 &&
             (ascii_alnum(own_words_[begin - 1]) ||
              std::string_view("._+-").find(own_words_[begin - 1]) != std::string_view::npos)) {
        --begin;
      }
      while (end < own_words_.size() &&
             (ascii_alnum(own_words_[end]) || own_words_[end] == '.' || own_words_[end] == '-')) {
        ++end;
      }
      const std::string address = own_words_.substr(begin, end - begin);
      if (begin == at || address.find('.', at - begin) == std::string::npos) continue;
      error("contact", begin, shown(address) + " offers to get in touch", kNoAdvertising,
            "the page behind {{controller.imprint_url}} has it");
    }
  }

  void check_element(const HtmlElement& element) {
    const bool readable = !has_control_characters(element.name, false);
    const std::string name =
        readable ? "<" + std::string(utf8_prefix(element.name, 60)) + ">" : "<…>";
    const std::string* type = element.find("type");
    const bool picture = is_one_of(kPictures, element.name) || element.name.starts_with("v:") ||
                         (element.name == "input" && type != nullptr && *type == "image");
    if (picture) {
      picture_found(element, name);
    } else if (is_one_of(kActive, element.name) ||
               (element.name == "meta" && element.find("http-equiv") != nullptr &&
                ascii_equal_ignoring_case(*element.find("http-equiv"), "refresh"))) {
      error("remote", element.begin, name + " brings in what is not the mail's own text", kNoSpying,
            "leave it out");
    } else {
      check_attributes(element, name);
    }
    check_css(element.content, element, name);
    if (const std::string* style = element.find("style")) check_css(*style, element, name);
    if (const std::string* href = element.find("href");
        href != nullptr && element.name != "link" && element.name != "base") {
      check_href(without_spaces(*href), element);
    }
  }

  void picture_found(const HtmlElement& element, const std::string& name) {
    const auto tiny = [&](std::string_view side) {
      const std::string* size = element.find(side);
      return size != nullptr && (*size == "0" || *size == "1" || *size == "1px");
    };
    if (tiny("width") || tiny("height")) {
      error("tracking", element.begin, name + " is as small as a tracking pixel", kNoSpying,
            "leave it out");
    } else {
      error("image", element.begin, name + " is an image, as a logo would be", kNoAdvertising,
            "write the company's name as text");
    }
  }

  void check_attributes(const HtmlElement& element, const std::string& name) {
    for (const HtmlAttribute& attribute : element.attributes) {
      if (attribute.name == "ping") {
        error("tracking", element.begin, name + " has ping", kNoSpying, "leave it out");
      } else if (is_one_of(kLoading, attribute.name) || attribute.name.starts_with("on")) {
        error("remote", element.begin, name + " has " + shown(attribute.name), kNoSpying,
              "leave it out");
      }
    }
  }

  void check_css(std::string_view css, const HtmlElement& element, const std::string& name) {
    if (css.find('\\') != std::string_view::npos) {
      return error(
          "remote", element.begin, name + " has style with a backslash",
          "an escape can spell url() so that nobody sees it, and " + std::string(kNoSpying),
          "write the style without it");
    }
    const std::string squeezed = without_spaces(ascii_lower(css));
    for (const std::string_view loading : kLoadingCss) {
      if (squeezed.find(loading) == std::string::npos) continue;
      error("remote", element.begin, name + " has style with " + shown(loading), kNoSpying,
            "leave it out");
      return;
    }
  }

  void check_href(const std::string& href, const HtmlElement& element) {
    const bool ours = std::ranges::any_of(
        kLinks, [&](std::string_view link) { return href == "{{" + std::string(link) + "}}"; });
    // What goes on behind a variable, and variables that are no link of ours, were said there.
    if (ours || href.empty() || href.starts_with('#') || href.starts_with("{{")) return;
    const std::string lower = ascii_lower(href);
    for (const std::string_view scheme : {"mailto:", "tel:", "sms:", "callto:"}) {
      if (!lower.starts_with(scheme)) continue;
      return error("contact", element.begin, shown(href) + " offers to get in touch",
                   kNoAdvertising, "leave it out");
    }
    check_url(href, element.begin);
  }

  bool uses(std::string_view name) const {
    return std::ranges::any_of(
        tags_, [&](const Tag& tag) { return tag.kind == TagKind::kVariable && tag.name == name; });
  }

  // Whoever gets it sees who mails, why, and how to leave.
  void check_footer() {
    struct Needed {
      std::string_view name, why;
    };
    constexpr std::array<Needed, 4> kNeeded = {{
        {"controller.name", "advertising names on whose behalf it comes (§ 6(1) DDG)"},
        {"confirm.date", "whoever gets it is told why (GDPR art. 12(1))"},
        {"revoke.url", "leaving is as easy as giving consent was (GDPR art. 7(3); § 7(2) UWG)"},
        {"preferences.url", "each purpose can be left by itself (GDPR recital 43)"},
    }};
    for (const Needed& needed : kNeeded) {
      if (uses(needed.name)) continue;
      error("footer", 0, "{{" + std::string(needed.name) + "}} is missing", needed.why,
            "put it in, or {{> footer}}, which has all of it");
    }
  }

  // Without these the mail proves nothing to anybody.
  void check_receipt() {
    for (const std::string_view name : {"receipt.checkpoint", "receipt.leaf_hash"}) {
      if (uses(name)) continue;
      error("receipt", 0, "{{" + std::string(name) + "}} is missing",
            "the receipt could not be held against the log later", "put it in");
    }
    if (!uses("wording") && !uses("purpose.wording")) {
      error("wording", 0, "the wording of the consent is missing",
            "a receipt says to what (BGH VI ZR 721/15)",
            "put in {{#purposes}}{{wording}}{{/purposes}}");
    }
  }

  void check_presence() {
    if (renewal() && !uses("confirm.url")) {
      add(Severity::kWarning, "confirm", 0,
          "{{confirm.url}} is missing; who signs up again after the wording changed could not "
          "agree to the new one; put it in, between {{#confirm.url}} and {{/confirm.url}}");
    }
    if (renewal() && uses("confirm.url") && !uses("wording") && !uses("purpose.wording")) {
      error("wording", 0, "the wording of the consent is missing",
            "who agrees must see to what (GDPR art. 7(2))",
            "put in {{#purposes}}{{wording}}{{/purposes}}");
    }
    if (receipt()) check_receipt();
    if (!to_subscribers() && !uses("confirm.url")) {
      error("confirm", 0, "{{confirm.url}} is missing", "nobody could confirm", "put it in");
    }
    if (!has_word_lists(part_.language)) {
      add(Severity::kWarning, "advertising", 0,
          "nothing is known of this language; see for yourself that there is no advertising (LG "
          "Stendal 22 S 87/20; KG 5 U 35/20)");
    }
    if (to_subscribers() || uses("deny.url") ||
        !find_words(part_.language, "not_you", own_words_).empty())
      return;
    error("not_you", 0, "nothing tells those who did not sign up what to do",
          "strangers type addresses, and who was typed must be told what becomes of it (GDPR art. "
          "14, 12(1))",
          "put in {{deny.url}}, or a sentence with words of " +
              word_list_name(part_.language, "not_you"));
  }

  const MailPart& part_;
  const std::string& source_;
  std::vector<Tag> tags_;
  std::string shown_;  // sections taken out
  HtmlView html_;
  std::string visible_;    // what a reader sees, variables as {{name}}
  std::string own_words_;  // the same without variables
  Findings findings_;
};

}  // namespace

Findings lint_mail_part(const MailPart& part) { return MailLint(part).run(); }

}  // namespace jawort
