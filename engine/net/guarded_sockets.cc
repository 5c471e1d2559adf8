#include "engine/net/guarded_sockets.h"

#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

#include <curl/curl.h>

namespace jawort {
namespace {

std::optional<IpAddress> address_in(const curl_sockaddr& target) {
  // libcurl keeps room for any address where it declares a sockaddr, which is shorter.
  const char* const bytes = reinterpret_cast<const char*>(&target) + offsetof(curl_sockaddr, addr);
  IpAddress address;
  if (target.family == AF_INET && target.addrlen >= sizeof(sockaddr_in)) {
    sockaddr_in v4{};
    std::memcpy(&v4, bytes, sizeof v4);
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(address.bytes.data() + 12, &v4.sin_addr, 4);
    return address;
  }
  if (target.family == AF_INET6 && target.addrlen >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, bytes, sizeof v6);
    std::memcpy(address.bytes.data(), &v6.sin6_addr, 16);
    return address;
  }
  return std::nullopt;  // a Unix socket, or what nobody knows yet
}

curl_socket_t open_socket(void* state, curlsocktype purpose, curl_sockaddr* target) {
  auto& sockets = *static_cast<GuardedSockets*>(state);
  const auto address = address_in(*target);
  if (purpose != CURLSOCKTYPE_IPCXN || !address || !sockets.guard->lets_through(*address)) {
    sockets.refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

}  // namespace

void guard_sockets(void* curl, GuardedSockets& sockets) {
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &sockets);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
}

}  // namespace jawort
