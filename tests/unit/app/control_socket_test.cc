#include "engine/app/control_socket.h"

#include <fstream>
#include <future>
#include <latch>
#include <sys/stat.h>
#include <thread>

#include "engine/app/control_protocol.h"
#include "engine/app/unix_stream.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/app/text_console.h"

namespace jawort {
namespace {

using testing::TextConsole;

Invocation an_invocation() {
  Invocation invocation;
  invocation.verb = "apply";
  invocation.arguments = {"äöü", "\"quoted\"\n"};
  invocation.purpose = "newsletter";
  invocation.state = "failed";
  invocation.language = "de";
  invocation.limit = 7;
  invocation.json = invocation.dry_run = invocation.all = true;
  invocation.files = {{"a.toml", "[controller]\n# ü\n"}, {"b.toml", ""}};
  return invocation;
}

std::unique_ptr<ControlServer> server_at(const std::string& path, ControlServer::Handler handler) {
  static NullLog log;
  auto server = ControlServer::open(path, std::move(handler), log);
  REQUIRE(server.ok());
  (*server)->start();
  return std::move(*server);
}

TEST_CASE("an invocation survives the way over the socket") {
  const auto text = encode_invocation(an_invocation());
  REQUIRE(text.ok());
  const auto back = decode_invocation(*text);
  REQUIRE(back.ok());
  CHECK(back->verb == "apply");
  CHECK(back->arguments == an_invocation().arguments);
  CHECK(back->purpose == "newsletter");
  CHECK(back->state == "failed");
  CHECK(back->language == "de");
  CHECK(back->limit == 7);
  CHECK((back->json && back->dry_run && back->all));
  REQUIRE(back->files.size() == 2);
  CHECK(back->files[0].name == "a.toml");
  CHECK(back->files[0].content == "[controller]\n# ü\n");
}

TEST_CASE("malformed requests and other versions are refused") {
  Invocation broken = an_invocation();
  broken.arguments = {"\xff"};
  CHECK_FALSE(encode_invocation(broken).ok());
  for (const char* const text : {"", "{", "[]", "{}", "{\"program\":\"0\"}", "null"}) {
    CHECK_FALSE(decode_invocation(text).ok());
  }
  std::string other = *encode_invocation(an_invocation());
  const std::size_t at = other.find(program_version());
  other.replace(at, program_version().size(), "99.9.9");
  const auto refused = decode_invocation(other);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().kind == ErrorKind::kRefused);
}

TEST_CASE("frame headers are five bytes, big-endian") {
  CHECK(frame_header('o', 0x01020304) == std::string("o\x01\x02\x03\x04"));
  const FrameHeader header = parse_frame_header(frame_header('e', 0xFFEEDDCC));
  CHECK(header.type == 'e');
  CHECK(header.length == 0xFFEEDDCC);
}

TEST_CASE("a verb is carried out by the server; output and status come back") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("jawort.sock");
  const std::string large(300000, 'x');  // several frames
  const auto server = server_at(path, [&](const Invocation& invocation, Console& console) {
    console.out(invocation.verb + ":" + invocation.files.front().content);
    console.out(large);
    console.err("careful\n");
    return 78;
  });
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  TextConsole console;
  const auto asked = ask_server(path, an_invocation(), console);
  REQUIRE(asked.ok());
  REQUIRE(asked->has_value());
  CHECK(**asked == 78);
  CHECK(console.printed == "apply:[controller]\n# ü\n" + large);
  CHECK(console.complained == "careful\n");
}

TEST_CASE("without a server there is no answer; a socket left behind is replaced") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("jawort.sock");
  TextConsole console;
  CHECK_FALSE(ask_server(path, an_invocation(), console)->has_value());
  { const UnixStream dead = UnixStream::listen_at(path); }  // closed, but the file stays
  CHECK_FALSE(server_listens(path));
  CHECK_FALSE(ask_server(path, an_invocation(), console)->has_value());
  const auto server = server_at(path, [](const Invocation&, Console&) { return 0; });
  CHECK(ask_server(path, an_invocation(), console)->has_value());
  server->stop();
  CHECK_FALSE(server_listens(path));
  struct stat status {};
  CHECK(::stat(path.c_str(), &status) != 0);
}

TEST_CASE("a path may be longer than a socket address takes") {
  const testing::TemporaryFolder folder;
  std::string deep = folder.path();
  for (int i = 0; i < 5; ++i) {
    deep += "/" + std::string(50, 'd');
    REQUIRE(::mkdir(deep.c_str(), 0700) == 0);
  }
  const auto server =
      server_at(deep + "/jawort.sock", [](const Invocation&, Console&) { return 5; });
  TextConsole console;
  CHECK(ask_server(deep + "/jawort.sock", an_invocation(), console)->value_or(-1) == 5);
}

TEST_CASE("callers are served side by side") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("jawort.sock");
  std::latch both(2);  // each verb ends only once the other has begun
  const auto server = server_at(path, [&](const Invocation&, Console&) {
    both.arrive_and_wait();
    return 0;
  });
  const auto ask = [&] {
    TextConsole console;
    return ask_server(path, an_invocation(), console)->value_or(-1);
  };
  auto first = std::async(std::launch::async, ask);
  CHECK(ask() == 0);
  CHECK(first.get() == 0);
}

TEST_CASE("a stop lets the running verb finish and hangs up afterwards") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("jawort.sock");
  std::latch begun(1), go_on(1);
  std::atomic<bool> finished{false};
  const auto server = server_at(path, [&](const Invocation&, Console& console) {
    begun.count_down();
    go_on.wait();
    console.out(std::string(1 << 20, 'x'));  // nobody may be there to read it
    finished = true;
    return 0;
  });
  auto asking = std::async(std::launch::async, [&] {
    TextConsole console;
    return ask_server(path, an_invocation(), console).ok();
  });
  begun.wait();
  auto stopping = std::async(std::launch::async, [&] { server->stop(); });
  go_on.count_down();
  stopping.get();
  CHECK(finished);
  (void)asking.get();  // answered or told that the server went away, but not left hanging
}

TEST_CASE("a caller that sends nonsense, or nothing, harms nobody") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.file("jawort.sock");
  const auto server = server_at(path, [](const Invocation&, Console&) { return 0; });
  for (const std::string& bytes :
       {std::string(), std::string("i"), std::string("x\0\0\0\1a", 6), frame_header('i', 1) + "{",
        frame_header('i', 0xFFFFFFFF), std::string("GET / HTTP/1.1\r\n\r\n")}) {
    const UnixStream stream = UnixStream::connect_to(path);
    REQUIRE(stream.open());
    if (!bytes.empty()) {
      CHECK(::write(stream.descriptor(), bytes.data(), bytes.size()) > 0);
    }
  }
  TextConsole console;
  CHECK(ask_server(path, an_invocation(), console)->value_or(-1) == 0);
}

}  // namespace
}  // namespace jawort
