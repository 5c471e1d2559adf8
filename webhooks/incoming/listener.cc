#include "webhooks/incoming/listener.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>

#include "webhooks/incoming/exchange.h"
#include "webhooks/incoming/front.h"
#include "webhooks/incoming/responder.h"

namespace jawort {
namespace {

class SocketListener final : public Listener {
 public:
  SocketListener(Descriptor socket, const ListenerSettings& settings, HttpHandler handler,
                 Random& random, Log& log)
      : port_(bound_port(socket)),
        settings_(settings),
        handler_(std::move(handler)),
        random_(random),
        log_(log) {
    front_.emplace(settings_, std::move(socket), jobs_, answers_, clock_, log_);
  }
  ~SocketListener() override { stop(); }

  int port() const override { return port_; }

  void start() override {
    const std::lock_guard lock(life_);
    if (loop_.joinable() || !front_) return;
    for (int i = 0; i < std::max(1, settings_.threads); ++i) {
      workers_.emplace_back([this] { work(); });
    }
    loop_ = std::thread([this] { front_->run(); });
  }

  void probe(std::function<void()> answered) override {
    Answer answer;
    answer.after = std::move(answered);
    answers_.put(std::move(answer));
  }

  void stop() override {
    const std::lock_guard lock(life_);
    if (!front_) return;
    if (loop_.joinable()) {
      front_->stop();
      loop_.join();
    }
    jobs_.close();
    for (std::thread& worker : workers_) worker.join();
    front_.reset();
  }

 private:
  void work() {
    Responder responder(handler_, settings_.refusals, clock_, random_, log_);
    while (auto job = jobs_.pop()) {
      if (job->connection) {
        responder.respond(std::move(*job), front_->stopping(), answers_);
      } else {
        responder.run_after(*job);
      }
    }
  }

  const int port_;
  const ListenerSettings settings_;
  const HttpHandler handler_;
  Random& random_;
  Log& log_;
  const SystemClock clock_;  // deadlines of real sockets run in real time
  JobQueue jobs_;
  AnswerBox answers_;
  std::optional<Front> front_;  // nothing after the stop
  std::mutex life_;             // guards start() and stop() against each other
  std::thread loop_;
  std::vector<std::thread> workers_;
};

}  // namespace

Result<std::unique_ptr<Listener>> open_listener(const ListenerSettings& settings,
                                                HttpHandler handler, Random& random, Log& log) {
  auto socket = listen_on(settings.host, settings.port);
  if (!socket.ok()) return socket.error();
  return std::unique_ptr<Listener>(std::make_unique<SocketListener>(
      std::move(*socket), settings, std::move(handler), random, log));
}

}  // namespace jawort
