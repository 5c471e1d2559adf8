// The value of a result, or the end of the test.
#pragma once

#include <utility>

#include "engine/base/result.h"
#include "tests/support/catch.h"

namespace jawort::testing {

template <typename T>
T take(Result<T> result) {
  if (!result.ok()) FAIL(result.error().message);
  return std::move(*result);
}

inline void take(const Status& status) {
  if (!status.ok()) FAIL(status.error().message);
}

}  // namespace jawort::testing
