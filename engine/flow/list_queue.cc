#include "engine/flow/list_queue.h"

#include <algorithm>

namespace jawort {
namespace {

constexpr int kPage = 500;

Result<std::vector<OutboxRow>> read_page(const Context& context, const QueueChoice& choice,
                                         MailId after, int limit) {
  std::vector<OutboxRow> rows;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto page = choice.uncertain ? tables.outbox().uncertain(after, limit)
                                 : tables.outbox().page(choice.states, after, limit);
    if (!page.ok()) return page.error();
    rows = std::move(*page);
    return {};
  }));
  return rows;
}

}  // namespace

Status for_each_queued(const Context& context, const QueueChoice& choice, std::int64_t limit,
                       const std::function<Status(const std::vector<OutboxRow>&)>& see) {
  MailId after;
  std::int64_t left = limit > 0 ? limit : INT64_MAX;
  while (left > 0) {
    const auto page =
        read_page(context, choice, after, static_cast<int>(std::min<std::int64_t>(kPage, left)));
    if (!page.ok()) return page.error();
    if (page->empty()) break;
    after = page->back().mail;
    left -= static_cast<std::int64_t>(page->size());
    if (Status seen = see(*page); !seen.ok()) return seen;
  }
  return {};
}

}  // namespace jawort
