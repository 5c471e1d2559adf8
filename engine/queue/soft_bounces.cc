#include "engine/queue/soft_bounces.h"

#include <set>

namespace jawort {

bool bounced_too_often(const std::vector<SoftBounce>& bounces,
                       const std::optional<Instant>& delivered, Instant now) {
  std::set<std::string> days;
  for (const SoftBounce& bounce : bounces) {
    const bool counts =
        now - bounce.at <= kSoftBounces.within && (!delivered || bounce.at > *delivered);
    if (counts) days.insert(bounce.date);
  }
  return days.size() >= kSoftBounces.days;
}

}  // namespace jawort
