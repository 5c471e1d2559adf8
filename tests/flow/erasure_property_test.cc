// Whoever is erased, after whatever lives: the log, and all that others have, are as they were; and
// of the erased no byte is left in any file.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include "engine/flow/consent_events.h"
#include "engine/flow/erase_contact.h"
#include "engine/flow/kept_proof.h"
#include "engine/flow/mail_revoke_link.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::last_sequence;
using jawort::testing::take;
using jawort::testing::TemporaryFolder;
using jawort::testing::World;
using std::chrono::hours;

namespace {

// A person of these lives. Every value of theirs holds their word.
struct Person {
  std::string word, email;
};
Person person(int number) {
  const std::string word = "kanarie" + std::to_string(1000 + number);
  return {word, word + "@example.org"};
}

class Town {
 public:
  Town(std::uint64_t seed, int people, const std::filesystem::path& folder)
      : dice_(seed), people_(people), world_({}, seed, folder) {}

  World& world() { return world_; }
  int roll(int sides) { return static_cast<int>(dice_() % static_cast<std::uint64_t>(sides)); }

  void live(int steps) {
    for (int i = 0; i < steps; ++i) step();
    world_.deliver();
  }

 private:
  void step() {
    const Person who = person(roll(people_));
    const bool mailed = world_.mails_to(who.email) > 0;
    const Visit visit{"2001:db8::" + std::to_string(roll(9999)), "Mozilla/5.0 " + who.word};
    const auto confirm_token = [&] { return mailed ? world_.confirm_token(who.email) : ""; };
    switch (roll(9)) {
      case 0:
      case 1:
      case 2:
        return sign_up(who, visit);
      case 3:
        if (roll(4) == 0) world_.relay->answer(Verdict::kDeferred, 451, "4.2.0 later");
        if (roll(6) == 0) world_.relay->answer(Verdict::kUncertain, 0, "");
        world_.deliver();
        return;
      case 4:
        return (void)take(confirm_consent(world_.context(), confirm_token(), {}, false, visit));
      case 5:
        return (void)take(open_link(world_.context(), confirm_token(), visit));
      case 6:
        if (mailed && roll(3) == 0) {
          take(revoke_consent(world_.context(), world_.revoke_token(who.email), RevokedBy::kLink,
                              visit));
        }
        if (mailed && roll(5) == 0) take(deny_consent(world_.context(), confirm_token(), visit));
        return;
      case 7:
        if (roll(4) == 0) world_.new_wording();
        take(mail_revoke_link(world_.context(), {who.email, "de", visit}));
        return;
      case 8:
        world_.clock.advance(hours{roll(40)});
        world_.expire();
        return;
    }
  }

  void sign_up(const Person& who, const Visit& visit) {
    auto post = world_.post(roll(2) == 0 ? who.email : "K" + who.email.substr(1));
    post.visit = visit;
    post.page = "https://www.sommer.example/" + who.word;
    if (roll(2) == 0) post.consents.emplace_back("phone");
    if (roll(2) == 0) post.fields["first_name"] = "Frau " + who.word;
    if (roll(4) == 0) {
      post.form = "contact";
      post.fields = {{"first_name", who.word}, {"message", "Hallo von " + who.word}};
      post.consents.clear();
      if (roll(2) == 0) post.consents = {"newsletter"};
    }
    world_.accept(post);
  }

  std::mt19937_64 dice_;
  const int people_;
  World world_;
};

// All that others have, and all that the log proves; texts that can be compared.
struct Picture {
  std::vector<Hash256> leaves;
  std::map<std::int64_t, std::string> values;   // by event, of others
  std::map<std::string, std::string> contacts;  // by address, of others
  std::map<MailId, std::string> mails;          // of others
  bool operator==(const Picture&) const = default;
};

std::string contact_of(const Tables& tables, const ContactRow& row) {
  std::string out = row.email + row.language + row.source + rfc3339(row.created_at);
  for (const FieldValueRow& field : take(tables.contacts().fields(row.id))) {
    out += field.name + field.value + field.source + rfc3339(field.set_at);
  }
  for (const Consent& consent : take(tables.consents().of_contact(row.id))) {
    out += consent.purpose + std::string(name_of(consent.round.status)) +
           std::to_string(consent.round.submission) + (consent.renewal ? "+" : "");
  }
  return out;
}

Picture picture_without(World& world, const Person& erased, std::int64_t leaves) {
  Picture picture;
  take(world.store().read([&](const Tables& tables) -> Status {
    const auto contact = take(tables.contacts().find_by_address(erased.email));
    const ContactId id = contact ? contact->id : ContactId{};
    std::set<ContactId> ids{id};  // and those under which an earlier erasure kept a proof
    if (const auto kept = take(find_kept_proof(world.context(), tables, erased.email))) {
      for (const KeptConsent& one : kept->consents) ids.insert(one.consent.contact);
    }
    for (std::int64_t sequence = 1; sequence <= leaves; ++sequence) {
      const auto event = take(tables.events().find(sequence));
      picture.leaves.push_back(leaf_hash(event->leaf));
      std::string values;
      for (const EventValueRow& value : take(tables.events().values(sequence))) {
        values += value.name + to_hex(value.salt) + value.value;
      }
      const bool theirs = (event->contact && ids.contains(event->contact)) ||
                          values.find(erased.word.substr(1)) != std::string::npos;
      if (!theirs && !values.empty()) picture.values[sequence] = values;
    }
    for (const ContactRow& row : take(tables.contacts().page(ContactId{}, 100'000))) {
      if (row.id != id) picture.contacts[row.email_normalised] = contact_of(tables, row);
    }
    for (const OutboxRow& row : take(tables.outbox().page({}, MailId{}, 100'000))) {
      const auto mail = take(tables.outbox().mail(row.mail));
      const bool theirs = ascii_lower(mail->recipient) == erased.email;
      if (!theirs && !mail->recipient.empty()) {
        picture.mails[row.mail] = mail->recipient + mail->message + row.last_reply;
      }
    }
    return {};
  }));
  return picture;
}

// The rounds of each consent that were ever confirmed.
std::map<std::string, std::vector<Round>> confirmed_rounds(World& world, const Person& who) {
  std::map<std::string, std::vector<Round>> rounds;
  take(world.store().read([&](const Tables& tables) -> Status {
    std::vector<Consent> consents;
    if (const auto kept = take(find_kept_proof(world.context(), tables, who.email))) {
      for (const KeptConsent& one : kept->consents) consents.push_back(one.consent);
    }
    if (const auto contact = take(tables.contacts().find_by_address(who.email))) {
      for (Consent& one : take(tables.consents().of_contact(contact->id))) {
        consents.push_back(std::move(one));
      }
    }
    for (const Consent& consent : consents) {
      auto history = take(fold(take(consent_events(tables, consent))));
      std::erase_if(history.rounds, [](const Round& round) { return !round.confirmed; });
      for (Round& round : history.rounds) {
        round.erased.reset();
        rounds[consent.purpose].push_back(std::move(round));
      }
    }
    return {};
  }));
  return rounds;
}

// Which of the words stand in a file below the folder.
std::set<std::string> words_in_files(const std::string& folder,
                                     const std::vector<std::string>& words) {
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes = ascii_lower(std::string(std::istreambuf_iterator<char>(in), {}));
    for (const std::string& word : words) {
      if (bytes.find(word) != std::string::npos) {
        found.insert(word + " in " + entry.path().filename().string());
      }
    }
  }
  return found;
}

void erase_some(std::uint64_t seed, int steps) {
  const TemporaryFolder folder;
  Town town(seed, 5, folder.path());
  World& world = town.world();
  town.live(steps);
  for (int i = 0; i < 4; ++i) {
    const Person who = person(town.roll(5));
    const bool with_proof = town.roll(2) == 0;
    const auto leaves = last_sequence(world);
    const auto before = picture_without(world, who, leaves);
    const auto proved = confirmed_rounds(world, who);
    const auto erased = erase_contact(world.context(), who.email, with_proof);
    if (erased.ok()) {
      CHECK(picture_without(world, who, leaves) == before);
      CHECK_FALSE(world.contact(who.email));
      if (with_proof) {
        CHECK(confirmed_rounds(world, who).empty());
      } else {
        CHECK(confirmed_rounds(world, who) == proved);
      }
      CHECK(take(world.store().empty_log(hours{0})));
      const auto left = words_in_files(folder.path(), {who.word.substr(1)});
      if (with_proof || proved.empty()) CHECK(left == std::set<std::string>{});
    }
    world.check_invariants();
    town.live(steps / 4);
    world.check_invariants();
  }
}

}  // namespace

TEST_CASE("whoever is erased, the log and all that others have stay as they were") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    erase_some(seed, 80);
  }
}

TEST_CASE("many erasures after many lives", "[long]") {
  for (std::uint64_t seed = 100; seed < 400; ++seed) {
    INFO("seed " << seed);
    erase_some(seed, 160);
  }
}

TEST_CASE("of the erased no byte is left in the database, its log or its free pages") {
  const TemporaryFolder folder;
  constexpr int kPeople = 150;
  Town town(7, kPeople, folder.path());
  World& world = town.world();
  town.live(1500);
  std::vector<std::string> words, others;
  for (int number = 0; number < kPeople; ++number) {
    const Person who = person(number);
    if (number % 3 != 0) {
      others.push_back(who.word.substr(1));
    } else if (erase_contact(world.context(), who.email, true).ok()) {
      words.push_back(who.word.substr(1));
    }
  }
  REQUIRE(words.size() > 20);
  CHECK_FALSE(words_in_files(folder.path(), words).empty());  // the log still has them
  CHECK(take(world.store().empty_log(hours{0})));
  CHECK(words_in_files(folder.path(), words) == std::set<std::string>{});
  CHECK_FALSE(words_in_files(folder.path(), others).empty());
  world.check_invariants();
}
