#include "tests/simulation/life.h"

#include "engine/flow/expire_pending.h"
#include "engine/flow/recover_outbox.h"
#include "tests/simulation/crashing_store.h"
#include "webhooks/incoming/routes.h"

namespace jawort::simulation {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Life::Life(std::uint64_t seed, const std::filesystem::path& folder, const Flaw& flaw)
    : dice_(seed),
      world_({}, seed, folder),
      journal_(world_.clock),
      fate_(dice_),
      relay_(dice_, world_.clock, journal_, fate_),
      flaw_(flaw) {
  relay_.defect = flaw.transport;
  relay_.meanwhile = [this] { somebody_acts(); };
  relay_.about_to_deliver = [this](const Hash256& hash, const Letter& letter) {
    check_delivery(hash, letter);
  };
  start_again();
  new_wording();
}

void Life::run(int steps) {
  // Some lives are calm, in some everything breaks.
  fate_.crash_once_in(std::vector<std::size_t>{0, 400, 100, 30}[dice_.roll(4)]);
  fate_.busy_once_in(std::vector<std::size_t>{0, 50}[dice_.roll(2)]);
  for (int i = 0; i < steps; ++i) {
    guarded([this] { step(); });
    if (dice_.one_in(20)) guarded([this] { check_now(); });
  }
  come_to_rest();
  check_now();
  check_in_the_end();
  world_.check_invariants();
}

void Life::guarded(const std::function<void()>& act) {
  try {
    act();
  } catch (const Crash&) {
    journal_.note("CRASH");
    in_a_moment_ = false;
    world_.clock.advance(dice_.upto(dice_.one_in(5) ? hours{6} : minutes{5}));
    start_again();
  }
}

void Life::start_again() {
  for (bool running = false; !running;) {
    fate_.new_life();
    dispatcher_.reset();
    routes_ = nullptr;
    try {
      const Status started = world_.restart([this](std::unique_ptr<Store> store) {
        return std::make_unique<CrashingStore>(std::move(store), fate_);
      });
      running = started.ok();
      journal_.expect(running || started.error().kind == ErrorKind::kUnavailable,
                      "a start fails only while the database is held");
    } catch (const Crash&) {
      journal_.note("CRASH while starting");
    }
  }
  dispatcher_ = std::make_unique<Dispatcher>(DispatchSettings{1, {}});
  routes_ = public_routes(world_.context(), {}, [] { return true; });
}

void Life::step() {
  switch (dice_.roll(16)) {
    case 0:
    case 1:
    case 2:
      return sign_up();
    case 3:
    case 4:
    case 5:
    case 6:
      return read_a_letter();
    case 7:
      if (Letter* letter = any_letter()) scan(*letter);
      return;
    case 8:
      return change_weather();
    case 9:
      if (dice_.one_in(3)) set_clock();
      return;
    case 10:
      if (dice_.one_in(2)) return queue_action();
      if (dice_.one_in(3)) erase();
      return;
    case 11:
      if (dice_.one_in(5)) new_wording();
      return;
    case 12:
      return time_passes(dice_.upto(hours{30}));
    default:
      return time_passes(dice_.upto(minutes{90}));
  }
}

void Life::change_weather() {
  switch (dice_.roll(4)) {
    case 0:
      journal_.note("the relay is down");
      return relay_.down_for(dice_.upto(dice_.one_in(6) ? hours{26} : hours{3}));
    case 1:
      journal_.note("the relay refuses us");
      return relay_.refuses_us_for(dice_.upto(hours{2}));
    default:
      relay_.down_for(milliseconds{0});
      return relay_.refuses_us_for(milliseconds{0});
  }
}

void Life::set_clock() {
  const milliseconds by = dice_.upto(hours{12}) - hours{6};
  journal_.note("the clock is set by " + std::to_string(by.count()) + " ms");
  world_.clock.step(by);
}

void Life::time_passes(milliseconds time) {
  const milliseconds end = world_.clock.monotonic() + time;
  journal_.note("time passes");
  send_until(end);
  const auto expired = expire_pending(world_.context(), 1000);
  journal_.expect(
      expired.ok() || expired.error().kind == ErrorKind::kUnavailable,
      "what is past its time can end" + (expired.ok() ? "" : ": " + expired.error().message));
}

// Nothing breaks any more and nobody does anything; whatever was under way comes to its end.
void Life::come_to_rest() {
  journal_.note("all comes to rest");
  fate_.crash_once_in(0);
  fate_.busy_once_in(0);
  start_again();
  relay_.calm();
  relay_.meanwhile = [] {};
  for (int day = 0; day < 9; ++day) time_passes(hours{24});
}

}  // namespace jawort::simulation
