// A disk that fills: what makes the database grow stops, what must go on goes on from the reserve.
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <thread>
#include <unistd.h>

#include "db/sqlite/sqlite_store.h"
#include "tests/db/test_store.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace jawort::testing {
namespace {

constexpr std::int64_t kMebi = 1024 * 1024;
constexpr std::int64_t kReserve = 8 * kMebi;

// A file system of its own, in memory. Only root may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size) {
    const std::string options = "size=" + size;
    mounted_ = mount("none", folder_.path().c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount(folder_.path().c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::int64_t free() const {
    struct statvfs info {};
    REQUIRE(statvfs(folder_.path().c_str(), &info) == 0);
    return static_cast<std::int64_t>(info.f_bavail * info.f_frsize);
  }
  // Another program that leaves so many bytes free.
  void eat_but(std::int64_t left) const {
    const int descriptor = open(file("eater").c_str(), O_WRONLY | O_CREAT, 0600);
    REQUIRE(descriptor >= 0);
    REQUIRE(posix_fallocate(descriptor, 0, free() - left) == 0);
    close(descriptor);
  }
  void spit_out() const { REQUIRE(unlink(file("eater").c_str()) == 0); }

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
};

std::unique_ptr<Store> open_store(const SmallDisk& disk, std::int64_t reserve = kReserve) {
  static NullLog log;
  SqliteOptions options;
  options.path = disk.file("jawort.db");
  options.reserve_bytes = reserve;
  auto store = open_sqlite_store(options, log);
  INFO((store.ok() ? "" : store.error().message));
  REQUIRE(store.ok());
  return std::move(*store);
}

// As a form post: a contact, its consent, a mail of some kilobytes.
Status sign_up(Store& store, std::int64_t id) {
  return store.write_if_room([&](Tables& tables) -> Status {
    JAWORT_TRY(tables.contacts().insert(sample_contact(id)));
    JAWORT_TRY(tables.consents().put(pending_consent(id + 1, id)));
    MailRow mail = sample_mail(id + 2);
    mail.message.append(5000, 'x');
    return tables.outbox().queue(mail, moment(0));
  });
}

std::int64_t sign_up_until_full(Store& store) {
  for (std::int64_t id = 10;; id += 10) {
    const Status status = sign_up(store, id);
    if (status.ok()) continue;
    CHECK(status.error().kind == ErrorKind::kUnavailable);
    return id;
  }
}

// As a revocation: an event with its values, the stamp; each flushed for itself.
int revoke(Store& store, std::int64_t people, int count) {
  int done = 0;
  for (int i = 0; i < count; ++i) {
    const std::int64_t contact = 10 + std::int64_t{i} * 10 % (people - 10);
    const Status status = store.write([&](Tables& tables) -> Status {
      EventRow event = sample_event(*tables.events().last_sequence() + 1);
      event.contact = ContactId{contact};
      JAWORT_TRY(tables.events().append(event, sample_values(event.sequence)));
      Consent consent = revoked_consent(contact + 1, contact);
      consent.purpose = "newsletter";
      return tables.consents().put(consent);
    });
    if (status.ok()) ++done;
  }
  return done;
}

#define NEEDS_DISK(disk)                                \
  if (!(disk).mounted()) {                              \
    WARN("skipped: mounting a file system takes root"); \
    return;                                             \
  }

void fill_then_revoke(int revocations) {
  const SmallDisk disk("32m");
  NEEDS_DISK(disk)
  const auto store = open_store(disk);
  CHECK(store->space() == DiskSpace::kEnough);
  const std::int64_t people = sign_up_until_full(*store);
  CHECK(people > 10000);
  CHECK(store->space() != DiskSpace::kEnough);
  CHECK(revoke(*store, people, revocations) == revocations);
  CHECK(store->healthy());
}

}  // namespace

TEST_CASE("when the disk is full sign-ups stop and revocations go on") { fill_then_revoke(1000); }

TEST_CASE("ten thousand revocations after sign-ups stopped", "[long]") { fill_then_revoke(10000); }

TEST_CASE(
    "another program fills the disk: the reserve is used, and taken again when there is room") {
  const SmallDisk disk("48m");
  NEEDS_DISK(disk)
  const auto store = open_store(disk);
  std::int64_t people = 10;
  for (; people <= 1000; people += 10) REQUIRE(sign_up(*store, people).ok());
  disk.eat_but(100'000);
  CHECK(sign_up(*store, people).error().kind == ErrorKind::kUnavailable);
  CHECK(store->space() == DiskSpace::kReserveInUse);
  CHECK(access(disk.file("jawort.db.reserve").c_str(), F_OK) != 0);
  CHECK(revoke(*store, people, 500) == 500);

  disk.spit_out();
  CHECK(sign_up(*store, people).ok());
  CHECK(store->space() == DiskSpace::kEnough);
  CHECK(access(disk.file("jawort.db.reserve").c_str(), F_OK) == 0);
  CHECK(disk.free() < 40 * kMebi);
}

TEST_CASE(
    "the disk fills between a write and the idle second after it: the log is moved all the same") {
  const SmallDisk disk("48m");
  NEEDS_DISK(disk)
  const auto store = open_store(disk);
  for (std::int64_t id = 10; id <= 1000; id += 10) REQUIRE(sign_up(*store, id).ok());
  disk.eat_but(0);
  const auto log_bytes = [&] { return std::filesystem::file_size(disk.file("jawort.db-wal")); };
  REQUIRE(log_bytes() > 0);
  for (int i = 0; i < 2000 && log_bytes() > 0 && store->healthy(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  CHECK(store->healthy());
  CHECK(log_bytes() == 0);
  CHECK(store->space() == DiskSpace::kReserveInUse);
  CHECK(revoke(*store, 1000, 100) == 100);
}

TEST_CASE("forms stop before the reserve is touched, and go on with a quarter more than that") {
  const SmallDisk disk("48m");
  NEEDS_DISK(disk)
  const auto store = open_store(disk);
  disk.eat_but(kReserve - kMebi);
  CHECK_FALSE(sign_up(*store, 10).ok());
  CHECK(store->space() == DiskSpace::kFormsStopped);
  disk.spit_out();
  disk.eat_but(kReserve + kMebi);
  CHECK_FALSE(sign_up(*store, 10).ok());
  disk.spit_out();
  disk.eat_but(kReserve + 3 * kMebi);
  CHECK(sign_up(*store, 10).ok());
}

TEST_CASE("a start on a full disk uses the reserve") {
  const SmallDisk disk("48m");
  NEEDS_DISK(disk) {
    const auto store = open_store(disk);
    CHECK(sign_up(*store, 10).ok());
  }
  disk.eat_but(0);
  const auto store = open_store(disk);
  CHECK(store->space() == DiskSpace::kReserveInUse);
  CHECK(revoke(*store, 20, 100) == 100);
}

TEST_CASE("without a reserve a full disk stops the store, and what was acknowledged is there") {
  const SmallDisk disk("4m");
  NEEDS_DISK(disk)
  std::int64_t acknowledged = 0;
  {
    const auto store = open_store(disk, 0);
    Status status;
    while ((status = sign_up(*store, (acknowledged + 1) * 10)).ok()) ++acknowledged;
    CHECK(status.error().kind == ErrorKind::kStorage);
    CHECK_FALSE(store->healthy());
    CHECK(sign_up(*store, 1).error().kind == ErrorKind::kStorage);
  }
  CHECK(acknowledged > 10);
  static NullLog log;
  const auto reader = sqlite_migration_state(disk.file("jawort.db"));
  CHECK(reader.ok());
}

}  // namespace jawort::testing
