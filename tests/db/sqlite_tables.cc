// What stands in the SQLite file: readable stamps, rules that hold against every program, nothing
// left of what was erased, and an index for each question.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "db/sqlite/migrate.h"
#include "db/sqlite/sqlite_store.h"
#include "db/sqlite/tables.h"
#include "engine/base/text.h"
#include "tests/db/test_store.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace jawort::testing {
namespace {

std::unique_ptr<Store> open_store(const std::string& path) {
  static NullLog log;
  auto store = open_sqlite_store({path, true, {}}, log);
  REQUIRE(store.ok());
  return std::move(*store);
}

std::unique_ptr<Connection> connect(const std::string& path) {
  auto connection = Connection::open(path, ConnectionRole::kWriter);
  REQUIRE(connection.ok());
  return std::move(*connection);
}

std::string one_text(Connection& connection, const std::string& sql) {
  return connection
      .guarded([&]() -> Result<std::string> {
        Query query(connection, sql);
        return query.step() ? query.text() : "no row";
      })
      .value();
}

WebhookDeliveryRow sample_webhook() {
  WebhookDeliveryRow row;
  row.endpoint = "crm";
  row.sequence = 1;
  row.contact = ContactId{1};
  row.type = "contact.created";
  row.next_at = moment(0);
  return row;
}

// One of everything.
Status fill(Tables& tables) {
  JAWORT_TRY(tables.contacts().insert(sample_contact(1)));
  JAWORT_TRY(tables.contacts().set_field(ContactId{1}, sample_field("first_name", "Anna")));
  JAWORT_TRY(tables.consents().put(pending_consent(11, 1)));
  JAWORT_TRY(tables.consents().put(revoked_consent(12, 1)));
  JAWORT_TRY(tables.events().append(sample_event(1), sample_values(1)));
  JAWORT_TRY(tables.events().append(sample_event(2), sample_values(2)));
  JAWORT_TRY(tables.outbox().queue(sample_mail(21), moment(0)));
  JAWORT_TRY(tables.marks().mark_mailed(5, moment(0)));
  JAWORT_TRY(tables.marks().mark_denied(5, "newsletter", moment(0)));
  JAWORT_TRY(tables.definitions().put(sample_definition("newsletter", 1)));
  JAWORT_TRY(tables.checkpoints().insert({1, moment(0), "note", {}}));
  JAWORT_TRY(tables.checkpoints().insert({2, moment(0), "note", {}}));
  JAWORT_TRY(tables.ledger_keys().insert({1, "note"}));
  JAWORT_TRY(tables.receipts().add(1));
  JAWORT_TRY(tables.webhooks().put_endpoint({"crm", 0, 1, {}, {}, ""}));
  JAWORT_TRY(tables.webhooks().queue(sample_webhook()));
  JAWORT_TRY(tables.inbox().put(sample_inbox(31, 1)));
  return tables.definitions().put(sample_definition("newsletter", 2));
}

// Asks every question that readers and the writer can ask, so that each statement is prepared once.
Status ask_everything(SqliteTables& tables) {
  JAWORT_TRY(tables.contacts().find(ContactId{1}));
  JAWORT_TRY(tables.contacts().find_by_address("person1@example.org"));
  JAWORT_TRY(tables.contacts().page(ContactId{}, 10));
  JAWORT_TRY(tables.contacts().fields(ContactId{1}));
  JAWORT_TRY(tables.consents().find(ConsentId{11}));
  JAWORT_TRY(tables.consents().of_contact(ContactId{1}));
  JAWORT_TRY(tables.consents().expired(moment(0), 10));
  JAWORT_TRY(tables.events().last_sequence());
  JAWORT_TRY(tables.events().find(1));
  JAWORT_TRY(tables.events().about(ContactId{101}));
  JAWORT_TRY(tables.events().last_about(ContactId{101}, ConsentId{201}));
  JAWORT_TRY(tables.events().values(1));
  JAWORT_TRY(tables.outbox().mail(MailId{21}));
  JAWORT_TRY(tables.outbox().find(MailId{21}));
  JAWORT_TRY(tables.outbox().due(MailPriority::kBulk, moment(0), 10));
  JAWORT_TRY(tables.outbox().next_due(MailPriority::kBulk, moment(0)));
  JAWORT_TRY(tables.outbox().page({}, MailId{}, 10));
  JAWORT_TRY(tables.outbox().page({OutboxState::kSent}, MailId{}, 10));
  JAWORT_TRY(tables.outbox().page({OutboxState::kAttempting, OutboxState::kHandingOver}, {}, 10));
  JAWORT_TRY(tables.outbox().uncertain(MailId{}, 10));
  JAWORT_TRY(tables.suppressions().find(5));
  JAWORT_TRY(tables.suppressions().put(5, {SuppressionReason::kErasure, moment(0)}));
  JAWORT_TRY(tables.suppressions().remove(5));
  JAWORT_TRY(tables.marks().mailed_since(5, moment(0)));
  JAWORT_TRY(tables.marks().mails_since(moment(0)));
  JAWORT_TRY(tables.marks().denied_until(5, "newsletter"));
  JAWORT_TRY(tables.checkpoints().last());
  JAWORT_TRY(tables.checkpoints().last_timestamped());
  JAWORT_TRY(tables.checkpoints().first_covering(1));
  JAWORT_TRY(tables.checkpoints().page(0, 10));
  JAWORT_TRY(tables.checkpoints().sent("file"));
  JAWORT_TRY(tables.ledger_keys().all());
  JAWORT_TRY(tables.receipts().due(10, 10));
  JAWORT_TRY(tables.receipts().take(2));
  JAWORT_TRY(tables.webhooks().endpoints());
  JAWORT_TRY(tables.webhooks().find("crm", 1, 0));
  JAWORT_TRY(tables.webhooks().due("crm", moment(0), 10));
  JAWORT_TRY(tables.webhooks().page("crm", {}, 10, 0, 10));
  JAWORT_TRY(tables.webhooks().oldest_waiting("crm"));
  JAWORT_TRY(tables.webhooks().count_waiting("crm"));
  JAWORT_TRY(tables.webhooks().update(sample_webhook()));
  JAWORT_TRY(tables.webhooks().let_next_go("crm", ContactId{1}, moment(0)));
  JAWORT_TRY(tables.webhooks().skip_waiting("crm", moment(0)));
  JAWORT_TRY(tables.webhooks().prune(moment(0), 10));
  JAWORT_TRY(tables.inbox().find(InboxId{31}));
  JAWORT_TRY(tables.inbox().page(InboxId{}, 10));
  JAWORT_TRY(tables.inbox().finish(InboxId{31}));
  JAWORT_TRY(tables.inbox().prune(moment(0), 10));
  JAWORT_TRY(tables.definitions().find(sample_hash(1)));
  JAWORT_TRY(tables.highest_id());
  JAWORT_TRY(tables.marks().prune(moment(100), moment(100), 10));
  JAWORT_TRY(tables.blocked_posts().add({"2026-11-23", "newsletter", "honeypot", 1}));
  JAWORT_TRY(tables.blocked_posts().since("2026-11-01"));
  JAWORT_TRY(tables.definitions().retire("form", "newsletter"));
  JAWORT_TRY(tables.outbox().blank(MailId{21}));
  JAWORT_TRY(tables.events().remove_value(1, "email"));
  JAWORT_TRY(tables.events().remove_values(1));
  EnrolmentRow enrolment;
  enrolment.begun_by = 1;
  enrolment.campaign = "drip";
  enrolment.follows = "confirmed";
  enrolment.step = 2;
  JAWORT_TRY(tables.enrolments().add(enrolment));
  JAWORT_TRY(tables.enrolments().find(enrolment));
  JAWORT_TRY(tables.enrolments().due(moment(1), 10));
  JAWORT_TRY(tables.enrolments().next_due());
  JAWORT_TRY(tables.enrolments().move(enrolment));
  JAWORT_TRY(tables.enrolments().remove(enrolment));
  JAWORT_TRY(tables.enrolments().remove_begun_by(1));
  JAWORT_TRY(tables.enrolments().set_pause("drip", moment(1)));
  JAWORT_TRY(tables.consent_uses().of(ConsentId{11}));
  JAWORT_TRY(tables.consent_uses().add(ConsentId{11}, moment(1), moment(0)));
  JAWORT_TRY(tables.consent_uses().remove(ConsentId{11}, moment(1)));
  JAWORT_TRY(tables.consents().remove(ConsentId{11}));
  JAWORT_TRY(tables.consents().remove(ConsentId{12}));
  return tables.contacts().remove(ContactId{1});
}

// The bytes of the database and of what SQLite keeps beside it.
std::string bytes_on_disk(const std::string& path) {
  std::ostringstream bytes;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::ifstream file(path + suffix, std::ios::binary);
    if (file) bytes << file.rdbuf();
  }
  return bytes.str();
}

}  // namespace

TEST_CASE("the stamps of a consent are text that a judge can read") {
  REQUIRE(moment(0) == parse_rfc3339("2026-11-23T09:15:02.114Z"));
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  write(*open_store(path), fill);
  const auto connection = connect(path);
  const auto value = [&](const std::string& expression) {
    return one_text(*connection, "SELECT " + expression + " FROM consent WHERE id = 12");
  };
  CHECK(value("status || ' ' || grade || ' ' || revoked_by") == "revoked click one_click");
  CHECK(value("opt_in_at || ' ' || opt_in_date") == "2026-11-23T09:15:02.126Z 2026-11-23");
  CHECK(value("mailed_at || ' ' || opened_at") ==
        "2026-11-23T09:15:02.127Z 2026-11-23T09:15:02.128Z");
  CHECK(value("confirmed_at || ' ' || confirmed_date") == "2026-11-23T09:15:02.129Z 2026-11-24");
  CHECK(value("revoked_at || ' ' || revoked_date") == "2026-11-23T09:15:02.130Z 2026-11-25");
  CHECK(value("purpose || ' ' || form || ' ' || form_version || ' ' || language") ==
        "product news form12 sha256:f12 de");
  CHECK(one_text(*connection, "SELECT coalesce(confirmed_at, 'none') FROM consent WHERE id = 11") ==
        "none");
}

TEST_CASE("the database itself refuses to rewrite the log, the mails and the definitions") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  write(*open_store(path), fill);
  const auto connection = connect(path);
  const auto refuses = [&](const std::string& sql, const std::string& words) {
    const Status status = connection->run_script(sql);
    INFO(sql);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().kind == ErrorKind::kRefused);
    CHECK(status.error().message.find(words) != std::string::npos);
  };
  const std::string append_only = "events are append-only";
  refuses("UPDATE event SET at = 0 WHERE sequence = 1", append_only);
  refuses("UPDATE event SET leaf = x'00' WHERE sequence = 2", append_only);
  refuses("DELETE FROM event WHERE sequence = 2", append_only);
  refuses("DELETE FROM event", append_only);
  refuses("INSERT OR REPLACE INTO event VALUES (2, 0, 'type', x'00', 1, x'', NULL)",
          "without gaps");
  refuses("INSERT INTO event VALUES (4, 0, 'type', x'00', 1, x'', NULL)", "without gaps");
  refuses("INSERT INTO event VALUES (NULL, 0, 'type', x'00', 1, x'', NULL)", "without gaps");
  refuses("UPDATE event SET contact_id = 9", append_only);
  refuses("UPDATE event_values SET packed = CAST(packed || x'00' AS BLOB)", "only taken out");
  refuses("UPDATE event_values SET packed = zeroblob(length(packed))", "only taken out");
  refuses("UPDATE event_values SET sequence = sequence + 100, packed = x'00'", "only taken out");
  refuses("UPDATE mail SET message = '', recipient = '', slots = '', consents = x''",
          "never changed");
  refuses("UPDATE mail SET recipient = 'other@example.org'", "never changed");
  refuses("UPDATE mail SET message = '', recipient = '', slots = '', queued_at = 0",
          "never changed");
  refuses("UPDATE definition SET body = ''", "append-only");
  refuses("DELETE FROM definition", "append-only");
  refuses("INSERT OR REPLACE INTO definition SELECT version, kind, id, '', 0 FROM definition",
          "append-only");
  CHECK(connection->run_script("DELETE FROM event_values WHERE sequence = 1").ok());
}

TEST_CASE("the database checks names and numbers that are written around the store") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  write(*open_store(path), fill);
  const auto connection = connect(path);
  for (const char* sql : {"UPDATE consent SET status = 'maybe'", "UPDATE consent SET grade = ''",
                          "UPDATE consent SET opt_in_at = '23.11.2026'",
                          "UPDATE consent SET confirmed_at = NULL WHERE status = 'revoked'",
                          "UPDATE consent SET revoked_by = 'us' WHERE status = 'revoked'",
                          "UPDATE outbox SET state = 'gone'", "UPDATE contact SET id = 'one'",
                          "UPDATE contact SET created_at = 'today'"}) {
    INFO(sql);
    CHECK_FALSE(connection->run_script(sql).ok());
  }
}

TEST_CASE("a reading connection cannot write, whatever it is asked") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  write(*open_store(path), fill);
  auto reader = Connection::open(path, ConnectionRole::kReader);
  REQUIRE(reader.ok());
  SqliteTables tables(**reader);
  const Status status = tables.contacts().insert(sample_contact(2));
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().kind == ErrorKind::kRefused);
  CHECK_FALSE((*reader)->failed());
}

TEST_CASE("every question is answered by an index") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  std::ofstream(path).close();
  const auto connection = connect(path);
  REQUIRE(apply_migrations(*connection, embedded_migrations()).ok());
  SqliteTables tables(*connection);
  REQUIRE(fill(tables).ok());
  const Status asked = ask_everything(tables);
  INFO((asked.ok() ? "" : asked.error().message));
  REQUIRE(asked.ok());

  std::set<std::string> statements;
  connection->each_statement([&](const std::string& sql) { statements.insert(sql); });
  CHECK(statements.size() > 35);
  for (const std::string& sql : statements) {
    const Status planned = connection->guarded([&]() -> Status {
      Query plan(*connection, "EXPLAIN QUERY PLAN " + sql);
      while (plan.step()) {
        (void)plan.integer(), (void)plan.integer(), (void)plan.integer();
        const std::string step = plan.text();
        INFO(sql << ": " << step);
        const bool small = step == "SCAN sqlite_schema" || step == "SCAN CONSTANT ROW";
        CHECK((small || step.rfind("SCAN", 0) != 0));
      }
      return {};
    });
    CHECK(planned.ok());
  }
}

TEST_CASE("messages name tables, never what was in a row") {
  const TemporaryFolder folder;
  const auto store = open_store(folder.file("jawort.db"));
  write(*store, fill);
  const Status status =
      store->write([](Tables& tables) { return tables.contacts().insert(sample_contact(1)); });
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message.find("contact") != std::string::npos);
  CHECK(status.error().message.find("example.org") == std::string::npos);
  CHECK(status.error().message.find("Example.ORG") == std::string::npos);
}

TEST_CASE("what was erased is no longer in the file") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  const std::string canary = "Zuckermaisfeld-7731";
  ContactRow contact = sample_contact(1);
  contact.email = contact.email_normalised = canary + "@example.org";
  MailRow mail = sample_mail(21);
  mail.recipient = mail.message = canary;
  write(*open_store(path), [&](Tables& tables) -> Status {
    JAWORT_TRY(tables.contacts().insert(contact));
    JAWORT_TRY(tables.contacts().set_field(ContactId{1}, sample_field("note", canary)));
    JAWORT_TRY(tables.outbox().queue(mail, moment(0)));
    Leaf leaf = *decode_leaf(sample_event(1).leaf);
    leaf.commitments = {{"email", commit(sample_hash(1), "email", as_bytes(canary))}};
    EventRow event = sample_event(1);
    event.leaf = *encode_leaf(leaf);
    return tables.events().append(event, {{"email", sample_hash(1), canary}});
  });
  CHECK(bytes_on_disk(path).find(canary) != std::string::npos);
  write(*open_store(path), [&](Tables& tables) -> Status {
    JAWORT_TRY(tables.outbox().blank(MailId{21}));
    JAWORT_TRY(tables.events().remove_values(1));
    return tables.contacts().remove(ContactId{1});
  });
  CHECK(bytes_on_disk(path).find(canary) == std::string::npos);
}

TEST_CASE("an idle store empties its log by itself", "[long]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("jawort.db");
  const auto store = open_store(path);
  write(*store, fill);
  REQUIRE(std::filesystem::file_size(path + "-wal") > 0);
  for (int i = 0; i < 500 && std::filesystem::file_size(path + "-wal") > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(std::filesystem::file_size(path + "-wal") == 0);
  write(*store, [](Tables& tables) { return tables.contacts().insert(sample_contact(2)); });
}

}  // namespace jawort::testing
