// What a verb says, kept for another verb that reads it.
#pragma once

#include <string>

#include "engine/app/invocation.h"

namespace jawort {

class CapturedAnswer final : public Console {
 public:
  void out(std::string_view text) override { out_ += text; }
  void err(std::string_view text) override { err_ += text; }
  const std::string& answer() const { return out_; }
  // The first line of what was complained of, without the program's name.
  std::string complaint() const {
    std::string line = err_.substr(0, err_.find('\n'));
    const std::string_view name = "jawort: ";
    return line.starts_with(name) ? line.substr(name.size()) : line;
  }

 private:
  std::string out_, err_;
};

}  // namespace jawort
