#include <map>

#include "engine/app/record_json.h"
#include "engine/app/store_verbs.h"
#include "engine/evidence/leaf.h"
#include "engine/flow/brake_mails.h"
#include "engine/flow/count_blocked.h"
#include "engine/flow/pause_outbox.h"

namespace jawort {
namespace {

constexpr std::int64_t kEventsLookedAt = 1000;
constexpr std::chrono::days kBlockedShown{7};

std::string counted(std::size_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

CheckResult check_writable(const Context& context) {
  const std::string schema = "schema " + std::to_string(context.store.schema_version());
  if (!context.store.healthy()) {
    return {"database", CheckStatus::kError, schema + ", has reported a write error",
            "examine disk and file system, then start the server again"};
  }
  // An empty transaction goes through the writer and its commit.
  const Status written = context.store.write([](Tables&) { return Status(); });
  if (!written.ok()) {
    return {"database", CheckStatus::kError,
            schema + ", cannot be written: " + written.error().message,
            "examine disk and file system"};
  }
  if (context.store.space() != DiskSpace::kEnough) {
    return {"database", CheckStatus::kWarning,
            schema + ", takes no form posts: the disk is nearly full",
            "make room; forms go on by themselves then"};
  }
  return {"database", CheckStatus::kOk, schema + ", takes writes", ""};
}

// A clock that was set back would make new events look older than those before them.
CheckResult check_clock(const Context& context) {
  const Instant now = context.clock.now();
  std::optional<Instant> newest;
  const Status read = context.store.read([&](const Tables& tables) -> Status {
    const auto last = tables.events().last_sequence();
    if (!last.ok()) return last.error();
    if (*last == 0) return {};
    const auto event = tables.events().find(*last);
    if (!event.ok()) return event.error();
    if (event->has_value()) newest = (*event)->at;
    return {};
  });
  const LocalTime local = context.zone.local(now);
  const std::string shown =
      local.date + " " + local.time + " " + local.abbreviation + " (" + context.zone.name() + ")";
  if (!read.ok()) {
    return {"clock", CheckStatus::kError, "the newest event cannot be read", "see database"};
  }
  if (newest && *newest > now + std::chrono::minutes(1)) {
    return {"clock", CheckStatus::kError,
            shown + ", but the newest event is of " + rfc3339(*newest),
            "set the clock; stamps must not go backwards"};
  }
  return {"clock", CheckStatus::kOk, shown, ""};
}

struct PostCount {
  int all = 0, without_version = 0;
};

Status count_posts(const Tables& tables, PostCount& count) {
  const auto last = tables.events().last_sequence();
  if (!last.ok()) return last.error();
  const std::int64_t first = std::max<std::int64_t>(1, *last - kEventsLookedAt + 1);
  for (std::int64_t sequence = first; sequence <= *last; ++sequence) {
    const auto event = tables.events().find(sequence);
    if (!event.ok()) return event.error();
    if (!event->has_value() || (*event)->type != "form_submitted") continue;
    const auto leaf = decode_leaf((*event)->leaf);
    if (!leaf.ok()) return leaf.error();
    ++count.all;
    if (leaf->fact("version_stated") == "false") ++count.without_version;
  }
  return {};
}

// PRODUCT §4.1: a post that states no version is recorded with the current one, which may not be
// what the visitor saw.
void check_posts(const Context& context, std::vector<CheckResult>& results) {
  PostCount count;
  const Status read = context.store.read(
      [&](const Tables& tables) { return count_posts(tables, count = PostCount{}); });
  if (!read.ok()) {
    results.push_back({"posts", CheckStatus::kError, read.error().message, "see database"});
  } else if (count.without_version > 0) {
    results.push_back({"posts", CheckStatus::kWarning,
                       std::to_string(count.without_version) + " of the last " +
                           counted(static_cast<std::size_t>(count.all), "form post") +
                           " stated no version of the form",
                       "let the form send the field \"version\" that the hosted form carries: it "
                       "binds the consent to what was shown"});
  }
}

// How many posts each form's protection kept out in the last days. Not a fault: it is its work.
void check_blocked(const Context& context, std::vector<CheckResult>& results) {
  Status done = write_blocked(context);  // what still waits in memory belongs to it
  std::map<std::string, std::map<std::string, std::int64_t>> forms;
  if (done.ok()) {
    done = context.store.read([&](const Tables& tables) -> Status {
      const Instant from = context.clock.now() - kBlockedShown + std::chrono::days(1);
      const auto rows = tables.blocked_posts().since(context.zone.local(from).date);
      if (!rows.ok()) return rows.error();
      forms.clear();
      for (const BlockedPostRow& row : *rows) forms[row.form][row.reason] += row.posts;
      return {};
    });
  }
  if (!done.ok()) {
    results.push_back({"blocked_posts", CheckStatus::kError, done.error().message, "see database"});
  }
  for (const auto& [form, reasons] : forms) {
    std::string text;
    for (const auto& [reason, posts] : reasons) {
      text += (text.empty() ? "" : ", ") + reason + " " + std::to_string(posts);
    }
    results.push_back(
        {"blocked_posts", CheckStatus::kOk,
         "form \"" + form + "\" in " + std::to_string(kBlockedShown.count()) + " days: " + text,
         ""});
  }
}

void check_pause(const Context& context, std::vector<CheckResult>& results) {
  const auto pause = outbox_pause(context);
  if (!pause.ok()) {
    results.push_back({"outbox", CheckStatus::kError, pause.error().message, "see database"});
  } else if (*pause) {
    results.push_back(
        {"outbox", CheckStatus::kWarning,
         "paused since " + rfc3339((*pause)->since) + ", " + (*pause)->reason + ": no mail goes",
         "look at `jawort queue list`, then `jawort queue release --all`"});
  }
}

void check_brake(const Context& context, std::vector<CheckResult>& results) {
  const Instant now = context.clock.now();
  const Instant slot = mail_slot(context, now);
  if (slot <= now) return;
  results.push_back(
      {"mail_brake", CheckStatus::kWarning,
       "more confirmation mails were asked for than [limits] confirmation_mails; a new one goes "
       "at " +
           rfc3339(slot),
       "an attack: see the form's protection and `jawort queue list`; a rush: raise the limit, or "
       "let them go now with `jawort queue retry --all`"});
}

// What a form lacks to be carried out.
std::string missing_mail(const Context& context, const DefinitionSet& set, const Form& form) {
  if (form.purposes.empty()) return "";
  const Campaign* campaign = set.campaign(form.campaign);
  const CampaignStep* step = campaign != nullptr ? campaign->confirmation_step() : nullptr;
  if (step == nullptr) return "has no confirmation mail: its campaign has no step on = \"opt_in\"";
  for (const std::string& language : form.languages) {
    if (!context.templates.has_mail(step->mail, language)) {
      return "has no template mail/" + step->mail + "." + language + ".text.mustache";
    }
  }
  return "";
}

void check_definitions(const Context& context, std::vector<CheckResult>& results) {
  const auto set = context.definitions.get();
  if (set == nullptr || set->documents().empty()) {
    results.push_back(
        {"definitions", CheckStatus::kWarning, "none are loaded", "load some: jawort apply FILE"});
    return;
  }
  results.push_back({"definitions", CheckStatus::kOk,
                     counted(set->documents().size(), "definition") + ", " +
                         counted(set->form_ids().size(), "form"),
                     ""});
  for (const std::string& sentence : set->not_active_yet()) {
    results.push_back({"definitions", CheckStatus::kWarning, sentence, ""});
  }
  for (const std::string& id : set->form_ids()) {
    const std::string missing = missing_mail(context, *set, *set->form(id));
    if (missing.empty()) continue;
    results.push_back({"templates", CheckStatus::kError, "form \"" + id + "\" " + missing,
                       "add it, or change the form's languages or campaign"});
  }
}

}  // namespace

int verb_check_database(const Context& context, const Invocation&, Console& console) {
  std::vector<CheckResult> results = {check_writable(context), check_clock(context)};
  check_definitions(context, results);
  check_posts(context, results);
  check_blocked(context, results);
  check_brake(context, results);
  check_pause(context, results);
  console.out(checks_json(results) + "\n");
  return kExitDone;
}

}  // namespace jawort
