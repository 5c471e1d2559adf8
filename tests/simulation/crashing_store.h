// The real store, and a process that can die before a commit or right after it.
#pragma once

#include <memory>

#include "db/store.h"
#include "tests/simulation/chance.h"

namespace jawort::simulation {

class CrashingStore final : public Store {
 public:
  CrashingStore(std::unique_ptr<Store> inner, Fate& fate) : inner_(std::move(inner)), fate_(fate) {}

  Status write(const std::function<Status(Tables&)>& work) override {
    fate_.strike();
    if (fate_.busy()) return unavailable("another program holds the database");
    Status status = inner_->write(work);
    fate_.strike();
    return status;
  }
  Status write_if_room(const std::function<Status(Tables&)>& work) override { return write(work); }
  Result<bool> empty_log(milliseconds within) override { return inner_->empty_log(within); }
  DiskSpace space() const override { return inner_->space(); }
  Status read(const std::function<Status(const Tables&)>& work) const override {
    return inner_->read(work);
  }
  bool healthy() const override { return inner_->healthy(); }
  Result<std::int64_t> highest_id() const override { return inner_->highest_id(); }
  int schema_version() const override { return inner_->schema_version(); }

 private:
  std::unique_ptr<Store> inner_;
  Fate& fate_;
};

}  // namespace jawort::simulation
