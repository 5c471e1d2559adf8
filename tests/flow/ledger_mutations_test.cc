// Random changes of single bytes and numbers in a database, anywhere: `ledger verify` finds each.
#include <iostream>
#include <random>

#include "engine/flow/mail_revoke_link.h"
#include "engine/flow/seal_ledger.h"
#include "tests/support/tampering.h"

namespace jawort::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// What is not looked for, and why:
// - mail.sender, mail.language: how a mail was sent off, in no event.
// - mail.expires_at of a mail that asks for nothing: no link in it ends, and no event says it.
// - definition.kind, id, created_at: the body, which is hashed, says what it is; the rest is order.
// - checkpoint.timestamp: the authority's, held against its own signature where it is used.
// - ids of the contact and of consents in an event that has lost all its values: nobody is left
//   whom it could be about, and the leaf never said it.
// - mails that were blanked, and values that are gone: erased.
struct Column {
  const char* table;
  const char* name;
  const char* where = "true";  // rows in which a change can be found
};
constexpr Column kColumns[] = {
    {"event", "sequence"},
    {"event", "at"},
    {"event", "type"},
    {"event", "leaf"},
    {"event", "nodes", "nodes IS NOT NULL"},
    {"event", "contact_id",
     "contact_id IS NOT NULL AND EXISTS"
     " (SELECT 1 FROM event_values v WHERE v.sequence = event.sequence)"},
    {"event", "consents",
     "length(consents) > 0 AND EXISTS"
     " (SELECT 1 FROM event_values v WHERE v.sequence = event.sequence)"},
    {"event_values", "packed"},
    {"consent", "id"},
    {"consent", "contact_id"},
    {"consent", "purpose"},
    {"consent", "status"},
    {"consent", "grade"},
    {"consent", "form"},
    {"consent", "form_version"},
    {"consent", "purpose_version"},
    {"consent", "language"},
    {"consent", "submission"},
    {"consent", "mail_id"},
    {"consent", "expires_at"},
    {"consent", "opt_in_at"},
    {"consent", "opt_in_date"},
    {"consent", "mailed_at", "mailed_at IS NOT NULL"},
    {"consent", "opened_at", "opened_at IS NOT NULL"},
    {"consent", "confirmed_at", "confirmed_at IS NOT NULL"},
    {"consent", "confirmed_date", "confirmed_at IS NOT NULL"},
    {"consent", "revoked_at", "revoked_at IS NOT NULL"},
    {"consent", "revoked_date", "revoked_at IS NOT NULL"},
    {"consent", "revoked_by", "revoked_at IS NOT NULL"},
    {"renewal", "consent_id"},
    {"renewal", "purpose_version"},
    {"renewal", "opt_in_at"},
    {"renewal", "submission"},
    {"contact", "id"},
    {"contact", "email"},
    {"contact", "email_normalised"},
    {"contact", "language"},
    {"contact", "source"},
    {"contact", "created_at"},
    {"contact_field", "contact_id"},
    {"contact_field", "name"},
    {"contact_field", "value"},
    {"contact_field", "source"},
    {"contact_field", "set_at"},
    {"mail", "id", "message <> ''"},
    {"mail", "kind", "message <> ''"},
    {"mail", "contact_id", "message <> ''"},
    {"mail", "submission", "message <> ''"},
    {"mail", "recipient", "message <> ''"},
    {"mail", "template_version", "message <> ''"},
    {"mail", "message_hash", "message <> ''"},
    {"mail", "token_key", "message <> ''"},
    {"mail", "queued_at", "message <> ''"},
    {"mail", "expires_at", "message <> '' AND kind = 'confirmation'"},
    {"mail", "slots", "message <> ''"},
    {"mail", "message", "message <> ''"},
    {"mail", "consents", "message <> ''"},
    {"definition", "version"},
    {"definition", "body"},
    {"checkpoint", "size"},
    {"checkpoint", "at"},
    {"checkpoint", "note"},
    {"ledger_key", "number"},
    {"ledger_key", "note"},
};

void live(World& world) {
  const auto sign_up = [&](const std::string& email, bool phone) {
    auto post = world.post(email);
    post.fields["first_name"] = "Name of " + email.substr(0, email.find('@'));
    if (phone) post.consents.emplace_back("phone");
    world.accept(post);
    world.clock.advance(minutes(1));
    world.deliver();
  };
  const auto confirm = [&](const std::string& email) {
    take(open_link(world.context(), world.confirm_token(email), World::visit()));
    world.confirm(world.confirm_token(email));
    world.clock.advance(minutes(1));
    take(seal_now(world.context()));
  };
  sign_up("anna@example.org", false);
  confirm("anna@example.org");
  sign_up("Bert@example.org", true);
  confirm("Bert@example.org");
  sign_up("carla@example.org", true);
  take(deny_consent(world.context(), world.confirm_token("carla@example.org"), World::visit()));
  sign_up("dora@example.org", false);
  take(mail_revoke_link(world.context(), {"anna@example.org", "de", World::visit()}));
  world.deliver();
  sign_up("emil@example.org", false);
  confirm("emil@example.org");
  world.revoke(world.revoke_token("emil@example.org"));
  auto lead = world.post("fritz@example.org");
  lead.form = "contact";
  lead.fields = {{"first_name", "Lead"}, {"message", "Hallo"}};
  lead.consents.clear();
  world.accept(lead);
  world.clock.advance(hours(49));
  world.new_wording();
  sign_up("Bert@example.org", false);
  take(seal_now(world.context()));
}

class Mutations {
 public:
  explicit Mutations(std::uint64_t seed) : dice_(seed), world_({}, seed) {
    live(world_);
    tampering_ = std::make_unique<Tampering>(world_);
    REQUIRE(tampering_->verify()->ok);
  }

  void run(int count) {
    for (int i = 0; i < count; ++i) one(kColumns[roll(std::size(kColumns))]);
  }

 private:
  std::size_t roll(std::size_t sides) { return dice_() % sides; }

  std::int64_t number(const std::string& sql) {
    return take(tampering_->connection().guarded([&]() -> Result<std::int64_t> {
      Query query(tampering_->connection(), sql);
      query.step();
      return query.integer();
    }));
  }

  // One bit of one byte, or of a number.
  void one(const Column& column) {
    const std::string table = column.table, name = column.name;
    const auto rows = number("SELECT count(*) FROM " + table + " WHERE " + column.where);
    REQUIRE(rows > 0);
    const auto row = std::to_string(roll(static_cast<std::size_t>(rows)));
    const std::string keys = table == "contact_field" ? "contact_id, name" : "rowid";
    const std::string at = " WHERE (" + keys + ") = (SELECT " + keys + " FROM " + table +
                           " WHERE " + column.where + " ORDER BY " + keys + " LIMIT 1 OFFSET " +
                           row + ")";
    const bool is_number =
        number("SELECT typeof(" + name + ") = 'integer' FROM " + table + at) == 1;
    const std::string sql = "UPDATE " + table + " SET " + name + " = " +
                            (is_number ? flipped_number(name) : flipped_byte(table, name, at)) + at;
    CAPTURE(sql);
    // Where a key is taken already the change cannot be made.
    if (!tampering_->connection().run_script(sql).ok()) return tampering_->undo();
    const auto report = tampering_->verify();
    if (report.ok() && report->ok) FAIL("not found");
    tampering_->undo();
  }

  std::string flipped_number(const std::string& name) {
    const std::string bit = std::to_string(std::uint64_t{1} << roll(40));
    return "((" + name + " | " + bit + ") - (" + name + " & " + bit + "))";
  }

  std::string flipped_byte(const std::string& table, const std::string& name,
                           const std::string& at) {
    const auto size = number("SELECT length(CAST(" + name + " AS BLOB)) FROM " + table + at);
    if (size == 0) return "'x'";
    const auto place = static_cast<std::int64_t>(roll(static_cast<std::size_t>(size)));
    const std::string bytes = "CAST(" + name + " AS BLOB)";
    const auto before = number("SELECT instr(x'" + all_bytes() + "', substr(" + bytes + ", " +
                               std::to_string(place + 1) + ", 1)) - 1 FROM " + table + at);
    const auto byte = static_cast<std::uint8_t>(before ^ (std::int64_t{1} << roll(8)));
    const bool text = number("SELECT typeof(" + name + ") = 'text' FROM " + table + at) == 1;
    return "CAST(substr(" + bytes + ", 1, " + std::to_string(place) + ") || x'" +
           to_hex(Bytes{byte}) + "' || substr(" + bytes + ", " + std::to_string(place + 2) +
           ") AS " + (text ? "TEXT" : "BLOB") + ")";
  }

  static std::string all_bytes() {
    Bytes all;
    for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<std::uint8_t>(byte));
    return to_hex(all);
  }

  std::mt19937_64 dice_;
  World world_;
  std::unique_ptr<Tampering> tampering_;
};

}  // namespace

TEST_CASE("each of hundreds of random changes of a database is found") { Mutations(1).run(400); }

TEST_CASE("each of ten thousand random changes of a database is found", "[long]") {
  for (std::uint64_t seed = 2; seed < 12; ++seed) {
    INFO("seed " << seed);
    Mutations(seed).run(1000);
    std::cerr << "  " << (seed - 1) * 1000 << " of 10,000 changes found\n";
  }
}

}  // namespace jawort::testing
