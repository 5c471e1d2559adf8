#include "engine/dossier/compose_dossier.h"

#include <array>

#include "engine/dossier/tell_chapters.h"

namespace jawort {
namespace {

void tell_frame(CaseTeller& tell) {
  const DossierWords& words = tell.words;
  PrintedDocument& document = tell.document;
  const std::string email =
      tell.record.email.empty() ? words.text("erased") : fit_for_print(tell.record.email);
  document.title = words.text("title");
  document.subtitle = words.text("subtitle");
  document.head_left =
      words.text("head_case", {{"email", email}, {"purpose", fit_for_print(tell.label())}});
  document.head_right =
      words.text("head_log", {{"origin", fit_for_print(tell.record.checkpoint.origin)}});
  // The printers put the numbers in.
  document.page_of_pages = words.text("page", {{"n", "{n}"}, {"m", "{m}"}});
}

struct Part {
  std::string_view title;
  void (*tell)(CaseTeller&, const CaseRound&);
};
constexpr std::array<Part, 6> kParts = {{{"chapter_declaration", tell_declaration},
                                         {"chapter_form", tell_form},
                                         {"chapter_mail", tell_mail},
                                         {"chapter_openings", tell_openings},
                                         {"chapter_press", tell_press},
                                         {"chapter_grade", tell_grade}}};

// What was told chapter by chapter of the main round, in short sections.
void tell_other_rounds(CaseTeller& tell) {
  const auto others = tell.others();
  if (others.empty()) return;
  tell.chapter("chapter_rounds");
  tell.say("rounds_lead");
  for (std::size_t i = 0; i < others.size(); ++i) {
    const CaseRound& round = *others[i];
    const std::string state = state_text(tell, round.round);
    tell.section(tell.words.text(
        "round_heading",
        {{"n", std::to_string(i + 1)}, {"m", std::to_string(others.size())}, {"state", state}}));
    Particulars stamps;
    add_stamps(tell, stamps, round.round);
    tell.document.blocks.emplace_back(std::move(stamps));
    for (const auto& [title, part] : kParts) {
      tell.say(title, Tone::kStrong);
      part(tell, round);
    }
  }
}

}  // namespace

PrintedDocument compose_dossier(const CaseRecord& record) {
  CaseTeller tell(record);
  tell_frame(tell);
  tell_summary(tell);
  for (const auto& [title, part] : kParts) {
    tell.chapter(title);
    part(tell, tell.main());
  }
  tell_later(tell);
  tell_items(tell);
  tell_what_it_proves(tell);
  tell_place_in_log(tell);
  tell_how_to_verify(tell);
  tell_other_rounds(tell);
  return std::move(tell.document);
}

}  // namespace jawort
