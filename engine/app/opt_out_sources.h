// Where opt-outs are known from: a database, its journal, journals that were set aside because they
// knew more than the database that was put in its place.
#pragma once

#include <string>
#include <vector>

#include "db/sqlite/opt_out_journal.h"
#include "engine/base/result.h"

namespace jawort {

// All journals beside a database: its own, those set aside, and those of databases it replaced.
std::vector<std::string> opt_out_journals(const std::string& database);

// kRefused: not there, not readable, or under another address key.
Result<std::vector<OptOut>> read_opt_out_journal(const std::string& path, const OptOutKeys& keys);
Result<std::vector<OptOut>> read_opt_out_table(const std::string& database, const OptOutKeys& keys);

// Without those that `known` has too, under the same number.
std::vector<OptOut> unknown_opt_outs(std::vector<OptOut> opt_outs,
                                     const std::vector<OptOut>& known);

}  // namespace jawort
