#include "engine/campaign/lint_definitions.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"
#include "engine/campaign/cross_check.h"
#include "engine/campaign/word_lists.h"

namespace jawort {
namespace {

constexpr std::array<std::string_view, 5> kChannels = {"email", "phone", "sms", "post",
                                                       "messenger"};

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string hit_text(const WordHit& hit, std::string_view language, std::string_view list) {
  return in_quotes(hit.found) + " (" + word_list_name(language, list) + ")";
}

// A wording, sentence by sentence, with what its lists find.
class Wording {
 public:
  Wording(std::string_view language, std::string_view text)
      : language_(language), text_(text), words_(words_of(text)), withdrawals_(find("withdrawal")) {
    std::size_t sentence = 0;
    for (const Word& word : words_) {
      sentence_of_.push_back(sentence);
      if (word.text.empty()) ++sentence;
    }
  }

  std::vector<WordHit> find(std::string_view list) const {
    return find_words(language_, list, text_);
  }
  std::size_t sentence(const WordHit& hit) const { return sentence_of_[hit.word]; }
  bool tells_withdrawal() const { return !withdrawals_.empty(); }
  // "Ein Widerruf ist ausgeschlossen", "cannot withdraw": the words that take it away, or nothing.
  std::optional<WordHit> denied_withdrawal() const {
    const std::vector<WordHit> never = find("irrevocable");
    if (!never.empty()) return never.front();
    const std::vector<WordHit> nots = find("no_withdrawal");
    for (const WordHit& told : withdrawals_) {
      if (const auto closed = beside(told, "excluded")) return closed;
      if (beside(told, "condition")) continue;  // "solange ich nicht widerrufe"
      for (const WordHit& no : nots) {
        if (sentence(no) == sentence(told) && no.word < told.word && told.word - no.word <= 2) {
          return WordHit{"", std::string(text_.substr(no.begin, told.end - no.begin))};
        }
      }
    }
    return std::nullopt;
  }

  // How one can withdraw is told with channels too: "telefonisch oder per E-Mail".
  bool in_withdrawal(const WordHit& hit) const {
    return std::ranges::any_of(
        withdrawals_, [&](const WordHit& told) { return sentence(told) == sentence(hit); });
  }
  bool after_withdrawal(const WordHit& hit) const {
    return std::ranges::any_of(withdrawals_,
                               [&](const WordHit& told) { return sentence(told) < sentence(hit); });
  }
  // "keine Anrufe", "not by phone".
  bool negated(const WordHit& hit) const {
    return std::ranges::any_of(find("negation"), [&](const WordHit& no) {
      return sentence(no) == sentence(hit) && no.word < hit.word && hit.word - no.word <= 2;
    });
  }
  // Hits of the list `names` in a row with those of `own`: "E-Mail, Telefon und SMS". A name by
  // itself may say what a thing is about: "Tarife für Telefon".
  std::vector<WordHit> names_beside(std::string_view names, std::string_view own) const {
    std::vector<WordHit> row;
    for (WordHit& hit : find(names)) {
      if (in_a_row(hit, own)) row.push_back(std::move(hit));
    }
    return row;
  }
  // The first hit of `list` in the sentence of `hit`, or nothing.
  std::optional<WordHit> beside(const WordHit& hit, std::string_view list) const {
    for (const WordHit& other : find(list)) {
      if (sentence(other) == sentence(hit)) return other;
    }
    return std::nullopt;
  }

 private:
  // Is the hit joined to a name of the channel `own` by names of channels, "und", "oder"?
  bool in_a_row(const WordHit& hit, std::string_view own) const {
    std::vector<bool> joins(words_.size()), names(words_.size());
    mark("joins", joins);
    for (const std::string_view channel : kChannels) mark("name_" + std::string(channel), joins);
    mark("name_" + std::string(own), names);
    for (std::size_t at = hit.word; at < words_.size() && joins[at]; ++at) {
      if (names[at]) return true;
    }
    for (std::size_t at = hit.word + 1; at-- > 0 && joins[at];) {
      if (names[at]) return true;
    }
    return false;
  }
  void mark(std::string_view list, std::vector<bool>& words) const {
    for (const WordHit& hit : find(list)) {
      for (std::size_t at = hit.word; at < words_.size() && words_[at].begin < hit.end; ++at) {
        words[at] = true;
      }
    }
  }

  std::string_view language_, text_;
  std::vector<Word> words_;
  std::vector<WordHit> withdrawals_;
  std::vector<std::size_t> sentence_of_;
};

bool shorter_than_years(const Duration& duration, int years) {
  constexpr Instant kAny{};
  return plus(kAny, duration) < plus(kAny, Duration{.months = 12 * years});
}

class Lint {
 public:
  explicit Lint(const DefinitionSet& set) : set_(set) {}

  Findings run() {
    if (set_.controller() != nullptr) check_controller(*set_.controller());
    for (const Document& document : set_.documents()) {
      if (document.kind == "purpose") check_purpose(*set_.purpose(document.id));
      if (document.kind == "form") check_form(*set_.form(document.id));
      if (document.kind == "campaign") check_campaign(*set_.campaign(document.id));
    }
    return std::move(findings_);
  }

 private:
  void add(Severity severity, std::string_view rule, std::string_view kind, std::string_view id,
           std::string_view key, std::string_view what) {
    findings_.push_back({severity, std::string(rule),
                         place_of(set_.documents(), kind, id, key) + std::string(kind) + " " +
                             in_quotes(id) + ": " + std::string(key) + ": " + std::string(what)});
  }
  void error(std::string_view rule, std::string_view kind, std::string_view id,
             std::string_view key, std::string_view what) {
    add(Severity::kError, rule, kind, id, key, what);
  }

  void check_controller(const Controller& controller) {
    if (controller.privacy_url.empty()) {
      error("privacy", "controller", controller.id, "privacy_url",
            "missing; who gives data must be told before what becomes of it (GDPR art. 13); add "
            "privacy_url = \"https://…\", the page with your privacy notice");
    }
    if (controller.imprint_url.empty()) {
      error("imprint", "controller", controller.id, "imprint_url",
            "missing; who asks must be easily recognisable (§ 5 DDG, GDPR art. 13(1)(a)); add "
            "imprint_url = \"https://…\", the page that says who you are");
    }
    check_mailed(controller);
  }

  // What of the controller stands in every confirmation mail.
  void check_mailed(const Controller& controller) {
    for (const auto& [key, url] :
         {std::pair<std::string_view, std::string_view>("privacy_url", controller.privacy_url),
          {"imprint_url", controller.imprint_url}}) {
      const std::string parameter = tracking_parameter(url);
      if (parameter.empty()) continue;
      error("tracking", "controller", controller.id, key,
            "follows its reader with " + in_quotes(parameter) +
                "; it stands in every confirmation mail and would tell who read it (§ 25 TDDDG; "
                "GDPR art. 6(1)); leave the parameter out");
    }
    for (const auto& [key, text] :
         {std::pair<std::string_view, std::string_view>("name", controller.name),
          {"address", controller.address},
          {"data_protection_officer", controller.officer_name}}) {
      check_mailed_text(controller, key, text);
    }
  }

  void check_mailed_text(const Controller& controller, std::string_view key,
                         std::string_view text) {
    constexpr std::string_view kInstead =
        " stands in every confirmation mail, which may hold no advertising (LG Stendal 22 S 87/20; "
        "KG 5 U 35/20); leave it out";
    const std::string lower = ascii_lower(text);
    for (const std::string_view web : {"://", "www."}) {
      if (lower.find(web) == std::string::npos) continue;
      return error("advertising", "controller", controller.id, key,
                   "an address of the web" + std::string(kInstead));
    }
    for (const std::string_view language : {"de", "en"}) {
      const std::vector<WordHit> hits = find_words(language, "advertising", text);
      if (hits.empty()) continue;
      // A company may be called "Geschenke & Mehr GmbH"; that is no offer.
      const bool called_so = key == "name" && words_of(text).size() <= 5;
      return add(called_so ? Severity::kWarning : Severity::kError, "advertising", "controller",
                 controller.id, key,
                 hit_text(hits.front(), language, "advertising") + std::string(kInstead) +
                     (called_so ? ", unless it is the company's registered name" : ""));
    }
  }

  void check_purpose(const Purpose& purpose) {
    for (const auto& [language, text] : purpose.wording) {
      const std::string key = "wording." + language;
      if (!has_word_lists(language)) {
        add(Severity::kWarning, "withdrawal", "purpose", purpose.id, key,
            "nothing is known of this language; see for yourself that it tells that the consent "
            "can be withdrawn at any time (GDPR art. 7(3))");
        continue;
      }
      const Wording wording(language, text);
      if (!wording.tells_withdrawal()) {
        error("withdrawal", "purpose", purpose.id, key,
              "does not tell that the consent can be withdrawn at any time, which must be said "
              "before it is given (GDPR art. 7(3) sentence 3); add a sentence about it, in the "
              "words of " +
                  word_list_name(language, "withdrawal"));
      }
      if (const auto denied = wording.denied_withdrawal()) {
        error("withdrawal", "purpose", purpose.id, key,
              in_quotes(denied->found) +
                  " says that the consent cannot be withdrawn; it can be at any time, and no "
                  "wording takes that away (GDPR art. 7(3)); say how it is withdrawn");
      }
      check_channels(purpose, language, key, wording);
      check_terms(purpose, language, key, wording);
    }
    for (const auto& [language, text] : purpose.products) {
      check_channels(purpose, language, "scope.products." + language, Wording(language, text));
    }
    check_companies(purpose);
    check_proof(purpose);
  }

  void check_campaign(const Campaign& campaign) {
    for (std::size_t i = 0; i < campaign.steps.size(); ++i) {
      const CampaignStep& step = campaign.steps[i];
      if (step.on != "revoked" || step.after == Duration{}) continue;
      error("withdrawn", "campaign", campaign.id, "step",
            "step " + std::to_string(i + 1) + " (mail " + in_quotes(step.mail) +
                ") goes to people who have withdrawn, long after they did: that is advertising "
                "without consent (§ 7(2) UWG; GDPR art. 7(3)); leave it out, or let it confirm the "
                "withdrawal at once, with after = \"PT0S\"");
    }
  }

  void check_companies(const Purpose& purpose) {
    if (!purpose.companies.empty()) return;
    add(Severity::kWarning, "companies", "purpose", purpose.id, "scope.companies",
        "missing; a consent holds for the companies that it names (BGH VI ZR 721/15); add "
        "companies = [\"…\"] to scope, and name them in the wording");
  }

  void check_proof(const Purpose& purpose) {
    constexpr std::string_view kInstead =
        "a consent to calls is kept for five years from giving it and from each use (§ 7a(2) UWG); "
        "set keep_proof = \"P5Y\"";
    if (purpose.channel != "phone") return;
    if (!purpose.keep_proof) {
      add(Severity::kWarning, "proof", "purpose", purpose.id, "keep_proof",
          "missing; " + std::string(kInstead));
    } else if (shorter_than_years(*purpose.keep_proof, 5)) {
      error("proof", "purpose", purpose.id, "keep_proof", "is too short; " + std::string(kInstead));
    }
  }

  void check_channels(const Purpose& purpose, std::string_view language, const std::string& key,
                      const Wording& wording) {
    for (const std::string_view channel : kChannels) {
      if (channel == purpose.channel) continue;
      const std::string phrases = "channel_" + std::string(channel);
      const std::string names = "name_" + std::string(channel);
      std::vector<WordHit> hits = wording.find(phrases);
      const std::size_t of_phrases = hits.size();
      for (WordHit& hit : wording.names_beside(names, purpose.channel)) {
        hits.push_back(std::move(hit));
      }
      for (std::size_t i = 0; i < hits.size(); ++i) {
        const WordHit& hit = hits[i];
        const std::string& list = i < of_phrases ? phrases : names;
        if (wording.in_withdrawal(hit) || wording.negated(hit)) continue;
        const bool sure = !wording.after_withdrawal(hit);
        add(sure ? Severity::kError : Severity::kWarning, "bundled", "purpose", purpose.id, key,
            hit_text(hit, language, list) + (sure ? " asks" : " seems to ask") + " for " +
                std::string(channel) + " in a consent for " + purpose.channel +
                "; each channel needs a consent that can be given and proved by itself (GDPR art. "
                "7(2), recital 43; a press in a mail proves nothing for calls, BGH I ZR 164/09); " +
                (channel == "messenger"
                     ? std::string("leave it out")
                     : "make a purpose of its own with channel = " + in_quotes(channel)));
        break;  // one line per channel
      }
    }
  }

  void check_terms(const Purpose& purpose, std::string_view language, const std::string& key,
                   const Wording& wording) {
    constexpr std::string_view kInstead =
        "; a consent must stand apart from other matters (GDPR art. 7(2)); keep the wording to the "
        "consent, and put a box for terms, where one is needed, on your own page";
    for (const WordHit& hit : wording.find("terms")) {
      for (const std::string_view list : {"accept", "acknowledge"}) {
        if (const auto verb = wording.beside(hit, list)) {
          return error(
              "bundled", "purpose", purpose.id, key,
              "joins the consent to terms of business: " + hit_text(hit, language, "terms") +
                  " with " + hit_text(*verb, language, list) + std::string(kInstead));
        }
      }
    }
    for (const WordHit& hit : wording.find("privacy")) {
      for (const std::string_view list : {"accept", "acknowledge"}) {
        const auto verb = wording.beside(hit, list);
        if (!verb) continue;
        const bool sure = list == "accept";
        return add(sure ? Severity::kError : Severity::kWarning, "bundled", "purpose", purpose.id,
                   key,
                   std::string(sure ? "joins" : "seems to join") +
                       " the consent to an acceptance of the privacy notice: " +
                       hit_text(hit, language, "privacy") + " with " +
                       hit_text(*verb, language, list) + std::string(kInstead));
      }
    }
  }

  void check_form(const Form& form) {
    for (const FormField& used : form.fields) {
      if (used.required) check_required(form, *set_.field(used.name));
    }
    check_bundle(form);
    for (const auto& [language, title] : form.title) {
      for (const WordHit& hit : find_words(language, "advertising", title)) {
        error("title", "form", form.id, "title",
              hit_text(hit, language, "advertising") +
                  " stands in the confirmation mail too, which may hold no advertising (LG Stendal "
                  "22 S 87/20; KG 5 U 35/20); name the form soberly");
      }
    }
  }

  void check_required(const Form& form, const FieldDefinition& field) {
    const bool needed = std::ranges::any_of(field.used_for, [&](const std::string& reason) {
      return reason == "form:" + form.id ||
             std::ranges::any_of(form.purposes,
                                 [&](const FormPurpose& asked) { return asked.id == reason; });
    });
    if (needed) return;
    error("fields", "form", form.id, "fields",
          in_quotes(field.name) +
              " is required, but its used_for names neither a purpose of this form nor " +
              in_quotes("form:" + form.id) +
              "; only what is needed may be demanded (GDPR art. 5(1)(c), 25); leave out required, "
              "or name the reason in the field's used_for");
  }

  void check_bundle(const Form& form) {
    std::vector<std::string> required;
    for (const FormPurpose& asked : form.purposes) {
      if (asked.required) required.push_back(asked.id);
    }
    if (required.size() > 1) {
      error("bundled", "form", form.id, "purposes",
            in_quotes(required[0]) + " and " + in_quotes(required[1]) +
                " are both required, so nobody can consent to one alone (GDPR recital 43); let one "
                "be required at most, or make a form for each");
    }
    const bool own_reason = std::ranges::any_of(form.fields, [&](const FormField& used) {
      const auto& reasons = set_.field(used.name)->used_for;
      return std::ranges::find(reasons, "form:" + form.id) != reasons.end();
    });
    if (required.empty() || !own_reason) return;
    add(Severity::kWarning, "coupled", "form", form.id, "purposes",
        in_quotes(required[0]) +
            " is required on a form that serves something else too; a consent that is the price "
            "of something is hardly free (GDPR art. 7(4)); leave out required");
  }

  const DefinitionSet& set_;
  Findings findings_;
};

}  // namespace

Findings lint_definitions(const DefinitionSet& set) { return Lint(set).run(); }

}  // namespace jawort
