#include "engine/flow/count_blocked.h"

namespace jawort {

void count_post(const Context& context, std::string_view outcome) {
  context.metrics
      .counter("jawort_form_posts_total{outcome=\"" + std::string(outcome) + "\"}",
               "Form posts answered, by what became of them")
      .add();
}

BlockedPostRow one_blocked(const Context& context, std::string_view form, BlockReason reason) {
  return {context.zone.local(context.clock.now()).date, std::string(form),
          std::string(name_of(reason)), 1};
}

void show_blocked(const Context& context, std::string_view form, BlockReason reason) {
  context.metrics
      .counter("jawort_blocked_posts_total{form=\"" + std::string(form) + "\",reason=\"" +
                   std::string(name_of(reason)) + "\"}",
               "Form posts that created nothing or sent no mail, by why")
      .add();
}

void count_blocked(const Context& context, std::string_view form, BlockReason reason) {
  show_blocked(context, form, reason);
  context.shield.blocked.add(one_blocked(context, form, reason));
}

Status write_blocked(const Context& context) {
  const std::vector<BlockedPostRow> rows = context.shield.blocked.take();
  if (rows.empty()) return {};
  const Status written = context.store.write([&](Tables& tables) -> Status {
    for (const BlockedPostRow& row : rows) JAWORT_TRY(tables.blocked_posts().add(row));
    return {};
  });
  if (!written.ok()) {  // not lost by a moment in which somebody else held the database
    for (const BlockedPostRow& row : rows) context.shield.blocked.add(row);
  }
  return written;
}

}  // namespace jawort
