#include "engine/app/control_socket.h"

#include <atomic>
#include <cerrno>
#include <list>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "engine/app/control_protocol.h"
#include "engine/app/unix_stream.h"

namespace jawort {
namespace {

constexpr std::size_t kSessionLimit = 16;
constexpr int kRequestSeconds = 30;
constexpr int kTakenSeconds = 10;  // until a server that is alive says that it has the request

// Sends what a verb prints. Once the caller has hung up the verb goes on, unheard.
class FrameConsole final : public Console {
 public:
  explicit FrameConsole(const UnixStream& stream) : stream_(stream) {}
  void out(std::string_view text) override { send('o', text); }
  void err(std::string_view text) override { send('e', text); }

 private:
  void send(char type, std::string_view text) {
    while (connected_ && !text.empty()) {
      const std::string_view chunk = text.substr(0, kControlChunk);
      connected_ = stream_.send_frame(type, chunk);
      text.remove_prefix(chunk.size());
    }
  }

  const UnixStream& stream_;
  bool connected_ = true;
};

class SocketServer final : public ControlServer {
 public:
  SocketServer(std::string path, UnixStream listener, Handler handler, Log& log)
      : path_(std::move(path)),
        listener_(std::move(listener)),
        handler_(std::move(handler)),
        log_(log),
        stop_event_(::eventfd(0, EFD_CLOEXEC)) {}
  ~SocketServer() override {
    stop();
    ::close(stop_event_);
  }

  void start() override {
    acceptor_ = std::thread([this] { accept_loop(); });
  }

  void stop() override {
    if (stopping_.exchange(true)) return;
    ::unlink(path_.c_str());
    const std::uint64_t one = 1;
    while (::write(stop_event_, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
    if (acceptor_.joinable()) acceptor_.join();
    // A caller that does not read must not hold us up: its connection ends, its verb finishes.
    for (Session& session : sessions_) ::shutdown(session.stream.descriptor(), SHUT_RDWR);
    for (Session& session : sessions_) session.thread.join();
    sessions_.clear();
    listener_.close();
  }

 private:
  struct Session {
    UnixStream stream;
    std::thread thread;
    std::atomic<bool> done{false};
  };

  void accept_loop() {
    for (;;) {
      pollfd waiting[] = {{listener_.descriptor(), POLLIN, 0}, {stop_event_, POLLIN, 0}};
      if (::poll(waiting, 2, -1) < 0 && errno != EINTR) return;
      if (stopping_) return;
      if ((waiting[0].revents & POLLIN) == 0) continue;
      UnixStream stream = listener_.accept();
      if (stream.open() && allowed(stream)) begin(std::move(stream));
    }
  }

  bool allowed(const UnixStream& stream) {
    const long user = stream.peer_user();
    if (user == 0 || user == static_cast<long>(::geteuid())) return true;
    log_.warning("control_peer_refused", {{"user_id", std::int64_t{user}}});
    return false;
  }

  // Only the accepting thread touches the list while the server runs.
  void begin(UnixStream stream) {
    for (auto session = sessions_.begin(); session != sessions_.end();) {
      if (session->done) {
        session->thread.join();
        session = sessions_.erase(session);
      } else {
        ++session;
      }
    }
    if (sessions_.size() >= kSessionLimit) {
      FrameConsole(stream).err("jawort: the server is busy with other verbs; try again\n");
      stream.send_frame('x', "1");
      return;
    }
    Session& session = sessions_.emplace_back();
    session.stream = std::move(stream);
    session.thread = std::thread([this, &session] {
      serve(session.stream);
      // The descriptor stays open until the thread is joined, so that stop() cannot hit another.
      ::shutdown(session.stream.descriptor(), SHUT_RDWR);
      session.done = true;
    });
  }

  void serve(const UnixStream& stream) {
    stream.receive_timeout(kRequestSeconds);
    FrameHeader header;
    std::string request;
    if (!stream.receive_frame(header, request, kControlRequestLimit) || header.type != 'i') return;
    // Whoever gave up while we hung must not find later that it was done all the same.
    if (stream.peer_has_gone() || !stream.send_frame('t', "")) return;
    FrameConsole console(stream);
    const auto invocation = decode_invocation(request);
    const int status =
        invocation.ok() ? handler_(*invocation, console) : report(console, invocation.error());
    stream.send_frame('x', std::to_string(status));
  }

  const std::string path_;
  UnixStream listener_;
  const Handler handler_;
  Log& log_;
  const int stop_event_;
  std::atomic<bool> stopping_{false};
  std::thread acceptor_;
  std::list<Session> sessions_;
};

Error hung(const UnixStream& stream) {
  return unavailable("the running server (process " + std::to_string(stream.peer_process()) +
                     ") does not answer, so nothing was done; see what keeps it, or stop it");
}

Error gone() { return unavailable("the running server went away before it answered; try again"); }

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::open(const std::string& path, Handler handler,
                                                           Log& log) {
  ::unlink(path.c_str());
  UnixStream listener = UnixStream::listen_at(path);
  if (!listener.open()) return unavailable("cannot open the control socket " + path);
  return std::unique_ptr<ControlServer>(
      std::make_unique<SocketServer>(path, std::move(listener), std::move(handler), log));
}

bool server_listens(const std::string& path) { return UnixStream::connect_to(path).open(); }

Result<std::optional<int>> ask_server(const std::string& path, const Invocation& invocation,
                                      Console& console) {
  const UnixStream stream = UnixStream::connect_to(path);
  if (!stream.open()) return std::optional<int>();
  const auto request = encode_invocation(invocation);
  if (!request.ok()) return request.error();
  if (request->size() > kControlRequestLimit) return invalid("the files are too large");
  // A server that refuses may have answered and hung up already: read before judging.
  (void)stream.send_frame('i', *request);
  FrameHeader header;
  std::string payload;
  stream.receive_timeout(kTakenSeconds);
  errno = 0;
  if (!stream.receive_frame(header, payload, kControlChunk)) {
    return errno == EAGAIN || errno == EWOULDBLOCK ? hung(stream) : gone();
  }
  stream.receive_timeout(0);
  do {
    if (header.type == 'o') console.out(payload);
    if (header.type == 'e') console.err(payload);
    if (header.type == 'x') return std::optional<int>(std::atoi(payload.c_str()));
  } while (stream.receive_frame(header, payload, kControlChunk));
  return gone();
}

}  // namespace jawort
