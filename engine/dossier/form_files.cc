#include "engine/dossier/form_files.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/dossier/case_teller.h"
#include "engine/dossier/proof.h"

namespace jawort {
namespace {

std::string file_of(std::size_t number, std::string_view ending) {
  return "form/" + std::to_string(number) + std::string(ending);
}

// The rounds by which each version comes in first.
std::vector<const CaseRound*> versions_of(const CaseRecord& record) {
  std::vector<const CaseRound*> all;
  for (const CaseRound& round : record.rounds) {
    const auto same = [&](const CaseRound* other) {
      return other->round.form_version == round.round.form_version;
    };
    if (std::ranges::none_of(all, same)) all.push_back(&round);
  }
  return all;
}

// A version may have been shown more than once, and not each time by us.
bool shown_by_us(const CaseRecord& record, const CaseRound& round) {
  const CaseTeller tell(record);
  return std::ranges::all_of(record.rounds, [&](const CaseRound& other) {
    return other.round.form_version != round.round.form_version || tell.shown_by_jawort(other);
  });
}

std::string said_of(const CaseRecord& record, const CaseRound& round) {
  const bool ours = shown_by_us(record, round);
  return DossierWords(record.language, record.zone).text(ours ? "form_page" : "form_page_not_seen");
}

std::string text_file(const CaseRecord& record, const CaseRound& round) {
  const ShownForm& shown = *round.shown;
  std::string out = text_for(shown.form.title, round.round.language) + "\n" +
                    shown.controller.name + ", " + shown.controller.address + "\n" +
                    round.round.form_version + "\n\n";
  for (const Purpose& purpose : shown.purposes) {
    out += "[ ] " + text_for(purpose.wording, round.round.language) + "\n\n";
  }
  if (!shown.controller.privacy_url.empty()) {
    out += DossierWords(record.language, record.zone).text("privacy_notice") + ": " +
           shown.controller.privacy_url + " (" + shown.controller.privacy_version + ")\n\n";
  }
  return out + said_of(record, round) + "\n";
}

std::string input_of(const FieldDefinition& field) {
  if (field.type == FieldType::kTextarea) return "<textarea disabled></textarea>";
  if (field.type == FieldType::kBoolean) return "<input type=\"checkbox\" disabled>";
  std::string out = "<input disabled>";
  if (field.options.empty()) return out;
  out = "<select disabled>";
  for (const std::string& option : field.options) out += "<option>" + html_escape(option);
  return out + "</select>";
}

// No page of ours is stored; this one has the same words and nothing of its looks.
std::string page(const CaseRecord& record, const CaseRound& round) {
  const ShownForm& shown = *round.shown;
  const std::string& language = round.round.language;
  std::string out =
      "<!doctype html>\n<html lang=\"" + html_escape(language) +
      "\">\n<meta charset=\"utf-8\">\n<title>" + html_escape(text_for(shown.form.title, language)) +
      "</title>\n<style>body{font:16px/1.5 sans-serif;max-width:40em;margin:2em auto}"
      "p.note{border:1px solid;padding:.5em}</style>\n<p class=\"note\">" +
      said_of(record, round) + "</p>\n<h1>" + html_escape(text_for(shown.form.title, language)) +
      "</h1>\n<p><label>E-Mail <input type=\"email\" disabled></label></p>\n";
  for (std::size_t i = 0; i < shown.fields.size(); ++i) {
    const FieldDefinition& field = shown.fields[i];
    const bool required = shown.form.fields[i].required;
    out += "<p><label>" + html_escape(text_for(field.label, language)) + (required ? " *" : "") +
           " " + input_of(field) + "</label></p>\n";
  }
  for (std::size_t i = 0; i < shown.purposes.size(); ++i) {
    const bool required = shown.form.purposes[i].required;
    out += "<p><label><input type=\"checkbox\" disabled> " +
           html_escape(text_for(shown.purposes[i].wording, language)) + (required ? " *" : "") +
           "</label></p>\n";
  }
  return out + "<p>" + html_escape(shown.controller.name) + ", " +
         html_escape(shown.controller.address) + " · " + html_escape(shown.controller.privacy_url) +
         "</p>\n</html>\n";
}

}  // namespace

std::vector<ProofForm> forms_of(const CaseRecord& record) {
  std::vector<ProofForm> forms;
  for (const CaseRound* round : versions_of(record)) {
    const bool stored = !round->shown_document.body.empty();
    forms.push_back({stored ? file_of(forms.size() + 1, ".json") : "", round->round.form_version,
                     round->round.purpose_version});
  }
  return forms;
}

void add_form_files(const CaseRecord& record, DossierFiles& files) {
  std::size_t number = 0;
  for (const CaseRound* round : versions_of(record)) {
    ++number;
    if (round->shown_document.body.empty() || !round->shown) continue;
    files.emplace(file_of(number, ".json"), round->shown_document.body);
    files.emplace(file_of(number, ".txt"), text_file(record, *round));
    files.emplace(file_of(number, ".html"), page(record, *round));
  }
}

}  // namespace jawort
