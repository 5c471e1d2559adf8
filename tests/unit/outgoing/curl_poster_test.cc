#include "webhooks/outgoing/curl_poster.h"

#include <array>
#include <cstdlib>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/listening_port.h"
#include "tests/support/loopback_spellings.h"

namespace jawort {
namespace {

using std::chrono::seconds;
using testing::ListeningPort;

// Answers each connection with the same bytes, and keeps what it was sent. An empty answer: holds
// the connection and says nothing.
class AnsweringPort {
 public:
  explicit AnsweringPort(std::string answer) : answer_(std::move(answer)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_, 16) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~AnsweringPort() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    for (const int held : held_) ::close(held);
    ::close(socket_);
  }
  AnsweringPort(const AnsweringPort&) = delete;
  AnsweringPort& operator=(const AnsweringPort&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook"; }
  // REQUIRES: the answer has come
  const std::string& request() const { return request_; }

 private:
  static bool whole(const std::string& request) {
    const auto head = request.find("\r\n\r\n");
    const auto length = request.find("Content-Length: ");
    if (head == std::string::npos || length == std::string::npos) return false;
    return request.size() >= head + 4 + std::stoul(request.substr(length + 16));
  }
  void serve() {
    for (int peer = ::accept(socket_, nullptr, nullptr); peer >= 0;
         peer = ::accept(socket_, nullptr, nullptr)) {
      std::string request;
      std::array<char, 4096> buffer{};
      while (!whole(request)) {
        const auto got = ::recv(peer, buffer.data(), buffer.size(), 0);
        if (got <= 0) break;
        request.append(buffer.data(), static_cast<std::size_t>(got));
      }
      request_ = request;
      if (answer_.empty()) {
        held_.push_back(peer);
        continue;
      }
      std::string_view left = answer_;
      while (!left.empty()) {
        const auto sent = ::send(peer, left.data(), left.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        left.remove_prefix(static_cast<std::size_t>(sent));
      }
      ::close(peer);
    }
  }

  const std::string answer_;
  int socket_ = -1, port_ = 0;
  std::string request_;
  std::vector<int> held_;
  std::thread thread_;
};

WebhookPost post_to(const std::string& url) {
  WebhookPost post;
  post.ticket = 7;
  post.url = url;
  post.id = "msg_1_0_0123456789abcdef";
  post.timestamp = 1764496800;
  post.signatures = "v1,AAAA v1,BBBB";
  post.body = R"({"type":"contact.created"})";
  return post;
}

AddressGuard loopback() { return AddressGuard(parse_networks({"127.0.0.0/8"})); }

EndedPost one_post(const std::string& url, const AddressGuard& guard,
                   milliseconds patience = seconds{10}) {
  const SystemClock clock;
  const auto poster = make_curl_poster(clock, guard, "", patience);
  REQUIRE(poster != nullptr);
  poster->start(post_to(url));
  const auto ended = poster->wait(seconds{15});
  REQUIRE(ended.size() == 1);
  CHECK(ended.front().ticket == 7);
  return ended.front();
}

std::string answer(std::string_view status, std::string_view headers = "",
                   std::string_view body = "") {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
         std::string(body);
}

}  // namespace

TEST_CASE("a post carries the standard's headers and the body as it was signed") {
  const AnsweringPort port(answer("204 No Content"));
  CHECK(one_post(port.url(), loopback()).status == 204);
  const std::string& request = port.request();
  for (const char* const part :
       {"POST /hook HTTP/1.1\r\n", "\r\nContent-Type: application/json\r\n",
        "\r\nwebhook-id: msg_1_0_0123456789abcdef\r\n", "\r\nwebhook-timestamp: 1764496800\r\n",
        "\r\nwebhook-signature: v1,AAAA v1,BBBB\r\n", "\r\n\r\n{\"type\":\"contact.created\"}"}) {
    CHECK_THAT(request, Catch::Matchers::ContainsSubstring(part));
  }
  CHECK_THAT(request, !Catch::Matchers::ContainsSubstring("Expect"));
}

TEST_CASE("what the endpoint asks for by Retry-After is told") {
  const AnsweringPort port(answer("503 Busy", "Retry-After: 120\r\n"));
  const EndedPost ended = one_post(port.url(), loopback());
  CHECK(ended.status == 503);
  CHECK(ended.retry_after == seconds{120});
  const AnsweringPort silent(answer("500 Broken"));
  CHECK_FALSE(one_post(silent.url(), loopback()).retry_after);
}

TEST_CASE("no redirect is followed, and no proxy asked") {
  ListeningPort inside;
  const std::string inner = "127.0.0.1:" + std::to_string(inside.port());
  const AnsweringPort port(answer("307 Elsewhere", "Location: http://" + inner + "/\r\n"));
  CHECK(one_post(port.url(), loopback()).status == 307);
  CHECK(inside.connections() == 0);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads the environment here
  REQUIRE(::setenv("http_proxy", ("http://" + inner).c_str(), 1) == 0);
  const EndedPost ended = one_post(port.url(), loopback());
  ::unsetenv("http_proxy");  // NOLINT(concurrency-mt-unsafe)
  CHECK(ended.status == 307);
  CHECK(inside.connections() == 0);
}

TEST_CASE("a flood of an answer ends, and its status counts") {
  const AnsweringPort port(answer("200 OK", "", std::string(1 << 22U, 'x')));
  CHECK(one_post(port.url(), loopback()).status == 200);
}

TEST_CASE("silence ends after the patience, and is told in our own words") {
  const AnsweringPort port("");
  const EndedPost ended = one_post(port.url(), loopback(), milliseconds{300});
  CHECK(ended.status == 0);
  CHECK(ended.problem == "Timeout was reached");
}

TEST_CASE("no spelling of this machine is posted to") {
  ListeningPort port;
  const AddressGuard guard;
  const SystemClock clock;
  const auto poster = make_curl_poster(clock, guard, "");
  REQUIRE(poster != nullptr);
  std::size_t ended = 0;
  for (const std::string_view host : testing::kLoopbackSpellings) {
    for (const char* const scheme : {"http://", "https://"}) {
      poster->start(post_to(scheme + std::string(host) + ":" + std::to_string(port.port()) + "/"));
      for (const EndedPost& one : poster->wait(seconds{15})) {
        ++ended;
        CHECK(one.status == 0);
        CHECK_FALSE(one.problem.empty());
      }
    }
  }
  CHECK(ended == 2 * testing::kLoopbackSpellings.size());
  CHECK(port.connections() == 0);
}

TEST_CASE("one that is silent keeps no other from its answer") {
  const AnsweringPort silent(""), quick(answer("200 OK"));
  const SystemClock clock;
  const AddressGuard guard = loopback();
  const auto poster = make_curl_poster(clock, guard, "");
  for (int i = 0; i < 4; ++i) poster->start(post_to(silent.url()));
  WebhookPost post = post_to(quick.url());
  post.ticket = 99;
  poster->start(post);
  const auto ended = poster->wait(seconds{10});
  REQUIRE(ended.size() == 1);
  CHECK(ended.front().ticket == 99);
}

TEST_CASE("a wait is ended from another thread") {
  const SystemClock clock;
  const AddressGuard guard;
  const auto poster = make_curl_poster(clock, guard, "");
  std::thread waker([&] { poster->wake(); });
  CHECK(poster->wait(seconds{60}).empty());
  waker.join();
}

}  // namespace jawort
