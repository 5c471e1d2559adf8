// One listening socket and its threads: an event loop that owns all connections (front.h), and
// workers that run the handler. Requests are read strictly (request_head.h) and under deadlines;
// only whole, checked ones reach a worker, so a slow peer holds a descriptor and no thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/random.h"
#include "engine/base/result.h"
#include "webhooks/incoming/client_address.h"
#include "webhooks/incoming/http.h"
#include "webhooks/incoming/request_head.h"

namespace jawort {

struct ListenerDeadlines {
  milliseconds first{10000};   // from the connection to its first byte
  milliseconds idle{75000};    // between two requests; proxies keep theirs for 60 s, and must be
                               // the first to close: a POST that meets our close is lost
  milliseconds head{5000};     // from the first byte to the end of the head: 408
  milliseconds body{10000};    // from there to the end of the body: 408
  milliseconds write{10000};   // for the next bytes of an answer to be taken
  milliseconds answer{60000};  // for all of them, checked when some are taken
  milliseconds drain{900};     // what a refused peer still sends is read that long
  milliseconds stop{5000};     // for requests that have begun
};

// Answers a request that was refused with `status`, as the page it was meant for would. The request
// has no body, and nothing of it may be carried out.
using RefusalHandler = std::function<HttpResponse(const HttpRequest&, int status)>;

struct ListenerSettings {
  std::string host;  // numeric address or "localhost"
  int port = 0;      // 0: any free one
  int threads = 64;
  std::size_t body_limit = 64U * 1024U;
  int connections = 2048;            // over it: the longest idle one makes room, else 503
  int connections_per_client = 256;  // per client_network(); over it: 429
  std::vector<IpNetwork> trusted_proxies = {};  // not limited per client
  BodyOptional body_optional = {};
  RefusalHandler refusals = {};  // empty: a line of text
  ListenerDeadlines deadlines = {};
};

class Listener {
 public:
  virtual ~Listener() = default;
  // The bound port.
  virtual int port() const = 0;
  // Starts the threads; returns at once. Idempotent.
  virtual void start() = 0;
  // Calls `answered` in a worker, by way of the event loop: when it comes, both are alive. Never
  // after a stop. Thread-safe, returns at once.
  virtual void probe(std::function<void()> answered) = 0;
  // Answers who has been let in, closes the port, finishes requests that have begun, joins all
  // threads. Bounded by ListenerDeadlines::stop and the handler. Idempotent.
  virtual void stop() = 0;
};

// Binds at once (no SO_REUSEPORT: a second server on the port is an error, kUnavailable). `random`
// and `log` outlive the listener. The handlers are called by several threads at once.
Result<std::unique_ptr<Listener>> open_listener(const ListenerSettings& settings,
                                                HttpHandler handler, Random& random, Log& log);

}  // namespace jawort
