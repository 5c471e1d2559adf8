#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/evidence/keys.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace jawort {
namespace {

using testing::TemporaryFolder;

const Instant kNow = *parse_rfc3339("2026-11-25T09:31:20.114Z");

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

void write(const std::string& path, std::string_view text, mode_t mode = 0600) {
  REQUIRE(write_file_durably(path, as_bytes(text), mode));
}

std::string key_text(std::uint8_t byte) { return to_base64(Bytes(32, byte)) + "\n"; }

// A folder with the given token keys and an address key.
void write_keys(const TemporaryFolder& folder, std::initializer_list<int> ids) {
  for (const int id : ids) {
    write(folder.file("token-" + std::to_string(id) + ".key"),
          key_text(static_cast<std::uint8_t>(id)));
  }
  write(folder.file("address.key"), key_text(0));
}

Error load_error(const std::string& folder) {
  const auto keys = load_keys(folder);
  REQUIRE_FALSE(keys);
  CHECK(keys.error().kind == ErrorKind::kConfiguration);
  return keys.error();
}

bool mentions(const Error& error, std::string_view text) {
  return error.message.find(text) != std::string::npos;
}

TEST_CASE("fresh keys: folder 0700, files 0600, two different secrets") {
  const TemporaryFolder parent;
  const std::string folder = parent.file("keys");
  SystemRandom random;
  REQUIRE(create_keys(folder, random, kNow));
  CHECK(mode_of(folder) == 0700);
  CHECK(mode_of(folder + "/token-1.key") == 0600);
  CHECK(mode_of(folder + "/ledger-1.key") == 0600);
  CHECK(mode_of(folder + "/address.key") == 0600);
  const std::filesystem::directory_iterator all(folder);
  CHECK(std::distance(begin(all), end(all)) == 3);

  const auto keys = load_keys(folder);
  REQUIRE(keys);
  REQUIRE(keys->token.ids() == std::vector<std::uint8_t>{1});
  REQUIRE(keys->ledger.ids() == std::vector<std::uint8_t>{1});
  const Secret& token = *keys->token.find(1);
  CHECK(token.reveal().size() == 32);
  CHECK(keys->address.reveal().size() == 32);
  CHECK_FALSE(equal_in_constant_time(token.reveal(), keys->address.reveal()));
  CHECK_FALSE(equal_in_constant_time(token.reveal(), keys->ledger.find(1)->reveal()));
  const auto text = read_file(folder + "/token-1.key", 100);
  REQUIRE(text);
  CHECK(*text == to_base64(token.reveal()) + "\ncreated 2026-11-25T09:31:20.114Z\n");
}

TEST_CASE("two installations have different keys") {
  const TemporaryFolder a;
  const TemporaryFolder b;
  SystemRandom random;
  REQUIRE(create_keys(a.path(), random, kNow));  // a folder that exists is fine
  REQUIRE(create_keys(b.path() + "/", random, kNow));
  const auto first = load_keys(a.path());
  const auto second = load_keys(b.path() + "/");
  REQUIRE(first);
  REQUIRE(second);
  CHECK_FALSE(equal_in_constant_time(first->address.reveal(), second->address.reveal()));
  CHECK_FALSE(
      equal_in_constant_time(first->token.find(1)->reveal(), second->token.find(1)->reveal()));
}

TEST_CASE("existing key files are not overwritten, whichever they are") {
  SystemRandom random;
  for (const char* name :
       {"token-1.key", "token-7.key", "address.key", "token-x.key", "ledger-2.key"}) {
    const TemporaryFolder folder;
    write(folder.file(name), "old");
    write(folder.file("note.txt"), "not ours");
    const Status status = create_keys(folder.path(), random, kNow);
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::kRefused);
    CHECK(mentions(status.error(), folder.file(name)));
    const auto text = read_file(folder.file(name), 100);
    REQUIRE(text);
    CHECK(*text == "old");
    const std::filesystem::directory_iterator all(folder.path());
    CHECK(std::distance(begin(all), end(all)) == 2);
  }
}

TEST_CASE("a folder that cannot be made is an error") {
  const TemporaryFolder parent;
  SystemRandom random;
  CHECK_FALSE(create_keys(parent.file("none/keys"), random, kNow));
  write(parent.file("file"), "");
  CHECK_FALSE(create_keys(parent.file("file"), random, kNow));
}

TEST_CASE("several token keys are loaded by their numbers, other files left alone") {
  const TemporaryFolder folder;
  write_keys(folder, {2, 10, 255});
  write(folder.file("README"), "hands off", 0644);
  write(folder.file("token-3.key.old"), "x", 0644);
  const auto keys = load_keys(folder.path());
  REQUIRE(keys);
  CHECK(keys->token.ids() == std::vector<std::uint8_t>{2, 10, 255});
  CHECK(keys->token.current() == 255);
  CHECK(keys->token.find(10)->reveal()[0] == 10);
}

TEST_CASE("a key without its line end is read too") {
  const TemporaryFolder folder;
  write_keys(folder, {1});
  write(folder.file("address.key"), to_base64(Bytes(32, 9)));
  CHECK(load_keys(folder.path()).ok());
}

TEST_CASE("missing keys are named") {
  const TemporaryFolder folder;
  CHECK(mentions(load_error(folder.file("none")), folder.file("none")));
  CHECK(mentions(load_error(folder.path()), folder.file("token-1.key")));
  write(folder.file("token-1.key"), key_text(1));
  CHECK(mentions(load_error(folder.path()), folder.file("address.key")));
  write(folder.file("address.key"), key_text(0));
  CHECK(load_keys(folder.path()).ok());
}

TEST_CASE("a key file that others can read or write is refused, with the cure") {
  const TemporaryFolder folder;
  for (const char* name : {"token-1.key", "address.key"}) {
    for (const mode_t mode : {0640U, 0604U, 0660U, 0602U, 0644U, 0777U}) {
      write_keys(folder, {1});
      REQUIRE(::chmod(folder.file(name).c_str(), mode) == 0);
      const Error error = load_error(folder.path());
      CHECK(mentions(error, "chmod 600 " + folder.file(name)));
    }
  }
  write_keys(folder, {1});
  REQUIRE(::chmod(folder.file("address.key").c_str(), 0400) == 0);
  CHECK(load_keys(folder.path()).ok());
}

TEST_CASE("root may give a key to a group, and to nobody else") {
  if (::geteuid() != 0) return;  // only root can
  const TemporaryFolder folder;
  write_keys(folder, {1});
  const std::string path = folder.file("token-1.key");
  REQUIRE(::chown(path.c_str(), 0, 1) == 0);
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  CHECK(load_keys(folder.path()).ok());
  for (const mode_t mode : {0660U, 0644U, 0650U}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    CHECK(mentions(load_error(folder.path()), "chmod 600 " + path));
  }
}

TEST_CASE("a key behind a symbolic link is judged by what is at its end") {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  write_keys(folder, {1});
  const std::string target = elsewhere.file("secret");
  write(target, key_text(2));
  REQUIRE(::symlink(target.c_str(), folder.file("token-2.key").c_str()) == 0);
  const auto keys = load_keys(folder.path());
  REQUIRE(keys);
  CHECK(keys->token.current() == 2);
  REQUIRE(::chmod(target.c_str(), 0644) == 0);
  CHECK(mentions(load_error(folder.path()), "chmod 600 " + folder.file("token-2.key")));
  REQUIRE(::unlink(target.c_str()) == 0);
  CHECK(mentions(load_error(folder.path()), folder.file("token-2.key")));
}

TEST_CASE("a pipe in place of a key does not keep anybody waiting") {
  const TemporaryFolder folder;
  write_keys(folder, {1});
  REQUIRE(::mkfifo(folder.file("token-2.key").c_str(), 0600) == 0);
  CHECK(mentions(load_error(folder.path()), folder.file("token-2.key")));
}

TEST_CASE("a key folder into which others may write is refused, with the cure") {
  const TemporaryFolder folder;
  write_keys(folder, {1});
  for (const mode_t mode : {0770U, 0702U, 01777U}) {
    REQUIRE(::chmod(folder.path().c_str(), mode) == 0);
    CHECK(mentions(load_error(folder.path()), "chmod 700 " + folder.path()));
  }
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  CHECK(load_keys(folder.path()).ok());
}

TEST_CASE("a rotation adds the next key and leaves the others alone") {
  const TemporaryFolder folder;
  SystemRandom random;
  write_keys(folder, {1, 4});
  write(folder.file("token-5.key.new-a1B2c3"), "of a rotation that was killed");
  const auto added = add_token_key(folder.path(), random, kNow);
  REQUIRE(added);
  CHECK(added->id == 5);
  CHECK(mode_of(folder.file("token-5.key")) == 0600);
  CHECK(mode_of(folder.path()) == 0700);
  const auto keys = load_keys(folder.path());
  REQUIRE(keys);
  CHECK(keys->token.ids() == std::vector<std::uint8_t>{1, 4, 5});
  CHECK(equal_in_constant_time(keys->token.find(5)->reveal(), added->secret.reveal()));
  CHECK(keys->token.find(4)->reveal()[0] == 4);
  const std::filesystem::directory_iterator all(folder.path());
  CHECK(std::distance(begin(all), end(all)) == 4);

  const auto listed = list_token_keys(folder.path());
  REQUIRE(listed);
  REQUIRE(listed->size() == 3);
  CHECK(listed->back().id == 5);
  CHECK(listed->back().created_at == kNow);
  CHECK_FALSE(listed->front().created_at);  // its file does not say it
}

TEST_CASE("an older installation has no ledger key; the first and the next are added") {
  const TemporaryFolder folder;
  SystemRandom random;
  write_keys(folder, {1});
  CHECK(load_keys(folder.path())->ledger.current() == 0);
  CHECK(list_ledger_keys(folder.path())->empty());
  write(folder.file("ledger-1.key.new-a1B2c3"), "of a start that was killed");
  const auto first = add_ledger_key(folder.path(), 0, random, kNow);
  REQUIRE(first);
  CHECK(first->id == 1);
  CHECK(mode_of(folder.file("ledger-1.key")) == 0600);
  CHECK(add_ledger_key(folder.path(), 0, random, kNow)->id == 2);
  // The log knows number 7, whose file is lost.
  CHECK(add_ledger_key(folder.path(), 7, random, kNow)->id == 8);
  CHECK(load_keys(folder.path())->ledger.ids() == std::vector<std::uint8_t>{1, 2, 8});
  CHECK(load_keys(folder.path())->token.ids() == std::vector<std::uint8_t>{1});
  CHECK(list_ledger_keys(folder.path())->back().created_at == kNow);
  CHECK_FALSE(std::filesystem::exists(folder.file("ledger-1.key.new-a1B2c3")));
  CHECK_FALSE(add_ledger_key(folder.path(), 255, random, kNow));
  write(folder.file("ledger-0.key"), key_text(1));
  CHECK(mentions(load_error(folder.path()), "ledger key"));
}

TEST_CASE("there is no key 256") {
  const TemporaryFolder folder;
  SystemRandom random;
  write_keys(folder, {254});
  REQUIRE(add_token_key(folder.path(), random, kNow));
  const auto added = add_token_key(folder.path(), random, kNow);
  REQUIRE_FALSE(added);
  CHECK(added.error().kind == ErrorKind::kRefused);
  CHECK(load_keys(folder.path())->token.current() == 255);
}

TEST_CASE("a folder of systemd's credentials is read by its prefix") {
  const TemporaryFolder folder;
  write(folder.file("keys_token-1.key"), key_text(1), 0400);
  write(folder.file("keys_token-2.key"), key_text(2), 0400);
  write(folder.file("keys_address.key"), key_text(0), 0400);
  write(folder.file("keys_ledger-3.key"), key_text(4), 0400);
  write(folder.file("smtp.password"), "another secret", 0400);
  const auto keys = load_keys(folder.path());
  REQUIRE(keys);
  CHECK(keys->token.ids() == std::vector<std::uint8_t>{1, 2});
  CHECK(keys->ledger.ids() == std::vector<std::uint8_t>{3});
  write(folder.file("token-2.key"), key_text(3));
  CHECK(mentions(load_error(folder.path()), "twice"));
}

TEST_CASE("a malformed key is refused and never quoted") {
  const TemporaryFolder folder;
  const std::string good = to_base64(Bytes(32, 'K'));
  for (const std::string& bad :
       {std::string(), to_base64(Bytes(31, 'K')), to_base64(Bytes(33, 'K')), good.substr(0, 43),
        good + good, "#" + good.substr(1), good + "\nS0tLS0", good + "\ncreated SSSS",
        good.substr(0, 20) + "\n" + good.substr(20), std::string(10000, 'S')}) {
    write_keys(folder, {1});
    write(folder.file("token-1.key"), bad);
    const Error error = load_error(folder.path());
    CHECK(mentions(error, folder.file("token-1.key")));
    CHECK_FALSE(mentions(error, "S0tLS0"));
    CHECK_FALSE(mentions(error, "SSSS"));
  }
}

TEST_CASE("a token key's number is 1 to 255 in one spelling") {
  for (const char* name : {"token-0.key", "token-256.key", "token-01.key", "token-.key",
                           "token-1a.key", "token--1.key", "token-+1.key", "token-1000.key"}) {
    CAPTURE(name);
    const TemporaryFolder folder;
    write_keys(folder, {1});
    write(folder.file(name), key_text(3));
    CHECK(mentions(load_error(folder.path()), folder.file(name)));
  }
}

TEST_CASE("a folder in place of a key is refused") {
  const TemporaryFolder folder;
  write_keys(folder, {1});
  REQUIRE(std::filesystem::create_directory(folder.file("token-2.key")));
  CHECK(mentions(load_error(folder.path()), folder.file("token-2.key")));
}

}  // namespace
}  // namespace jawort
