// The part of `check` that only whoever holds the database can answer.
#include "engine/app/record_json.h"
#include "engine/app/store_verbs.h"
#include "engine/flow/campaign_status.h"
#include "engine/flow/examine_checkpoints.h"
#include "engine/flow/examine_store.h"
#include "engine/flow/manage_webhooks.h"

namespace jawort {
namespace {

constexpr auto kOk = CheckStatus::kOk;
constexpr auto kWarning = CheckStatus::kWarning;
constexpr auto kError = CheckStatus::kError;

CheckResult database_result(const StoreExamination& found) {
  const std::string schema = "schema " + std::to_string(found.schema);
  if (!found.healthy) {
    return {"database", kError, schema + ", has reported a write error",
            "examine disk and file system, then start the server again"};
  }
  if (!found.written.ok()) {
    return {"database", kError, schema + ", cannot be written: " + found.written.error().message,
            "examine disk and file system"};
  }
  if (found.space != DiskSpace::kEnough) {
    return {"database", kWarning, schema + ", takes no form posts: the disk is nearly full",
            "make room; forms go on by themselves then"};
  }
  return {"database", kOk, schema + ", takes writes", ""};
}

// A clock that was set back would make new events look older than those before them.
CheckResult log_result(const StoreExamination& found) {
  if (!found.log.ok()) {
    return {"events", kError, found.log.error().message,
            "the newest events cannot be read: restore a backup, and keep the damaged file"};
  }
  const auto& newest = found.log->newest;
  if (!newest) return {"events", kOk, "none yet", ""};
  const std::string detail = "the newest is of " + rfc3339(*newest);
  if (*newest > found.now + std::chrono::minutes(1)) {
    return {"events", kError, detail + ", and the clock says " + rfc3339(found.now),
            "the clock was set back, or wrong before: set it (timedatectl set-ntp true); stamps "
            "must not go backwards"};
  }
  return {"events", kOk, detail, ""};
}

// PRODUCT §4.1: a post that states no version is recorded with the current one, which may not be
// what the visitor saw.
void add_posts(const StoreExamination& found, std::vector<CheckResult>& results) {
  if (!found.log.ok() || found.log->posts.without_version == 0) return;
  const auto& posts = found.log->posts;
  results.push_back({"posts", kWarning,
                     std::to_string(posts.without_version) + " of the last " +
                         std::to_string(posts.looked_at) + " form post" +
                         (posts.looked_at == 1 ? "" : "s") + " stated no version of the form",
                     "let the form send the field \"version\" that the hosted form carries: it "
                     "binds the consent to what was shown"});
}

// How many posts each form's protection kept out. Not a fault: it is its work.
void add_blocked(const StoreExamination& found, std::vector<CheckResult>& results) {
  if (!found.blocked.ok()) {
    results.push_back({"blocked_posts", kError, found.blocked.error().message, "see database"});
    return;
  }
  for (const auto& [form, reasons] : *found.blocked) {
    std::string text;
    for (const auto& [reason, posts] : reasons) {
      text += (text.empty() ? "" : ", ") + reason + " " + std::to_string(posts);
    }
    results.push_back(
        {"blocked_posts", kOk,
         "form \"" + form + "\" in " + std::to_string(kBlockedShown.count()) + " days: " + text,
         ""});
  }
}

void add_brake(const StoreExamination& found, std::vector<CheckResult>& results) {
  if (found.next_mail <= found.now) return;
  results.push_back(
      {"mail_brake", kWarning,
       "more confirmation mails were asked for than [limits] confirmation_mails; a new one goes "
       "at " +
           rfc3339(found.next_mail),
       "an attack: see the form's protection and `jawort queue list`; a rush: raise the limit, or "
       "let them go now with `jawort queue retry --all`"});
}

void add_pause(const StoreExamination& found, std::vector<CheckResult>& results) {
  if (!found.pause.ok()) {
    results.push_back({"outbox", kError, found.pause.error().message, "see database"});
  } else if (*found.pause) {
    results.push_back({"outbox", kWarning,
                       "paused since " + rfc3339((*found.pause)->since) + ", " +
                           (*found.pause)->reason + ": no mail goes",
                       "look at `jawort queue list`, then `jawort queue release --all`"});
  }
}

constexpr std::chrono::hours kLongUntold{1};

void add_webhooks(const Context& context, Instant now, std::vector<CheckResult>& results) {
  const auto views = list_webhooks(context);
  if (!views.ok()) {
    results.push_back({"webhooks", kError, views.error().message, "see database"});
    return;
  }
  for (const WebhookView& view : *views) {
    const std::string name = "\"" + view.webhook.id + "\"";
    const bool late = view.oldest && *view.oldest + kLongUntold < now;
    if (view.row.disabled_at) {
      results.push_back(
          {"webhooks", kWarning,
           name + " is disabled since " + rfc3339(*view.row.disabled_at) + ": " +
               view.row.disabled_because,
           "`jawort webhook enable " + view.webhook.id + "` goes on where it stopped"});
    } else if (late) {
      results.push_back({"webhooks", kWarning,
                         name + ": " + std::to_string(view.waiting) + " wait, the oldest since " +
                             rfc3339(*view.oldest),
                         "`jawort webhook deliveries " + view.webhook.id +
                             " --state waiting` shows what it answered"});
    } else {
      results.push_back({"webhooks", kOk, name + " is up to date", ""});
    }
  }
}

void add_campaigns(const Context& context, std::vector<CheckResult>& results) {
  const auto campaigns = list_campaigns(context);
  if (!campaigns.ok()) {
    results.push_back({"campaigns", kError, campaigns.error().message, "see database"});
    return;
  }
  for (const CampaignStatus& status : *campaigns) {
    if (!status.paused_since) continue;
    results.push_back({"campaigns", kWarning,
                       "\"" + status.id + "\" is paused since " + rfc3339(*status.paused_since) +
                           ": its steps wait",
                       "`jawort campaign resume " + status.id + "` lets them go"});
  }
}

constexpr std::chrono::minutes kLongUnsealed{5};

CheckResult ledger_result(const StoreExamination& found, const LedgerSettings& settings) {
  if (!found.ledger.ok()) return {"ledger", kError, found.ledger.error().message, "see database"};
  const ExaminedLedger& ledger = *found.ledger;
  if (!ledger.outside.ok()) {
    return {
        "ledger", kError, ledger.outside.error().message,
        "nothing is signed or brought out until this is found out: keep a copy of the database, "
        "and see \"The log\" in OPERATING.md"};
  }
  if (!ledger.can_sign.ok()) {
    return {"ledger", kError, "the log is not signed: " + ledger.can_sign.error().message,
            "see Keys in OPERATING.md; everything else goes on"};
  }
  std::string detail = ledger.name.empty() ? "no checkpoint yet"
                                           : ledger.name + ", key " + std::to_string(ledger.key);
  if (ledger.last) {
    detail += ", the last checkpoint covers " + std::to_string(ledger.last->size) + " events, " +
              rfc3339(ledger.last->at);
  }
  if (ledger.unsealed_since && *ledger.unsealed_since + kLongUnsealed < found.now) {
    return {"ledger", kWarning, detail + "; events since wait for one",
            "a running server signs every minute; see the log for ledger_not_sealed, or run "
            "`jawort ledger checkpoint`"};
  }
  if (!ledger.name.empty() && settings.origin_is_set && settings.origin != ledger.name) {
    return {"ledger", kWarning, detail + "; [ledger] origin says " + settings.origin,
            "a log keeps its name: set [ledger] origin to it, or remove the line"};
  }
  const bool leaves = !settings.checkpoint_file.empty() || !settings.checkpoint_url.empty() ||
                      settings.mail_officer.has_value();
  return {"ledger", kOk, detail,
          leaves ? ""
                 : "keep checkpoints where nobody here can change them: [ledger] checkpoint_file, "
                   "checkpoint_url, mail_officer"};
}

// The pauses between tries grow to ten minutes.
constexpr std::chrono::minutes kLongInHouse{5};

void add_checkpoints(const Context& context, Instant now, std::vector<CheckResult>& results) {
  const auto found = examine_checkpoints(context);
  if (!found.ok()) {
    results.push_back({"checkpoints", kError, found.error().message, "see database"});
    return;
  }
  for (const ExaminedPlace& place : found->places) {
    std::string detail = "[ledger] " + place.setting + ": ";
    detail += place.sent_size ? "the newest there covers " + std::to_string(*place.sent_size) +
                                    " events, " + rfc3339(place.sent_at)
                              : std::string("none has got there yet");
    const bool late = place.waits_since && *place.waits_since + kLongInHouse < now;
    if (!late) {
      results.push_back({"checkpoints", kOk, std::move(detail), ""});
      continue;
    }
    results.push_back(
        {"checkpoints", kWarning,
         detail + "; one of " + std::to_string(found->size) + " events is here, and since " +
             rfc3339(*place.waits_since) + " none has left",
         "a running server brings them out: see checkpoint_not_out in its log. Until one has left, "
         "whoever has database and key can write another history"});
  }
}

}  // namespace

int verb_check_database(const Context& context, const Invocation&, Console& console) {
  const StoreExamination found = examine_store(context);
  std::vector<CheckResult> results = {database_result(found), log_result(found),
                                      ledger_result(found, context.settings.ledger)};
  add_checkpoints(context, found.now, results);
  add_posts(found, results);
  add_blocked(found, results);
  add_brake(found, results);
  add_pause(found, results);
  add_webhooks(context, found.now, results);
  add_campaigns(context, results);
  console.out(checks_json(results) + "\n");
  return kExitDone;
}

}  // namespace jawort
