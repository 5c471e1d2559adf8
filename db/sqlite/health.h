// Whether the store may still be used; shared by the writer and the readers.
#pragma once

#include <atomic>
#include <string_view>

#include "engine/base/log.h"
#include "engine/base/result.h"

namespace jawort {

// Thread-safe. Once failed, it stays so until the process starts anew.
class Health {
 public:
  explicit Health(Log& log) : log_(log) {}

  bool good() const { return good_; }
  // `cause` goes to the log, the first time.
  void fail(std::string_view cause) {
    if (good_.exchange(false)) log_.error("storage_failed", {{"cause", cause}});
  }
  // What everybody is told from then on.
  static Error stopped() {
    return storage_error("the database has failed; it is not used any more until a restart");
  }

 private:
  Log& log_;
  std::atomic<bool> good_{true};
};

}  // namespace jawort
