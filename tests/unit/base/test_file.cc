#include <atomic>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "engine/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace jawort {
namespace {

using testing::TemporaryFolder;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

std::size_t entries(const TemporaryFolder& folder) {
  const std::filesystem::directory_iterator all(folder.path());
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::string content(const std::string& path) {
  const auto text = read_file(path, 1 << 20);
  REQUIRE(text);
  return *text;
}

TEST_CASE("what is written is read back, with its mode and nothing left beside it") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  const mode_t before = ::umask(077);
  CHECK(write_file_durably(path, as_bytes(std::string_view("one\0two", 7)), 0644));
  ::umask(before);
  CHECK(content(path) == std::string("one\0two", 7));
  CHECK(mode_of(path) == 0644);
  CHECK(write_file_durably(path, {}, 0600));
  CHECK(content(path).empty());
  CHECK(mode_of(path) == 0600);
  CHECK(entries(folder) == 1);
}

TEST_CASE("a file that exists is kept where that was asked for") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  REQUIRE(write_file_durably(path, as_bytes("old"), 0600, IfExists::kRefuse));
  const Status again = write_file_durably(path, as_bytes("new"), 0600, IfExists::kRefuse);
  REQUIRE_FALSE(again);
  CHECK(again.error().kind == ErrorKind::kRefused);
  CHECK(again.error().message.find(path) != std::string::npos);
  CHECK(content(path) == "old");
  CHECK(entries(folder) == 1);
}

TEST_CASE("of several writers of one new file exactly one wins") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (char name = 'a'; name < 'i'; ++name) {
    threads.emplace_back([&, name] {
      if (write_file_durably(path, as_bytes(std::string(1000, name)), 0600, IfExists::kRefuse))
        ++won;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(won == 1);
  const std::string text = content(path);
  CHECK(text == std::string(1000, text[0]));
  CHECK(entries(folder) == 1);
}

TEST_CASE("a reader sees the old or the new file, never a part") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  REQUIRE(write_file_durably(path, as_bytes(std::string(50000, 'x')), 0600));
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < 50; ++i) {
      if (!write_file_durably(path, as_bytes(std::string(50000, i % 2 ? 'x' : 'y')), 0600)) break;
    }
    done = true;
  });
  int torn = 0;
  while (!done) {
    const auto text = read_file(path, 1 << 20);
    if (!text || *text != std::string(50000, (*text)[0])) ++torn;
  }
  writer.join();
  CHECK(torn == 0);
}

TEST_CASE("the limit of a read is exact") {
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  REQUIRE(write_file_durably(path, as_bytes(std::string(100000, 'x')), 0600));
  CHECK(read_file(path, 100000).ok());
  const auto tight = read_file(path, 99999);
  REQUIRE_FALSE(tight);
  CHECK(tight.error().kind == ErrorKind::kInvalid);
  REQUIRE(write_file_durably(path, {}, 0600));
  CHECK(read_file(path, 0).ok());
}

TEST_CASE("errors say which path and why") {
  const TemporaryFolder folder;
  const auto missing = read_file(folder.file("none"), 10);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::kNotFound);
  CHECK(missing.error().message.find(folder.file("none")) != std::string::npos);
  CHECK(missing.error().message.find("No such file") != std::string::npos);

  const auto directory = read_file(folder.path(), 10);
  REQUIRE_FALSE(directory);
  CHECK(directory.error().kind == ErrorKind::kInvalid);

  const Status nowhere = write_file_durably(folder.file("none/a"), as_bytes("x"), 0600);
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().kind == ErrorKind::kStorage);

  REQUIRE(std::filesystem::create_directory(folder.file("taken")));
  const Status taken = write_file_durably(folder.file("taken"), as_bytes("x"), 0600);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().kind == ErrorKind::kStorage);
  CHECK(entries(folder) == 1);  // the unfinished file is gone

  CHECK_FALSE(sync_folder(folder.file("none")));
  CHECK(sync_folder(folder.path()));
}

}  // namespace
}  // namespace jawort
