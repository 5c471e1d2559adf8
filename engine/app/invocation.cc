#include "engine/app/invocation.h"

namespace jawort {

std::string_view program_version() { return JAWORT_VERSION; }

int exit_status(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kConfiguration:
      return kExitConfiguration;
    case ErrorKind::kInvalid:
      return kExitUsage;
    case ErrorKind::kNotFound:
    case ErrorKind::kRefused:
    case ErrorKind::kUnavailable:
    case ErrorKind::kStorage:
    case ErrorKind::kInternal:
      return kExitNo;
  }
  return kExitNo;
}

int report(Console& console, const Error& error) {
  // Several lines are one problem each ("jawort.toml:3: …") and stand as they are.
  const bool several = error.message.find('\n') != std::string::npos;
  console.err((several ? "" : "jawort: ") + error.message + "\n");
  return exit_status(error);
}

}  // namespace jawort
