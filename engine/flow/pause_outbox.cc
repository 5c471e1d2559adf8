#include "engine/flow/pause_outbox.h"

namespace jawort {

Status pause_outbox(const Context& context, std::string_view reason) {
  return context.store.write([&](Tables& tables) {
    return tables.outbox().set_pause(OutboxPause{context.clock.now(), std::string(reason)});
  });
}

Result<std::optional<OutboxPause>> outbox_pause(const Context& context) {
  std::optional<OutboxPause> pause;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto found = tables.outbox().pause();
    if (!found.ok()) return found.error();
    pause = std::move(*found);
    return {};
  }));
  return pause;
}

Result<bool> resume_outbox(const Context& context) {
  bool paused = false;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    const auto found = tables.outbox().pause();
    if (!found.ok()) return found.error();
    paused = found->has_value();
    return paused ? tables.outbox().set_pause(std::nullopt) : Status{};
  }));
  return paused;
}

}  // namespace jawort
