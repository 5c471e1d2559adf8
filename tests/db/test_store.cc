#include "tests/db/test_store.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "db/sqlite/sqlite_store.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace jawort::testing {
namespace {

class SqliteTestStore final : public TestStore {
 public:
  SqliteTestStore() { open(); }
  Store& store() override { return *store_; }
  void reopen() override {
    store_.reset();
    open();
  }

 private:
  void open() {
    SqliteOptions options;
    options.path = folder_.file("jawort.db");
    auto opened = open_sqlite_store(options, log_);
    if (!opened.ok()) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
  }

  TemporaryFolder folder_;
  NullLog log_;
  std::unique_ptr<Store> store_;
};

template <typename Row, typename IdOf>
std::vector<std::int64_t> ids(const std::vector<Row>& rows, const IdOf& id_of) {
  std::vector<std::int64_t> result;
  for (const Row& row : rows) result.push_back(id_of(row).value);
  return result;
}

}  // namespace

std::unique_ptr<TestStore> new_test_store() { return std::make_unique<SqliteTestStore>(); }

Instant moment(std::int64_t millis) { return from_millis(1795425302114 + millis); }

Hash256 sample_hash(int number) {
  Hash256 hash{};
  for (std::size_t i = 0; i < hash.size(); ++i) {
    hash.at(i) = static_cast<std::uint8_t>(static_cast<std::size_t>(number) * 7 + i);
  }
  return hash;
}

ContactRow sample_contact(std::int64_t id) {
  const std::string n = std::to_string(id);
  return {ContactId{id},
          "Person" + n + "@Example.ORG",
          "person" + n + "@example.org",
          id % 2 == 0 ? "de" : "en",
          "form:form" + n,
          moment(id)};
}

FieldValueRow sample_field(const std::string& name, const std::string& value) {
  return {name, value, "form:" + value, moment(static_cast<std::int64_t>(value.size()))};
}

Consent pending_consent(std::int64_t id, std::int64_t contact, const std::string& purpose) {
  const std::string n = std::to_string(id);
  Consent consent{ConsentId{id}, ContactId{contact}, purpose, {}};
  consent.round.form = "form" + n;
  consent.round.form_version = "sha256:f" + n;
  consent.round.purpose_version = "sha256:p" + n;
  consent.round.language = "de";
  consent.round.submission = id + 1000;
  consent.round.mail = MailId{id + 2000};
  consent.round.opt_in = {moment(id), "2026-11-23"};
  consent.round.expires_at = moment(id + 1000);
  return consent;
}

Consent revoked_consent(std::int64_t id, std::int64_t contact) {
  Consent consent = pending_consent(id, contact, "product news");
  consent.round.status = ConsentStatus::kRevoked;
  consent.round.grade = Grade::kClick;
  consent.round.mailed_at = moment(id + 1);
  consent.round.opened_at = moment(id + 2);
  consent.round.confirmed = Stamp{moment(id + 3), "2026-11-24"};
  consent.round.revoked = Stamp{moment(id + 4), "2026-11-25"};
  consent.round.revoked_by = RevokedBy::kOneClick;
  return consent;
}

MailRow sample_mail(std::int64_t id) {
  const std::string n = std::to_string(id);
  MailRow mail;
  mail.id = MailId{id};
  mail.contact = ContactId{id + 1};
  mail.submission = id + 2;
  mail.sender = "bounce+" + n + "@example.com";
  mail.recipient = "Person" + n + "@example.org";
  mail.language = "de";
  mail.template_version = sample_hash(static_cast<int>(id) + 3);
  mail.message = "Subject: " + n + "\r\n\r\ntext\r\n";
  mail.slots = "confirm@" + n;
  mail.message_hash = sample_hash(static_cast<int>(id) + 4);
  mail.token_key = static_cast<std::uint8_t>(255 - id % 256);
  mail.queued_at = moment(id + 5);
  mail.expires_at = moment(id + 6);
  mail.consents = {ConsentId{id + 9}, ConsentId{id + 7}, ConsentId{id + 8}};
  return mail;
}

EventRow sample_event(std::int64_t sequence) {
  Leaf leaf;
  leaf.sequence = static_cast<std::uint64_t>(std::max<std::int64_t>(sequence, 1));
  leaf.at = moment(sequence);
  leaf.type = "type_" + std::to_string(sequence);
  for (const EventValueRow& value : sample_values(sequence)) {
    leaf.commitments.push_back({value.name, commit(value.salt, value.name, as_bytes(value.value))});
  }
  return {sequence,
          leaf.at,
          leaf.type,
          encode_leaf(leaf).value(),
          ContactId{sequence + 100},
          {ConsentId{sequence + 300}, ConsentId{sequence + 200}}};
}

std::vector<EventValueRow> sample_values(std::int64_t sequence) {
  const int number = static_cast<int>(sequence);
  return {{"email", sample_hash(number), "person@example.org"},
          {"field:first_name", sample_hash(number + 1), std::string("\0\xff\n", 3)},
          {"ip", sample_hash(number + 2), ""}};
}

DefinitionRow sample_definition(const std::string& id, int number) {
  return {"form",
          id,
          "title = \"" + id + std::to_string(number) + "\"\n",
          sample_hash(number),
          moment(number),
          false};
}

InboxRow sample_inbox(std::int64_t id, std::int64_t contact) {
  const std::string n = std::to_string(id);
  return {InboxId{id},      moment(id),  ContactId{contact},
          MailId{id + 100}, id % 2 == 0, "anna" + n,
          "subject" + n,    "text" + n,  sample_hash(static_cast<int>(id))};
}

bool same(const ContactRow& a, const ContactRow& b) {
  const auto values = [](const ContactRow& row) {
    return std::tie(row.id, row.email, row.email_normalised, row.language, row.source,
                    row.created_at);
  };
  return values(a) == values(b);
}

bool same(const FieldValueRow& a, const FieldValueRow& b) {
  const auto values = [](const FieldValueRow& row) {
    return std::tie(row.name, row.value, row.source, row.set_at);
  };
  return values(a) == values(b);
}

bool same(const Consent& a, const Consent& b) {
  const auto values = [](const Consent& consent) {
    return std::tie(consent.id, consent.contact, consent.purpose, consent.round);
  };
  return values(a) == values(b);
}

bool same(const MailRow& a, const MailRow& b) {
  const auto values = [](const MailRow& row) {
    return std::tie(row.id, row.kind, row.contact, row.submission, row.sender, row.recipient,
                    row.language, row.template_version, row.message, row.slots, row.message_hash,
                    row.token_key, row.queued_at, row.expires_at, row.consents);
  };
  return values(a) == values(b);
}

bool same(const EventRow& a, const EventRow& b) {
  const auto values = [](const EventRow& row) {
    return std::tie(row.sequence, row.at, row.type, row.leaf, row.contact, row.consents);
  };
  return values(a) == values(b);
}

bool same(const EventValueRow& a, const EventValueRow& b) {
  return std::tie(a.name, a.salt, a.value) == std::tie(b.name, b.salt, b.value);
}

void write(Store& store, const Write& work) {
  const Status status = store.write(work);
  INFO((status.ok() ? "" : status.error().message));
  REQUIRE(status.ok());
}

ErrorKind refused_kind(Store& store, const Write& work) {
  const Status status = store.write(work);
  REQUIRE_FALSE(status.ok());
  return status.error().kind;
}

std::vector<std::int64_t> ids_of(const std::vector<ContactRow>& rows) {
  return ids(rows, [](const ContactRow& row) { return row.id; });
}

std::vector<std::int64_t> ids_of(const std::vector<Consent>& rows) {
  return ids(rows, [](const Consent& row) { return row.id; });
}

std::vector<std::int64_t> ids_of(const std::vector<OutboxRow>& rows) {
  return ids(rows, [](const OutboxRow& row) { return row.mail; });
}

}  // namespace jawort::testing
