// What a supervisor hears, over real sockets.
#include "engine/app/supervisor.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <future>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/app/watchdog.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace jawort::testing {
namespace {

using namespace std::chrono_literals;

// The socket of a supervisor, under a path or an abstract name ("@…").
class Ear {
 public:
  explicit Ear(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length) == 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Ear() { ::close(socket_); }

  std::string hear() {
    std::string text(1000, '\0');
    const ssize_t size = ::recv(socket_, text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }
  bool hears_nothing() {
    char byte = 0;
    return ::recv(socket_, &byte, 1, MSG_DONTWAIT) < 0;
  }

 private:
  const int socket_;
};

std::string abstract_name(const char* which) {
  return "@jawort-test-" + std::to_string(::getpid()) + "-" + which;
}

TEST_CASE("a supervisor is told over its socket, abstract or a path") {
  const TemporaryFolder folder;
  for (const std::string& name : {abstract_name("told"), folder.file("notify")}) {
    Ear ear(name);
    const Supervisor supervisor = Supervisor::from_environment();
    CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);
    CHECK(supervisor.patience().count() == 0);
    CHECK(supervisor.status("opening\nREADY=1"));
    CHECK(ear.hear() == "STATUS=opening READY=1");
    CHECK(supervisor.ready("serving http://127.0.0.1:1"));
    CHECK(ear.hear() == "READY=1\nSTATUS=serving http://127.0.0.1:1");
    CHECK(supervisor.alive());
    CHECK(ear.hear() == "WATCHDOG=1");
    CHECK(supervisor.stopping(55s));
    CHECK(ear.hear() == "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=55000000");
  }
}

TEST_CASE("nobody waits, or nobody listens") {
  CHECK(Supervisor::from_environment().ready("x"));
  for (const std::string& name : {abstract_name("gone"), "@" + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    CHECK_FALSE(Supervisor::from_environment().ready("x"));
  }
}

TEST_CASE("the watchdog's time is taken only where it is meant for us") {
  const auto patience = [](const std::string& time, const std::string& pid) {
    ::setenv("WATCHDOG_USEC", time.c_str(), 1);
    if (!pid.empty()) ::setenv("WATCHDOG_PID", pid.c_str(), 1);
    const auto taken = Supervisor::from_environment().patience();
    CHECK(std::getenv("WATCHDOG_USEC") == nullptr);
    CHECK(std::getenv("WATCHDOG_PID") == nullptr);
    return taken;
  };
  CHECK(patience("60000000", "") == 60s);
  CHECK(patience("60000000", std::to_string(::getpid())) == 60s);
  CHECK(patience("60000000", std::to_string(::getppid())) == 0s);
  for (const char* const wrong : {"", "0", "-1", "60s", "99999999999999999999"}) {
    CHECK(patience(wrong, "") == 0s);
  }
}

TEST_CASE("no sign of life while one of the parts does not answer") {
  Ear ear(abstract_name("watchdog"));
  ::setenv("WATCHDOG_USEC", "3000", 1);
  const Supervisor supervisor = Supervisor::from_environment();
  std::atomic<int> asked{0};
  std::promise<std::function<void()>> held;
  auto late = held.get_future();
  {
    // The second part answers twice, and then only when it is let.
    const Watchdog watchdog(supervisor, {[](const auto& answered) { answered(); },
                                         [&](std::function<void()> answered) {
                                           if (++asked == 3) {
                                             held.set_value(std::move(answered));
                                           } else {
                                             answered();
                                           }
                                         }});
    const auto answer = late.get();
    CHECK(ear.hear() == "WATCHDOG=1");
    CHECK(ear.hear() == "WATCHDOG=1");
    CHECK(ear.hears_nothing());
    CHECK(asked == 3);
    answer();
    CHECK(ear.hear() == "WATCHDOG=1");
  }  // ends, though no answer may be under way any more
}

TEST_CASE("a stop does not wait for an answer") {
  Ear ear(abstract_name("stop"));
  ::setenv("WATCHDOG_USEC", "3000", 1);
  const Supervisor supervisor = Supervisor::from_environment();
  std::promise<std::function<void()>> asked;
  std::function<void()> answer;
  {
    const Watchdog watchdog(supervisor, {[&](std::function<void()> answered) {
                              asked.set_value(std::move(answered));
                            }});
    answer = asked.get_future().get();
  }
  answer();  // it may still come
  CHECK(ear.hears_nothing());
}

}  // namespace
}  // namespace jawort::testing
