// Counters and gauges in the Prometheus text format (version 0.0.4). Names and labels come from our
// code and from definitions, never from what a stranger sent.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace jawort {

class Counter {
 public:
  void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Thread-safe. A counter once asked for lives as long as the registry.
class Metrics {
 public:
  // `series` is a name with its labels, e.g. `jawort_mails_total{outcome="sent"}`; all series of a
  // name share `help` and kind (the first one's help is shown).
  Counter& counter(std::string_view series, std::string_view help);
  // `read` is called when the metrics are rendered; it must not block and not use the registry. A
  // series given again gets the new `read`.
  void gauge(std::string_view series, std::string_view help, std::function<double()> read);

  std::string render() const;

 private:
  struct Series {
    std::string help;
    bool is_gauge = false;
    Counter counter;
    std::function<double()> read;
  };
  mutable std::mutex mutex_;  // guards series_; counters themselves are atomic
  std::map<std::string, Series, std::less<>> series_;
};

}  // namespace jawort
