// The contract of Store itself: what a transaction is, and that it is one for each caller.
#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/db/test_store.h"
#include "tests/support/catch.h"

namespace jawort::testing {
namespace {

std::size_t count_contacts(const Store& store) {
  return get<std::vector<ContactRow>>(
             store,
             [](const Tables& tables) { return tables.contacts().page(ContactId{}, 1000000); })
      .size();
}

Write insert_contact(std::int64_t id) {
  return [id](Tables& tables) { return tables.contacts().insert(sample_contact(id)); };
}

}  // namespace

TEST_CASE("what a failing write wrote is undone, and its error comes back") {
  const auto test = new_test_store();
  const Status status = test->store().write([](Tables& tables) -> Status {
    JAWORT_TRY(tables.contacts().insert(sample_contact(1)));
    return unavailable("changed our mind");
  });
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::kUnavailable);
  CHECK(status.error().message == "changed our mind");
  CHECK(count_contacts(test->store()) == 0);
  CHECK(test->store().healthy());
}

TEST_CASE("a write that throws is undone, and the store goes on") {
  const auto test = new_test_store();
  CHECK(refused_kind(test->store(), [](Tables& tables) -> Status {
          JAWORT_TRY(tables.contacts().insert(sample_contact(1)));
          throw std::runtime_error("person@example.org");
        }) == ErrorKind::kInternal);
  CHECK(refused_kind(test->store(), [](Tables&) -> Status { throw 1; }) == ErrorKind::kInternal);
  write(test->store(), insert_contact(2));
  CHECK(count_contacts(test->store()) == 1);
}

TEST_CASE("a write sees what it has written itself, others do not before its end") {
  const auto test = new_test_store();
  std::size_t inside = 0;
  std::size_t outside = 1;
  write(test->store(), [&](Tables& tables) -> Status {
    JAWORT_TRY(tables.contacts().insert(sample_contact(1)));
    const auto rows = tables.contacts().page(ContactId{}, 10);
    if (!rows.ok()) return rows.error();
    inside = rows->size();
    std::thread([&] { outside = count_contacts(test->store()); }).join();
    return {};
  });
  CHECK(inside == 1);
  CHECK(outside == 0);
  CHECK(count_contacts(test->store()) == 1);
}

TEST_CASE("a write inside a write is refused instead of waiting for itself") {
  const auto test = new_test_store();
  ErrorKind inner = ErrorKind::kStorage;
  write(test->store(), [&](Tables&) -> Status {
    const Status status = test->store().write(insert_contact(1));
    if (!status.ok()) inner = status.error().kind;
    return {};
  });
  CHECK(inner == ErrorKind::kInternal);
}

TEST_CASE("a read sees one moment, whatever is written meanwhile") {
  const auto test = new_test_store();
  write(test->store(), insert_contact(1));
  std::size_t before = 0;
  std::size_t after = 0;
  const Status status = test->store().read([&](const Tables& tables) -> Status {
    before = tables.contacts().page(ContactId{}, 10)->size();
    write(test->store(), insert_contact(2));
    after = tables.contacts().page(ContactId{}, 10)->size();
    return {};
  });
  CHECK(status.ok());
  CHECK(before == 1);
  CHECK(after == 1);
  CHECK(count_contacts(test->store()) == 2);
}

TEST_CASE("a read hands on its error, and the next read works") {
  const auto test = new_test_store();
  const Status status =
      test->store().read([](const Tables&) -> Status { return not_found("nothing here"); });
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::kNotFound);
  CHECK_FALSE(test->store().read([](const Tables&) -> Status { throw 1; }).ok());
  CHECK(count_contacts(test->store()) == 0);
  CHECK(test->store().healthy());
}

TEST_CASE("failing writes in a group do not hurt the others") {
  const auto test = new_test_store();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 40; ++i) {
        const std::int64_t id = 1 + thread * 1000 + i;
        const bool fails = (thread + i) % 2 == 0;
        const Status status = test->store().write([&](Tables& tables) -> Status {
          JAWORT_TRY(tables.contacts().insert(sample_contact(id)));
          if (fails && i % 3 == 0) throw std::runtime_error("thrown");
          if (fails) return tables.contacts().insert(sample_contact(id));  // refused
          return {};
        });
        if (status.ok() == fails) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(count_contacts(test->store()) == 8 * 40 / 2);
  for (const auto& row : get<std::vector<ContactRow>>(
           test->store(), [](const Tables& tables) { return tables.contacts().page({}, 1000); })) {
    CHECK((row.id.value / 1000 + (row.id.value - 1) % 1000) % 2 == 1);
  }
}

TEST_CASE("what is closed is there after opening again") {
  const auto test = new_test_store();
  CHECK(test->store().schema_version() >= 1);
  write(test->store(), insert_contact(1));
  write(test->store(), insert_contact(2));
  test->reopen();
  CHECK(count_contacts(test->store()) == 2);
  CHECK(test->store().schema_version() >= 1);
  write(test->store(), insert_contact(3));
  CHECK(count_contacts(test->store()) == 3);
}

TEST_CASE("the highest id counts all tables, and what was removed while the log names it") {
  const auto test = new_test_store();
  const auto highest = [&] { return *test->store().highest_id(); };
  CHECK(highest() == 0);
  write(test->store(), insert_contact(10));
  CHECK(highest() == 10);
  write(test->store(),
        [](Tables& tables) { return tables.consents().put(pending_consent(20, 10)); });
  CHECK(highest() == 20);
  write(test->store(),
        [](Tables& tables) { return tables.outbox().queue(sample_mail(30), moment(0)); });
  CHECK(highest() == 30);
  write(test->store(), [](Tables& tables) -> Status {
    JAWORT_TRY(tables.contacts().insert(sample_contact(40)));
    EventRow event = sample_event(1);
    event.contact = ContactId{40};
    event.consents = {ConsentId{50}, ConsentId{41}};
    JAWORT_TRY(tables.events().append(event, {}));
    return tables.contacts().remove(ContactId{40});
  });
  CHECK(highest() == 50);
}

}  // namespace jawort::testing
