// The contract of EventTable and OutboxTable.
#include <bit>

#include "engine/evidence/leaf.h"
#include "engine/evidence/merkle.h"
#include "tests/db/test_store.h"
#include "tests/support/catch.h"

namespace jawort::testing {
namespace {

using Ids = std::vector<std::int64_t>;

EventRow event_about(std::int64_t sequence, std::int64_t contact, const Ids& consents = {}) {
  EventRow event = sample_event(sequence);
  event.contact = ContactId{contact};
  event.consents.clear();
  for (const std::int64_t id : consents) event.consents.push_back(ConsentId{id});
  return event;
}

Write append(const EventRow& event) {
  return [event](Tables& tables) {
    return tables.events().append(event, sample_values(event.sequence));
  };
}
Write append(std::int64_t sequence) { return append(sample_event(sequence)); }

Write queue(std::int64_t id, std::int64_t due) {
  return [=](Tables& tables) { return tables.outbox().queue(sample_mail(id), moment(due)); };
}

std::optional<OutboxRow> outbox(const Store& store, std::int64_t id) {
  return get<std::optional<OutboxRow>>(
      store, [&](const Tables& tables) { return tables.outbox().find(MailId{id}); });
}

std::optional<MailRow> mail(const Store& store, std::int64_t id) {
  return get<std::optional<MailRow>>(
      store, [&](const Tables& tables) { return tables.outbox().mail(MailId{id}); });
}

// Walks a mail through the given states.
void move(Store& store, std::int64_t id, const std::vector<OutboxState>& states) {
  for (const OutboxState state : states) {
    OutboxRow row = *outbox(store, id);
    row.state = state;
    write(store, [&](Tables& tables) { return tables.outbox().update(row); });
  }
}

}  // namespace

TEST_CASE("events are appended and read as they were, with values and subjects") {
  const auto test = new_test_store();
  Store& store = test->store();
  const auto last = [&] {
    return get<std::int64_t>(store,
                             [](const Tables& tables) { return tables.events().last_sequence(); });
  };
  const auto find = [&](std::int64_t sequence) {
    return get<std::optional<EventRow>>(
        store, [&](const Tables& tables) { return tables.events().find(sequence); });
  };
  CHECK(last() == 0);
  CHECK_FALSE(find(1));
  write(store, append(1));
  write(store, append(event_about(2, 0)));
  CHECK(last() == 2);
  REQUIRE(find(1));
  CHECK(same(*find(1), sample_event(1)));
  CHECK(same(*find(2), event_about(2, 0)));
  CHECK_FALSE(find(3));

  const auto values = get<std::vector<EventValueRow>>(
      store, [](const Tables& tables) { return tables.events().values(1); });
  REQUIRE(values.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(same(values[i], sample_values(1)[i]));
}

TEST_CASE("the history of a contact, and of one of its consents, is found oldest first") {
  const auto test = new_test_store();
  const auto third = event_about(3, 50, {60});
  write(test->store(), append(event_about(1, 50, {60, 61})));
  write(test->store(), append(event_about(2, 51, {62})));
  write(test->store(), append(third));
  write(test->store(), append(event_about(4, 50)));
  const auto sequences = [&](std::int64_t contact, std::int64_t consent) {
    Ids found;
    for (const auto& event : get<std::vector<EventRow>>(test->store(), [&](const Tables& tables) {
           return consent == 0 ? tables.events().about(ContactId{contact})
                               : tables.events().about(ContactId{contact}, ConsentId{consent});
         })) {
      found.push_back(event.sequence);
    }
    return found;
  };
  const auto last = [&](std::int64_t contact, std::int64_t consent) {
    return get<std::optional<EventRow>>(test->store(), [&](const Tables& tables) {
      return tables.events().last_about(ContactId{contact}, ConsentId{consent});
    });
  };
  CHECK(sequences(50, 0) == Ids{1, 3, 4});
  CHECK(sequences(50, 60) == Ids{1, 3});
  CHECK(sequences(50, 61) == Ids{1});
  CHECK(sequences(51, 60).empty());
  CHECK(sequences(70, 0).empty());
  REQUIRE(last(50, 60));
  CHECK(same(*last(50, 60), third));
  CHECK(last(50, 61)->sequence == 1);
  CHECK_FALSE(last(51, 60));
}

TEST_CASE("each event keeps the subtrees of the log that its leaf completes") {
  const auto test = new_test_store();
  TreeFrontier tree;
  std::vector<std::vector<Hash256>> levels(1);
  const auto append_next = [&] {
    const auto sequence = static_cast<std::int64_t>(tree.size()) + 1;
    write(test->store(), append(sequence));
    levels[0].push_back(leaf_hash(sample_event(sequence).leaf));
    std::size_t level = 0;
    for (const Hash256& node : tree.append(levels[0].back())) {
      if (++level == levels.size()) levels.emplace_back();
      levels[level].push_back(node);
    }
  };
  const auto node = [&](int level, std::uint64_t index) {
    Result<Hash256> answer = not_found("not read");
    REQUIRE(test->store().read([&](const Tables& tables) -> Status {
      answer = tables.events().node(level, index);
      return {};
    }));
    return answer;
  };
  const auto all_kept = [&] {
    for (std::size_t level = 0; level < levels.size(); ++level) {
      for (std::size_t index = 0; index < levels[level].size(); ++index) {
        const auto kept = node(static_cast<int>(level), index);
        if (!kept.ok() || *kept != levels[level][index]) return false;
      }
      const auto next = node(static_cast<int>(level), levels[level].size());
      if (next.ok() || next.error().kind != ErrorKind::kNotFound) return false;
    }
    return true;
  };
  CHECK(node(0, 0).error().kind == ErrorKind::kNotFound);
  while (tree.size() < 75) append_next();
  CHECK(all_kept());
  test->reopen();  // nothing but the rows is needed to go on
  while (tree.size() < 140) append_next();
  CHECK(all_kept());
  CHECK(levels.size() == 8);
  for (const auto& [level, index] : std::vector<std::pair<int, std::uint64_t>>{
           {-1, 0}, {63, 0}, {64, 0}, {62, 1}, {1, UINT64_MAX}, {0, UINT64_MAX}, {0, INT64_MAX}}) {
    CHECK(node(level, index).error().kind == ErrorKind::kNotFound);
  }
}

TEST_CASE("an append that is undone leaves the tree as it was") {
  const auto test = new_test_store();
  write(test->store(), append(1));
  CHECK(refused_kind(test->store(), [](Tables& tables) -> Status {
          JAWORT_TRY(append(2)(tables));
          return refused("no");
        }) == ErrorKind::kRefused);
  write(test->store(), append(2));
  const auto root =
      get<Hash256>(test->store(), [](const Tables& tables) { return tables.events().node(1, 0); });
  CHECK(root == node_hash(leaf_hash(sample_event(1).leaf), leaf_hash(sample_event(2).leaf)));
}

TEST_CASE("the log is read page by page, as it lies there") {
  const auto test = new_test_store();
  for (std::int64_t sequence = 1; sequence <= 6; ++sequence) {
    write(test->store(), append(sequence == 5 ? event_about(5, 0) : sample_event(sequence)));
  }
  const auto page = [&](std::int64_t after, int limit) {
    return get<std::vector<StoredEvent>>(
        test->store(), [&](const Tables& tables) { return tables.events().page(after, limit); });
  };
  CHECK(page(6, 10).empty());
  CHECK(page(5, 10).size() == 1);
  CHECK(page(0, 4).size() == 4);
  const auto all = page(0, 100);
  REQUIRE(all.size() == 6);
  for (const StoredEvent& event : all) {
    CAPTURE(event.sequence);
    const EventRow expected = sample_event(event.sequence);
    CHECK(event.sequence == &event - all.data() + 1);
    CHECK(event.at == to_millis(expected.at));
    CHECK(event.type == expected.type);
    CHECK(event.leaf == expected.leaf);
    const bool about_nobody = event.sequence == 5;
    CHECK(event.contact.has_value() != about_nobody);
    if (!about_nobody) CHECK(event.contact == event.sequence + 100);
    CHECK(event.consents.size() == (about_nobody ? 0 : 16));
    CHECK(event.nodes.size() == 32 * static_cast<std::size_t>(std::countr_zero(
                                         static_cast<std::uint64_t>(event.sequence))));
    CHECK(event.values == (about_nobody ? pack_values(sample_values(5)) : Bytes{}));
  }
}

TEST_CASE("what is about contacts is read contact by contact, with its values") {
  const auto test = new_test_store();
  for (std::int64_t sequence = 1; sequence <= 4; ++sequence) {
    write(test->store(), append(sample_event(sequence)));
  }
  write(test->store(), [](Tables& tables) { return tables.events().remove_values(3); });
  const auto some = get<std::vector<StoredEvent>>(test->store(), [](const Tables& tables) {
    return tables.events().of_contacts(ContactId{101}, ContactId{103});
  });
  REQUIRE(some.size() == 2);
  CHECK(some[0].contact == 102);
  CHECK(some[0].values == pack_values(sample_values(2)));
  CHECK(some[1].contact == 103);
  CHECK(some[1].values.empty());
}

TEST_CASE("events have no gaps and none is written twice") {
  const auto test = new_test_store();
  write(test->store(), append(1));
  CHECK(refused_kind(test->store(), append(1)) == ErrorKind::kRefused);
  CHECK(refused_kind(test->store(), append(3)) == ErrorKind::kRefused);
  CHECK(refused_kind(test->store(), append(0)) == ErrorKind::kRefused);
  write(test->store(), append(2));
}

TEST_CASE("values of an event can go, the event and the values of others stay") {
  const auto test = new_test_store();
  write(test->store(), append(1));
  write(test->store(), append(2));
  write(test->store(), [](Tables& tables) { return tables.events().remove_values(1); });
  const auto count = [&](std::int64_t sequence) {
    return get<std::vector<EventValueRow>>(
               test->store(),
               [&](const Tables& tables) { return tables.events().values(sequence); })
        .size();
  };
  CHECK(count(1) == 0);
  CHECK(count(2) == 3);
  const auto event = get<std::optional<EventRow>>(
      test->store(), [](const Tables& tables) { return tables.events().find(1); });
  REQUIRE(event);
  CHECK(same(*event, sample_event(1)));
}

TEST_CASE("one value of an event can go, and the others stay as they were") {
  const auto test = new_test_store();
  write(test->store(), append(1));
  const auto names = [&] {
    std::vector<std::string> found;
    for (const auto& value : get<std::vector<EventValueRow>>(
             test->store(), [](const Tables& tables) { return tables.events().values(1); })) {
      found.push_back(value.name);
    }
    return found;
  };
  const auto remove = [&](const std::string& name) {
    write(test->store(), [&](Tables& tables) { return tables.events().remove_value(1, name); });
  };
  remove("ip");
  CHECK(names() == std::vector<std::string>{"email", "field:first_name"});
  remove("ip");
  remove("email");
  const auto left = get<std::vector<EventValueRow>>(
      test->store(), [](const Tables& tables) { return tables.events().values(1); });
  REQUIRE(left.size() == 1);
  CHECK(same(left[0], sample_values(1)[1]));
  remove("field:first_name");
  CHECK(names().empty());
}

TEST_CASE("a queued mail is kept as composed, with its place in the outbox") {
  const auto test = new_test_store();
  CHECK_FALSE(mail(test->store(), 1));
  CHECK_FALSE(outbox(test->store(), 1));
  MailRow without_consents = sample_mail(2);
  without_consents.consents.clear();
  write(test->store(), queue(1, 500));
  write(test->store(),
        [&](Tables& tables) { return tables.outbox().queue(without_consents, moment(0)); });
  REQUIRE(mail(test->store(), 1));
  CHECK(same(*mail(test->store(), 1), sample_mail(1)));
  CHECK(same(*mail(test->store(), 2), without_consents));

  const auto row = outbox(test->store(), 1);
  REQUIRE(row);
  CHECK(row->mail == MailId{1});
  CHECK(row->kind == MailKind::kConfirmation);
  CHECK(row->state == OutboxState::kQueued);
  CHECK(row->attempts == 0);
  CHECK(row->next_at == moment(500));
  CHECK_FALSE(row->last_attempt_at);
  CHECK(row->last_code == 0);
  CHECK(row->last_reply.empty());
  CHECK(row->recipient == sample_mail(1).recipient);
  CHECK(refused_kind(test->store(), queue(1, 0)) == ErrorKind::kRefused);
}

TEST_CASE("due mails come in order of their time, those that wait and no others") {
  const auto test = new_test_store();
  Store& store = test->store();
  const auto due = [&](std::int64_t now, int limit) {
    return ids_of(get<std::vector<OutboxRow>>(store, [&](const Tables& tables) {
      return tables.outbox().due(MailPriority::kPersonal, moment(now), limit);
    }));
  };
  const auto next_due = [&](std::int64_t now) {
    return get<std::optional<Instant>>(store, [&](const Tables& tables) {
      return tables.outbox().next_due(MailPriority::kPersonal, moment(now));
    });
  };
  CHECK(due(1000, 10).empty());
  CHECK_FALSE(next_due(0));
  for (std::int64_t id = 1; id <= 4; ++id) write(store, queue(id, 100 - id));
  CHECK(due(95, 10).empty());
  CHECK(due(96, 10) == Ids{4});
  CHECK(due(1000, 10) == Ids{4, 3, 2, 1});
  CHECK(due(1000, 3) == Ids{4, 3, 2});
  CHECK(next_due(0) == moment(96));
  CHECK(next_due(96) == moment(97));
  move(store, 4, {OutboxState::kAttempting});
  move(store, 3, {OutboxState::kHeld});
  move(store, 2, {OutboxState::kAttempting, OutboxState::kHandingOver, OutboxState::kSent});
  CHECK(due(1000, 10) == Ids{1});
  CHECK(next_due(0) == moment(99));
  CHECK_FALSE(next_due(99));
}

TEST_CASE("the outbox is paged by state and id") {
  const auto test = new_test_store();
  Store& store = test->store();
  for (std::int64_t id = 1; id <= 6; ++id) write(store, queue(id, 0));
  move(store, 2, {OutboxState::kAttempting});
  move(store, 3, {OutboxState::kAttempting, OutboxState::kHandingOver});
  move(store, 4, {OutboxState::kAttempting, OutboxState::kHandingOver, OutboxState::kSent});
  move(store, 5, {OutboxState::kAttempting});
  move(store, 6, {OutboxState::kDropped});
  const auto page = [&](std::vector<OutboxState> states, std::int64_t after, int limit) {
    return ids_of(get<std::vector<OutboxRow>>(store, [&](const Tables& tables) {
      return tables.outbox().page(states, MailId{after}, limit);
    }));
  };
  CHECK(page({}, 0, 10) == Ids{1, 2, 3, 4, 5, 6});
  CHECK(page({}, 2, 2) == Ids{3, 4});
  CHECK(page({OutboxState::kAttempting, OutboxState::kHandingOver}, 0, 10) == Ids{2, 3, 5});
  CHECK(page({OutboxState::kAttempting, OutboxState::kHandingOver}, 2, 1) == Ids{3});
  CHECK(page({OutboxState::kSent, OutboxState::kQueued}, 0, 10) == Ids{1, 4});
  CHECK(page({OutboxState::kDropped}, 0, 10) == Ids{6});
  CHECK(page({OutboxState::kFailed}, 0, 10).empty());
}

TEST_CASE("an outbox row is updated with all it says of the last attempt") {
  const auto test = new_test_store();
  write(test->store(), queue(1, 0));
  OutboxRow row = *outbox(test->store(), 1);
  row.state = OutboxState::kAttempting;
  row.attempts = 3;
  row.next_at = moment(77);
  row.last_attempt_at = moment(66);
  row.last_code = 451;
  row.last_reply = "451 4.7.1 <person@example.org>: greylisted";
  write(test->store(), [&](Tables& tables) { return tables.outbox().update(row); });
  const OutboxRow read = *outbox(test->store(), 1);
  CHECK(read.state == OutboxState::kAttempting);
  CHECK(read.attempts == 3);
  CHECK(read.next_at == moment(77));
  CHECK(read.last_attempt_at == moment(66));
  CHECK(read.last_code == 451);
  CHECK(read.last_reply == row.last_reply);
  CHECK(read.recipient == sample_mail(1).recipient);
}

TEST_CASE("a state only follows where the rules let it") {
  const auto test = new_test_store();
  write(test->store(), queue(1, 0));
  OutboxRow row = *outbox(test->store(), 1);
  row.attempts = 1;
  row.state = OutboxState::kSent;
  const auto update = [&](Tables& tables) { return tables.outbox().update(row); };
  CHECK(refused_kind(test->store(), update) == ErrorKind::kInternal);
  CHECK(outbox(test->store(), 1)->attempts == 0);
  move(test->store(), 1, {OutboxState::kQueued, OutboxState::kDropped, OutboxState::kDropped});
  row.state = OutboxState::kQueued;
  CHECK(refused_kind(test->store(), update) == ErrorKind::kInternal);
  row.mail = MailId{2};
  CHECK(refused_kind(test->store(), update) == ErrorKind::kNotFound);
}

TEST_CASE("a blanked mail keeps times and hashes, and nothing of the person") {
  const auto test = new_test_store();
  write(test->store(), queue(1, 0));
  OutboxRow row = *outbox(test->store(), 1);
  row.last_reply = "550 <person@example.org>: unknown";
  row.last_code = 550;
  row.state = OutboxState::kFailed;
  write(test->store(), [&](Tables& tables) -> Status {
    JAWORT_TRY(tables.outbox().update(row));
    return tables.outbox().blank(MailId{1});
  });
  MailRow expected = sample_mail(1);
  expected.recipient = expected.message = expected.slots = "";
  CHECK(same(*mail(test->store(), 1), expected));
  CHECK(outbox(test->store(), 1)->recipient.empty());
  CHECK(outbox(test->store(), 1)->last_reply.empty());
  CHECK(outbox(test->store(), 1)->last_code == 550);
  write(test->store(), [](Tables& tables) { return tables.outbox().blank(MailId{1}); });
  CHECK(refused_kind(test->store(), [](Tables& tables) {
          return tables.outbox().blank(MailId{2});
        }) == ErrorKind::kNotFound);
}

}  // namespace jawort::testing
