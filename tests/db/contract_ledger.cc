// The contract of CheckpointTable and LedgerKeyTable.
#include "tests/db/test_store.h"
#include "tests/support/catch.h"

namespace jawort::testing {
namespace {

using Found = std::optional<CheckpointRow>;

CheckpointRow sample(std::int64_t size) {
  return {size, moment(size * 1000), "note of " + std::to_string(size) + "\n", {}};
}

Write insert(std::int64_t size) {
  return [=](Tables& tables) { return tables.checkpoints().insert(sample(size)); };
}

Found covering(const Store& store, std::int64_t size) {
  return get<Found>(
      store, [=](const Tables& tables) { return tables.checkpoints().first_covering(size); });
}

Found last(const Store& store) {
  return get<Found>(store, [](const Tables& tables) { return tables.checkpoints().last(); });
}

}  // namespace

TEST_CASE("checkpoints are found by the size they cover, and survive a restart") {
  const auto test = new_test_store();
  CHECK_FALSE(last(test->store()));
  CHECK_FALSE(covering(test->store(), 1));
  for (const std::int64_t size : {3, 7, 100}) write(test->store(), insert(size));
  test->reopen();
  const Store& store = test->store();
  REQUIRE(last(store));
  CHECK(last(store)->size == 100);
  CHECK(last(store)->at == moment(100000));
  CHECK(last(store)->note == "note of 100\n");
  CHECK(last(store)->timestamp.empty());
  CHECK(covering(store, 1)->size == 3);
  CHECK(covering(store, 3)->size == 3);
  CHECK(covering(store, 4)->size == 7);
  CHECK(covering(store, 100)->size == 100);
  CHECK_FALSE(covering(store, 101));
  const auto page = get<std::vector<CheckpointRow>>(
      store, [](const Tables& tables) { return tables.checkpoints().page(3, 1); });
  REQUIRE(page.size() == 1);
  CHECK(page[0].size == 7);
}

TEST_CASE("a checkpoint is never smaller than the last") {
  for (const std::int64_t size : {0, 1, 5}) {
    const auto test = new_test_store();
    write(test->store(), insert(5));
    (void)refused_kind(test->store(), insert(size));
  }
}

TEST_CASE("a time stamp is set once") {
  const auto test = new_test_store();
  const auto timestamped = [&] {
    return get<Found>(test->store(),
                      [](const Tables& tables) { return tables.checkpoints().last_timestamped(); });
  };
  for (const std::int64_t size : {3, 7, 9}) write(test->store(), insert(size));
  CHECK_FALSE(timestamped());
  const auto stamp = [](std::int64_t size, Bytes bytes) -> Write {
    return [=](Tables& tables) { return tables.checkpoints().set_timestamp(size, bytes); };
  };
  write(test->store(), stamp(7, {1, 2, 3}));
  write(test->store(), stamp(3, {4}));
  REQUIRE(timestamped());
  CHECK(timestamped()->size == 7);
  CHECK(timestamped()->timestamp == Bytes{1, 2, 3});
  (void)refused_kind(test->store(), stamp(7, {9}));
}

TEST_CASE("what a place outside was given is remembered") {
  const auto test = new_test_store();
  const auto sent = [&](std::string_view place) {
    return get<std::optional<CheckpointSentRow>>(
        test->store(), [&](const Tables& tables) { return tables.checkpoints().sent(place); });
  };
  CHECK_FALSE(sent("file"));
  for (const std::int64_t size : {3, 7}) {
    write(test->store(), [=](Tables& tables) {
      return tables.checkpoints().set_sent("file", {size, moment(size)});
    });
  }
  REQUIRE(sent("file"));
  CHECK(sent("file")->size == 7);
  CHECK(sent("file")->at == moment(7));
  CHECK_FALSE(sent("url"));
}

TEST_CASE("announcements of ledger keys are kept in order, for ever") {
  const auto test = new_test_store();
  const auto insert_key = [](std::uint8_t number) -> Write {
    return [=](Tables& tables) {
      return tables.ledger_keys().insert({number, "key " + std::to_string(number) + "\n"});
    };
  };
  const std::vector<std::uint8_t> numbers = {1, 2, 255};
  for (const std::uint8_t number : numbers) write(test->store(), insert_key(number));
  const auto all = get<std::vector<LedgerKeyRow>>(
      test->store(), [](const Tables& tables) { return tables.ledger_keys().all(); });
  REQUIRE(all.size() == 3);
  CHECK(all[2].number == 255);
  CHECK(all[1].note == "key 2\n");
  (void)refused_kind(test->store(), insert_key(2));
}

}  // namespace jawort::testing
