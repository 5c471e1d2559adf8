// The contract of WebhookTable.
#include "tests/db/test_store.h"
#include "tests/support/catch.h"

namespace jawort::testing {
namespace {

constexpr std::int64_t kEnd = std::int64_t{1} << 60;

WebhookDeliveryRow delivery(std::int64_t sequence, std::int64_t contact, int part = 0,
                            const std::string& endpoint = "crm") {
  WebhookDeliveryRow row;
  row.endpoint = endpoint;
  row.sequence = sequence;
  row.part = part;
  row.contact = ContactId{contact};
  row.type = "consent.confirmed";
  row.purpose = "newsletter";
  row.next_at = moment(sequence);
  return row;
}

void queue(Store& store, const std::vector<WebhookDeliveryRow>& rows) {
  write(store, [&](Tables& tables) -> Status {
    for (const auto& row : rows) JAWORT_TRY(tables.webhooks().queue(row));
    return {};
  });
}

std::vector<std::int64_t> sequences(const std::vector<WebhookDeliveryRow>& rows) {
  std::vector<std::int64_t> out;
  for (const auto& row : rows) out.push_back(row.sequence);
  return out;
}

std::vector<std::int64_t> due(const Store& store, std::int64_t now, int limit = 100) {
  return sequences(get<std::vector<WebhookDeliveryRow>>(store, [&](const Tables& tables) {
    return tables.webhooks().due("crm", moment(now), limit);
  }));
}

std::vector<std::int64_t> page(const Store& store, std::optional<WebhookState> state,
                               std::int64_t before, int limit = 100) {
  return sequences(get<std::vector<WebhookDeliveryRow>>(store, [&](const Tables& tables) {
    return tables.webhooks().page("crm", state, before, 0, limit);
  }));
}

WebhookDeliveryRow find(const Store& store, std::int64_t sequence) {
  auto row = get<std::optional<WebhookDeliveryRow>>(
      store, [&](const Tables& tables) { return tables.webhooks().find("crm", sequence, 0); });
  REQUIRE(row);
  return *row;
}

void end(Store& store, std::int64_t sequence, WebhookState state, std::int64_t at) {
  WebhookDeliveryRow row = find(store, sequence);
  row.state = state;
  row.attempts = 3;
  row.next_at.reset();
  row.last_at = moment(at);
  row.last_status = 204;
  row.last_problem = "";
  write(store, [&](Tables& tables) -> Status {
    JAWORT_TRY(tables.webhooks().update(row));
    return tables.webhooks().let_next_go("crm", row.contact, moment(at));
  });
}

}  // namespace

TEST_CASE("an endpoint is kept as it was put") {
  const auto test = new_test_store();
  WebhookEndpointRow row{"crm", 17, 2, moment(1), moment(2), "because"};
  const auto all = [&] {
    return get<std::vector<WebhookEndpointRow>>(
        test->store(), [](const Tables& tables) { return tables.webhooks().endpoints(); });
  };
  CHECK(all().empty());
  write(test->store(), [&](Tables& tables) { return tables.webhooks().put_endpoint(row); });
  row.id = "b";
  row.cursor = 18;
  row.disabled_at.reset();
  row.rotated_at.reset();
  row.disabled_because.clear();
  write(test->store(), [&](Tables& tables) { return tables.webhooks().put_endpoint(row); });
  write(test->store(), [&](Tables& tables) { return tables.webhooks().put_endpoint(row); });
  test->reopen();
  REQUIRE(all().size() == 2);
  CHECK(all()[0].id == "b");
  CHECK(all()[0].cursor == 18);
  CHECK_FALSE(all()[0].disabled_at);
  CHECK(all()[1].generation == 2);
  CHECK(all()[1].rotated_at == moment(1));
  CHECK(all()[1].disabled_at == moment(2));
  CHECK(all()[1].disabled_because == "because");
}

TEST_CASE("of one contact only the first is due, of several contacts each first") {
  const auto test = new_test_store();
  Store& store = test->store();
  queue(store, {delivery(1, 7), delivery(2, 7), delivery(3, 8), delivery(3, 8, 1), delivery(4, 7),
                delivery(5, 9, 0, "other")});
  CHECK(due(store, 0).empty());
  CHECK(due(store, 10) == std::vector<std::int64_t>{1, 3});
  CHECK(due(store, 10, 1) == std::vector<std::int64_t>{1});
  CHECK_FALSE(find(store, 2).next_at);
  end(store, 1, WebhookState::kDelivered, 20);
  CHECK(due(store, 20) == std::vector<std::int64_t>{3, 2});
  end(store, 3, WebhookState::kFailed, 21);  // its second part follows
  CHECK(due(store, 21) == std::vector<std::int64_t>{2, 3});
  end(store, 2, WebhookState::kDelivered, 22);
  CHECK(due(store, 30) == std::vector<std::int64_t>{3, 4});
  // What comes now about somebody for whom nothing waits is due at its time.
  end(store, 4, WebhookState::kDelivered, 31);
  queue(store, {delivery(40, 7)});
  CHECK(find(store, 40).next_at == moment(40));
}

TEST_CASE("what is there already is not queued again") {
  const auto test = new_test_store();
  Store& store = test->store();
  queue(store, {delivery(1, 7)});
  end(store, 1, WebhookState::kDelivered, 2);
  queue(store, {delivery(1, 7)});
  CHECK(find(store, 1).state == WebhookState::kDelivered);
  CHECK(find(store, 1).attempts == 3);
  CHECK(find(store, 1).last_status == 204);
  CHECK(find(store, 1).last_at == moment(2));
  CHECK(due(store, 100).empty());
}

TEST_CASE("deliveries are listed, counted, left out and forgotten") {
  const auto test = new_test_store();
  Store& store = test->store();
  const auto waiting = [&] {
    return get<std::int64_t>(store,
                             [](const Tables& t) { return t.webhooks().count_waiting("crm"); });
  };
  const auto oldest = [&] {
    return get<std::optional<std::int64_t>>(
        store, [](const Tables& t) { return t.webhooks().oldest_waiting("crm"); });
  };
  CHECK(waiting() == 0);
  CHECK_FALSE(oldest());
  queue(store, {delivery(1, 1), delivery(2, 2), delivery(3, 3), delivery(4, 4)});
  end(store, 1, WebhookState::kDelivered, 10);
  end(store, 3, WebhookState::kFailed, 30);
  CHECK(waiting() == 2);
  CHECK(oldest() == 2);
  CHECK(page(store, {}, kEnd) == std::vector<std::int64_t>{4, 3, 2, 1});
  CHECK(page(store, {}, kEnd, 2) == std::vector<std::int64_t>{4, 3});
  CHECK(page(store, {}, 3) == std::vector<std::int64_t>{2, 1});
  CHECK(page(store, WebhookState::kWaiting, kEnd) == std::vector<std::int64_t>{4, 2});
  CHECK(page(store, WebhookState::kFailed, kEnd) == std::vector<std::int64_t>{3});

  const auto prune = [&](std::int64_t before, int limit) {
    int gone = 0;
    write(store, [&](Tables& tables) -> Status {
      const auto pruned = tables.webhooks().prune(moment(before), limit);
      if (!pruned.ok()) return pruned.error();
      gone = *pruned;
      return {};
    });
    return gone;
  };
  CHECK(prune(10, 10) == 0);
  write(store, [](Tables& tables) { return tables.webhooks().skip_waiting("crm", moment(40)); });
  CHECK(waiting() == 0);
  CHECK(due(store, 100).empty());
  CHECK(prune(100, 3) == 3);
  CHECK(prune(100, 3) == 1);
  CHECK(page(store, {}, kEnd).empty());
}

}  // namespace jawort::testing
