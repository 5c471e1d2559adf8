// The local socket by which verbs reach a running server, so that there is never a second writer on
// the database. A Unix stream socket, mode 0600; the peer must have our user id or be root.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/app/invocation.h"
#include "engine/base/log.h"
#include "engine/base/result.h"

namespace jawort {

class ControlServer {
 public:
  // Runs in a thread per caller, at most 16 at a time; returns the exit status.
  using Handler = std::function<int(const Invocation&, Console&)>;

  // REQUIRES: the caller holds the database's lock; so a socket file that is there already was left
  // behind by a server that died, and is replaced. `log` outlives the server.
  static Result<std::unique_ptr<ControlServer>> open(const std::string& path, Handler handler,
                                                     Log& log);
  virtual ~ControlServer() = default;
  virtual void start() = 0;
  // Takes no new callers, hangs up on the others once their verbs end, removes the file.
  // Idempotent.
  virtual void stop() = 0;
};

// Lets the server behind `path` carry out the verb. Nothing when no server listens there. An error
// when it refuses the connection, or goes away before it has answered.
Result<std::optional<int>> ask_server(const std::string& path, const Invocation& invocation,
                                      Console& console);
// True when a server listens there.
bool server_listens(const std::string& path);

}  // namespace jawort
