#include "engine/app/record_text.h"

#include <map>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string indented(const std::string& block) {
  std::string out;
  for (const std::string_view line : split(block, '\n')) {
    if (!line.empty()) out.append("  ").append(line).append("\n");
  }
  return out;
}

void add_stamp(Rows& rows, std::string name, const std::optional<Stamp>& stamp) {
  if (stamp) rows.push_back({std::move(name), rfc3339(stamp->at) + "  (" + stamp->date + ")"});
}
void add_time(Rows& rows, std::string name, const std::optional<Instant>& at) {
  if (at) rows.push_back({std::move(name), rfc3339(*at)});
}

std::string consent_text(const ContactRecord::ConsentView& view) {
  const Round& round = view.consent.round;
  std::string head = view.consent.purpose + ": " + std::string(name_of(round.status)) + " (grade " +
                     std::string(name_of(round.grade)) + ")";
  Rows rows;
  add_stamp(rows, "opt-in", round.opt_in);
  add_time(rows, "mailed", round.mailed_at);
  add_time(rows, "opened", round.opened_at);
  add_stamp(rows, "confirmed", round.confirmed);
  std::string reasons;
  for (const std::string& one : view.suspicious) reasons += (reasons.empty() ? "" : ", ") + one;
  if (!reasons.empty()) rows.push_back({"suspicious", reasons + "  (perhaps a machine pressed)"});
  if (view.asked_again) {
    rows.push_back({"asked_again", "address  (it was typed before the press counted)"});
  }
  add_stamp(rows, "revoked", round.revoked);
  if (round.revoked_by) rows.push_back({"revoked by", std::string(name_of(*round.revoked_by))});
  rows.push_back({"form", round.form + "  " + round.form_version});
  rows.push_back({"language", round.language});
  rows.push_back({"wording", printable(view.wording)});
  if (const auto& renewal = view.consent.renewal) {
    add_stamp(rows, "asked again", renewal->opt_in);
    rows.push_back({"new wording", printable(view.renewal_wording)});
  }
  return head + "\n" + indented(aligned(rows));
}

std::string history_text(const std::vector<ContactRecord::HistoryEntry>& history) {
  Rows rows;
  for (const auto& entry : history) {
    std::string facts;
    for (const Fact& fact : entry.facts) {
      facts += (facts.empty() ? "" : "  ") + fact.name + "=" + printable(fact.value);
    }
    rows.push_back({std::to_string(entry.sequence), rfc3339(entry.at), entry.type, facts});
  }
  return aligned(rows);
}

// A sign and a colour (ECMA-48 SGR): green, yellow, red.
std::string sign_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::kOk:
      return "\x1b[32m✓ ";
    case CheckStatus::kWarning:
      return "\x1b[33m! ";
    case CheckStatus::kError:
      return "\x1b[31m✗ ";
  }
  return "";
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(byte < 0x20 || byte == 0x7F ? ' ' : c);
  }
  // What steers a terminal is in C0 and C1; C1 in UTF-8 begins with the byte C2.
  return has_control_characters(out, false) ? std::string("(not shown)") : out;
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], utf8_length(row[i]));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - utf8_length(row[i]) + 2, ' ');
    }
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  return out;
}

std::string contact_text(const ContactRecord& record) {
  const ContactRow& contact = record.contact;
  std::string out = printable(contact.email) + "\n";
  out += indented(aligned({{"id", id_text(contact.id.value)},
                           {"language", contact.language},
                           {"source", contact.source},
                           {"created", rfc3339(contact.created_at)}}));
  if (record.suppression) {
    out += "  not mailed: " + std::string(name_of(record.suppression->reason)) + " since " +
           rfc3339(record.suppression->since) + "\n";
  }
  if (!record.fields.empty()) {
    Rows rows;
    for (const FieldValueRow& field : record.fields) {
      rows.push_back({field.name, printable(field.value), field.source, rfc3339(field.set_at)});
    }
    out += "\nFields\n" + indented(aligned(rows));
  }
  out += "\nConsents\n";
  if (record.consents.empty()) out += "  none\n";
  for (const auto& view : record.consents) out += indented(consent_text(view));
  if (!record.history.empty()) out += "\nHistory\n" + indented(history_text(record.history));
  return out;
}

std::string erased_text(const ErasedContact& erased, bool log_emptied) {
  const auto counted = [](int number, const std::string& one) {
    return std::to_string(number) + " " + one + (number == 1 ? "" : "s");
  };
  std::string out = "Erased: the contact with " + counted(erased.fields, "profile value") + ", " +
                    counted(erased.gone.values, "value") + " of " +
                    counted(erased.gone.events, "event") + ", " +
                    counted(erased.gone.mails, "mail") + " (" +
                    std::to_string(erased.gone.dropped) + " not sent yet).\n";
  if (erased.earlier_proofs > 0) {
    out += "Erased too: " + counted(erased.earlier_proofs, "proof") +
           " that an earlier erasure had kept.\n";
  }
  for (const ErasedConsent& consent : erased.consents) {
    out += "Ended: " + consent.purpose + ", " + std::string(name_of(consent.status));
    if (!consent.kept_until.empty()) {
      out += ". Its proof (confirmed " + consent.confirmed_date + ") is kept apart until " +
             consent.kept_until +
             ", for a dispute about it; only who types the address finds it. --with-proof "
             "destroys it.";
    } else {
      out += consent.confirmed_date.empty() ? ". It was never confirmed: nothing is kept."
                                            : ". Its proof is destroyed.";
    }
    out += "\n";
  }
  out += "Kept: the leaves of the log, which hold no personal data (event " +
         std::to_string(erased.sequence) +
         " says that somebody was erased), and a keyed hash of the address, so that no import and "
         "no older backup brings the person back. A fresh confirmation by the person lifts it.\n";
  out += log_emptied
             ? "Overwritten in the database and its log."
             : "Overwritten in the database; its log still holds older pages, because it is "
               "being read. They go within seconds of rest.";
  return out + " Backups and copies keep what they hold until they go: see OPERATING.md.\n";
}

std::string applied_text(const Applied& applied, bool dry_run) {
  std::string out;
  Rows rows;
  for (const Applied::Change& change : applied.changed) {
    for (const std::string& difference : change.differences) {
      rows.push_back({printable(difference), version_text(change.version).substr(0, 19) + "…"});
    }
  }
  out += aligned(rows);
  out += std::to_string(applied.changed.size()) + (dry_run ? " would change, " : " changed, ") +
         std::to_string(applied.unchanged) + " unchanged\n";
  for (const std::string& warning : applied.warnings) {
    out += "warning: " + printable(warning) + "\n";
  }
  return out;
}

std::string templates_text(const std::vector<ListedTemplate>& templates) {
  Rows rows;
  for (const auto& [mail, used_by] : templates) {
    std::string users;
    for (const std::string& user : used_by) users += (users.empty() ? "" : ", ") + user;
    rows.push_back({mail.name + "." + mail.language, mail.has_html ? "text, html" : "text",
                    printable(mail.source), users.empty() ? "unused" : users});
  }
  return aligned(rows);
}

std::string findings_text(const Findings& findings) {
  if (findings.empty()) return "nothing found\n";
  std::string out;
  for (const Finding& finding : findings) {
    out += finding.severity == Severity::kError ? "error: " : "warning: ";
    out += printable(finding.text) + "\n";
  }
  return out;
}

std::string checks_text(const std::vector<CheckResult>& results, bool colours) {
  constexpr std::size_t kStatusWidth = 9;  // "warning" and two spaces
  std::string out;
  std::size_t width = 0;
  std::map<CheckStatus, int> counts;
  for (const CheckResult& result : results) width = std::max(width, result.name.size());
  for (const CheckResult& result : results) {
    ++counts[result.status];
    std::string status(name_of(result.status));
    status.resize(kStatusWidth, ' ');
    if (colours) status = sign_of(result.status) + status + "\x1b[0m";
    out += status + result.name + std::string(width - result.name.size() + 2, ' ') +
           printable(result.detail) + "\n";
    if (result.advice.empty()) continue;
    out += std::string(width + kStatusWidth + (colours ? 4 : 2), ' ') + "→ " +
           printable(result.advice) + "\n";
  }
  const auto counted = [&](CheckStatus status, const std::string& one) {
    const int count = counts[status];
    return std::to_string(count) + " " + one + (count == 1 || one == "ok" ? "" : "s");
  };
  return out + "\n" + counted(CheckStatus::kOk, "ok") + ", " +
         counted(CheckStatus::kWarning, "warning") + ", " + counted(CheckStatus::kError, "error") +
         "\n";
}

}  // namespace jawort
