#include <algorithm>
#include <limits>

#include "engine/dossier/case_doubts.h"
#include "engine/dossier/tell_chapters.h"

namespace jawort {
namespace {

std::string address_of(const CaseTeller& tell) {
  return tell.record.email.empty() ? "(" + tell.words.text("erased") + ")"
                                   : fit_for_print(tell.record.email);
}

std::string controller_of(const CaseTeller& tell) {
  const std::string& name = tell.controller().name;
  return name.empty() ? "(" + tell.words.text("not_recorded") + ")" : fit_for_print(name);
}

std::string key_of(std::string_view prefix, std::string_view name) {
  return std::string(prefix) + std::string(name);
}

void say_summary(CaseTeller& tell, const Round& round) {
  const DossierWords& words = tell.words;
  const auto at = [&](const std::optional<Stamp>& stamp) {
    return stamp ? words.short_moment(stamp->at) : words.text("not_recorded");
  };
  const PressDoubts doubts = press_doubts(tell, tell.main());
  std::string key = key_of("summary_", name_of(round.status));
  if (doubts.any() && words.find(key + "_doubted")) key += "_doubted";
  const std::string text = words.text(key, {{"email", address_of(tell)},
                                            {"controller", controller_of(tell)},
                                            {"opt_in", words.short_moment(round.opt_in.at)},
                                            {"confirmed", at(round.confirmed)},
                                            {"revoked", at(round.revoked)}});
  tell.document.blocks.emplace_back(Paragraph{text, Tone::kStrong});
  if (round.erased && round.status == ConsentStatus::kConfirmed) {
    tell.say("summary_erased", {{"erased", at(round.erased)}}, Tone::kStrong);
  }
  say_doubts(tell, doubts);
  say_clock(tell);
  if (tell.record.kept_besides > 0) {
    tell.say("summary_kept_besides", {{"n", std::to_string(tell.record.kept_besides)}});
  }
  const auto others = tell.others();
  if (others.empty()) return;
  constexpr int kChapterOfOthers = 13;
  tell.document.blocks.emplace_back(
      Paragraph{words.text("summary_more_rounds", {{"n", std::to_string(others.size() + 1)},
                                                   {"chapter", std::to_string(kChapterOfOthers)}}),
                Tone::kPlain});
}

std::string lines(std::initializer_list<std::string> parts) {
  std::string all;
  for (const std::string& part : parts) {
    if (!part.empty()) all += (all.empty() ? "" : "\n") + part;
  }
  return all;
}

void add_parties(const CaseTeller& tell, Particulars& rows) {
  const Controller& then = tell.controller();
  const Controller& today = tell.record.controller;
  tell.row(rows, "controller", lines({then.name, then.address}));
  if (today.name != then.name || today.address != then.address) {
    tell.row(rows, "controller_today", lines({today.name, today.address}));
  }
  tell.row(rows, "officer", lines({today.officer_name, today.officer_email}));
  tell.row(rows, "authority", today.authority);
  tell.row(rows, "email",
           tell.record.email.empty() ? tell.told(tell.submission(tell.main()), "email")
                                     : tell.present(tell.record.email));
  tell.row(
      rows, "purpose",
      tell.words.text("purpose_and_id", {{"label", tell.label()}, {"id", tell.record.purpose}}));
}

}  // namespace

std::string state_text(const CaseTeller& tell, const Round& round) {
  const std::string state = tell.words.text(key_of("state_", name_of(round.status)));
  const bool open =
      round.status == ConsentStatus::kConfirmed || round.status == ConsentStatus::kPending;
  if (!round.erased || !open) return state;
  return tell.words.text("state_erased",
                         {{"state", state}, {"when", tell.words.short_moment(round.erased->at)}});
}

void add_stamps(const CaseTeller& tell, Particulars& rows, const Round& round) {
  const DossierWords& words = tell.words;
  tell.row(rows, "state", Value{state_text(tell, round), Face::kText, Tone::kStrong});
  tell.row(rows, "opt_in_at", words.moment(round.opt_in.at));
  if (round.mailed_at) tell.row(rows, "mailed_at", words.moment(*round.mailed_at));
  if (round.confirmed) tell.row(rows, "confirmed_at", words.moment(round.confirmed->at));
  if (round.revoked) tell.row(rows, "revoked_at", words.moment(round.revoked->at));
  if (round.revoked_by) {
    tell.row(rows, "revoked_by", words.text(key_of("revoked_by_", name_of(*round.revoked_by))));
  }
  if (round.erased) {
    const CaseEvent* erasure = tell.erasure_of_person(round);
    tell.row(rows, "erased_at",
             erasure == nullptr ? words.moment(round.erased->at) : tell.erasure_text(*erasure));
  }
  if (round.confirmed) tell.row(rows, "grade", words.text(key_of("grade_", name_of(round.grade))));
}

namespace {

class LineMaker {
 public:
  explicit LineMaker(const DossierWords& words) : words_(words) {}
  // `sequence`: of the event; a moment without one of its own goes to the end.
  void add(std::string_view key, Instant at, bool solid, const CaseEvent* event) {
    const std::uint64_t place = event == nullptr ? kEnd : event->leaf.sequence;
    moments_.push_back({std::string(key), at, solid, place});
  }
  TimeLine make() {
    std::ranges::stable_sort(moments_, {}, &Point::sequence);
    TimeLine line;
    line.description = words_.text("line_description");
    for (std::size_t i = 0; i < moments_.size(); ++i) {
      const Point& point = moments_[i];
      const bool later = i > 0 && point.at >= moments_[i - 1].at;
      const std::string after = later ? words_.span(point.at - moments_[i - 1].at) : "";
      line.moments.push_back(
          {words_.text(point.key), words_.short_moment(point.at), after, point.solid});
    }
    return line;
  }

 private:
  struct Point {
    std::string key;
    Instant at;
    bool solid;
    std::uint64_t sequence;
  };
  static constexpr auto kEnd = std::numeric_limits<std::uint64_t>::max();
  const DossierWords& words_;
  std::vector<Point> moments_;
};

// The log's order, not the clock's. What is folded out of an event that is not here finds its place
// by its time.
class Places {
 public:
  explicit Places(const CaseTeller& tell) : tell_(tell) {}
  const CaseEvent* or_by_time(const CaseEvent* event, Instant at) const {
    if (event != nullptr) return event;
    const CaseEvent* before = nullptr;
    for (const CaseEvent& one : tell_.record.events) {
      if (one.leaf.at <= at) before = &one;
    }
    return before;
  }
  const CaseEvent* hand_over(const CaseRound& of) const {
    const auto attempts = tell_.attempts(of);
    const auto found = std::ranges::find_if(attempts, [&](const CaseEvent* event) {
      return event->leaf.type == "mail_handed_over" && event->leaf.at == of.round.mailed_at;
    });
    return or_by_time(found == attempts.end() ? nullptr : *found, *of.round.mailed_at);
  }

 private:
  const CaseTeller& tell_;
};

void add_ends(const CaseTeller& tell, const CaseRound& of, LineMaker& line) {
  const Round& round = of.round;
  const Places places(tell);
  if (round.confirmed) {
    const CaseEvent* form = tell.submission(of);
    const bool renewal = &of == &tell.main() && form != nullptr &&
                         form->leaf.fact("round:" + tell.record.purpose) == "renewal";
    line.add(renewal ? "line_confirmed_renewal" : "line_confirmed", round.confirmed->at, true,
             places.or_by_time(tell.confirmation(of), round.confirmed->at));
  }
  if (round.revoked) {
    line.add("line_revoked", round.revoked->at, true,
             places.or_by_time(tell.revocation(of), round.revoked->at));
  }
  if (round.erased) {
    line.add("line_erased", round.erased->at, true,
             places.or_by_time(tell.erasure_of_person(round), round.erased->at));
  }
}

void add_moments(const CaseTeller& tell, const CaseRound& of, LineMaker& line) {
  const Round& round = of.round;
  const Places places(tell);
  line.add(tell.shown_by_jawort(of) ? "line_opt_in" : "line_opt_in_elsewhere", round.opt_in.at,
           true, places.or_by_time(tell.submission(of), round.opt_in.at));
  if (round.mailed_at) line.add("line_mailed", *round.mailed_at, false, places.hand_over(of));
  if (const auto openings = tell.openings(of); !openings.empty()) {
    const Leaf& first = openings.front()->leaf;
    const bool machine = first.fact("client") == "scanner";
    line.add(machine ? "line_opened_by_machine" : "line_opened", first.at, false, openings.front());
  }
  add_ends(tell, of, line);
  for (const CaseEvent* event : tell.remaining()) {
    if (event->leaf.sequence < static_cast<std::uint64_t>(round.submission)) continue;
    const std::string_view type = event->leaf.type;
    if (type == "consent_denied" && round.status == ConsentStatus::kDenied) {
      line.add("line_denied", event->leaf.at, true, event);
    }
    if (type == "consent_expired" && round.status == ConsentStatus::kExpired) {
      line.add("line_expired", event->leaf.at, false, event);
    }
  }
}

}  // namespace

void tell_summary(CaseTeller& tell) {
  const Round& round = tell.main().round;
  tell.chapter("chapter_summary");
  say_summary(tell, round);
  Particulars rows;
  add_parties(tell, rows);
  add_stamps(tell, rows, round);
  tell.row(rows, "as_of", tell.words.moment(tell.record.checkpoint.at));
  tell.row(rows, "made_at", tell.words.moment(tell.record.made_at));
  tell.document.blocks.emplace_back(std::move(rows));
  LineMaker line(tell.words);
  // What was confirmed before, where this is the newer wording or a return.
  for (const CaseRound* other : tell.others()) add_ends(tell, *other, line);
  add_moments(tell, tell.main(), line);
  line.add("line_as_of", tell.record.checkpoint.at, false, nullptr);
  tell.document.blocks.emplace_back(line.make());
}

}  // namespace jawort
