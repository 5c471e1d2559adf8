// One seed decides everything; what happened is written down, and so is what should not have.
#pragma once

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/text.h"

namespace jawort::simulation {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::size_t roll(std::size_t sides) { return static_cast<std::size_t>(engine_() % sides); }
  bool one_in(std::size_t times) { return roll(times) == 0; }
  milliseconds upto(milliseconds most) {
    return milliseconds{
        static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(most.count() + 1))};
  }
  template <typename T>
  const T& of(const std::vector<T>& items) {
    return items[roll(items.size())];
  }

 private:
  std::mt19937_64 engine_;
};

class Journal {
 public:
  explicit Journal(const Clock& clock) : clock_(clock) {}

  void note(const std::string& what) { lines_.push_back(rfc3339(clock_.now()) + "  " + what); }
  void expect(bool holds, const std::string& promise) {
    if (holds) return;
    note("WRONG: " + promise);
    faults_.push_back(promise);
  }
  const std::vector<std::string>& lines() const { return lines_; }
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  const Clock& clock_;
  std::vector<std::string> lines_, faults_;
};

// The process has died. No std::exception: nothing in the engine may take it for an error.
struct Crash {};

// When it dies, and when another program holds the database. Asked at each commit boundary.
class Fate {
 public:
  explicit Fate(Dice& dice) : dice_(dice) {}

  // 0: never. Once in so many questions.
  void crash_once_in(std::size_t times) { crash_ = times; }
  void busy_once_in(std::size_t times) { busy_ = times; }
  void strike() {
    // What is dead writes nothing more, whatever its code would still like to do.
    dead_ = dead_ || (crash_ > 0 && dice_.one_in(crash_));
    if (dead_) throw Crash{};
  }
  bool busy() { return busy_ > 0 && dice_.one_in(busy_); }
  void new_life() { dead_ = false; }

 private:
  Dice& dice_;
  std::size_t crash_ = 0, busy_ = 0;
  bool dead_ = false;
};

}  // namespace jawort::simulation
