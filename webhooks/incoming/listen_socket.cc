#include "webhooks/incoming/listen_socket.h"

#include <arpa/inet.h>
#include <array>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace jawort {
namespace {

// Bytes that the kernel keeps for a peer that does not read; by itself it takes megabytes, and
// while it does, we make answers for nobody.
constexpr int kUnsentLimit = 64 * 1024;
constexpr int kBacklog = 1024;  // a short one makes stalls of seconds under a burst

struct AddressList {
  addrinfo* first = nullptr;
  ~AddressList() {
    if (first) ::freeaddrinfo(first);
  }
};

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

}  // namespace

void Descriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Descriptor> listen_on(const std::string& host, int port) {
  const auto failed = [&](const std::string& reason) {
    return unavailable("cannot listen on " + host + " port " + std::to_string(port) + ": " +
                       reason);
  };
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
  AddressList list;
  if (::getaddrinfo(numeric.c_str(), std::to_string(port).c_str(), &hints, &list.first) != 0) {
    return failed("not a numeric address");
  }
  const addrinfo& address = *list.first;
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.open()) return failed(std::system_category().message(errno));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Accepted sockets have these from it. Without the first an answer of two segments waits 40 ms
  // for the peer's delayed acknowledgement.
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentLimit, sizeof kUnsentLimit);
  if (::bind(socket.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return failed(std::system_category().message(errno));
  }
  return socket;
}

int bound_port(const Descriptor& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family == AF_INET6
             ? ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port)
             : ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

Accepted accept_from(const Descriptor& listening) {
  using Outcome = Accepted::Outcome;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  Descriptor socket(::accept4(listening.get(), reinterpret_cast<sockaddr*>(&address), &size,
                              SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.open()) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {};
    const bool none_left =
        errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    return {none_left ? Outcome::kNoDescriptors : Outcome::kGone, Descriptor(), {}};
  }
  return {Outcome::kConnection, std::move(socket), peer_text(address)};
}

}  // namespace jawort
