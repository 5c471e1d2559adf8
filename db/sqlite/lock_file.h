// The lock beside the database: at most one jawort process has it open.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace jawort {

// Held from take() to the destructor, and let go by the kernel when the process dies. The file
// itself stays: removing it would let two processes hold two different files of the same name.
class LockFile {
 public:
  // Takes `path` + ".lock" (mode 0600) and writes our process id into it. kRefused: another process
  // has it. kConfiguration: the file cannot be made there.
  static Result<LockFile> take(const std::string& path);

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&&) = delete;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;  // -1: moved from
};

}  // namespace jawort
