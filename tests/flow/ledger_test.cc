// The signed head of the log: when it is signed, by which key, and what the clock has to do with
// it.
#include <filesystem>
#include <fstream>
#include <map>
#include <unistd.h>

#include "engine/evidence/checkpoint.h"
#include "engine/evidence/merkle.h"
#include "engine/flow/examine_checkpoints.h"
#include "engine/flow/heads_outside.h"
#include "engine/flow/ledger_tree.h"
#include "engine/flow/publish_checkpoint.h"
#include "engine/flow/record_event.h"
#include "engine/flow/seal_ledger.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

namespace jawort::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

struct Read {
  std::vector<CheckpointRow> checkpoints;
  std::vector<EventRow> events;
};

Read read_all(World& world) {
  Read out;
  take(world.store().read([&](const Tables& tables) -> Status {
    out.checkpoints = take(tables.checkpoints().page(0, 1000));
    const std::int64_t last = take(tables.events().last_sequence());
    for (std::int64_t sequence = 1; sequence <= last; ++sequence) {
      out.events.push_back(*take(tables.events().find(sequence)));
    }
    return {};
  }));
  return out;
}

std::vector<EventRow> steps(World& world) {
  auto events = read_all(world).events;
  std::erase_if(events, [](const EventRow& event) { return event.type != "clock_stepped"; });
  return events;
}

std::string fact(const EventRow& event, std::string_view name) {
  return std::string(take(decode_leaf(event.leaf)).fact(name));
}

// Each checkpoint opens by a key of the history, says what its row says, and has the root of its
// leaves; times go back only over a recorded step, of checkpoints and of events.
void check_ledger(World& world) {
  const Read read = read_all(world);
  std::vector<VerifierKey> keys;
  for (const KnownKey& known : take(ledger_history(world.context()))) {
    keys.push_back(known.announcement.key);
  }
  TreeFrontier tree;
  std::size_t next = 0;
  std::optional<Instant> before, sealed;
  bool stepped = false;
  for (const EventRow& event : read.events) {
    tree.append(leaf_hash(event.leaf));
    stepped = stepped || event.type == "clock_stepped";
    if (before && event.at < *before - seconds(2)) CHECK(event.type == "clock_stepped");
    before = event.at;
    if (next == read.checkpoints.size() || read.checkpoints[next].size != event.sequence) continue;
    const CheckpointRow& row = read.checkpoints[next++];
    const OpenedNote opened = take(open_note(row.note, keys));
    const Checkpoint checkpoint = take(parse_checkpoint(opened.text));
    CHECK(checkpoint.root == tree.root());
    CHECK(checkpoint.size == tree.size());
    CHECK(checkpoint.at == row.at);
    CHECK(checkpoint.origin == opened.signers.front().name);
    if (sealed && row.at < *sealed) CHECK(stepped);
    sealed = row.at;
    stepped = false;
  }
  CHECK(next == read.checkpoints.size());
}

void wait(World& world, seconds time) {
  for (seconds passed{0}; passed < time; passed += seconds(10)) {
    world.clock.advance(seconds(10));
    take(tend_ledger(world.context()));
  }
}

}  // namespace

TEST_CASE("the log is signed at once, then about every minute in which something happened") {
  World world;
  CHECK(seal_now(world.context()).error().kind == ErrorKind::kNotFound);
  wait(world, hours(1));
  CHECK(read_all(world).checkpoints.empty());
  CHECK(take(ledger_history(world.context())).empty());
  world.sign_up("anna@example.org");
  wait(world, seconds(60));
  CHECK(read_all(world).checkpoints.size() == 1);
  CHECK_FALSE(take(unsealed_since(world.context())));
  wait(world, hours(1));
  CHECK(read_all(world).checkpoints.size() == 1);
  for (int i = 0; i < 30; ++i) {
    world.sign_up("person" + std::to_string(i) + "@example.org");
    CHECK(take(unsealed_since(world.context())));
    wait(world, seconds(20));
  }
  const std::size_t made = read_all(world).checkpoints.size();
  CHECK(made >= 11);  // of ten minutes
  CHECK(made <= 17);
  check_ledger(world);
  CHECK(take(ledger_history(world.context())).front().announcement.key.name ==
        "optin.sommer.example/jawort");
}

TEST_CASE("whoever needs a checkpoint gets one that covers all, and the same if there is no more") {
  World world;
  for (int i = 0; i < 5; ++i) {
    world.sign_up("person" + std::to_string(i) + "@example.org");
    const CheckpointRow row = take(seal_now(world.context()));
    CHECK(row.size == static_cast<std::int64_t>(read_all(world).events.size()));
    CHECK(take(seal_now(world.context())).note == row.note);
  }
  CHECK(read_all(world).checkpoints.size() == 5);
  check_ledger(world);
}

TEST_CASE("a clock that is set back or forth is an event, once, and the time stamps follow it") {
  for (const milliseconds step :
       {milliseconds(hours(1)), milliseconds(-hours(1)), milliseconds(hours(24) * 3652),
        milliseconds(-hours(24) * 3652), milliseconds(-2500), milliseconds(2500)}) {
    CAPTURE(step.count());
    for (const bool restarted : {false, true}) {
      for (const bool event_first : {false, true}) {
        World world;
        world.sign_up("anna@example.org");
        wait(world, seconds(60));
        const Instant before = world.clock.now();
        world.clock.step(step);
        if (restarted) {
          take(world.restart());
          world.ledger.looked.reset();
        }
        if (event_first) world.sign_up("bert@example.org");
        wait(world, seconds(60));
        world.sign_up("carla@example.org");
        wait(world, seconds(60));
        const auto found = steps(world);
        // A start has nothing to hold a clock against but what was written before it.
        const bool unseen = restarted && step > -seconds(60);
        REQUIRE(found.size() == (unseen ? 0U : 1U));
        check_ledger(world);
        if (found.empty()) continue;
        const Instant from = *parse_rfc3339(fact(found[0], "from"));
        const Instant to = *parse_rfc3339(fact(found[0], "to"));
        CHECK(to == found[0].at);
        CHECK(std::chrono::abs(from - before) <= seconds(65));
        CHECK((step.count() > 0) == (to > from));
        CHECK(read_all(world).checkpoints.back().at > to - seconds(1));
      }
    }
  }
}

TEST_CASE("a clock that drifts, or is corrected by a little, is no step") {
  World world;
  world.sign_up("anna@example.org");
  for (int i = 0; i < 100; ++i) {
    world.clock.step(milliseconds(i % 3 == 0 ? -1900 : 900));
    world.sign_up("person" + std::to_string(i) + "@example.org");
    wait(world, seconds(10));
  }
  CHECK(steps(world).empty());
  check_ledger(world);
}

TEST_CASE("a request that waited long before its transaction is no step of the clock") {
  World world;
  const Instant early = world.clock.now();
  world.clock.advance(seconds(30));
  world.sign_up("anna@example.org");
  take(world.store().write([&](Tables& tables) -> Status {
    NewEvent late;
    late.type = "late";
    late.at = early;
    return record_event(world.context(), tables, late).ok() ? Status() : internal_error("");
  }));
  wait(world, seconds(60));
  CHECK(steps(world).empty());
}

TEST_CASE("nothing is signed or brought out over a head that is out already") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("jawort-heads-" + std::to_string(::getpid())))
          .string();
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  const auto content = [&] {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  World longer;
  longer.sign_up("anna@example.org");
  const CheckpointRow first = take(seal_now(longer.context()));
  longer.sign_up("bert@example.org");
  longer.sign_up("carla@example.org");
  const CheckpointRow last = take(seal_now(longer.context()));
  REQUIRE(last.size > first.size + 1);

  // The same log, cut: the same key has signed, and what was cut off is named.
  World cut;
  cut.settings.ledger.checkpoint_file = path;
  cut.sign_up("anna@example.org");
  REQUIRE(take(seal_now(cut.context())).note == first.note);
  const std::string torn = "half a note of a machine that lost power\n\n";
  for (const std::string& file :
       {first.note + "\n" + last.note + "\n", torn + last.note, last.note + "\n" + torn}) {
    write(file);
    const auto sealed = seal_now(cut.context());
    REQUIRE_FALSE(sealed.ok());
    CHECK(sealed.error().kind == ErrorKind::kInternal);
    CHECK(sealed.error().message.find("events " + std::to_string(first.size + 1) + " to " +
                                      std::to_string(last.size) + " are missing") !=
          std::string::npos);
    CheckpointPublisher(cut.context(), {}).round([] { return false; });
    CHECK(content() == file);
  }
  // As long, and another one.
  for (const auto* email : {"dora@example.org", "emil@example.org", "fritz@example.org"}) {
    cut.sign_up(email);
  }
  const auto sealed = seal_now(cut.context());
  REQUIRE_FALSE(sealed.ok());
  CHECK(sealed.error().message.find("is not the one") != std::string::npos);

  // Its own, notes of nobody, and nothing are no obstacle.
  for (const std::string& file : {first.note + "\n", torn, std::string()}) {
    write(file);
    CHECK(seal_now(cut.context()).ok());
  }
  CheckpointPublisher(cut.context(), {}).round([] { return false; });
  CHECK(notes_of_checkpoint_file(content()).size() == 1);
  take(cut.store().write([](Tables& tables) {
    return tables.checkpoints().set_sent("url", {1000, Instant{}});
  }));
  CHECK(seal_now(cut.context()).error().message.find("to 1000 are missing") != std::string::npos);
  std::filesystem::remove(path);
}

TEST_CASE("nothing is signed without a key, with a wrong key, or over a log that was changed") {
  World world;
  world.sign_up("anna@example.org");
  (void)take(seal_now(world.context()));
  Keys none, other;
  other.ledger.emplace(std::uint8_t{1}, Secret(Bytes(32, 99)));
  for (const Keys* keys : {&none, &other}) {
    World world_without;  // the same log is not needed: only the history is
    world_without.sign_up("anna@example.org");
    (void)take(seal_now(world_without.context()));
    world_without.sign_up("bert@example.org");
    const Context& real = world_without.context();
    const Context context{real.clock,    real.random,      real.ids,        real.store,
                          *keys,         real.tokens,      real.templates,  real.zone,
                          real.settings, real.definitions, real.log,        real.metrics,
                          real.shield,   real.ledger,      real.mail_queued};
    const auto sealed = seal_now(context);
    REQUIRE_FALSE(sealed.ok());
    CHECK(sealed.error().kind == ErrorKind::kRefused);
    CHECK(can_sign(context).error().message == sealed.error().message);
    CHECK(tend_ledger(context).ok());
    CHECK(read_all(world_without).checkpoints.size() == 1);
  }
}

TEST_CASE("heads that do not leave the house are found") {
  World world;
  world.sign_up("anna@example.org");
  CHECK(take(examine_checkpoints(world.context())).places.empty());  // there is no head
  const auto first = take(seal_now(world.context()));
  CHECK(take(examine_checkpoints(world.context())).places.empty());  // and no place
  world.settings.ledger.checkpoint_file = "/nowhere";
  world.settings.ledger.timestamp_url = "http://127.0.0.1:1/";
  world.settings.ledger.mail_officer = Duration{0, hours(24)};
  const auto waits = [&] {
    std::map<std::string, std::optional<Instant>> all;
    for (const auto& place : take(examine_checkpoints(world.context())).places) {
      all[place.setting] = place.waits_since;
    }
    return all;
  };
  CHECK(waits().size() == 3);
  CHECK(waits()["checkpoint_file"] == first.at);
  CHECK(waits()["timestamp_url"] == first.at);
  const Instant sent = world.clock.now();
  take(world.store().write([&](Tables& tables) -> Status {
    for (const char* place : {"file", "mail"}) {
      JAWORT_TRY(tables.checkpoints().set_sent(place, {first.size, sent}));
    }
    return {};
  }));
  CHECK_FALSE(waits()["checkpoint_file"]);
  CHECK_FALSE(waits()["mail_officer"]);
  world.clock.advance(hours(1));
  world.sign_up("bert@example.org");
  const auto second = take(seal_now(world.context()));
  CHECK(waits()["checkpoint_file"] == second.at);
  CHECK(waits()["mail_officer"] == sent + hours(24));
  CHECK(waits()["timestamp_url"] == first.at);
}

}  // namespace jawort::testing
