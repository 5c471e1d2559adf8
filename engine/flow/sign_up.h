// A sign-up on its way into the log, inside the caller's transaction: by a form post, or by a tick
// on the preferences page.
#pragma once

#include <memory>

#include "engine/flow/check_post.h"
#include "engine/flow/context.h"

namespace jawort {

// One thread. What it is given outlives it.
class SignUp {
 public:
  // REQUIRES: `checked` has an address and no errors.
  SignUp(const Context& context, const FormPost& post, const CheckedPost& checked);
  ~SignUp();
  SignUp(SignUp&&) noexcept;

  // Before the transaction: looks at what is known, and composes the one mail that may go, whether
  // or not it will. The writer is not kept waiting, and the work is alike for every address.
  Status compose();
  Status write(Tables& tables);

  // After write(): whether a mail was queued, and if none was, why not.
  bool mailed() const;
  std::optional<BlockReason> blocked() const;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace jawort
