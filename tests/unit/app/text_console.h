#pragma once

#include <string>

#include "engine/app/invocation.h"

namespace jawort::testing {

// Keeps what a verb prints.
class TextConsole final : public Console {
 public:
  void out(std::string_view text) override { printed += text; }
  void err(std::string_view text) override { complained += text; }
  std::string printed, complained;
};

}  // namespace jawort::testing
