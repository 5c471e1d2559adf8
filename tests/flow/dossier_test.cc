// Dossiers of whole lives: gathered, packed, verified. The second verifier reads what this writes
// (tests/verifier).
#include <algorithm>
#include <cstdlib>

#include "db/sqlite/connection.h"
#include "engine/base/file.h"
#include "engine/dossier/pack_dossier.h"
#include "engine/dossier/print_html.h"
#include "engine/dossier/proof.h"
#include "engine/dossier/readme.h"
#include "engine/dossier/receipt.h"
#include "engine/dossier/verify_dossier.h"
#include "engine/dossier/zip_file.h"
#include "engine/flow/erase_contact.h"
#include "engine/flow/make_dossier.h"
#include "engine/flow/seal_ledger.h"
#include "tests/flow/random_life.h"

using namespace jawort;
using jawort::testing::RandomLife;
using jawort::testing::take;
using jawort::testing::World;
using std::chrono::hours;

namespace {

const std::string kAnna = "Anna@example.org";

DossierFiles bound(World& world, const CaseRecord& record) {
  const SigningKey key = take(ledger_signer(world.context()));
  DossierFiles files = checked_files(record);
  files.emplace("dossier.html", dossier_html(record));
  files.emplace("dossier.pdf", "%PDF");  // the printer takes its time, and nothing here reads it
  files.emplace("receipt.json", receipt_json(record));
  files.emplace("README.txt", dossier_readme(record));
  return bind_files(std::move(files), key, record.checkpoint.size);
}

void check_sound(World& world, const CaseRecord& record) {
  const auto key = take(ledger_signer(world.context())).verifier();
  const Verification result = verify_dossier({bound(world, record), key, "", ""});
  for (const DossierCheck& check : result.checks) {
    INFO(check.item << ": " << check.detail);
    CHECK(check.ok);
  }
  CHECK(result.ok());
}

CaseRecord dossier(World& world, const std::string& email = kAnna,
                   const std::string& purpose = "newsletter") {
  auto record = take(make_dossier(world.context(), {email, purpose, "", "command"}));
  check_sound(world, record);
  return record;
}

ItemState state_of(const CaseRecord& record, int item) {
  return record.items.at(static_cast<std::size_t>(item) - 1).state;
}

void subscribe(World& world, const std::vector<std::string>& purposes = {"newsletter"}) {
  auto post = world.post(kAnna);
  post.consents = purposes;
  post.fields["first_name"] = "Anna";
  world.accept(post);
  world.deliver();
  take(open_link(world.context(), world.confirm_token(kAnna), World::visit()));
  world.confirm(world.confirm_token(kAnna));
}

// As somebody would who has the file and no program.
void write_around(const World& world, const std::string& sql) {
  const auto connection = take(Connection::open(world.database_path(), ConnectionRole::kWriter));
  std::string drops;
  take(connection->guarded([&]() -> Status {
    Query triggers(*connection, "SELECT name FROM sqlite_schema WHERE type = 'trigger'");
    while (triggers.step()) drops += "DROP TRIGGER " + triggers.text() + ";";
    return {};
  }));
  take(connection->run_script(drops + sql));
}

bool names(const std::vector<std::string>& all, const std::string& name) {
  return std::ranges::find(all, name) != all.end();
}

}  // namespace

TEST_CASE("a confirmed consent: everything is there, or said to be missing") {
  World world;
  for (const char* other : {"a@example.org", "b@example.org"}) world.sign_up(other);
  subscribe(world);
  world.sign_up("c@example.org");
  const CaseRecord record = dossier(world);
  CHECK(record.email == kAnna);
  CHECK(record.language == "de");
  CHECK(record.events.back().leaf.type == "dossier_made");
  CHECK(record.events.back().leaf.fact("by") == "command");
  CHECK(record.checkpoint.size == record.events.back().leaf.sequence);
  CHECK(record.rounds.size() == 1);
  REQUIRE(record.rounds.front().purpose != nullptr);
  CHECK(record.rounds.front().purpose->id == "newsletter");
  CHECK(record.mails.size() == 1);
  for (const int item : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 18, 19}) {
    CAPTURE(item);
    CHECK(state_of(record, item) == ItemState::kPresent);
  }
  // Each look is an event of its own, and part of the next one.
  CHECK(dossier(world).events.size() == record.events.size() + 1);
  world.check_invariants();
}

TEST_CASE("the end of keeping the proof is known once the consent has ended") {
  World world;
  subscribe(world);
  const auto standing = dossier(world);
  REQUIRE(standing.retention);
  CHECK_FALSE(standing.retention->until);
  CHECK_FALSE(standing.timestamps_wanted);
  CHECK(standing.ips_wanted);
  world.revoke(world.revoke_token(kAnna));
  const auto ended = dossier(world);
  REQUIRE(ended.retention);
  REQUIRE(ended.retention->until);
  CHECK(*ended.retention->until > ended.consent.round.revoked->at);
  CHECK(state_of(ended, 21) == ItemState::kPresent);
}

TEST_CASE("what a dossier tells of a mail is what was committed to, not what stands beside it") {
  World world;
  subscribe(world);
  const CaseRecord before = dossier(world);
  REQUIRE(before.mails.size() == 1);
  CHECK(before.mails.front().language == "de");
  take(world.store().write([&](Tables& tables) -> Status {
    auto consent = take(tables.consents().of_contact(before.consent.contact)).front();
    consent.round.language = "en";
    consent.round.grade = Grade::kClick;
    return tables.consents().put(consent);
  }));
  write_around(world, "UPDATE mail SET language = 'en', template_version = zeroblob(32)");
  const CaseRecord after = dossier(world);
  CHECK(after.mails.front().language == "de");
  CHECK(after.mails.front().template_version == before.mails.front().template_version);
  CHECK(after.language == "de");
  CHECK(after.consent.round.language == "de");
  CHECK(after.consent.round.grade == Grade::kObserved);
}

TEST_CASE("no live link is in a dossier") {
  World world;
  subscribe(world);
  const std::string zip =
      take(pack_dossier(dossier(world), take(ledger_signer(world.context())))).zip;
  for (const std::string& token : {world.confirm_token(kAnna), world.revoke_token(kAnna)}) {
    REQUIRE(token.size() == kTokenLength);
    CHECK(zip.find(token) == std::string::npos);
  }
  CHECK(take(read_zip(zip)).contains("mails/1-confirmation.eml"));
}

TEST_CASE("nothing of other people, and what is about another purpose is withheld") {
  World world;
  world.sign_up("otherperson@example.org");
  subscribe(world, {"newsletter", "phone"});
  world.deliver();
  const auto record = dossier(world, kAnna, "phone");
  const auto& confirmed = *std::ranges::find(
      record.events, "consent_confirmed", [](const CaseEvent& event) { return event.leaf.type; });
  CHECK(names(confirmed.withheld, "previous:newsletter"));
  for (const auto& [name, bytes] : checked_files(record)) {
    CAPTURE(name);
    CHECK(bytes.find("otherperson") == std::string::npos);
  }
  CHECK(dossier(world, kAnna, "newsletter").purpose == "newsletter");
  const auto unnamed = make_dossier(world.context(), {kAnna, "", "", "command"});
  REQUIRE(!unnamed.ok());
  CHECK(unnamed.error().kind == ErrorKind::kInvalid);
  CHECK(unnamed.error().message.find("\"newsletter\", \"phone\"") != std::string::npos);
}

TEST_CASE("who is not there has no dossier, and no event says that somebody asked") {
  World world;
  subscribe(world);
  const auto before = world.contact(kAnna)->history.size();
  const auto asked = [&](const std::string& email, const std::string& purpose) {
    return make_dossier(world.context(), {email, purpose, "", "command"}).error().kind;
  };
  CHECK(asked("nobody@example.org", "") == ErrorKind::kNotFound);
  CHECK(asked(kAnna, "phone") == ErrorKind::kNotFound);
  CHECK(asked("no address", "") == ErrorKind::kInvalid);
  CHECK(world.contact(kAnna)->history.size() == before);
}

TEST_CASE("a sign-up by anybody does not hide the proof that an erasure left") {
  World world;
  subscribe(world);
  take(erase_contact(world.context(), kAnna, false));
  const auto asked = [&](int kept) {
    return make_dossier(world.context(), {kAnna, "newsletter", "", "command", {}, kept});
  };
  CHECK(take(asked(0)).kept_besides == 0);
  world.clock.advance(hours{48});
  world.sign_up(kAnna);
  const CaseRecord now = take(asked(0));
  CHECK(now.consent.round.status == ConsentStatus::kPending);
  CHECK(now.kept_besides == 1);
  const CaseRecord kept = take(asked(1));
  check_sound(world, kept);
  CHECK(kept.email == kAnna);
  CHECK(kept.consent.round.confirmed);
  CHECK(kept.consent.round.erased);
  CHECK(kept.kept_besides == 0);
  CHECK(kept.events.back().leaf.type == "dossier_made");
  CHECK(asked(2).error().kind == ErrorKind::kNotFound);
  CHECK(asked(-1).error().kind == ErrorKind::kInvalid);

  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  take(erase_contact(world.context(), kAnna, false));
  CHECK(take(asked(0)).consent.round.erased->at == take(asked(1)).consent.round.erased->at);
  const CaseRecord oldest = take(asked(2));
  CHECK(oldest.consent.id == kept.consent.id);
  CHECK(oldest.kept_besides == 1);
  check_sound(world, oldest);
}

TEST_CASE("pending then revoked then back again then renewed") {
  World world;
  world.sign_up(kAnna);
  CHECK(dossier(world).consent.round.status == ConsentStatus::kPending);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  world.revoke(world.revoke_token(kAnna));
  auto record = dossier(world);
  CHECK(record.consent.round.status == ConsentStatus::kRevoked);
  CHECK(state_of(record, 15) == ItemState::kPresent);
  world.clock.advance(hours{48});
  world.sign_up(kAnna);
  CHECK(dossier(world).rounds.size() == 2);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  CHECK(dossier(world).rounds.size() == 2);
  world.clock.advance(hours{48});
  world.new_wording();
  world.sign_up(kAnna);
  record = dossier(world);
  CHECK(record.rounds.size() == 2);
  CHECK(record.consent.renewal.has_value());
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  record = dossier(world);
  REQUIRE(record.rounds.size() == 3);
  CHECK(record.rounds[1].round.form_version != record.rounds[2].round.form_version);
  CHECK(checked_files(record).contains("form/2.json"));
}

TEST_CASE("a coming back that was denied leaves the earlier round, and says what is erased") {
  World world;
  subscribe(world);
  world.revoke(world.revoke_token(kAnna));
  world.clock.advance(hours{48});
  world.sign_up(kAnna);
  world.deliver();
  take(deny_consent(world.context(), world.confirm_token(kAnna), World::visit()));
  const auto record = dossier(world);
  CHECK(record.consent.round.status == ConsentStatus::kRevoked);
  CHECK(record.rounds.size() == 2);
  const bool erased = std::ranges::any_of(
      record.events, [](const CaseEvent& event) { return !event.erased.empty(); });
  CHECK(erased);
  // The links stay, so that nothing can be left out between.
  for (const CaseEvent& event : record.events) {
    CHECK_FALSE(names(event.erased, "previous:newsletter"));
  }
}

TEST_CASE("others' erasures change nothing in a dossier that was made before") {
  World world;
  subscribe(world);
  world.sign_up("gone@example.org");
  const DossierFiles files = bound(world, dossier(world));
  world.deliver();
  take(deny_consent(world.context(), world.confirm_token("gone@example.org"), World::visit()));
  const auto key = take(ledger_signer(world.context())).verifier();
  CHECK(verify_dossier({files, key, "", ""}).ok());
  // And a later head of the log goes on from the one in it.
  const std::string kept = take(parse_proof(files.at("proof.json"))).checkpoint;
  const auto later = dossier(world);
  const auto grown = verify_dossier({bound(world, later), key, kept, ""});
  CHECK(grown.ok());
}

namespace {

// All that anybody could ask for at the end of a life; answers how many.
int dossiers_of(std::uint64_t seed, const std::string& folder, int number) {
  RandomLife life(seed);
  life.run(60);
  World& world = life.world();
  int made = 0;
  for (const ContactRecord& contact : take(list_contacts(world.context(), ContactId{}, 100))) {
    for (const auto& view : contact.consents) {
      const auto record = dossier(world, contact.contact.email, view.consent.purpose);
      if (!folder.empty()) {
        const std::string file = folder + "/" + std::to_string(number + made) + ".zip";
        take(write_file_durably(file, as_bytes(zip_bytes(bound(world, record))), 0600));
      }
      ++made;
    }
  }
  return made;
}

}  // namespace

TEST_CASE("every dossier of a random life is sound") {
  int made = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) made += dossiers_of(seed, "", 0);
  CHECK(made > 12);
}

// For tests/verifier: DOSSIERS of them into DOSSIER_FOLDER; else nothing.
TEST_CASE("dossiers for the second verifier", "[.][dossiers]") {
  const char* folder = std::getenv("DOSSIER_FOLDER");
  const char* wanted = std::getenv("DOSSIERS");
  if (folder == nullptr || wanted == nullptr) return;
  int made = 0;
  for (std::uint64_t seed = 1000; made < std::stoi(wanted); ++seed) {
    made += dossiers_of(seed, folder, made);
  }
}
