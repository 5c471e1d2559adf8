// Fakes behind our own interfaces. They enforce the rules themselves: a test that breaks one fails
// wherever it stands.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/mail/transport.h"

namespace jawort::testing {

// Stands still until it is moved. A step changes the wall clock alone, as an administrator or a
// time server does.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Instant start) : now_(to_millis(start)) {}
  Instant now() const override { return from_millis(now_ + stepped_); }
  milliseconds monotonic() const override { return milliseconds{now_}; }
  void set(Instant at) { now_ = to_millis(at); }
  void step(milliseconds by) { stepped_ += by.count(); }
  void advance(milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
  std::atomic<std::int64_t> stepped_ = 0;
};

// One seed, one sequence.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    const std::lock_guard lock(mutex_);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mutex mutex_;  // guards engine_
  std::mt19937_64 engine_;
};

struct DeliveredMail {
  std::string recipient, message, sender;
};

// A relay without a network. `may_receive` is asked at the moment of handing over; a mail to
// somebody who may not have one is kept in `wrong`, which every test expects to be empty.
class FakeTransport final : public MailTransport {
 public:
  explicit FakeTransport(std::function<bool(const DeliveredMail& mail)> may_receive)
      : may_receive_(std::move(may_receive)) {}

  Delivery send(const Envelope& envelope, std::string_view message,
                const LastBytesGate& gate) override {
    Delivery delivery;
    delivery.relay = "relay.example:25";
    if (!answers_.empty()) {
      delivery = answers_.front();
      answers_.pop_front();
    } else {
      delivery.verdict = Verdict::kAccepted;
      delivery.code = 250;
      delivery.reply = "2.0.0 OK";
    }
    const bool reaches_the_dot =
        delivery.verdict == Verdict::kAccepted || delivery.verdict == Verdict::kUncertain;
    if (!reaches_the_dot) return delivery;
    if (before_gate_) before_gate_();
    if (!gate()) {
      delivery.verdict = Verdict::kWithheld;
      return delivery;
    }
    delivered_.push_back({envelope.recipient, std::string(message), envelope.sender});
    if (!may_receive_(delivered_.back())) wrong_.push_back(envelope.recipient);
    return delivery;
  }

  // The next attempts end like this, one after the other; then all are accepted.
  void answer(Verdict verdict, int code, std::string reply) {
    answers_.push_back({verdict, code, "", std::move(reply), "relay.example:25", ""});
  }
  void answer(Delivery delivery) { answers_.push_back(std::move(delivery)); }
  // Called after the data and right before the gate is asked: the moment for a race.
  void before_gate(std::function<void()> act) { before_gate_ = std::move(act); }

  const std::vector<DeliveredMail>& delivered() const { return delivered_; }
  const std::vector<std::string>& wrong() const { return wrong_; }

 private:
  std::function<bool(const DeliveredMail&)> may_receive_;
  std::function<void()> before_gate_;
  std::deque<Delivery> answers_;
  std::vector<DeliveredMail> delivered_;
  std::vector<std::string> wrong_;
};

}  // namespace jawort::testing
