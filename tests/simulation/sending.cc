// The loop of engine/flow/worker without its threads: waiting is moving the clock.
#include <algorithm>

#include "engine/flow/run_steps.h"
#include "tests/simulation/life.h"
#include "tests/support/catch.h"

namespace jawort::simulation {

using std::chrono::minutes;
using std::chrono::seconds;

void Life::send_until(milliseconds until) {
  while (world_.clock.monotonic() < until) {
    if (send_what_is_due()) continue;
    const milliseconds now = world_.clock.monotonic();
    world_.clock.advance(std::max(next_look(until) - now, milliseconds{1}));
  }
}

// False: nothing could be sent now.
bool Life::send_what_is_due() {
  put_forward_.clear();
  const auto steps = run_steps(world_.context(), 50);
  REQUIRE((steps.ok() || steps.error().kind == ErrorKind::kUnavailable));
  const auto due = due_mails(world_.context(), dispatcher_->wanted());
  REQUIRE(due.ok());
  for (const DueMail& mail : due->mails) dispatcher_->offer(mail);
  struct Attempt {
    MailId mail;
    AttemptEnd end;
    Instant at;
  };
  std::vector<Attempt> attempts;
  const auto first = dispatcher_->next(world_.clock.monotonic());
  if (first) {
    const Status sent =
        send_mails(world_.context(), relay_, *first, [&](MailId mail, const AttemptEnd& end) {
          attempts.push_back({mail, end, world_.clock.now()});
          dispatcher_->ended(mail, end, world_.clock.monotonic());
          return dispatcher_->next(world_.clock.monotonic());
        });
    REQUIRE(sent.ok());
  }
  for (const Attempt& attempt : attempts) check_plan(attempt.mail, attempt.end, attempt.at);
  const auto postponed = dispatcher_->take_postponed();
  const Status written = postpone_mails(world_.context(), postponed);
  REQUIRE((written.ok() || written.error().kind == ErrorKind::kUnavailable));
  return first.has_value();
}

milliseconds Life::next_look(milliseconds until) {
  const milliseconds now = world_.clock.monotonic();
  milliseconds look = until;
  if (const auto at = dispatcher_->next_at(now)) look = std::min(look, *at);
  const auto due = due_mails(world_.context(), {});
  REQUIRE(due.ok());
  if (due->next_due) look = std::min(look, now + (*due->next_due - world_.clock.now()));
  // The worker looks every five seconds, because the clock may be set without a word; here minutes.
  return std::min(look, now + minutes{15});
}

// PROMISES 23: about 10 minutes, about 30, then an hour ± 10 %.
void Life::check_plan(MailId mail, const AttemptEnd& end, Instant at) {
  // What was answered and is queued was put off by the gate, until its window or frequency allows.
  if (end.again || end.outcome == AttemptOutcome::kTaken ||
      end.outcome == AttemptOutcome::kNotMade || end.outcome == AttemptOutcome::kAnswered) {
    return;
  }
  OutboxRow row;
  REQUIRE(world_.store().read([&](const Tables& tables) -> Status {
    const auto found = tables.outbox().find(mail);
    REQUIRE((found.ok() && *found));
    row = **found;
    return {};
  }));
  if (row.state != OutboxState::kQueued || put_forward_.contains(mail)) return;
  const std::int64_t base = row.attempts == 1 ? 10 : row.attempts == 2 ? 30 : 60;
  const milliseconds pause = row.next_at - at;
  const milliseconds slack{base * 60'000 / 10 + 1};
  journal_.expect(pause >= minutes{base} - slack && pause <= minutes{base} + slack,
                  "attempt " + std::to_string(row.attempts) + " is tried again by the plan");
}

}  // namespace jawort::simulation
