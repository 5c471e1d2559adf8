#include "webhooks/incoming/request_head.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace jawort {
namespace {

using State = HeadReading::State;

constexpr std::size_t kBodyLimit = 65536;

HeadReading read(const std::string& bytes) { return read_request_head(bytes, kBodyLimit); }

// The status of a refusal; 0: complete; -1: more is awaited.
int status_of(const std::string& bytes) {
  const HeadReading reading = read(bytes);
  if (reading.state == State::kIncomplete) return -1;
  return reading.state == State::kComplete ? 0 : reading.status;
}

std::string with_headers(const std::string& lines) {
  return "POST /forms/x HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

TEST_CASE("a head is taken apart") {
  const std::string bytes =
      "POST /forms/a?x=%20 HTTP/1.1\r\nHost: example.org\r\nContent-Length:  3 \r\n"
      "X-Odd:\r\nAccept: a\r\nACCEPT: b\r\n\r\nabcGET";
  const HeadReading reading = read(bytes);
  REQUIRE(reading.state == State::kComplete);
  const HttpRequest& request = reading.head.request;
  CHECK(request.method == "POST");
  CHECK(request.path == "/forms/a");
  CHECK(request.query == "x=%20");
  CHECK(request.header("host") == "example.org");
  CHECK(request.header("x-odd").empty());
  CHECK(request.joined_header("accept") == "a, b");
  CHECK(reading.head.content_length == 3);
  CHECK(reading.head.keep_alive);
  CHECK(bytes.substr(reading.bytes) == "abcGET");
}

TEST_CASE("header values are taken as sent") {
  const HeadReading reading = read(with_headers("X-A: a%0d%0aSet-Cookie: b\r\n"));
  REQUIRE(reading.state == State::kComplete);
  CHECK(reading.head.request.header("x-a") == "a%0d%0aSet-Cookie: b");
}

TEST_CASE("headers that a client may not send are left out") {
  const HeadReading reading = read(with_headers(
      "X_Forwarded_For: 192.0.2.1\r\nREMOTE_ADDR: 192.0.2.1\r\nRemote_Port: 1\r\n"
      "LOCAL_ADDR: 192.0.2.1\r\nRange: bytes=0-1\r\nIf-Range: x\r\nX-Forwarded-For: a\r\n"));
  REQUIRE(reading.state == State::kComplete);
  std::string names;
  for (const auto& [name, value] : reading.head.request.headers) names += name + ' ';
  CHECK(names == "host x-forwarded-for ");
}

TEST_CASE("a path that does without its body: dropped where it cannot be read") {
  const auto read_optional = [](const std::string& lines) {
    return read_request_head(with_headers(lines), kBodyLimit,
                             [](std::string_view method, std::string_view path) {
                               return method == "POST" && path == "/forms/x";
                             });
  };
  for (const char* lines : {"Content-Length: 65537\r\n", "Transfer-Encoding: chunked\r\n",
                            "Content-Length: 3\r\nContent-Encoding: gzip\r\n"}) {
    CAPTURE(lines);
    const HeadReading reading = read_optional(lines);
    REQUIRE(reading.state == State::kComplete);
    CHECK(reading.head.body_dropped);
    CHECK(reading.head.content_length == 0);
    CHECK_FALSE(reading.head.keep_alive);
  }
  CHECK_FALSE(read_optional("Content-Length: 3\r\n").head.body_dropped);
  for (const char* lines : {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                            "Content-Length: 3\r\nContent-Length: 3\r\n", "Content-Length: x\r\n",
                            "Content-Length: 99999999999999999999\r\n"}) {
    CAPTURE(lines);
    CHECK(read_optional(lines).status == 400);
  }
}

TEST_CASE("targets: origin form, absolute form, asterisk") {
  const auto path = [](const std::string& target) {
    const HeadReading reading = read("GET " + target + " HTTP/1.1\r\nHost: A\r\n\r\n");
    return reading.state == State::kComplete ? reading.head.request.path : "refused";
  };
  CHECK(path("/a%2fb") == "/a%2fb");
  CHECK(path("http://a/b?c") == "/b");
  CHECK(path("HTTPS://a") == "/");
  CHECK(path("http://a?c") == "/");
  CHECK(path("*") == "*");
  CHECK(path("a") == "refused");
  CHECK(path("/a#b") == "refused");
  CHECK(path("/\xc3\xa4") == "refused");
  CHECK(path("ftp://a/b") == "refused");
}

TEST_CASE("connections stay open with HTTP/1.1 unless told otherwise") {
  const auto keeps = [](const std::string& bytes) {
    const HeadReading reading = read(bytes);
    REQUIRE(reading.state == State::kComplete);
    return reading.head.keep_alive;
  };
  CHECK(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
}

TEST_CASE("what two readers could understand in two ways is refused") {
  struct Probe {
    std::string bytes;
    int status;
  };
  const std::vector<Probe> probes = {
      {with_headers("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
      {with_headers("Content-Length: 3\r\nContent-Length: 4\r\n"), 400},
      {with_headers("Content-Length: 3, 3\r\n"), 400},
      {with_headers("Content-Length: +3\r\n"), 400},
      {with_headers("Content-Length: 0x3\r\n"), 400},
      {with_headers("Content-Length:\r\n"), 400},
      {with_headers("Content-Length: 99999999999999999999\r\n"), 400},
      {with_headers("Content-Length: 65537\r\n"), 413},
      {with_headers("Transfer-Encoding: chunked\r\n"), 411},
      {with_headers("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
      {with_headers("Transfer-Encoding : chunked\r\n"), 400},
      {with_headers("Content-Length : 3\r\n"), 400},
      {with_headers(" Content-Length: 3\r\n"), 400},
      {with_headers("X-A: b\r\n folded\r\n"), 400},
      {with_headers("X-A: b\nX-C: d\r\n"), 400},
      {with_headers("X-A: b\rc\r\n"), 400},
      {with_headers(std::string("X-A: b\0c\r\n", 10)), 400},
      {with_headers("no colon\r\n"), 400},
      {with_headers(": no name\r\n"), 400},
      {with_headers("X\x01Y: b\r\n"), 400},
      {with_headers("Host: b\r\n"), 400},
      {with_headers("Content-Type: a/b\r\ncontent-type: c/d\r\n"), 400},
      {with_headers("Content-Encoding: gzip\r\n"), 415},
      {with_headers("Expect: 200-ok\r\n"), 417},
      {"GET / HTTP/1.1\r\n\r\n", 400},  // no Host
      {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
      {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {with_headers("Content-Length: -1\r\n"), 400},
      {with_headers("Content-Length: 3 \t4\r\n"), 400},
      {with_headers("Content-Length: 1e1\r\n"), 400},
      {with_headers("Content-Length: \"3\"\r\n"), 400},
      {with_headers("Content-Length: 3;q=1\r\n"), 400},
      {with_headers("Content_Length: 3\r\n"), 400},
      {with_headers("Transfer_Encoding: chunked\r\n"), 400},
      {with_headers("Transfer-Encoding:\r\n"), 411},
      {with_headers("Transfer-Encoding: identity\r\n"), 411},
      {with_headers("Transfer-Encoding: xchunked\r\n"), 411},
      {with_headers("Transfer-Encoding: \x0b"
                    "chunked\r\n"),
       400},
      {with_headers("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
      {with_headers("X: a\r\r\nTransfer-Encoding: chunked\r\n"), 400},
      {with_headers("\xffTransfer-Encoding: chunked\r\n"), 400},
      {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"gET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a<b>\r\n\r\n", 400},
      {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"\x16\x03\x01\x02", 400},             // TLS, without a line end
      {"GET / HTTP/1.1\r\nHost: a\n", 400},  // at once, not at the end of the head
      {"GET / HTTP/1.1\r\nX: a\rb", 400},
      {"GET / HTTP/1.1\r\n\nHost: a", 400},
      {"GE\rT", 400},
  };
  for (const Probe& probe : probes) {
    CAPTURE(probe.bytes);
    CHECK(status_of(probe.bytes) == probe.status);
  }
}

TEST_CASE("the limits of a head hold at their edge, and before its end has come") {
  const auto line = [](std::size_t size) {  // a request line of that many bytes
    return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1";
  };
  const std::string rest = "\r\nHost: a\r\n\r\n";
  CHECK(status_of(line(kRequestLineLimit) + rest) == 0);
  CHECK(status_of(line(kRequestLineLimit + 1) + rest) == 414);
  CHECK(status_of(std::string(kRequestLineLimit + 1, 'a')) == -1);
  CHECK(status_of(std::string(kRequestLineLimit + 2, 'a')) == 414);

  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  const auto headers = [&](std::size_t bytes) {  // "Host: a" and one more line, in that many bytes
    return start + "X: " + std::string(bytes - 9 - 5, 'x') + "\r\n\r\n";
  };
  CHECK(status_of(headers(kHeaderBytesLimit)) == 0);
  CHECK(status_of(headers(kHeaderBytesLimit + 1)) == 431);
  CHECK(status_of(start + "X: " + std::string(kHeaderBytesLimit, 'x')) == 431);

  std::string lines = start;
  for (std::size_t i = 1; i < kHeaderLinesLimit; ++i) lines += "X: y\r\n";
  CHECK(status_of(lines + "\r\n") == 0);
  CHECK(status_of(lines + "X: y\r\n\r\n") == 431);
  CHECK(status_of(lines + "X: y\r\n") == 431);
}

TEST_CASE("every cut of a head is awaited to its end") {
  const std::string whole = "\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(status_of(whole.substr(0, length)) == -1);
  }
  CHECK(status_of(whole) == 0);
}

}  // namespace
}  // namespace jawort
