#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"
#include "engine/flow/list_queue.h"
#include "engine/flow/pause_outbox.h"
#include "engine/flow/queue_action.h"

namespace jawort {
namespace {

using States = std::vector<OutboxState>;

// Without a wish: what an operator has to do with. Nothing leaves the other states any more.
Result<States> states_of(const Invocation& invocation) {
  if (invocation.all) return States{};
  if (invocation.state.empty()) {
    return States{OutboxState::kQueued, OutboxState::kAttempting, OutboxState::kHandingOver,
                  OutboxState::kHeld};
  }
  const auto state = parse_outbox_state(invocation.state);
  if (!state) {
    return invalid("--state: queued, attempting, handing_over, held, sent, failed or dropped");
  }
  return States{*state};
}

std::vector<std::string> message_cells(const OutboxRow& row) {
  const bool over = is_final(row.state);
  return {id_text(row.mail.value),
          std::string(name_of(row.state)),
          printable(row.recipient),
          std::to_string(row.attempts) + (row.attempts == 1 ? " attempt" : " attempts"),
          row.uncertain == 0 ? "" : "uncertain " + std::to_string(row.uncertain),
          over || row.state == OutboxState::kHeld ? "" : "next " + rfc3339(row.next_at),
          printable(row.last_reply)};
}

struct ActionVerb {
  QueueAction action;
  States from;  // what --all means
  std::string_view done;
};

ActionVerb action_of(std::string_view verb) {
  if (verb == "queue retry") {
    return {QueueAction::kRetry, {OutboxState::kQueued}, "to be tried again now"};
  }
  if (verb == "queue release") return {QueueAction::kRelease, {OutboxState::kHeld}, "released"};
  return {QueueAction::kDrop, {OutboxState::kQueued, OutboxState::kHeld}, "dropped"};
}

std::string pause_text(const OutboxPause& pause) {
  return "The outbox is paused since " + rfc3339(pause.since) + ", " + pause.reason +
         ": nothing goes before `jawort queue release --all`.";
}

std::string pause_json(const OutboxPause& pause) {
  return ",\"paused\":{\"since\":" + json_quote(rfc3339(pause.since)) +
         ",\"reason\":" + json_quote(pause.reason) + "}";
}

// What it lets go are the mails that were never uncertain: those that are held stay so until they
// are released on their own.
int end_pause(const Context& context, const Invocation& invocation, Console& console) {
  const auto ended = resume_outbox(context);
  if (!ended.ok()) return report(console, ended.error());
  std::int64_t waiting = 0;
  const Status counted = for_each_queued(context, {States{OutboxState::kQueued}}, 0,
                                         [&](const std::vector<OutboxRow>& rows) {
                                           waiting += static_cast<std::int64_t>(rows.size());
                                           return Status();
                                         });
  if (!counted.ok()) return report(console, counted.error());
  context.mail_queued();
  const std::string number = std::to_string(waiting);
  console.out(invocation.json ? "{\"done\":" + number + "}\n"
                              : "The outbox goes on: " + number +
                                    " mails. Those that are held stay so; a second `queue release "
                                    "--all` lets them go.\n");
  return kExitDone;
}

// The ids first, then the changes: a page must not move under the reader.
Result<std::vector<MailId>> chosen_mails(const Context& context, const Invocation& invocation,
                                         const ActionVerb& verb) {
  std::vector<MailId> ids;
  for (const std::string& text : invocation.arguments) {
    const auto id = parse_id_text(text);
    if (!id) return invalid("\"" + text + "\" is no id of a mail: 16 digits of 0-9 and a-f");
    ids.push_back(MailId{*id});
  }
  if (!invocation.all) return ids;
  JAWORT_TRY(for_each_queued(context, {verb.from}, 0, [&](const std::vector<OutboxRow>& rows) {
    for (const OutboxRow& row : rows) ids.push_back(row.mail);
    return Status();
  }));
  return ids;
}

}  // namespace

int verb_queue_list(const Context& context, const Invocation& invocation, Console& console) {
  const auto states = states_of(invocation);
  if (!states.ok()) return report(console, states.error());
  const auto pause = outbox_pause(context);
  if (!pause.ok()) return report(console, pause.error());
  std::string separator;
  bool any = false;
  const auto print = [&](const std::vector<OutboxRow>& rows) {
    std::vector<std::vector<std::string>> cells;
    for (const OutboxRow& row : rows) {
      any = true;
      if (!invocation.json) {
        cells.push_back(message_cells(row));
        continue;
      }
      console.out(separator + message_json(row));
      separator = ",";
    }
    console.out(aligned(cells));
    return Status();
  };
  if (invocation.json) console.out("{\"messages\":[");
  if (*pause && !invocation.json) console.out(pause_text(**pause) + "\n");
  const Status listed =
      for_each_queued(context, {*states, invocation.uncertain}, invocation.limit, print);
  if (invocation.json) console.out("]" + (*pause ? pause_json(**pause) : "") + "}\n");
  if (!listed.ok()) return report(console, listed.error());
  if (!any && !invocation.json)
    console.out("no such mails; --all shows sent and failed ones too\n");
  return kExitDone;
}

int verb_queue_action(const Context& context, const Invocation& invocation, Console& console) {
  const ActionVerb verb = action_of(invocation.verb);
  if (verb.action == QueueAction::kRelease) {
    const auto pause = outbox_pause(context);
    if (!pause.ok()) return report(console, pause.error());
    if (*pause && invocation.all) return end_pause(context, invocation, console);
  }
  const auto ids = chosen_mails(context, invocation, verb);
  if (!ids.ok()) return report(console, ids.error());
  int done = 0;
  int status = kExitDone;
  for (const MailId id : *ids) {
    const Status acted = act_on_mail(context, id, verb.action);
    if (acted.ok()) {
      ++done;
      continue;
    }
    console.err("jawort: " + id_text(id.value) + ": " + acted.error().message + "\n");
    status = std::max(status, exit_status(acted.error()));
    if (acted.error().kind == ErrorKind::kStorage) break;
  }
  if (done > 0) context.mail_queued();
  console.out(invocation.json ? "{\"done\":" + std::to_string(done) + "}\n"
                              : std::to_string(done) + " " + std::string(verb.done) + "\n");
  return status;
}

}  // namespace jawort
