// Runs every tests/scenarios/*.txt: stories that a lawyer can read, one sentence a line. The words
// the stories may use are those of Story::sentences() below.
#include <filesystem>
#include <functional>
#include <sstream>

#include "engine/flow/change_preferences.h"
#include "engine/flow/mail_receipts.h"
#include "engine/flow/mail_revoke_link.h"
#include "engine/flow/seal_ledger.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::World;

namespace {

using Words = std::vector<std::string>;

// "… [hole] …" against a line; the text in each hole, or nothing where the line does not fit.
std::optional<Words> match(std::string_view sentence, std::string_view line) {
  Words words;
  while (!sentence.empty()) {
    const auto open = sentence.find('[');
    const std::string_view literal = sentence.substr(0, open);
    if (!line.starts_with(literal)) return std::nullopt;
    line.remove_prefix(literal.size());
    if (open == std::string_view::npos) return line.empty() ? std::optional(words) : std::nullopt;
    const auto close = sentence.find(']', open);
    sentence.remove_prefix(close + 1);
    // The last hole reaches to the end of the line; a time or an address may hold a full stop.
    const auto next = sentence.substr(0, sentence.find('['));
    const bool last = next.size() == sentence.size();
    if (last && !line.ends_with(next)) return std::nullopt;
    const auto end = last ? line.size() - next.size() : line.find(next);
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return line.empty() ? std::optional(words) : std::nullopt;
}

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> out;
  for (;;) {
    const auto end = text.find(" and ");
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 5);
  }
}

class Story {
 public:
  void tell(const std::string& line) {
    for (const auto& [sentence, act] : sentences()) {
      if (const auto words = match(sentence, line)) return act(*words);
    }
    FAIL("no such sentence");
  }
  void end() { world_.check_invariants(); }

 private:
  using Sentence = std::pair<std::string_view, std::function<void(const Words&)>>;

  // The longer of two that begin alike stands first.
  std::vector<Sentence> sentences() {
    return {
        {"It is [time].", [&](const Words& w) { world_.clock.set(*parse_rfc3339(w[0])); }},
        {"[duration] pass.",
         [&](const Words& w) {
           world_.clock.set(plus(world_.clock.now(), *parse_duration(w[0])));
         }},
        {"[who] fills in form [form] in [language], ticks nothing, and says [field] is \"[text]\".",
         [&](const Words& w) {
           post(w[0], w[1], w[2], {}, {{w[3], w[4]}});
         }},
        {"[who] fills in form [form] in [language], ticks [purposes], and says [field] is "
         "\"[text]\".",
         [&](const Words& w) {
           post(w[0], w[1], w[2], list_of(w[3]), {{w[4], w[5]}});
         }},
        {"[who] fills in form [form] in [language] and ticks [purposes].",
         [&](const Words& w) { post(w[0], w[1], w[2], list_of(w[3]), {}); }},
        {"The mails that are due go out.", [&](const Words&) { world_.deliver(); }},
        {"The campaign goes on.",
         [&](const Words&) {
           while (world_.run_steps() > 0) world_.deliver();
           world_.deliver();
         }},
        {"Whoever leaves is told at once that it is done.",
         [&](const Words&) {
           const std::string text =
               replace_all(jawort::testing::source_file("tests/golden/sommer.toml"),
                           "on    = \"confirmed\"\nafter = \"PT0S\"\nmail  = \"welcome\"",
                           "on    = \"revoked\"\nafter = \"PT0S\"\nmail  = \"revoked\"");
           jawort::testing::take(
               apply_definitions(world_.context(), {{"sommer.toml", text}}, false));
         }},
        {"The log is sealed, and the receipts are mailed.",
         [&](const Words&) {
           (void)jawort::testing::take(seal_now(world_.context()));
           (void)jawort::testing::take(mail_receipts(world_.context(), 100));
           world_.deliver();
         }},
        {"After a confirmation the campaign mails a receipt.",
         [&](const Words&) {
           const std::string text =
               replace_all(jawort::testing::source_file("tests/golden/sommer.toml"), "\"welcome\"",
                           "\"receipt\"");
           jawort::testing::take(
               apply_definitions(world_.context(), {{"sommer.toml", text}}, false));
         }},
        {"The relay answers the next mail with \"[reply]\".",
         [&](const Words& w) {
           const int code = std::stoi(w[0]);
           world_.relay->answer(code < 500 ? Verdict::kDeferred : Verdict::kRefused, code, w[0]);
         }},
        {"[who] opens the link in the newest mail.",
         [&](const Words& w) {
           REQUIRE(open_link(world_.context(), world_.confirm_token(w[0]), World::visit()).ok());
         }},
        {"[who] presses \"confirm\".",
         [&](const Words& w) { world_.confirm(world_.confirm_token(w[0])); }},
        {"[who] presses \"that was not me\".",
         [&](const Words& w) {
           REQUIRE(deny_consent(world_.context(), world_.confirm_token(w[0]), World::visit()).ok());
         }},
        {"[who] unsubscribes with one click.",
         [&](const Words& w) { world_.revoke(world_.revoke_token(w[0]), RevokedBy::kOneClick); }},
        {"[who] follows the revocation link and presses the button.",
         [&](const Words& w) { world_.revoke(world_.revoke_token(w[0])); }},
        {"The wording of purpose newsletter changes.", [&](const Words&) { world_.new_wording(); }},
        {"[who] types the address on the page for unsubscribing.",
         [&](const Words& w) {
           CHECK(jawort::testing::take(
                     mail_revoke_link(world_.context(), {w[0], "de", World::visit()}))
                     .valid);
         }},
        {"[who] unticks [purpose] in the preferences and saves.",
         [&](const Words& w) { choose(w[0], w[1], false); }},
        {"[who] ticks [purpose] in the preferences and saves.",
         [&](const Words& w) { choose(w[0], w[1], true); }},
        {"What nobody confirmed in time is removed.", [&](const Words&) { world_.expire(); }},
        {"Then [who] has been sent [number] mails.",
         [&](const Words& w) { CHECK(std::to_string(world_.mails_to(w[0])) == w[1]); }},
        {"Then the consent of [who] for [purpose] is [status].",
         [&](const Words& w) {
           const auto round = world_.round(w[0], w[1]);
           CHECK((round ? std::string(name_of(round->status)) : "not there") == w[2]);
         }},
        {"Then the consent of [who] for [purpose] was given on [date] at [time].",
         [&](const Words& w) { check_stamp(world_.round(w[0], w[1])->confirmed, w[2], w[3]); }},
        {"Then the consent of [who] for [purpose] was revoked on [date] at [time].",
         [&](const Words& w) { check_stamp(world_.round(w[0], w[1])->revoked, w[2], w[3]); }},
        {"Then the consent of [who] for [purpose] has the new wording.",
         [&](const Words& w) { CHECK(wording(w[0], w[1]).starts_with("Ja (1), ")); }},
        {"Then the consent of [who] for [purpose] has the old wording.",
         [&](const Words& w) { CHECK(wording(w[0], w[1]).starts_with("Ja, ")); }},
        {"Then a renewal of [purpose] waits for [who].",
         [&](const Words& w) { CHECK(consent(w[1], w[0]).consent.renewal.has_value()); }},
        {"Then no renewal of [purpose] waits for [who].",
         [&](const Words& w) { CHECK_FALSE(consent(w[1], w[0]).consent.renewal.has_value()); }},
        {"Then the newest mail to [who] says \"[text]\".",
         [&](const Words& w) {
           CHECK(jawort::testing::readable(world_.newest_mail(w[0]).message).find(w[1]) !=
                 std::string::npos);
         }},
        {"Then [field] of [who] is \"[text]\".",
         [&](const Words& w) { CHECK(field(w[1], w[0]) == w[2]); }},
        {"Then [field] of [who] is not known.",
         [&](const Words& w) { CHECK(field(w[1], w[0]).empty()); }},
        {"Then nothing is known of [who].",
         [&](const Words& w) { CHECK_FALSE(world_.contact(w[0])); }},
    };
  }

  ContactRecord::ConsentView consent(const std::string& email, const std::string& purpose) {
    const auto record = world_.contact(email);
    REQUIRE(record);
    for (const auto& view : record->consents) {
      if (view.consent.purpose == purpose) return view;
    }
    FAIL("no such consent");
    return {};
  }
  std::string wording(const std::string& email, const std::string& purpose) {
    return consent(email, purpose).wording;
  }

  // The page as it is, with one box changed.
  void choose(const std::string& email, const std::string& purpose, bool tick) {
    const std::string token = world_.preferences_token(email);
    const auto page = jawort::testing::take(look_up_preferences(world_.context(), token));
    PreferencesChoice choice;
    for (const PreferredPurpose& shown : page.purposes) {
      const bool was = shown.pending || shown.confirmed;
      if (was) choice.was.push_back(shown.id);
      if (!shown.offer.empty()) choice.offers.push_back(shown.offer);
      if (shown.id == purpose ? tick : was) choice.ticked.push_back(shown.id);
    }
    REQUIRE(change_preferences(world_.context(), token, choice, World::visit()).ok());
  }

  void post(const std::string& email, const std::string& form, const std::string& language,
            std::vector<std::string> purposes, std::map<std::string, std::string> fields) {
    FormPost post = world_.post(email);
    post.form = form;
    post.language = language;
    post.consents = std::move(purposes);
    post.fields = std::move(fields);
    CHECK(world_.accept(post).errors.empty());
  }

  static void check_stamp(const std::optional<Stamp>& stamp, const std::string& date,
                          const std::string& time) {
    REQUIRE(stamp);
    CHECK(stamp->date == date);
    CHECK(rfc3339(stamp->at) == time);
  }

  std::string field(const std::string& email, const std::string& name) {
    const auto record = world_.contact(email);
    if (!record) return {};
    const auto value = std::ranges::find(record->fields, name, &FieldValueRow::name);
    return value == record->fields.end() ? std::string{} : value->value;
  }

  World world_;
};

}  // namespace

TEST_CASE("the stories") {
  int stories = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(jawort::testing::source_path("tests/scenarios")))) {
    if (entry.path().extension() != ".txt") continue;
    const std::string name = entry.path().filename().string();
    Story story;
    std::istringstream lines(jawort::testing::source_file("tests/scenarios/" + name));
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.empty() || line.front() == '#') continue;
      INFO(name << ":" << number << ": " << line);
      story.tell(line);
    }
    story.end();
    ++stories;
  }
  CHECK(stories >= 8);
}

TEST_CASE("a sentence nobody taught is an error, not silence") {
  CHECK(match("Then [a] is [b].", "Then x is y.") == Words{"x", "y"});
  CHECK(match("It is [time].", "It is 09.15.") == Words{"09.15"});
  CHECK_FALSE(match("Then [a] is [b].", "Then x was y."));
  CHECK_FALSE(match("It is [time].", "It is noon"));
  CHECK(match("[a] pass.", "P7D pass.") == Words{"P7D"});
}
