// Cases for the tests of this room: made by hand, from real definitions and the real template of
// the confirmation mail, with leaves that are really encoded.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/dossier/case_record.h"

namespace jawort::testing {

struct SampleCase {
  std::string language = "de";       // of the dossier
  std::string form_language = "de";  // of what the person saw
  std::string email = "Anna.Muster@Example.org";
  std::string purpose = "newsletter";
  std::string first_name = "Anna";
  std::string page = "https://sommer.example/newsletter?from=start";
  std::string user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
  std::string served = "hosted";
  bool version_stated = true, confirmed = true, revoked = false, timestamp = true;
  std::string by = "button", pressed_by = "browser", suspicious;
  bool handed_over = true;
  bool erasure = false;  // the person was erased in the end, and the proof kept
  int openings = 2;
  int later_events = 0;                            // sign-ups again, once a day
  std::vector<std::string> erased;                 // names whose values are gone in all events
  std::map<std::string, std::string> definitions;  // what is put in place of what in sommer.toml
};

// Very long words, and scripts from right to left and of Asia.
SampleCase in_many_scripts(const std::string& language);

CaseRecord make_case(const SampleCase& sample);

// One where as much as possible is missing: nothing but the consent and one event.
CaseRecord bare_case(const std::string& language);

// A confirmed round, revoked; then a new one, renewed under another wording.
CaseRecord case_of_several_rounds(const std::string& language);

}  // namespace jawort::testing
