// Who comes in, who makes room, and who is turned away.
#include <sys/epoll.h>

#include "webhooks/incoming/front.h"
#include "webhooks/incoming/responder.h"

namespace jawort {
namespace {

constexpr int kAcceptedAtOnce = 64;
constexpr int kTurnedAwayLimit = 256;  // connections that only wait to have read their refusal
constexpr milliseconds kOutOfDescriptorsPause{50};
constexpr milliseconds kReportPause{10000};
constexpr std::string_view kRetryAfter = "5";  // seconds

}  // namespace

void Front::resume_accepting() {
  accept_again_at_ = milliseconds(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &listening_;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listening_.get(), &event);
}

void Front::pause_accepting() {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listening_.get(), nullptr);
  accept_again_at_ = now_ + kOutOfDescriptorsPause;
  log_.warning("accept_failed", {{"reason", std::string_view("no file descriptors left")}});
}

void Front::accept_waiting() {
  // At the stop all of them, also those that come while we do it.
  for (int i = 0; stop_begun_ || i < kAcceptedAtOnce; ++i) {
    Accepted accepted = accept_from(listening_);
    switch (accepted.outcome) {
      case Accepted::Outcome::kConnection:
        admit(std::move(accepted));
        break;
      case Accepted::Outcome::kNothing:
        return;
      case Accepted::Outcome::kGone:
        break;
      case Accepted::Outcome::kNoDescriptors:
        if (make_room()) break;
        if (!stop_begun_) pause_accepting();
        return;
    }
  }
}

void Front::admit(Accepted accepted) {
  std::string network;
  const auto address = parse_ip(accepted.peer);
  if (!address || !lies_in(*address, settings_.trusted_proxies)) {
    network = client_network(accepted.peer);
    const auto known = per_network_.find(network);
    // 429, not 503: it is this client's own doing, and the service is well.
    if (known != per_network_.end() && known->second >= settings_.connections_per_client) {
      return turn_away(std::move(accepted), 429);
    }
  }
  const auto counted = static_cast<int>(connections_.size()) - turned_away_;
  if (counted >= settings_.connections && !make_room()) return turn_away(std::move(accepted), 503);
  FrontConnection& connection = add(std::move(accepted));
  connection.network = std::move(network);
  if (!connection.network.empty()) ++per_network_[connection.network];
  watch(connection, EPOLLIN);
  (stop_begun_ ? last_chance_ : first_).push(connection, now_);
}

FrontConnection& Front::add(Accepted accepted) {
  auto connection = std::make_unique<FrontConnection>(rules_);
  connection->socket = std::move(accepted.socket);
  connection->peer = std::move(accepted.peer);
  connection->slot = connections_.size();
  connections_.push_back(std::move(connection));
  return *connections_.back();
}

// The connection that has been idle for the longest goes, unless its request has just come. False:
// none is idle.
bool Front::make_room() {
  for (;;) {
    Timed* oldest = first_.front();
    Timed* const kept = idle_.front();
    if (!oldest || (kept && kept->since() < oldest->since())) oldest = kept;
    if (!oldest) return false;
    auto& connection = static_cast<FrontConnection&>(*oldest);
    if (!receive(connection)) return true;
    if (!is_idle(connection)) continue;
    remove(connection);
    return true;
  }
}

bool Front::is_idle(const FrontConnection& connection) const {
  return connection.queue() == &first_ || connection.queue() == &idle_;
}

// Written from here: workers may be what there is too little of.
void Front::turn_away(Accepted accepted, int status) {
  ++turned_away_unreported_;
  report_turned_away();
  if (turned_away_ >= kTurnedAwayLimit) return;
  FrontConnection& connection = add(std::move(accepted));
  connection.turned_away = true;
  ++turned_away_;
  connection.close = true;
  HttpResponse response = plain_refusal(status);
  response.set("Retry-After", kRetryAfter);
  response.set("Date", imf_fixdate(clock_.now()));
  connection.answer = writer_.bytes("GET", response, true);
  start_writing(connection);
}

// A line now and then, not one for each.
void Front::report_turned_away() {
  if (now_ < report_at_) return;
  log_.warning("connections_turned_away", {{"count", turned_away_unreported_}});
  turned_away_unreported_ = 0;
  report_at_ = now_ + kReportPause;
}

}  // namespace jawort
