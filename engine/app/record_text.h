// The same answers for humans: aligned, one thing per line, safe to print on a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/app/record_json.h"

namespace jawort {

std::string contact_text(const ContactRecord& record);
std::string erased_text(const ErasedContact& erased, bool log_emptied);
std::string applied_text(const Applied& applied, bool dry_run);
std::string templates_text(const std::vector<ListedTemplate>& templates);
std::string findings_text(const Findings& findings);
// One line per result, what to do below it, and a count at the end. `colours`: for a terminal.
std::string checks_text(const std::vector<CheckResult>& results, bool colours);

// Columns as wide as their widest cell; the last one is not padded.
std::string aligned(const std::vector<std::vector<std::string>>& rows);
// Control characters replaced, so that a value cannot steer the terminal.
std::string printable(std::string_view text);

}  // namespace jawort
