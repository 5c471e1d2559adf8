#include "engine/app/unix_stream.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace jawort {
namespace {

// A path as an address. The folder is opened and the socket named below it by /proc, because
// sun_path holds 107 bytes only and data folders lie deep.
class SocketAddress {
 public:
  explicit SocketAddress(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    folder_ = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder_ < 0) return;
    const std::string reachable = "/proc/self/fd/" + std::to_string(folder_) + "/" + name;
    if (reachable.size() >= sizeof(address_.sun_path)) return;
    address_.sun_family = AF_UNIX;
    std::memcpy(address_.sun_path, reachable.c_str(), reachable.size() + 1);
    valid_ = true;
  }
  ~SocketAddress() {
    if (folder_ >= 0) ::close(folder_);
  }
  SocketAddress(const SocketAddress&) = delete;
  SocketAddress& operator=(const SocketAddress&) = delete;

  bool valid() const { return valid_; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }

 private:
  int folder_ = -1;
  sockaddr_un address_{};
  bool valid_ = false;
};

std::optional<ucred> credentials_of(int descriptor) {
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return {};
  return credentials;
}

int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

bool send_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive_all(int descriptor, char* out, std::size_t length) {
  while (length > 0) {
    const ssize_t got = ::recv(descriptor, out, length, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got;
    length -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

UnixStream& UnixStream::operator=(UnixStream&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

void UnixStream::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

UnixStream UnixStream::connect_to(const std::string& path) {
  const SocketAddress address(path);
  UnixStream stream(new_socket());
  if (!address.valid() || !stream.open() ||
      ::connect(stream.descriptor_, address.get(), sizeof(sockaddr_un)) != 0) {
    stream.close();
  }
  return stream;
}

UnixStream UnixStream::listen_at(const std::string& path) {
  const SocketAddress address(path);
  UnixStream stream(new_socket());
  // On Linux the mode of the descriptor becomes the mode of the file, so there is no moment in
  // which others could connect.
  if (!address.valid() || !stream.open() || ::fchmod(stream.descriptor_, 0600) != 0 ||
      ::bind(stream.descriptor_, address.get(), sizeof(sockaddr_un)) != 0 ||
      ::listen(stream.descriptor_, 64) != 0) {
    stream.close();
  }
  return stream;
}

UnixStream UnixStream::accept() const {
  return UnixStream(::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC));
}

long UnixStream::peer_user() const {
  const auto peer = credentials_of(descriptor_);
  return peer ? static_cast<long>(peer->uid) : -1;
}

long UnixStream::peer_process() const {
  const auto peer = credentials_of(descriptor_);
  return peer ? static_cast<long>(peer->pid) : -1;
}

bool UnixStream::peer_has_gone() const {
  pollfd looked{descriptor_, POLLRDHUP, 0};
  return ::poll(&looked, 1, 0) > 0 && (looked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void UnixStream::receive_timeout(int seconds) const {
  const timeval timeout{seconds, 0};
  (void)::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

bool UnixStream::send_frame(char type, std::string_view payload) const {
  return send_all(descriptor_, frame_header(type, payload.size())) &&
         send_all(descriptor_, payload);
}

bool UnixStream::receive_frame(FrameHeader& header, std::string& payload, std::size_t limit) const {
  std::string bytes(5, '\0');
  if (!receive_all(descriptor_, bytes.data(), bytes.size())) return false;
  header = parse_frame_header(bytes);
  if (header.length > limit) return false;
  payload.resize(header.length);
  return receive_all(descriptor_, payload.data(), payload.size());
}

}  // namespace jawort
