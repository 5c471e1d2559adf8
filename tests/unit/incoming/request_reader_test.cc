#include "webhooks/incoming/request_reader.h"

#include "tests/support/catch.h"

namespace jawort {
namespace {

using State = RequestReader::State;

const RequestRules kRules{100,
                          [](std::string_view, std::string_view path) { return path == "/r"; }};

std::string post(std::string_view path, std::string_view length, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::string(length) + "\r\n\r\n" +
         std::string(body);
}

TEST_CASE("requests come out the same, cut wherever they may be") {
  const std::string whole = post("/1", "5", "hello") + post("/2", "0", "") + post("/3", "2", "ab");
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    CAPTURE(cut);
    RequestReader reader(kRules);
    std::string seen;
    std::string_view rest = whole;
    while (!rest.empty()) {
      const auto piece = rest.substr(0, cut);
      rest.remove_prefix(piece.size());
      State state = reader.feed(piece);
      while (state == State::kRequest) {
        const HttpRequest request = reader.take().request;
        seen += request.path + '=' + request.body + ' ';
        state = reader.next();
      }
    }
    CHECK(seen == "/1=hello /2= /3=ab ");
    CHECK(reader.state() == State::kIdle);
  }
}

TEST_CASE("a refusal is the last thing") {
  RequestReader reader(kRules);
  CHECK(reader.feed(post("/p", "101", "")) == State::kRefused);
  CHECK(reader.status() == 413);
  CHECK(reader.readable());
  CHECK(reader.take().request.path == "/p");
  RequestReader broken(kRules);
  CHECK(broken.feed("GET / HTTP/1.1\r\nHost: a\r\n x\r\n\r\n") == State::kRefused);
  CHECK_FALSE(broken.readable());
}

TEST_CASE("a body that is not read is thrown away with all that follows") {
  RequestReader reader(kRules);
  CHECK(reader.feed(post("/r", "101", "") + post("/2", "0", "")) == State::kRequest);
  const RequestHead head = reader.take();
  CHECK(head.body_dropped);
  CHECK_FALSE(head.keep_alive);
  CHECK(head.request.body.empty());
  CHECK(reader.next() == State::kIdle);

  RequestReader half(kRules);
  CHECK(half.feed(post("/r", "9", "1234")) == State::kBody);
  CHECK(half.go_without_body());
  CHECK(half.state() == State::kRequest);
  CHECK(half.take().request.body.empty());
  RequestReader other(kRules);
  CHECK(other.feed(post("/p", "9", "1234")) == State::kBody);
  CHECK_FALSE(other.go_without_body());
}

TEST_CASE("a peer that waits for a word gets it once, and only while the body is awaited") {
  const std::string head =
      "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  RequestReader reader(kRules);
  CHECK(reader.feed(head) == State::kBody);
  CHECK(reader.must_say_continue());
  CHECK_FALSE(reader.must_say_continue());
  RequestReader hasty(kRules);
  CHECK(hasty.feed(head + "o") == State::kBody);
  CHECK_FALSE(hasty.must_say_continue());
  std::string old = head;
  old.replace(old.find("1.1"), 3, "1.0");
  RequestReader ancient(kRules);
  CHECK(ancient.feed(old) == State::kBody);
  CHECK_FALSE(ancient.must_say_continue());
}

}  // namespace
}  // namespace jawort
