#include "webhooks/incoming/deadline_queue.h"

#include <memory>

#include "tests/support/catch.h"

namespace jawort {
namespace {

TEST_CASE("who came first is over first, and who leaves is not") {
  DeadlineQueue queue(milliseconds(10)), other(milliseconds(100));
  Timed a, b, c;
  queue.push(a, milliseconds(0));
  queue.push(b, milliseconds(1));
  queue.push(c, milliseconds(2));
  CHECK(queue.overdue(milliseconds(9)) == nullptr);
  CHECK(queue.next() == milliseconds(10));
  CHECK(queue.overdue(milliseconds(10)) == &a);
  b.leave();
  b.leave();  // once more does nothing
  a.leave();
  CHECK(queue.overdue(milliseconds(11)) == nullptr);
  CHECK(queue.overdue(milliseconds(12)) == &c);
  queue.push(c, milliseconds(12));  // begins anew
  CHECK(queue.next() == milliseconds(22));
  other.push(c, milliseconds(12));
  CHECK(queue.front() == nullptr);
  CHECK(c.queue() == &other);
}

TEST_CASE("who is destroyed has left, wherever it stood") {
  DeadlineQueue queue(milliseconds(10));
  auto first = std::make_unique<Timed>(), middle = std::make_unique<Timed>(),
       last = std::make_unique<Timed>();
  for (Timed* timed : {first.get(), middle.get(), last.get()}) queue.push(*timed, milliseconds(0));
  middle.reset();
  last.reset();
  CHECK(queue.front() == first.get());
  Timed next;
  queue.push(next, milliseconds(1));
  first.reset();
  CHECK(queue.front() == &next);
}

}  // namespace
}  // namespace jawort
