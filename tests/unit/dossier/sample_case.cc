#include "tests/unit/dossier/sample_case.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/base/time_zone.h"
#include "engine/campaign/definition_set.h"
#include "engine/evidence/digest.h"
#include "engine/mail/message.h"
#include "templates/renderer.h"
#include "tests/support/catch.h"
#include "tests/support/world.h"

namespace jawort::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const Instant kStart = from_millis(1795425302114);  // 2026-11-23T09:15:02.114Z
constexpr std::int64_t kMail = 0x19f2ab3c5d700001;

TimeZone berlin() {
  auto zone = TimeZone::find("Europe/Berlin");
  REQUIRE(zone.ok());
  return std::move(*zone);
}

Stamp stamp(Instant at) { return {at, berlin().local(at).date}; }

std::shared_ptr<const ShownForm> shown_form(const SampleCase& sample) {
  std::string text = source_file("tests/golden/sommer.toml");
  for (const auto& [what, with] : sample.definitions) {
    REQUIRE(text.find(what) != std::string::npos);
    text = replace_all(std::move(text), what, with);
  }
  auto documents = read_definitions(text, "sommer.toml");
  if (!documents.ok()) FAIL(documents.error().message);
  auto set = DefinitionSet::build(std::move(*documents));
  if (!set.ok()) FAIL(set.error().message);
  return (*set)->shown_form("newsletter");
}

class CaseMaker {
 public:
  explicit CaseMaker(const SampleCase& sample) : sample_(sample), shown_(shown_form(sample)) {
    record_.zone = "Europe/Berlin";
    record_.controller = shown_->controller;
    record_.email = gone("email") ? "" : sample.email;
    record_.purpose = sample.purpose;
    record_.language = sample.language;
    record_.consent.purpose = sample.purpose;
  }

  // A form post, its mail, openings and press; answers when the last of them was.
  Instant add_round(Instant at, std::uint64_t sequence, const std::string& outcome) {
    sequence_ = sequence;
    Round round;
    round.form = "newsletter";
    round.form_version = version_text(shown_->version);
    round.language = sample_.form_language;
    round.submission = static_cast<std::int64_t>(sequence);
    round.mail = MailId{kMail + static_cast<std::int64_t>(sequence)};
    round.opt_in = stamp(at);
    round.expires_at = at + hours(7 * 24);
    round.purpose_version = version_text(shown_->purpose_versions.at(0));
    if (sample_.by == "click") round.grade = Grade::kClick;
    mail_ = id_text(round.mail.value);
    add_submission(at, round, outcome);
    add_mail(at, round);
    at += seconds(2);
    add_attempt("mail_deferred", at, "451", "451 4.7.1 Please try again later");
    at += seconds(61);
    if (sample_.handed_over) {
      add_attempt("mail_handed_over", at, "250",
                  "250 2.0.0 Ok: queued as 4XyZ1 for <" + sample_.email + ">");
      round.mailed_at = at;
    }
    for (int i = 0; i < sample_.openings; ++i) {
      const bool machine = i == 0;
      at += seconds(machine ? 3 : 92);
      if (!round.opened_at) round.opened_at = at;
      add_opening(at, machine, at - round.mailed_at.value_or(at));
    }
    if (sample_.confirmed) {
      at += seconds(17);
      round.confirmed = stamp(at);
      round.status = ConsentStatus::kConfirmed;
      add_press(at);
    }
    add(round);
    return at;
  }

  void revoke(Instant at) {
    Round& round = record_.rounds.back().round;
    round.revoked = stamp(at);
    round.revoked_by = RevokedBy::kOneClick;
    round.status = ConsentStatus::kRevoked;
    ++sequence_;
    add_event("consent_revoked", at,
              {{"date", "2026-12-24"}, {"revoked_by", "one_click"}, {"zone", "Europe/Berlin"}},
              {{"ip", "192.0.2.0"}, {"user_agent", "Mail client"}});
  }

  void erase_person(Instant at) {
    record_.rounds.back().round.erased = stamp(at);
    ++sequence_;
    add_event("contact_erased", at,
              {{"date", "2026-12-25"},
               {"ground", "request"},
               {"with_proof", "false"},
               {"zone", "Europe/Berlin"}},
              {});
  }

  void sign_up_again(Instant at) {
    ++sequence_;
    add_event("form_submitted", at,
              {{"form", "newsletter"}, {"round:" + sample_.purpose, "kept_confirmed"}},
              {{"email", sample_.email}});
  }

  CaseRecord finish(Instant at) {
    record_.consent.round = record_.rounds.back().round;
    record_.made_at = at + seconds(4);
    record_.checkpoint = {"optin.sommer.example", record_.events.back().leaf.sequence + 210,
                          sha256(as_bytes("root")), at};
    record_.checkpoint_note = "optin.sommer.example\n" + std::to_string(record_.checkpoint.size) +
                              "\n" + to_base64(record_.checkpoint.root) + "\ntime " + rfc3339(at) +
                              "\n\n— optin.sommer.example " + to_base64(Bytes(68, 0x5a)) + "\n";
    VerifierKey key{"optin.sommer.example", {}};
    key.key.fill(0x41);
    record_.keys = {key};
    if (sample_.timestamp) {
      record_.timestamp = Bytes(10, 1);
      record_.timestamp_at = at + seconds(1);
      record_.timestamp_authority = "Beispiel-Zeitstempeldienst, Beispiel AG";
    }
    judge();
    return std::move(record_);
  }

 private:
  bool gone(std::string_view name) const {
    return std::ranges::find(sample_.erased, name) != sample_.erased.end();
  }

  void add_event(std::string type, Instant at, std::vector<Fact> facts,
                 std::vector<std::pair<std::string, std::string>> values) {
    CaseEvent event;
    event.leaf.sequence = sequence_;
    event.leaf.at = at;
    event.leaf.type = std::move(type);
    event.leaf.facts = std::move(facts);
    std::erase_if(event.leaf.facts, [](const Fact& fact) { return fact.value.empty(); });
    std::ranges::sort(event.leaf.facts, {}, &Fact::name);
    std::ranges::sort(values);
    for (auto& [name, value] : values) {
      if (value.empty()) continue;
      Salt salt{};
      salt.fill(static_cast<std::uint8_t>(sequence_ + name.size()));
      event.leaf.commitments.push_back({name, commit(salt, name, as_bytes(value))});
      if (gone(name)) {
        event.erased.push_back(name);
      } else {
        event.values.push_back({name, salt, value});
      }
    }
    auto bytes = encode_leaf(event.leaf);
    REQUIRE(bytes.ok());
    event.leaf_bytes = std::move(*bytes);
    record_.events.push_back(std::move(event));
  }

  void add_submission(Instant at, const Round& round, const std::string& outcome) {
    add_event("form_submitted", at,
              {{"form", round.form},
               {"form_version", round.form_version},
               {"version_stated", sample_.version_stated ? "true" : "false"},
               {"served", sample_.served},
               {"language", round.language},
               {"date", round.opt_in.date},
               {"zone", "Europe/Berlin"},
               {"checks", "honeypot min_seconds"},
               {"campaign", "newsletter-opt-in"},
               {"grade", "observed"},
               {"expires_at", rfc3339(round.expires_at)},
               {"purpose:" + sample_.purpose, round.purpose_version},
               {"round:" + sample_.purpose, outcome}},
              {{"email", sample_.email},
               {"email_normalised", ascii_lower(sample_.email)},
               {"page", sample_.page},
               {"ip", "192.0.2.0"},
               {"user_agent", sample_.user_agent},
               {"mail", mail_},
               {"field:first_name", sample_.first_name},
               {"field:branch", "Tübingen"}});
  }

  void add_attempt(const std::string& type, Instant at, const std::string& code,
                   const std::string& reply) {
    ++sequence_;
    add_event(type, at,
              {{"code", code},
               {"relay", "mx.example.org:25"},
               {"tls", "TLSv1.3"},
               {"attempt", "1"},
               {"verdict", "accepted"}},
              {{"mail", mail_}, {"reply", reply}});
  }

  void add_opening(Instant at, bool machine, milliseconds since) {
    ++sequence_;
    add_event("link_opened", at,
              {{"date", "2026-11-23"},
               {"client", machine ? "scanner" : "browser"},
               {"seconds_since_hand_over",
                std::to_string(std::chrono::duration_cast<seconds>(since).count())}},
              {{"ip", machine ? "203.0.113.0" : "192.0.2.0"},
               {"user_agent", machine ? "Proofing-Scanner/2.1" : sample_.user_agent},
               {"mail", mail_}});
  }

  void add_press(Instant at) {
    ++sequence_;
    add_event("consent_confirmed", at,
              {{"date", "2026-11-23"},
               {"zone", "Europe/Berlin"},
               {"by", sample_.by},
               {"client", sample_.pressed_by},
               {"suspicious", sample_.suspicious},
               {"seconds_since_hand_over", "112"},
               {"seconds_since_opening", "17"}},
              {{"ip", "192.0.2.0"}, {"user_agent", sample_.user_agent}, {"mail", mail_}});
  }

  View view(Instant at) const {
    View view, controller, purpose;
    controller.set("name", shown_->controller.name).set("address", shown_->controller.address);
    purpose.set("wording", text_for(shown_->purposes.at(0).wording, sample_.form_language))
        .set("label", text_for(shown_->purposes.at(0).label, sample_.form_language));
    view.set("controller", controller).set("purposes", std::vector<View>{purpose});
    view.set("purpose", purpose).set("contact.email", sample_.email);
    const LocalTime local = berlin().local(at);
    view.set("opt_in.date", local.date)
        .set("opt_in.time", local.time)
        .set("opt_in.zone", local.abbreviation)
        .set("opt_in.page", "https://sommer.example")
        .set("form.title", text_for(shown_->form.title, sample_.form_language))
        .set("confirm.url", "https://optin.sommer.example/confirm/" + std::string(72, 'x'))
        .set("confirm.valid_until", "30.11.2026 10:15 CET")
        .set("deny.url", "https://optin.sommer.example/confirm/" + std::string(72, 'x') + "?deny=1")
        .set("revoke.url", "https://optin.sommer.example/revoke/" + std::string(72, 'x'))
        .set("preferences.url", "https://optin.sommer.example/preferences/x");
    return view;
  }

  void add_mail(Instant at, const Round& round) {
    CaseMail mail;
    mail.kind = MailKind::kConfirmation;
    mail.submission = round.submission;
    mail.language = sample_.form_language;
    if (!gone("mail")) {
      const auto templates = Templates::load("");
      REQUIRE(templates.ok());
      auto texts = (*templates)->mail("confirmation", sample_.form_language, view(at));
      if (!texts.ok()) FAIL(texts.error().message);
      MailContent content;
      content.from = {"Bäckerei Sommer GmbH", "info@sommer.example"};
      content.to = {"", "anna.muster@example.org"};
      content.subject = texts->subject;
      content.date = berlin().rfc5322(at);
      content.message_id = "7f3c0d1e@sommer.example";
      content.boundary = "boundaryboundary1";
      content.language = sample_.form_language;
      content.text = texts->text;
      content.html = texts->html;
      content.list_unsubscribe_url = "https://optin.sommer.example/revoke/x";
      auto bytes = build_message(content);
      REQUIRE(bytes.ok());
      mail.bytes = std::move(*bytes);
      mail.file = "mails/1-confirmation.eml";
      mail.subject = content.subject;
      mail.date = content.date;
      mail.message_id = "<" + content.message_id + ">";
      mail.links_cut = true;
    }
    mail.template_version = sha256(as_bytes("template"));
    mail.message_hash = sha256(as_bytes(mail.bytes));
    record_.mails.push_back(std::move(mail));
  }

  void add(const Round& round) {
    CaseRound one;
    one.round = round;
    one.shown = *shown_;
    record_.rounds.push_back(std::move(one));
    for (CaseRound& each : record_.rounds) {  // the vector may have moved them
      for (const Purpose& purpose : each.shown->purposes) {
        if (purpose.id == sample_.purpose) each.purpose = &purpose;
      }
    }
  }

  void judge() {
    for (int number = 1; number <= 21; ++number) {
      record_.items.push_back({number, ItemState::kPresent, ""});
    }
    const auto judge = [&](int number, ItemState state, const char* reason) {
      record_.items.at(static_cast<std::size_t>(number) - 1) = {number, state, reason};
    };
    judge(8, ItemState::kPresent, "links_cut");
    if (gone("ip")) judge(12, ItemState::kErased, "ip_erased");
    if (gone("email")) judge(1, ItemState::kErased, "values_erased");
    if (record_.consent.round.status != ConsentStatus::kRevoked) {
      judge(15, ItemState::kNotApplicable, "not_revoked");
    }
    judge(16, ItemState::kMissing, "uses_not_known");
    judge(17, ItemState::kNotApplicable, "no_changes");
    if (!sample_.timestamp) judge(20, ItemState::kMissing, "no_authority");
    judge(21, ItemState::kPresent, "kept_by_rule");
    record_.retention = CaseRetention{{36, seconds{0}}, false, std::nullopt};
    if (record_.consent.round.status == ConsentStatus::kRevoked) {
      record_.retention->until = *parse_rfc3339("2029-12-31T22:59:59.999Z");
    }
  }

  const SampleCase& sample_;
  std::shared_ptr<const ShownForm> shown_;
  CaseRecord record_;
  std::uint64_t sequence_ = 0;
  std::string mail_;
};

}  // namespace

SampleCase in_many_scripts(const std::string& language) {
  SampleCase sample;
  sample.language = language;
  sample.first_name = std::string(400, 'W') + " " + std::string(3000, 'x');
  sample.user_agent =
      "שלום עולם مرحبا بالعالم 日本語のユーザー 한국어 ไทย "
      "🙂";
  sample.page = "https://sommer.example/" + std::string(1500, 'p');
  sample.definitions = {
      {"höchstens einmal pro Woche",
       "אחת לשבוע لا يزيد عن مرة واحدة في الأسبوع 每周最多一次 höchstens"},
      {"\"Bäckerei Sommer GmbH\"\naddress",
       "\"מאפיית זומר בע״מ – Bäckerei Sommer Gesellschaft für Brot und Gebäck "
       "mit beschränkter Haftung und Compagnie Kommanditgesellschaft\"\naddress"}};
  return sample;
}

CaseRecord make_case(const SampleCase& sample) {
  CaseMaker maker(sample);
  Instant at = maker.add_round(kStart, 1041, "new");
  for (int i = 0; i < sample.later_events; ++i) {
    at += hours(24);
    maker.sign_up_again(at);
  }
  if (sample.revoked) {
    at += hours(31 * 24);
    maker.revoke(at);
  }
  if (sample.erasure) {
    at += hours(24);
    maker.erase_person(at);
  }
  return maker.finish(at + hours(7 * 24));
}

CaseRecord bare_case(const std::string& language) {
  CaseRecord record;
  record.language = language;
  record.zone = "Nowhere/Unknown";
  record.purpose = "newsletter";
  record.consent.round.opt_in = {kStart, "2026-11-23"};
  record.made_at = record.checkpoint.at = kStart + hours(1);
  record.checkpoint.origin = "optin.sommer.example";
  for (int number = 1; number <= 21; ++number) {
    record.items.push_back({number, ItemState::kMissing, number == 1 ? "" : "no_submission"});
  }
  return record;
}

CaseRecord case_of_several_rounds(const std::string& language) {
  SampleCase sample;
  sample.language = language;
  CaseMaker maker(sample);
  Instant at = maker.add_round(kStart, 1041, "new");
  at += hours(31 * 24);
  maker.revoke(at);
  at = maker.add_round(at + hours(60 * 24), 2077, "new");
  at = maker.add_round(at + hours(400 * 24), 9000, "renewal");
  return maker.finish(at + hours(24));
}

}  // namespace jawort::testing
