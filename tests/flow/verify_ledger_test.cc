// `ledger verify`: finds nothing in a log that was written by the flow, and each change that was
// made around it.
#include <algorithm>

#include "engine/evidence/note_list.h"
#include "engine/flow/mail_revoke_link.h"
#include "engine/flow/seal_ledger.h"
#include "tests/support/tampering.h"

namespace jawort::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// People with all that can happen to a consent, and checkpoints in between.
class Town {
 public:
  Town() {
    sign_up("anna@example.org", "Anna");
    confirm("anna@example.org");
    seal();
    sign_up("Bert@example.org", "Bert", true);
    confirm("Bert@example.org");
    seal();
    take(mail_revoke_link(world_.context(), {"anna@example.org", "de", World::visit()}));
    world_.deliver();
    world_.revoke(world_.revoke_token("anna@example.org"));
    sign_up("carla@example.org", "Carla");
    lead("dora@example.org");
    world_.clock.advance(hours(1));
    sign_up("emil@example.org", "Emil");
    take(deny_consent(world_.context(), world_.confirm_token("emil@example.org"), World::visit()));
    seal();
    world_.new_wording();
    world_.clock.advance(hours(49));
    sign_up("Bert@example.org", "Bertram");
    sign_up("anna@example.org", "Anna");
    seal();
  }

  World& world() { return world_; }
  void seal() {
    world_.clock.advance(minutes(1));
    newest_ = take(seal_now(world_.context())).note;
    notes_.push_back(newest_);
  }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void sign_up(std::string_view email, const std::string& name, bool phone = false) {
    auto post = world_.post(email);
    post.fields["first_name"] = name;
    if (phone) post.consents.emplace_back("phone");
    CHECK(world_.accept(post).errors.empty());
    world_.clock.advance(minutes(1));
    world_.deliver();
  }
  void confirm(std::string_view email) {
    const std::string token = world_.confirm_token(email);
    take(open_link(world_.context(), token, World::visit()));
    world_.clock.advance(minutes(1));
    world_.confirm(token);
  }
  void lead(std::string_view email) {
    auto post = world_.post(email);
    post.form = "contact";
    post.fields = {{"first_name", "Lead"}, {"message", "Hallo"}};
    post.consents.clear();
    CHECK(world_.accept(post).errors.empty());
  }

  World world_;
  std::string newest_;
  std::vector<std::string> notes_;
};

// The findings as text.
std::string found(const Result<LedgerReport>& report) {
  if (!report.ok()) return "error: " + report.error().message;
  std::string text;
  for (const LedgerCheck& check : report->checks) {
    if (!check.ok) text += check.item + ": " + check.detail + "\n";
  }
  CHECK(report->ok == text.empty());
  return text;
}

class Case {
 public:
  explicit Case(Tampering& tampering) : tampering_(tampering) {}
  // What was found must have each of `parts`.
  void after(const std::string& sql, const std::vector<std::string>& parts) {
    tampering_.run(sql);
    const std::string text = found(tampering_.verify());
    tampering_.undo();
    CAPTURE(sql, text);
    for (const std::string& part : parts) CHECK(text.find(part) != std::string::npos);
    CHECK(text.find("@") == std::string::npos);
    CHECK(text.find("Anna") == std::string::npos);
  }

 private:
  Tampering& tampering_;
};

std::string number_of(Tampering& tampering, const std::string& sql) {
  return take(tampering.connection().guarded([&]() -> Result<std::string> {
    Query query(tampering.connection(), sql);
    return query.step() ? query.text() : std::string();
  }));
}

}  // namespace

TEST_CASE("ledger verify finds nothing in what the flow has written") {
  Town town;
  const LedgerReport report = town.world().verify();
  for (const LedgerCheck& check : report.checks) {
    INFO(check.item << ": " << check.detail);
    CHECK(check.ok);
    CHECK_FALSE(check.detail.empty());
  }
  CHECK(report.ok);
  CHECK(report.checks.size() == kLedgerItems - 1);
  CHECK(report.events > 15);
  World empty;
  CHECK(empty.verify().ok);
}

TEST_CASE("ledger verify names what was changed in the log") {
  Town town;
  Tampering tampering(town.world());
  Case test(tampering);
  const std::string press =
      number_of(tampering, "SELECT min(sequence) FROM event WHERE type = 'consent_confirmed'");
  const std::string last = number_of(tampering, "SELECT max(sequence) FROM event");
  REQUIRE(found(tampering.verify()).empty());

  test.after(
      "UPDATE event SET leaf = (SELECT leaf FROM event WHERE sequence = 1)"
      " WHERE sequence = " +
          press,
      {"rows: event " + press + " stands where its leaf is not", "tree: event",
       "is of another log: something in events 1 to"});
  test.after("UPDATE event SET leaf = CAST(leaf || x'00' AS BLOB) WHERE sequence = 3",
             {"leaves: event 3 cannot be read", "tree: event 4"});
  test.after("UPDATE event SET at = at + 1 WHERE sequence = " + press,
             {"rows: event " + press + " has another time"});
  test.after("UPDATE event SET type = 'consent_denied' WHERE sequence = " + press,
             {"rows: event " + press + " has another type"});
  test.after(
      "UPDATE event SET contact_id = (SELECT max(contact_id) FROM event) WHERE sequence = " + press,
      {"chains: event " + press, "consents: consent"});
  test.after("UPDATE event SET contact_id = NULL WHERE sequence = " + press,
             {"rows: event " + press + " has values and names no contact"});
  test.after("UPDATE event SET consents = x'' WHERE sequence = " + press,
             {"rows: event " + press + " is about 1 consents"});
  test.after("UPDATE event SET nodes = zeroblob(64) WHERE sequence = 4",
             {"tree: event 4 keeps another node of level 1"});
  test.after("UPDATE event SET nodes = NULL WHERE sequence = 6", {"tree: event 6 keeps 0 bytes"});
  test.after("DELETE FROM event WHERE sequence = 7", {"leaves: event 7 is missing"});
  test.after(
      "DELETE FROM event WHERE sequence = 7;"
      "UPDATE event SET sequence = -sequence + 1 WHERE sequence > 7;"
      "UPDATE event SET sequence = -sequence WHERE sequence < 0;",
      {"rows: event 7 stands where its leaf is not: that says it is event 8", "tree:",
       "checkpoints: checkpoint of size " + last + " covers more than there is: events " + last +
           " to " + last + " were cut off"});
  test.after(
      "UPDATE event SET sequence = 1000 WHERE sequence = 5;"
      "UPDATE event SET sequence = 5 WHERE sequence = 6;"
      "UPDATE event SET sequence = 6 WHERE sequence = 1000;",
      {"rows: event 5 stands where its leaf is not: that says it is event 6", "rows: event 6"});
  test.after("DELETE FROM event WHERE sequence > " + last + " - 2",
             {"covers more than there is: events"});
  test.after(
      "UPDATE event_values SET packed = CAST(substr(packed, 1, 10) ||"
      " x'00' || substr(packed, 12) AS BLOB) WHERE sequence = 1",
      {"values: event 1 keeps a value or salt"});
  test.after("DELETE FROM event_values WHERE sequence = 2", {});
}

TEST_CASE("ledger verify names what was changed in the records") {
  Town town;
  Tampering tampering(town.world());
  Case test(tampering);
  const std::string anna = "(SELECT id FROM contact WHERE email = 'anna@example.org')";
  const std::string bert = "(SELECT id FROM contact WHERE email = 'Bert@example.org')";
  test.after(
      "UPDATE consent SET confirmed_at = '2025-01-01T00:00:00.000Z' WHERE contact_id = " + bert,
      {"consents: consent", "confirmed_at is 2025-01-01T00:00:00.000Z and by the log 2026"});
  test.after("UPDATE consent SET grade = 'staff' WHERE contact_id = " + bert,
             {"grade is staff and by the log observed"});
  test.after(
      "UPDATE consent SET status = 'confirmed', confirmed_at = opt_in_at, confirmed_date ="
      " opt_in_date WHERE status = 'pending'",
      {"consents: consent", "status is confirmed and by the log pending"});
  test.after("UPDATE consent SET opt_in_at = 'yesterday' WHERE contact_id = " + anna,
             {"consents: consent", "unreadable opt_in_at"});
  test.after("DELETE FROM consent WHERE contact_id = " + anna, {"consents: consent", "has no row"});
  test.after("DELETE FROM consent; DELETE FROM contact", {"has no row"});
  test.after(
      "INSERT INTO consent SELECT id + 1, contact_id, 'phone', status, grade, form,"
      " form_version, purpose_version, language, submission, mail_id, expires_at, opt_in_at,"
      " opt_in_date, mailed_at, opened_at, confirmed_at, confirmed_date, revoked_at,"
      " revoked_date, revoked_by, first_mail_id FROM consent WHERE contact_id = " +
          anna,
      {"is in no event of its contact"});
  test.after("DELETE FROM renewal", {"the log has a renewal that waits"});
  test.after("UPDATE contact_field SET value = 'Mallory'", {"contacts: contact", "first_name"});
  test.after("UPDATE contact SET email = 'mallory@example.com' WHERE id = " + anna,
             {"contacts: contact", "email differs"});
  test.after("UPDATE contact SET email_normalised = 'mallory@example.com' WHERE id = " + anna,
             {"email_normalised is not that of its email", "has another address than event"});
  test.after("UPDATE contact SET created_at = 0 WHERE id = " + anna, {"created_at differs"});
  test.after("INSERT INTO contact VALUES (1, 'x', 'x', 'de', 'form:x', 0)", {"is in no event"});
  test.after("UPDATE mail SET message = replace(message, 'Sommer', 'Winter') WHERE message <> ''",
             {"mails: event 1 queued another mail than the one that is there: message"});
  test.after("UPDATE mail SET message_hash = zeroblob(32)", {"mails: event 1", "message_hash"});
  test.after("DELETE FROM mail", {"mails: event 1 queued a mail that is not there"});
  test.after("UPDATE definition SET body = replace(body, 'Sommer', 'Winter')",
             {"definitions: definition", "is not the document of that version"});
}

TEST_CASE("ledger verify looks at the signed heads, and at those that were kept elsewhere") {
  Town town;
  const std::vector<std::string> notes = town.notes();
  Tampering tampering(town.world());
  Case test(tampering);
  test.after("UPDATE checkpoint SET note = replace(note, 'optin', 'upton')",
             {"checkpoints: checkpoint of size", "does not verify"});
  test.after("UPDATE checkpoint SET at = at + 1", {"is kept beside another size or time"});
  test.after("UPDATE checkpoint SET size = size - 1", {"is kept beside another size or time"});
  test.after("UPDATE ledger_key SET note = replace(note, 'since', 'until')",
             {"the history of the ledger keys does not verify"});

  test.after("INSERT INTO checkpoint_sent (place, size, at) VALUES ('url', 1000, 0)",
             {"checkpoints: the log ends at event", "to 1000 are missing"});

  CHECK(found(tampering.verify(notes)).empty());
  const auto report = tampering.verify(notes);
  CHECK(report->checks.back().item == "earlier_checkpoint");
  CHECK(report->checks.back().detail.find("the log begins with the") == 0);
  CHECK(found(tampering.verify(std::vector<std::string>{})).find("no checkpoint in the file") !=
        std::string::npos);
  std::string other = notes.front();
  other[other.find('\n') + 1] = '7';
  const auto damaged = tampering.verify(std::vector{other});
  CHECK_FALSE(damaged->ok);
  CHECK_FALSE(damaged->changed);
  CHECK(damaged->checks.back().not_shown);
  CHECK(found(damaged).find("cannot be compared") != std::string::npos);
  // The database was taken back to an older state as a whole, heads included.
  tampering.run("DELETE FROM checkpoint WHERE size > 12; DELETE FROM event WHERE sequence > 12;");
  CHECK(found(tampering.verify(notes)).find("were cut off") != std::string::npos);
  tampering.undo();

  std::string file;
  for (const std::string& note : notes) file += note;
  CHECK(notes_in(file) == notes);
  CHECK(notes_in(notes.front()) == std::vector{notes.front()});
  file.clear();
  for (const std::string& note : notes) file += note + "\n";
  CHECK(notes_in(file) == notes);
  CHECK(notes_in("").empty());
  CHECK(heads_in("Keep this.\n\n" + file + "-- \nof the officer\n") == notes);
  CHECK(heads_in(file + notes.front().substr(0, 20)) == notes);
  CHECK(heads_in("\xE2\x80\x94 no head\n").empty());
}

}  // namespace jawort::testing
