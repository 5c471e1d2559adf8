// What the contract suite of db/store.h runs against: the files contract_*.cc know Store alone, so
// another backend passes them by answering here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "db/store.h"

namespace jawort::testing {

class TestStore {
 public:
  virtual ~TestStore() = default;
  virtual Store& store() = 0;
  virtual void reopen() = 0;  // closes and opens again, as a restart does
};

// A new and empty store, gone with the object.
std::unique_ptr<TestStore> new_test_store();

// ---- Samples: the same number gives the same row, different numbers differ in every value
// --------

Instant moment(std::int64_t millis);  // `millis` after 2026-11-23T09:15:02.114Z
Hash256 sample_hash(int number);
ContactRow sample_contact(std::int64_t id);
FieldValueRow sample_field(const std::string& name, const std::string& value);
Consent pending_consent(std::int64_t id, std::int64_t contact,
                        const std::string& purpose = "newsletter");
Consent revoked_consent(std::int64_t id, std::int64_t contact);  // with every stamp set
MailRow sample_mail(std::int64_t id);
EventRow sample_event(std::int64_t sequence);
std::vector<EventValueRow> sample_values(std::int64_t sequence);
DefinitionRow sample_definition(const std::string& id, int number);
InboxRow sample_inbox(std::int64_t id, std::int64_t contact);

bool same(const ContactRow& a, const ContactRow& b);
bool same(const FieldValueRow& a, const FieldValueRow& b);
bool same(const Consent& a, const Consent& b);
bool same(const MailRow& a, const MailRow& b);
bool same(const EventRow& a, const EventRow& b);
bool same(const EventValueRow& a, const EventValueRow& b);

// ---- Shorter tests
// -------------------------------------------------------------------------------

using Write = std::function<Status(Tables&)>;

// Both fail the test when the store answers an error.
void write(Store& store, const Write& work);
ErrorKind refused_kind(Store& store, const Write& work);  // fails the test when it is let through

template <typename Value>
Value get(const Store& store, const std::function<Result<Value>(const Tables&)>& work) {
  Result<Value> result = not_found("not run");
  const Status status = store.read([&](const Tables& tables) -> Status {
    result = work(tables);
    return {};
  });
  if (!status.ok()) throw std::runtime_error("read: " + status.error().message);
  if (!result.ok()) throw std::runtime_error("read: " + result.error().message);
  return std::move(*result);
}

std::vector<std::int64_t> ids_of(const std::vector<ContactRow>& rows);
std::vector<std::int64_t> ids_of(const std::vector<Consent>& rows);
std::vector<std::int64_t> ids_of(const std::vector<OutboxRow>& rows);

}  // namespace jawort::testing
