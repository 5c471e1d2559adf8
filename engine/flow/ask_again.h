// A press that looks like a machine's has to be made again, with the address typed: a program that
// presses buttons in mails does not do that ([consent] suspicious = "ask_again"). What is
// remembered of it is in Shield::asked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/flow/consent_link.h"
#include "engine/flow/context.h"

namespace jawort {

class AskAgain {
 public:
  // `typed`: nothing where the page had no field for it.
  AskAgain(const Context& context, const std::optional<std::string>& typed)
      : context_(context), typed_(typed) {}

  // Whether the press has to be made again, instead of being stamped. Asks about a link for once
  // and all: what pressed it may press again. Counts a typed address at most once.
  AskedQuestion judge(const ConsentLink& link, const std::vector<std::string>& reasons);
  // The address was asked for, and is the contact's.
  bool answered() const { return answered_; }
  // Why it was asked: those of the first presses, then those of this one.
  const std::vector<std::string>& reasons() const { return reasons_; }
  std::chrono::seconds wait() const { return wait_; }  // of kTooManyTries
  bool asked_first() const { return asked_first_; }    // for the metric

 private:
  AskedQuestion judge_address(const ConsentLink& link);

  const Context& context_;
  const std::optional<std::string>& typed_;
  std::vector<std::string> reasons_;
  std::optional<std::chrono::seconds> over_limit_;
  std::chrono::seconds wait_{0};
  bool counted_ = false, answered_ = false, asked_first_ = false;
};

void count_asked_again(const Context& context, std::uint64_t by);

}  // namespace jawort
