#include "engine/net/curl_handle.h"

#include <signal.h>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace jawort {
namespace {

TEST_CASE("handles can be made from many threads at once") {
  std::vector<CurlHandle> handles(16);  // the first of them sets libcurl up
  std::vector<char> made(16, 0);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < made.size(); ++i) {
    threads.emplace_back([&made, i] { made[i] = CurlHandle() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(made == std::vector<char>(16, 1));
  CHECK(start_curl());
}

TEST_CASE("a handle moves, and closing leaves it empty") {
  CurlHandle handle;
  REQUIRE(handle);
  void* const raw = handle.get();
  CurlHandle moved = std::move(handle);
  CHECK(moved.get() == raw);
  moved.close();
  CHECK_FALSE(moved);
  moved.close();
  CHECK(moved.get() == nullptr);
}

TEST_CASE("a broken pipe does not end the process") {
  REQUIRE(start_curl());
  struct sigaction current {};
  REQUIRE(sigaction(SIGPIPE, nullptr, &current) == 0);
  CHECK(current.sa_handler == SIG_IGN);
}

TEST_CASE("a list keeps copies of what is appended") {
  CurlList list;
  CHECK(list.get() == nullptr);
  {
    std::string text = "first";
    REQUIRE(list.append(text));
    text = "other";
  }
  void* const head = list.get();
  REQUIRE(list.append("second"));
  CHECK(list.get() == head);
  CHECK(head != nullptr);
}

}  // namespace
}  // namespace jawort
