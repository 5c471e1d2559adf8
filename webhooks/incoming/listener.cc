#include "webhooks/incoming/listener.h"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdio>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "webhooks/incoming/connection_queue.h"
#include "webhooks/incoming/request_reader.h"
#include "webhooks/incoming/response_writer.h"

namespace jawort {
namespace {

constexpr int kBacklog = 1024;  // the library's own is 5: stalls of seconds under a burst
constexpr int kRequestsPerConnection = 1000;
constexpr int kOutOfDescriptorsPause = 50;  // milliseconds

// RFC 9110 §5.6.7: "Mon, 23 Nov 2026 09:15:02 GMT".
std::string imf_fixdate(Instant now) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  std::array<char, 64> text;
  const int length = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

// Without port and zone; an IPv4 client of a dual-stack socket as plain IPv4.
std::string peer_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
    } else {
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
  }
  return text.data();
}

// Logs name only methods that exist: a method is a word of the peer's choice.
std::string_view known_method(std::string_view method) {
  for (const std::string_view known :
       {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"}) {
    if (method == known) return known;
  }
  return "other";
}

HttpResponse refusal(int status) {
  HttpResponse response;
  response.status = status;
  response.body = "The request was refused (" + std::to_string(status) + ").\n";
  response.content_type = "text/plain; charset=utf-8";
  // Nobody knows yet for which page this is: the strictest of all pages' headers.
  response.set("Cache-Control", "no-store");
  response.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.set("Referrer-Policy", "no-referrer");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("X-Robots-Tag", "noindex");
  response.close = true;
  response.route = "-";
  return response;
}

struct AddressList {
  addrinfo* first = nullptr;
  ~AddressList() {
    if (first) ::freeaddrinfo(first);
  }
};

Error bind_error(const ListenerSettings& settings, const std::string& reason) {
  return unavailable("cannot listen on " + settings.host + " port " +
                     std::to_string(settings.port) + ": " + reason);
}

// No SO_REUSEPORT: with it a second server on the same port starts without an error.
Result<int> bind_socket(const ListenerSettings& settings) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  const std::string host = settings.host == "localhost" ? "127.0.0.1" : settings.host;
  AddressList list;
  const std::string port = std::to_string(settings.port);
  if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &list.first) != 0) {
    return bind_error(settings, "not a numeric address");
  }
  const addrinfo& address = *list.first;
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return bind_error(settings, std::system_category().message(errno));
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, address.ai_addr, address.ai_addrlen) != 0 || ::listen(fd, kBacklog) != 0) {
    const int reason = errno;
    ::close(fd);
    return bind_error(settings, std::system_category().message(reason));
  }
  return fd;
}

int bound_port(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family == AF_INET6
             ? ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port)
             : ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

class SocketListener final : public Listener {
 public:
  SocketListener(int fd, const ListenerSettings& settings, HttpHandler handler, Random& random,
                 Log& log)
      : fd_(fd),
        port_(bound_port(fd)),
        settings_(settings),
        handler_(std::move(handler)),
        random_(random),
        log_(log) {}
  ~SocketListener() override { stop(); }

  int port() const override { return port_; }
  void start() override;
  void stop() override;

 private:
  void accept_connections();
  bool accept_one();
  void work();
  void serve(const Accepted& connection, ResponseWriter& writer);
  bool answer(Connection& connection, Connection::Reading reading, const std::string& peer,
              bool last, ResponseWriter& writer);
  HttpResponse handle(const HttpRequest& request);

  int fd_;
  const int port_;
  const ListenerSettings settings_;
  const HttpHandler handler_;
  Random& random_;
  Log& log_;
  const SystemClock clock_;  // deadlines of real sockets run in real time
  ConnectionQueue queue_;
  std::thread acceptor_;
  std::vector<std::thread> workers_;
  std::mutex stop_mutex_;  // guards fd_, acceptor_ and workers_ against a second stop()
};

void SocketListener::start() {
  for (int i = 0; i < std::max(1, settings_.threads); ++i) {
    workers_.emplace_back([this] { work(); });
  }
  acceptor_ = std::thread([this] { accept_connections(); });
}

void SocketListener::stop() {
  const std::lock_guard lock(stop_mutex_);
  if (fd_ < 0) return;
  queue_.announce_stop();
  if (acceptor_.joinable()) acceptor_.join();
  ::close(fd_);
  fd_ = -1;
  queue_.close();
  for (std::thread& worker : workers_) worker.join();
}

// False when nothing (more) waits to be accepted.
bool SocketListener::accept_one() {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int socket = ::accept4(fd_, reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC);
  if (socket < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      log_.warning("accept_failed", {{"errno", std::int64_t{errno}}});
      ::poll(nullptr, 0, kOutOfDescriptorsPause);
      return false;
    }
    return true;  // that one connection went away: the next one
  }
  // Without it an answer of two segments waits 40 ms for the peer's delayed acknowledgement.
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!queue_.push({socket, peer_text(address)})) ::close(socket);
  return true;
}

void SocketListener::accept_connections() {
  for (;;) {
    std::array<pollfd, 2> watched = {pollfd{fd_, POLLIN, 0},
                                     pollfd{queue_.stopping_event(), POLLIN, 0}};
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
    // Also the last time round: who has been let into the backlog gets an answer.
    for (int i = 0; i < kBacklog && accept_one(); ++i) {
    }
    if (watched[1].revents != 0) return;
  }
}

void SocketListener::work() {
  ResponseWriter writer;
  while (auto connection = queue_.pop()) {
    serve(*connection, writer);
    ::close(connection->socket);
  }
}

void SocketListener::serve(const Accepted& accepted, ResponseWriter& writer) {
  Connection connection(accepted.socket, queue_.release_event(), queue_.stopping_event(), clock_,
                        {});
  for (int count = 1; count <= kRequestsPerConnection; ++count) {
    auto reading = connection.read_request(settings_.body_limit);
    if (reading.state == Connection::State::kClosed) return;
    const bool last = count == kRequestsPerConnection;
    if (!answer(connection, std::move(reading), accepted.peer, last, writer)) return;
  }
}

HttpResponse SocketListener::handle(const HttpRequest& request) {
  try {
    return handler_(request);
  } catch (...) {  // the text of an exception is nothing for a peer, nor for a log
    return refusal(500);
  }
}

// False: the connection is over.
bool SocketListener::answer(Connection& connection, Connection::Reading reading,
                            const std::string& peer, bool last, ResponseWriter& writer) {
  HttpRequest& request = reading.head.request;
  request.peer = peer;
  request.request_id = to_hex(random_.bytes<8>());
  const bool refused = reading.state == Connection::State::kRefused;
  HttpResponse response = refused ? refusal(reading.status) : handle(request);
  response.set("X-Request-Id", request.request_id);
  response.set("Date", imf_fixdate(clock_.now()));
  // Asked after the handler: a stop may have been announced meanwhile.
  const bool close = last || response.close || !reading.head.keep_alive || !queue_.may_keep_alive();
  const milliseconds held = response.hold_until - clock_.monotonic();
  if (held.count() > 0 && !close) {
    pollfd stopping{queue_.stopping_event(), POLLIN, 0};
    ::poll(&stopping, 1, static_cast<int>(held.count()));
  }
  const bool written = connection.write(writer.bytes(request.method, response, close));
  if (response.after) response.after();
  log_.info("request",
            {{"method", known_method(request.method)},
             {"route", std::string_view(response.route)},
             {"status", std::int64_t{response.status}},
             {"milliseconds", std::int64_t{(clock_.monotonic() - reading.started).count()}},
             {"request_id", std::string_view(request.request_id)}});
  if (!written) return false;
  if (close) connection.drain();
  return !close;
}

}  // namespace

Result<std::unique_ptr<Listener>> open_listener(const ListenerSettings& settings,
                                                HttpHandler handler, Random& random, Log& log) {
  auto fd = bind_socket(settings);
  if (!fd.ok()) return fd.error();
  return std::unique_ptr<Listener>(
      std::make_unique<SocketListener>(*fd, settings, std::move(handler), random, log));
}

}  // namespace jawort
