#include <algorithm>

#include "engine/dossier/case_doubts.h"
#include "engine/dossier/tell_chapters.h"

namespace jawort {
namespace {

// "2026-11-23 09:15:02.114"
std::string utc_of(Instant at) {
  const std::string text = rfc3339(at);
  return text.substr(0, 10) + " " + text.substr(11, 12);
}

bool steps_seen(Grade grade) { return grade == Grade::kObserved || grade == Grade::kClick; }

// Whoever confirmed had the mail.
bool shows_mailbox(const CaseTeller& tell) {
  const Round& round = tell.main().round;
  const bool seen = round.grade != Grade::kImported && round.grade != Grade::kStaff;
  return round.confirmed && seen && !press_doubts(tell, tell.main()).any();
}

Points what_it_shows(const CaseTeller& tell) {
  const DossierWords& words = tell.words;
  const CaseRecord& record = tell.record;
  const Round& round = tell.main().round;
  Points points;
  points.items.push_back(
      words.text("proves_log", {{"n", std::to_string(record.events.size())},
                                {"when", words.short_moment(record.checkpoint.at)}}));
  const auto gaps = gaps_in_chain(record);
  if (record.events.size() > 1) {
    points.items.push_back(gaps.empty() ? words.text("proves_chain")
                                        : words.text("proves_chain_but", {{"n", listed(gaps)}}));
  }
  if (tell.main().purpose != nullptr) points.items.push_back(words.text("proves_wording"));
  if (shows_mailbox(tell) && !record.email.empty()) {
    const bool click = round.grade == Grade::kClick;
    points.items.push_back(words.text(click ? "proves_press_click" : "proves_press",
                                      {{"email", fit_for_print(record.email)}}));
  }
  if (record.timestamp_at) {
    points.items.push_back(
        words.text("proves_time", {{"when", words.moment(*record.timestamp_at)},
                                   {"authority", fit_for_print(record.timestamp_authority)}}));
  }
  return points;
}

bool anything_erased(const CaseRecord& record) {
  return std::ranges::any_of(record.events,
                             [](const CaseEvent& event) { return !event.erased.empty(); });
}

Points what_it_does_not_show(const CaseTeller& tell) {
  const DossierWords& words = tell.words;
  const CaseRecord& record = tell.record;
  const CaseRound& main = tell.main();
  Points points;
  const auto add = [&](std::string_view key) { points.items.push_back(words.text(key)); };
  add("not_open_end");
  add("not_invented");
  const PressDoubts doubts = press_doubts(tell, main);
  const bool mailbox = shows_mailbox(tell);
  add(mailbox ? "not_identity" : "not_identity_at_all");
  if (doubts.before_mail) add("not_mailbox_before_mail");
  if (doubts.by_machine()) {
    add(doubts.of_first_press ? "not_person_at_first_press" : "not_person_at_press");
  }
  if (const auto gaps = gaps_in_chain(record); !gaps.empty()) {
    points.items.push_back(words.text("not_chain", {{"n", listed(gaps)}}));
  }
  if (!times_out_of_order(record).empty() || checkpoint_is_late(record)) add("not_clock");
  const std::string channel = main.purpose == nullptr ? "email" : main.purpose->channel;
  if (channel != "email") {
    points.items.push_back(words.text(mailbox ? "not_channel" : "not_channel_at_all",
                                      {{"channel", words.find_or("channel_" + channel, channel)}}));
  }
  const CaseEvent* form = tell.submission(main);
  if (form != nullptr && form->leaf.fact("version_stated") == "false") add("not_version");
  if (tell.shower(main) == CaseTeller::Shower::kOtherPage) add("not_page");
  if (tell.shower(main) == CaseTeller::Shower::kUnknown) add("not_shown");
  if (!steps_seen(main.round.grade)) add("not_first_step");
  if (main.round.confirmed && main.round.grade == Grade::kClick) add("not_click");
  if (!record.timestamp_at) add("not_time");
  if (anything_erased(record)) add("not_erased");
  const CaseMail* mail = tell.mail(main);
  if (mail != nullptr && mail->links_cut) {
    add(mail->cut_committed ? "not_mail_links" : "not_mail_hash");
  }
  return points;
}

}  // namespace

void tell_what_it_proves(CaseTeller& tell) {
  tell.chapter("chapter_proves");
  tell.say("proves", Tone::kStrong);
  tell.document.blocks.emplace_back(what_it_shows(tell));
  tell.say("proves_not", Tone::kStrong);
  tell.document.blocks.emplace_back(what_it_does_not_show(tell));
}

void tell_place_in_log(CaseTeller& tell) {
  const DossierWords& words = tell.words;
  const CaseRecord& record = tell.record;
  tell.chapter("chapter_log");
  tell.say("log_lead");
  Particulars rows;
  tell.row(rows, "log_origin", record.checkpoint.origin);
  tell.row(rows, "log_time", words.moment(record.checkpoint.at));
  tell.row(rows, "log_size", std::to_string(record.checkpoint.size));
  tell.row(rows, "log_root", to_hex(record.checkpoint.root), Face::kCode);
  for (const VerifierKey& key : record.keys) tell.row(rows, "log_key", key.text(), Face::kCode);
  if (record.timestamp_at) {
    tell.row(rows, "log_timestamp",
             words.text("log_timestamp_by", {{"when", words.moment(*record.timestamp_at)},
                                             {"authority", record.timestamp_authority}}));
  } else {
    tell.row(rows, "log_timestamp", tell.absent("log_timestamp_none"));
  }
  tell.document.blocks.emplace_back(std::move(rows));

  tell.say("log_events");
  Table table;
  table.columns = {{words.text("column_sequence"), 3},
                   {words.text("column_utc"), 5},
                   {words.text("column_event"), 6},
                   {words.text("column_leaf"), 9}};
  for (const CaseEvent& event : record.events) {
    table.rows.push_back({tell.present(std::to_string(event.leaf.sequence)),
                          tell.present(utc_of(event.leaf.at)),
                          tell.present(words.find_or("event_" + event.leaf.type, event.leaf.type)),
                          tell.code(to_hex(leaf_hash(event.leaf_bytes)))});
  }
  tell.document.blocks.emplace_back(std::move(table));
  if (record.checkpoint_note.empty()) return;
  tell.say("log_note");
  tell.document.blocks.emplace_back(Verbatim{fit_for_print(record.checkpoint_note)});
}

void tell_how_to_verify(CaseTeller& tell) {
  tell.chapter("chapter_verify");
  tell.say("verify_lead");
  Points steps;
  steps.numbered = true;
  for (const char* key : {"verify_step_1", "verify_step_2", "verify_step_3", "verify_step_4"}) {
    steps.items.push_back(tell.words.text(key));
  }
  tell.document.blocks.emplace_back(std::move(steps));
}

}  // namespace jawort
