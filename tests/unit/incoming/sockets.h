// A listener on port 0 and clients that send it bytes.
#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

#include "tests/support/catch.h"
#include "webhooks/incoming/listener.h"

namespace jawort::testing {

using Time = std::chrono::steady_clock;

// Keeps what was logged, field by field.
class MemoryLog final : public Log {
 public:
  void write(LogLevel, std::string_view event, std::initializer_list<LogField> fields) override {
    std::string line(event);
    for (const LogField& field : fields) {
      line += ' ' + std::string(field.name) + '=';
      if (const auto* text = std::get_if<std::string_view>(&field.value)) line += *text;
      if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        line += std::to_string(*number);
      }
    }
    const std::lock_guard lock(mutex_);
    text_ += line + '\n';
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;  // guards text_
  std::string text_;
};

class Client {
 public:
  // `from`: the last byte of 127.0.0.x; `window`: bytes that the kernel takes for us, 0: its own.
  explicit Client(int port, std::uint8_t from = 1, int window = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (window > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    sockaddr_in address{};
    if (from != 1) {
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + from);
      ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const timeval patience{20, 0};  // a test that hangs ends here
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Client() {
    if (fd_ >= 0) ::close(fd_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // False when nothing more can be sent without waiting, or the peer does not take it.
  bool try_send(std::string_view bytes) const {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
           static_cast<ssize_t>(bytes.size());
  }
  // Goes without a word: what has come is thrown away, the peer gets a reset.
  void vanish() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd_);
    fd_ = -1;
  }
  void finish_sending() const { ::shutdown(fd_, SHUT_WR); }
  // False when the peer has closed.
  bool read_some() { return receive(); }
  // All that comes until the peer closes. "<reset>" at the end when it did not do so in order.
  std::string read_all() {
    while (receive()) {
    }
    return std::exchange(buffer_, {});
  }
  // One response, by its Content-Length.
  std::string read_response() {
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return std::exchange(buffer_, {});
    }
    std::size_t length = 0;
    if (const auto at = buffer_.find("Content-Length: "); at < end) {
      length = std::stoul(buffer_.substr(at + 16));
    }
    while (buffer_.size() < end + 4 + length) {
      if (!receive()) break;
    }
    std::string response = buffer_.substr(0, end + 4 + length);
    buffer_.erase(0, response.size());
    return response;
  }

 private:
  bool receive() {
    char chunk[8192];
    const ssize_t got = ::recv(fd_, chunk, sizeof chunk, 0);
    if (got > 0) buffer_.append(chunk, static_cast<std::size_t>(got));
    if (got < 0) buffer_ += "<reset>";
    return got > 0;
  }

  int fd_;
  bool connected_ = false;
  std::string buffer_;
};

inline HttpResponse echo(const HttpRequest& request) {
  HttpResponse response;
  response.route = "/echo/{secret}";
  response.content_type = "text/plain";
  response.body = request.method + ' ' + request.path + '?' + request.query + '|' + request.body +
                  '|' + request.peer + '|' + std::string(request.header("x-probe"));
  return response;
}

inline HttpResponse plain_answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

struct Server {
  explicit Server(HttpHandler handler = echo, ListenerSettings settings = {"127.0.0.1", 0, 4}) {
    auto opened = open_listener(settings, std::move(handler), random, log);
    REQUIRE(opened.ok());
    listener = std::move(*opened);
    listener->start();
  }
  std::string ask(std::string_view bytes) const {
    Client client(listener->port());
    client.send(bytes);
    return client.read_all();
  }

  SystemRandom random;
  MemoryLog log;
  std::unique_ptr<Listener> listener;
};

inline int status_of(const std::string& response) {
  return response.starts_with("HTTP/1.1 ") ? std::stoi(response.substr(9, 3)) : 0;
}
inline std::string body_of(const std::string& response) {
  const auto end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}
inline std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}
inline std::string post(std::size_t body, std::string_view more = "") {
  return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body, 'b');
}
inline const std::string kClose = "Connection: close\r\n";

}  // namespace jawort::testing
