// `jawort serve`: listeners, scheduler, senders and control socket in one process, until a signal.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/app/config.h"
#include "engine/app/engine.h"
#include "engine/app/invocation.h"
#include "engine/app/supervisor.h"
#include "engine/mail/transport.h"
#include "webhooks/incoming/http.h"

namespace jawort {

struct ServeOptions {
  TransportFactory transports;
  // Ports are tried one after the other from the configured one on; 1: only that one.
  int ports_to_try = 1;
  int admin_ports_to_try = 1;
  // The demo lays its own pages over the public ones. May be empty.
  std::function<HttpHandler(const Engine&, HttpHandler)> wrap;
  // Called once everything is up, with the address under which pages are served. May be empty.
  std::function<void(const Engine&)> started;
  // Told when all is up, when the stop begins, and in between that we live. May be null.
  const Supervisor* supervisor = nullptr;
};

// Blocks SIGTERM, SIGINT and SIGHUP in this thread and all that it starts: serve() takes them one
// by one. Call it before the first thread is started.
void block_stop_signals();

// Blocks until SIGTERM, SIGINT or SIGHUP (then kExitDone), or until the store fails (kExitNo).
// kUnavailable: a port is taken. Order of the stop: not ready, no new connections, requests under
// way end, senders wait up to [server] stop_within for the relay's word, then the rest.
Result<int> serve(Engine& engine, const Config& config, const ServeOptions& options, Log& log);

// The verb: configuration and engine included.
int run_serve(const Invocation& invocation, Console& console);

// One SMTP transport per sender; `settings` outlives them.
SmtpSettings smtp_settings(const Config& config);

}  // namespace jawort
