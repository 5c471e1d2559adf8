#include <algorithm>
#include <charconv>

#include "engine/dossier/case_doubts.h"
#include "engine/dossier/tell_chapters.h"
#include "engine/evidence/digest.h"
#include "engine/mail/mail_reader.h"

namespace jawort {
namespace {

void put(CaseTeller& tell, Block block) { tell.document.blocks.push_back(std::move(block)); }

std::string language_name(const DossierWords& words, std::string_view tag) {
  const std::string first = ascii_lower(tag.substr(0, tag.find('-')));
  return words.find_or("language_" + first, tag);
}

std::string joined(const std::vector<std::string>& list) {
  std::string all;
  for (const std::string& one : list) all += (all.empty() ? "" : "\n") + one;
  return all;
}

// Of the purpose as it was shown.
void add_scope(const CaseTeller& tell, Particulars& rows, const Purpose& purpose,
               std::string_view language) {
  const DossierWords& words = tell.words;
  tell.row(rows, "wording_label", text_for(purpose.label, language));
  tell.row(rows, "companies",
           purpose.companies.empty() ? tell.absent("not_recorded")
                                     : tell.present(joined(purpose.companies)));
  tell.row(rows, "products",
           purpose.products.empty() ? tell.absent("not_recorded")
                                    : tell.present(text_for(purpose.products, language)));
  tell.row(rows, "channel", words.find_or("channel_" + purpose.channel, purpose.channel));
  tell.row(rows, "frequency",
           purpose.frequency_max.empty() ? tell.absent("frequency_open")
                                         : tell.present(words.limits(purpose.frequency_max)));
}

void add_notice(const CaseTeller& tell, Particulars& rows, const Controller& controller) {
  const auto or_absent = [&](const std::string& text) {
    return text.empty() ? tell.absent("not_recorded") : tell.present(text);
  };
  tell.row(rows, "privacy_notice", or_absent(controller.privacy_url));
  tell.row(rows, "privacy_version", or_absent(controller.privacy_version));
}

std::string_view by_shower(const CaseTeller& tell, const CaseRound& round, std::string_view ours,
                           std::string_view elsewhere, std::string_view unknown) {
  switch (tell.shower(round)) {
    case CaseTeller::Shower::kJawort:
      return ours;
    case CaseTeller::Shower::kOtherPage:
      return elsewhere;
    case CaseTeller::Shower::kUnknown:
      return unknown;
  }
  return unknown;
}

void add_withdrawal(const CaseTeller& tell, Particulars& rows) {
  const std::string_view reason = tell.reason(14);
  if (tell.item(14) != ItemState::kPresent) {
    const std::string because = tell.words.find_or("reason_" + std::string(reason), reason);
    tell.row(rows, "withdrawal_told", Value{fit_for_print(because), Face::kText, Tone::kCaution});
  } else if (reason == "named_in_mail_only") {
    tell.row(rows, "withdrawal_told", tell.words.text("withdrawal_told_in_mail"));
  } else {
    tell.row(rows, "withdrawal_told", tell.words.text("withdrawal_told_in_wording"));
  }
}

void add_form(const CaseTeller& tell, Particulars& rows, const CaseRound& round) {
  const DossierWords& words = tell.words;
  const CaseEvent* event = tell.submission(round);
  std::string form = round.round.form;
  if (round.shown) {
    form = words.text("purpose_and_id",
                      {{"label", text_for(round.shown->form.title, round.round.language)},
                       {"id", round.round.form}});
  }
  tell.row(rows, "form", form);
  tell.row(rows, "form_version", round.round.form_version, Face::kCode);
  tell.row(rows, "wording_version", round.round.purpose_version, Face::kCode);
  if (event == nullptr) return;
  const bool stated = event->leaf.fact("version_stated") != "false";
  tell.row(rows, "version_stated",
           stated ? tell.present(words.text("yes")) : tell.absent("version_stated_no"));
  const bool preferences = event->leaf.fact("by") == "preferences";
  const std::string served =
      preferences ? "by_preferences" : "served_" + std::string(event->leaf.fact("served"));
  tell.row(rows, "served",
           words.find(served) ? tell.present(words.text(served)) : tell.absent("not_recorded"));
  tell.row(rows, "page_url", tell.told(event, "page"));
  tell.row(rows, "form_language", language_name(words, round.round.language));
  tell.row(rows, "campaign", std::string(event->leaf.fact("campaign")));
}

std::string checks_of(const DossierWords& words, std::string_view checks) {
  std::string all;
  for (const std::string_view check : split(checks, ' ')) {
    if (check.empty()) continue;
    all += (all.empty() ? "" : "\n") + words.find_or("check_" + std::string(check), check);
  }
  return all;
}

// The values of the fields, by the labels that the visitor saw.
Table posted_values(const CaseTeller& tell, const CaseRound& round, const CaseEvent& event) {
  constexpr std::string_view kField = "field:";
  Table table;
  table.columns = {{tell.words.text("column_field"), 2}, {tell.words.text("column_value"), 5}};
  for (const Commitment& commitment : event.leaf.commitments) {
    if (!commitment.name.starts_with(kField)) continue;
    std::string label = commitment.name.substr(kField.size());
    if (round.shown) {
      for (const FieldDefinition& field : round.shown->fields) {
        if (field.name == label) label = text_for(field.label, round.round.language);
      }
    }
    table.rows.push_back({tell.present(label), tell.told(&event, commitment.name)});
  }
  return table;
}

Table attempts_table(const CaseTeller& tell, const std::vector<const CaseEvent*>& attempts) {
  const DossierWords& words = tell.words;
  Table table;
  table.columns = {{words.text("column_when"), 4},
                   {words.text("column_relay"), 5},
                   {words.text("column_outcome"), 4},
                   {words.text("column_answer"), 6},
                   {words.text("column_tls"), 4}};
  for (const CaseEvent* event : attempts) {
    const std::string tls(event->leaf.fact("tls"));
    const std::string relay(event->leaf.fact("relay"));
    table.rows.push_back({tell.present(words.moment_cell(event->leaf.at)),
                          relay.empty() ? tell.absent("not_recorded") : tell.present(relay),
                          tell.present(words.text("outcome_" + event->leaf.type)),
                          tell.told(event, "reply"),
                          tell.present(tls.empty() ? words.text("tls_none") : tls)});
  }
  return table;
}

// A number of seconds that an event states; nothing where it states none.
std::string seconds_in(const CaseTeller& tell, const CaseEvent& event, std::string_view name) {
  std::int64_t seconds = 0;
  const std::string_view text = event.leaf.fact(name);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return {};
  constexpr std::int64_t kMost = 100LL * 366 * 86400;
  if (seconds < 0 || seconds > kMost) return tell.words.text("time_not_usable");
  return tell.words.span(std::chrono::seconds(seconds));
}

std::string named_doubts(const DossierWords& words, const PressDoubts& doubts) {
  std::string all;
  for (const std::string& reason : doubts.reasons) {
    all += (all.empty() ? "" : "\n") + words.find_or("suspicion_" + reason, reason);
  }
  return all;
}

// What the press itself shows of whether a person made it.
void add_signals(const CaseTeller& tell, Particulars& rows, const CaseEvent& press,
                 const PressDoubts& doubts) {
  const auto add = [&](std::string_view label, std::string_view name) {
    const std::string time = seconds_in(tell, press, name);
    tell.row(rows, label, time.empty() ? tell.absent("not_recorded") : tell.present(time));
  };
  add("press_since_mail", "seconds_since_hand_over");
  add("press_since_opening", "seconds_since_opening");
  std::string named = named_doubts(tell.words, doubts);
  if (doubts.of_first_press && !named.empty()) {
    named = tell.words.text("suspicious_first_press", {{"marks", named}});
  }
  tell.row(rows, "suspicious",
           named.empty() ? tell.present(tell.words.text("suspicious_none"))
                         : Value{fit_for_print(named), Face::kText, Tone::kCaution});
  if (press.leaf.fact("asked_again") == "address") {
    tell.row(rows, "asked_again", tell.words.text("asked_again_address"));
  }
}

Table openings_table(const CaseTeller& tell, const std::vector<const CaseEvent*>& openings) {
  const DossierWords& words = tell.words;
  Table table;
  table.columns = {{words.text("column_when"), 4},
                   {words.text("column_client"), 4},
                   {words.text("column_since"), 3},
                   {words.text("column_ip"), 4},
                   {words.text("column_agent"), 7}};
  for (const CaseEvent* event : openings) {
    const std::string client(event->leaf.fact("client"));
    const std::string since = seconds_in(tell, *event, "seconds_since_hand_over");
    table.rows.push_back({tell.present(words.moment_cell(event->leaf.at)),
                          tell.present(words.find_or("client_" + client, client)),
                          since.empty() ? tell.absent("not_recorded") : tell.present(since),
                          tell.told(event, "ip"), tell.told(event, "user_agent")});
  }
  return table;
}

// A mail was queued with it; without one there is no link.
bool asks_by_mail(const CaseEvent& event) {
  return std::ranges::find(event.leaf.commitments, "mail", &Commitment::name) !=
         event.leaf.commitments.end();
}

}  // namespace

void say_doubts(CaseTeller& tell, const PressDoubts& doubts) {
  if (doubts.before_mail) tell.say("doubt_before_mail", Tone::kCaution);
  if (!doubts.by_machine()) return;
  tell.say(doubts.of_first_press ? "doubt_first_press" : "doubt_machine", Tone::kCaution);
}

void tell_declaration(CaseTeller& tell, const CaseRound& round) {
  if (round.purpose == nullptr) {
    tell.say("declaration_gone", Tone::kCaution);
  } else {
    tell.say(by_shower(tell, round, "declaration_box", "declaration_box_elsewhere",
                       "declaration_box_unknown"));
    put(tell, Quotation{fit_for_print(text_for(round.purpose->wording, round.round.language)),
                        round.round.language});
  }
  Particulars rows;
  if (round.purpose != nullptr) {
    const bool ours = tell.shown_by_jawort(round);
    tell.row(rows, "box_label",
             ours ? tell.present(tell.words.text("box_label_is_wording"))
                  : tell.absent("box_label_not_seen"));
    const auto state =
        by_shower(tell, round, "box_unticked", "box_unticked_in_snippet", "box_state_not_seen");
    tell.row(rows, "box_state", ours ? tell.present(tell.words.text(state)) : tell.absent(state));
    add_scope(tell, rows, *round.purpose, round.round.language);
  }
  if (round.shown) add_notice(tell, rows, round.shown->controller);
  if (&round == &tell.main()) add_withdrawal(tell, rows);
  add_form(tell, rows, round);
  put(tell, std::move(rows));
}

void tell_form(CaseTeller& tell, const CaseRound& round) {
  const CaseEvent* event = tell.submission(round);
  if (&round == &tell.main()) {
    tell.say(tell.shown_by_jawort(round) ? "form_lead" : "form_lead_elsewhere");
  }
  if (event == nullptr) tell.say("form_event_gone", Tone::kCaution);
  Particulars rows;
  tell.row(rows, "when", tell.words.moment(round.round.opt_in.at));
  if (event != nullptr) {
    tell.row(rows, "email_typed", tell.told(event, "email"));
    if (value_in(*event, "email_normalised") != nullptr) {
      tell.row(rows, "email_normalised", tell.told(event, "email_normalised"));
    }
    tell.row(rows, "ip", tell.told(event, "ip"));
    tell.row(rows, "user_agent", tell.told(event, "user_agent"));
    const std::string checks = checks_of(tell.words, event->leaf.fact("checks"));
    tell.row(rows, "checks", checks.empty() ? tell.absent("none") : tell.present(checks));
    const auto until = parse_rfc3339(event->leaf.fact("expires_at"));
    if (until && asks_by_mail(*event)) tell.row(rows, "link_until", tell.words.moment(*until));
  }
  put(tell, std::move(rows));
  if (event == nullptr) return;
  Table values = posted_values(tell, round, *event);
  if (values.rows.empty()) return tell.say("values_none", Tone::kNote);
  tell.say("values_posted");
  put(tell, std::move(values));
}

void tell_mail(CaseTeller& tell, const CaseRound& round) {
  const CaseMail* mail = tell.mail(round);
  const auto attempts = tell.attempts(round);
  if (mail == nullptr) {
    tell.say("mail_none", Tone::kCaution);
  } else {
    if (&round == &tell.main()) tell.say("mail_lead");
    const ReadMail read = read_mail(mail->bytes);
    Particulars rows;
    tell.row(rows, "mail_subject", mail->subject);
    tell.row(rows, "mail_from", std::string(read.header("From")));
    tell.row(rows, "mail_to", std::string(read.header("To")));
    tell.row(rows, "mail_date", mail->date);
    tell.row(rows, "mail_id", mail->message_id, Face::kCode);
    tell.row(rows, "form_language", language_name(tell.words, mail->language));
    tell.row(rows, "mail_template", version_text(mail->template_version), Face::kCode);
    tell.row(rows, "mail_hash", to_hex(mail->message_hash), Face::kCode);
    tell.row(rows, "mail_file", mail->file, Face::kCode);
    put(tell, std::move(rows));
  }
  if (attempts.empty()) {
    tell.say("attempts_none", Tone::kCaution);
  } else {
    tell.say("attempts");
    put(tell, attempts_table(tell, attempts));
    const bool is_signed = std::ranges::any_of(
        attempts, [](const CaseEvent* event) { return !event->leaf.fact("dkim").empty(); });
    if (is_signed) tell.say("mail_signed", Tone::kNote);
  }
  if (mail == nullptr) return;
  if (mail->bytes.empty()) return tell.say("mail_gone", Tone::kCaution);
  tell.say("mail_text");
  put(tell, Verbatim{fit_for_print(read_mail(mail->bytes).text)});
  if (!mail->links_cut) return;
  tell.say(mail->cut_committed ? "mail_links_cut_committed" : "mail_links_cut", Tone::kNote);
}

void tell_openings(CaseTeller& tell, const CaseRound& round) {
  const CaseEvent* press = tell.confirmation(round);
  const bool click = press != nullptr && press->leaf.fact("by") == "click";
  if (&round == &tell.main()) tell.say(click ? "openings_lead_click" : "openings_lead");
  const auto openings = tell.openings(round);
  if (openings.empty())
    return tell.say(click ? "openings_none_click" : "openings_none", Tone::kNote);
  put(tell, openings_table(tell, openings));
}

void tell_press(CaseTeller& tell, const CaseRound& round) {
  if (!round.round.confirmed) return tell.say("press_none", Tone::kCaution);
  const CaseEvent* event = tell.confirmation(round);
  const std::string by(event == nullptr ? "button" : event->leaf.fact("by"));
  if (event == nullptr) tell.say("press_gone", Tone::kCaution);
  if (event != nullptr && tell.words.find("press_" + by)) tell.say("press_" + by);
  const PressDoubts doubts = press_doubts(tell, round);
  say_doubts(tell, doubts);
  Particulars rows;
  tell.row(rows, "when", tell.words.moment(round.round.confirmed->at));
  if (event != nullptr) {
    tell.row(rows, "by", tell.words.find_or("by_" + by, by));
    add_signals(tell, rows, *event, doubts);
    tell.row(rows, "press_link", tell.words.text("press_link_matches"));
    tell.row(rows, "ip", tell.told(event, "ip"));
    tell.row(rows, "user_agent", tell.told(event, "user_agent"));
    const std::string client(event->leaf.fact("client"));
    tell.row(rows, "column_client", tell.words.find_or("client_" + client, client));
  }
  put(tell, std::move(rows));
}

void tell_grade(CaseTeller& tell, const CaseRound& round) {
  if (!round.round.confirmed) return tell.say("grade_unconfirmed", Tone::kCaution);
  const std::string grade(name_of(round.round.grade));
  put(tell, Paragraph{tell.words.text("grade_" + grade), Tone::kStrong});
  tell.say("grade_means_" + grade);
  if (press_doubts(tell, round).any()) {
    tell.say("grade_doubted", Tone::kCaution);
  } else if (round.round.grade == Grade::kObserved) {
    tell.say("grade_highest");
  }
}

}  // namespace jawort
