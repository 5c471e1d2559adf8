// The one thread that writes: it takes whatever waits, commits it as one group, and only then lets
// those who wait go on. It waits for no timer, so a lone write goes at once.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "db/sqlite/connection.h"
#include "db/sqlite/disk_reserve.h"
#include "db/sqlite/health.h"
#include "db/sqlite/opt_out_journal.h"
#include "db/sqlite/tables.h"

namespace jawort {

class GroupWriter {
 public:
  using Work = std::function<Status(Tables&)>;

  // `health` fails at the first storage error, also by others; from then on nothing is written.
  // `on_commit` (may be empty) is told the number of works in each durable group. `reserve` is
  // looked after by the writer's thread from now on; so is `journal` (may be null), before those
  // who wait are released.
  GroupWriter(std::unique_ptr<Connection> connection, Health& health, DiskReserve& reserve,
              std::function<void(int)> on_commit, std::unique_ptr<OptOutJournal> journal);
  ~GroupWriter();  // finishes what waits; REQUIRES: no thread calls write() any more

  // kDuty as Store::write, kGrowth as Store::write_if_room. Thread-safe.
  enum class Need : std::uint8_t { kDuty, kGrowth, kEmptyLog };  // the last for empty_log() alone
  Status write(const Work& work, Need need);
  // As Store::empty_log, tried once.
  Result<bool> empty_log();

 private:
  // Lives on the stack of the thread that waits.
  struct Pending {
    const Work& work;
    const Need need;
    Status result{};
    std::mutex mutex{};  // guards done
    std::condition_variable changed{};
    bool done = false;
  };
  using Group = std::vector<Pending*>;

  void run();
  bool take(Group& group);  // false: nothing waits and nothing will come
  // Those that there is room for; the others have their answer.
  Group admitted(const Group& group);
  void commit(const Group& group);
  void empty_log_for(const Group& group);  // after the group's commit
  bool begin(const Group& group);
  // How many works shall stay; nothing when one failed and left something behind that cannot be
  // told apart from what the others wrote.
  std::optional<int> run_together(const Group& group);
  Result<int> run_apart(const Group& group);  // each in a savepoint
  void end(const Group& group, int staying);
  void fail(const Group& group, std::string_view cause);
  static void release(const Group& group);
  void checkpoint_if_due();
  void checkpoint_when_idle();

  const std::unique_ptr<Connection> connection_;  // used by thread_ alone
  SqliteTables tables_;
  Health& health_;
  DiskReserve& reserve_;
  const std::function<void(int)> on_commit_;
  const std::unique_ptr<OptOutJournal> journal_;  // used by thread_ alone
  const int log_limit_pages_;                     // of the log between two checkpoints
  int checkpoint_at_pages_;                       // used by thread_ alone
  bool was_tight_ = false;  // there was no room for growth; used by thread_ alone
  int pages_before_ = 0;    // of the log after the last group; used by thread_ alone
  bool emptied_ = false;    // the log is empty as far as it can be; used by thread_ alone

  std::mutex mutex_;  // guards waiting_ and stopping_
  std::condition_variable arrived_;
  std::deque<Pending*> waiting_;
  bool stopping_ = false;

  std::thread thread_;  // last, so that all it uses is there before it starts
};

}  // namespace jawort
