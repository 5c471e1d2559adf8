#include "engine/mail/transport.h"

namespace jawort {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return "accepted";
    case Verdict::kDeferred:
      return "deferred";
    case Verdict::kRefused:
      return "refused";
    case Verdict::kBadAddress:
      return "bad_address";
    case Verdict::kOurFault:
      return "our_fault";
    case Verdict::kUncertain:
      return "uncertain";
    case Verdict::kWithheld:
      return "withheld";
  }
  return "";
}

}  // namespace jawort
