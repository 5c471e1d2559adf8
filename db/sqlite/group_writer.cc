#include "db/sqlite/group_writer.h"

#include <algorithm>

#include "engine/base/thread_name.h"

namespace jawort {
namespace {

constexpr std::size_t kMaxGroup = 256;
// A large log between checkpoints: pages that are written often reach the file once. Measured best
// at a million rows (p99.9); see the note on checkpoints in db/README.md.
constexpr int kCheckpointPages = 4000;
constexpr int kTightCheckpointPages = 250;  // while the disk is nearly full
constexpr int kPageBytes = 4096;
constexpr int kCheckpointAgainPages = 1000;  // when a reader kept the last one from finishing
constexpr std::chrono::milliseconds kIdle{1000};

// What a checkpoint may add to the database file has to fit in what is free when forms stop.
int log_limit(const DiskReserve& reserve) {
  if (reserve.bytes() == 0) return kCheckpointPages;
  const std::int64_t fitting = std::max<std::int64_t>(reserve.bytes() / 4 / kPageBytes, 1);
  return static_cast<int>(std::min<std::int64_t>(fitting, kCheckpointPages));
}

}  // namespace

GroupWriter::GroupWriter(std::unique_ptr<Connection> connection, Health& health,
                         DiskReserve& reserve, std::function<void(int)> on_commit,
                         std::unique_ptr<OptOutJournal> journal)
    : connection_(std::move(connection)),
      tables_(*connection_),
      health_(health),
      reserve_(reserve),
      on_commit_(std::move(on_commit)),
      journal_(std::move(journal)),
      log_limit_pages_(log_limit(reserve)),
      checkpoint_at_pages_(log_limit_pages_),
      thread_([this] { run(); }) {}

GroupWriter::~GroupWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

Status GroupWriter::write(const Work& work, Need need) {
  if (std::this_thread::get_id() == thread_.get_id()) {
    return internal_error("a write inside a write would wait for itself");
  }
  Pending pending{work, need};
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(&pending);
  }
  arrived_.notify_one();
  std::unique_lock lock(pending.mutex);
  pending.changed.wait(lock, [&] { return pending.done; });
  return std::move(pending.result);
}

Result<bool> GroupWriter::empty_log() {
  bool done = false;
  const Work note = [&](Tables&) -> Status {
    done = emptied_;
    return {};
  };
  JAWORT_TRY(write(note, Need::kEmptyLog));
  return done;
}

void GroupWriter::run() {
  name_thread("db-writer");
  Group group;
  while (take(group)) {
    if (const Group with_room = admitted(group); !with_room.empty()) commit(with_room);
    empty_log_for(group);
    release(group);
    checkpoint_if_due();
  }
}

bool GroupWriter::take(Group& group) {
  group.clear();
  std::unique_lock lock(mutex_);
  const auto due = [this] { return stopping_ || !waiting_.empty(); };
  while (!emptied_ && !arrived_.wait_for(lock, kIdle, due)) {
    lock.unlock();
    checkpoint_when_idle();
    lock.lock();
  }
  arrived_.wait(lock, due);
  const std::size_t size = std::min(waiting_.size(), kMaxGroup);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
  group.assign(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  return !group.empty();
}

GroupWriter::Group GroupWriter::admitted(const Group& group) {
  reserve_.look();
  const bool enough = reserve_.space() == DiskSpace::kEnough;
  Group works;
  for (Pending* pending : group) {
    if (pending->need == Need::kEmptyLog) continue;
    if (enough || pending->need == Need::kDuty) {
      works.push_back(pending);
    } else {
      pending->result = unavailable("the disk is nearly full");
    }
  }
  return works;
}

void GroupWriter::empty_log_for(const Group& group) {
  const auto asks = [](const Pending* pending) { return pending->need == Need::kEmptyLog; };
  if (std::ranges::none_of(group, asks)) return;
  if (health_.good()) checkpoint_when_idle();
  for (Pending* pending : group) {
    if (!asks(pending)) continue;
    pending->result = health_.good() ? pending->work(tables_) : Health::stopped();
  }
}

// A savepoint costs a copy of every page that a work touches, and works rarely fail after they have
// written something. So they run without, and only then the group is repeated with savepoints.
void GroupWriter::commit(const Group& group) {
  if (!health_.good()) return fail(group, "before");
  emptied_ = false;
  if (!begin(group)) return;
  std::optional<int> staying = run_together(group);
  if (!staying && !connection_->failed() && group.size() > 1) {
    const Status undone = connection_->run("ROLLBACK");
    if (!undone.ok()) return fail(group, undone.error().message);
    if (!begin(group)) return;
    const auto apart = run_apart(group);
    if (!apart.ok()) return fail(group, apart.error().message);
    staying = *apart;
  }
  if (connection_->failed()) return fail(group, connection_->failure());
  end(group, staying.value_or(0));
}

bool GroupWriter::begin(const Group& group) {
  const Status begun = connection_->run("BEGIN IMMEDIATE");
  if (begun.ok()) return true;
  // Another program holds the file (a shell of the operator): nothing was lost, so try again later.
  if (begun.error().kind == ErrorKind::kUnavailable) {
    for (Pending* pending : group) pending->result = begun.error();
  } else {
    fail(group, begun.error().message);
  }
  return false;
}

std::optional<int> GroupWriter::run_together(const Group& group) {
  int staying = 0;
  for (Pending* pending : group) {
    const std::int64_t before = connection_->changes();
    pending->result = connection_->guarded([&] { return pending->work(tables_); });
    if (connection_->failed()) return std::nullopt;
    if (pending->result.ok()) {
      ++staying;
    } else if (connection_->changes() != before) {
      return std::nullopt;
    }
  }
  return staying;
}

// An error here is one of the savepoints, not of a work.
Result<int> GroupWriter::run_apart(const Group& group) {
  int staying = 0;
  for (Pending* pending : group) {
    JAWORT_TRY(connection_->run("SAVEPOINT work"));
    pending->result = connection_->guarded([&] { return pending->work(tables_); });
    if (connection_->failed()) return storage_error(connection_->failure());
    if (!pending->result.ok()) JAWORT_TRY(connection_->run("ROLLBACK TO work"));
    JAWORT_TRY(connection_->run("RELEASE work"));
    if (pending->result.ok()) ++staying;
  }
  return staying;
}

void GroupWriter::end(const Group& group, int staying) {
  const Status ended = connection_->run(staying > 0 ? "COMMIT" : "ROLLBACK");
  if (!ended.ok()) return fail(group, ended.error().message);
  if (staying > 0 && journal_) journal_->catch_up(*connection_);
  if (staying > 0 && on_commit_) on_commit_(staying);
}

// What is on disk is open from here on, so nobody in the group is told that it was written.
void GroupWriter::fail(const Group& group, std::string_view cause) {
  health_.fail(cause);
  if (connection_->in_transaction()) (void)connection_->run("ROLLBACK");
  for (Pending* pending : group) pending->result = Health::stopped();
}

void GroupWriter::release(const Group& group) {
  for (Pending* pending : group) {
    const std::lock_guard lock(pending->mutex);
    pending->done = true;
    pending->changed.notify_one();  // under the lock: afterwards `pending` may be gone
  }
}

void GroupWriter::checkpoint_if_due() {
  const int pages = connection_->log_pages();
  const bool tight = reserve_.space() != DiskSpace::kEnough;
  const int limit = tight ? std::min(kTightCheckpointPages, log_limit_pages_) : log_limit_pages_;
  // The log began anew, or has to be shorter from now on.
  if (pages < pages_before_ || tight != was_tight_) checkpoint_at_pages_ = limit;
  const bool give_back = tight && !was_tight_;  // what the log's file holds
  pages_before_ = pages;
  was_tight_ = tight;
  if (!health_.good() || (pages < checkpoint_at_pages_ && !give_back)) return;
  reserve_.look();
  const auto done = connection_->checkpoint(give_back ? Connection::Checkpoint::kTruncate
                                                      : Connection::Checkpoint::kKeep);
  checkpoint_at_pages_ = pages + kCheckpointAgainPages;
  if (!done.ok()) health_.fail(done.error().message);
}

// With nothing to do the log is emptied: what was erased does not stay in it, and the next start
// need not read it. A reader in the way, and it is tried again after the next idle second.
void GroupWriter::checkpoint_when_idle() {
  if (!health_.good()) {
    emptied_ = true;
    return;
  }
  reserve_.look();  // it makes the file grow, and somebody may have filled the disk since the write
  const auto done = connection_->checkpoint(Connection::Checkpoint::kTruncate);
  if (!done.ok()) health_.fail(done.error().message);
  emptied_ = !done.ok() || *done;
}

}  // namespace jawort
