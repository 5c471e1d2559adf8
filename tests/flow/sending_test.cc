// The outbox: retries, refusals, races at the last bytes, crashes.
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "engine/flow/compose_mail.h"
#include "engine/flow/worker.h"
#include "engine/mail/signing_transport.h"
#include "engine/queue/retry.h"
#include "tests/support/catch.h"
#include "tests/support/rfc_dkim_keys.h"
#include "tests/support/take.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::last_sequence;
using jawort::testing::only_row;
using jawort::testing::take;
using jawort::testing::World;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const std::string kAnna = "anna@example.org";

long count_events(World& world, std::string_view type) {
  const auto record = world.contact(kAnna);
  return record ? std::ranges::count(record->history, type, &ContactRecord::HistoryEntry::type) : 0;
}

// Forwards to the one fake, which is not made for several threads.
class SharedTransport final : public MailTransport {
 public:
  SharedTransport(MailTransport& inner, std::mutex& mutex) : inner_(inner), mutex_(mutex) {}
  Delivery send(const Envelope& envelope, std::string_view message,
                const LastBytesGate& gate) override {
    const std::lock_guard lock(mutex_);
    return inner_.send(envelope, message, gate);
  }

 private:
  MailTransport& inner_;
  std::mutex& mutex_;
};

}  // namespace

TEST_CASE("a signed mail is signed the same again, and its attempt says by which keys") {
  World world;
  auto key = DkimKey::from_pem(jawort::testing::kRfc8463Ed25519);
  REQUIRE(key.ok());
  const DkimSigner signer{"sommer.example", {{"s1", *key}, {"s2", *key}}};
  std::mutex nobody_else;
  const auto transport =
      make_signing_transport(signer, std::make_unique<SharedTransport>(*world.relay, nobody_else));
  world.sign_up(kAnna);
  world.relay->answer(Verdict::kUncertain, 0, "");
  const MailId mail = only_row(world).mail;
  const auto last = [](MailId, const AttemptEnd&) { return std::optional<MailId>(); };
  REQUIRE(send_mails(world.context(), *transport, mail, last).ok());
  world.clock.set(only_row(world).next_at);
  REQUIRE(send_mails(world.context(), *transport, mail, last).ok());
  CHECK(only_row(world).state == OutboxState::kSent);
  const auto& out = world.relay->delivered();
  REQUIRE(out.size() == 2);
  CHECK(out[0].message == out[1].message);
  CHECK(out[0].message.starts_with("DKIM-Signature: "));
  const std::int64_t newest = last_sequence(world);
  REQUIRE(world.store()
              .read([&](const Tables& tables) -> Status {
                const auto kept = take(tables.outbox().mail(mail));
                CHECK(kept->message.starts_with("From: "));
                CHECK(out[0].message.ends_with(take(complete_message(world.context(), *kept))));
                const Leaf leaf = take(decode_leaf(take(tables.events().find(newest))->leaf));
                CHECK(leaf.type == "mail_handed_over");
                CHECK(leaf.fact("dkim") == "s1 s2");
                return {};
              })
              .ok());
  world.check_invariants();
}

TEST_CASE("a deferred mail comes again by plan, byte for byte the same") {
  World world;
  world.sign_up(kAnna);
  world.relay->answer(Verdict::kDeferred, 451, "4.7.1 greylisted, anna@example.org");
  world.relay->answer(Verdict::kUncertain, 0, "");
  CHECK(world.deliver() == 1);
  CHECK(world.mails_to(kAnna) == 0);
  auto row = only_row(world);
  CHECK(row.state == OutboxState::kQueued);
  CHECK(row.attempts == 1);
  CHECK(row.last_code == 451);
  CHECK(row.next_at > world.clock.now() + minutes{8});
  CHECK(row.next_at < world.clock.now() + minutes{12});

  world.clock.set(row.next_at - milliseconds{1});
  CHECK(world.deliver() == 0);
  world.clock.set(row.next_at);
  CHECK(world.deliver() == 1);  // the relay took it, its word was lost
  row = only_row(world);
  CHECK(row.state == OutboxState::kQueued);
  world.clock.set(row.next_at);
  CHECK(world.deliver() == 1);
  CHECK(only_row(world).state == OutboxState::kSent);
  REQUIRE(world.relay->delivered().size() == 2);
  CHECK(world.relay->delivered()[0].message == world.relay->delivered()[1].message);
  CHECK(count_events(world, "mail_deferred") == 1);
  CHECK(count_events(world, "mail_uncertain") == 1);
  CHECK(count_events(world, "mail_handed_over") == 1);
  world.check_invariants();
}

TEST_CASE("a relay that repeats the link does not bring it into what is kept") {
  World world;
  world.sign_up(kAnna);
  const MailId id = only_row(world).mail;
  std::string token;
  const auto find_token = [&](const Tables& tables) -> Status {
    const auto mail = tables.outbox().mail(id);
    const auto message = complete_message(world.context(), **mail);
    token = message->substr(parse_slots((*mail)->slots)->front().offset, kTokenLength);
    return {};
  };
  REQUIRE(world.store().read(find_token).ok());
  world.relay->answer(Verdict::kDeferred, 451, "4.7.1 blocked https://x/confirm/" + token);
  CHECK(world.deliver() == 1);
  CHECK(only_row(world).last_reply == "4.7.1 blocked https://x/confirm/[link]");
  const auto look_for_it = [&](const Tables& tables) -> Status {
    const auto last = tables.events().last_sequence();
    const auto values = tables.events().values(*last);
    CHECK(values->size() > 1);
    for (const EventValueRow& value : *values) CHECK(value.value.find(token) == std::string::npos);
    return {};
  };
  REQUIRE(world.store().read(look_for_it).ok());
}

TEST_CASE("a refused mail is not tried again, and the consent waits for its end") {
  World world;
  world.sign_up(kAnna);
  world.relay->answer(Verdict::kRefused, 550, "5.1.1 no such user");
  CHECK(world.deliver() == 1);
  CHECK(only_row(world).state == OutboxState::kFailed);
  world.clock.advance(hours{24});
  CHECK(world.deliver() == 0);
  CHECK(world.round(kAnna)->status == ConsentStatus::kPending);
  CHECK_FALSE(world.round(kAnna)->mailed_at);
  CHECK(count_events(world, "mail_refused") == 1);
  world.check_invariants();
}

TEST_CASE("a relay that refuses us for days: tried until the link would be dead") {
  World world;
  world.sign_up(kAnna);
  for (int i = 0; i < 500; ++i) world.relay->answer(Verdict::kOurFault, 554, "5.7.1 not you");
  int attempts = 0;
  while (only_row(world).state == OutboxState::kQueued) {
    world.clock.set(only_row(world).next_at);
    attempts += world.deliver();
  }
  CHECK(only_row(world).state == OutboxState::kFailed);
  CHECK(attempts > 150);
  CHECK(only_row(world).excused == attempts);
  CHECK(world.clock.now() > world.round(kAnna)->expires_at - hours{2});
  world.check_invariants();
}

TEST_CASE("what ends before the last bytes is not sent") {
  World world;
  world.sign_up(kAnna);
  SECTION("denied before the attempt, by a revocation link") {
    REQUIRE(revoke_consent(world.context(),
                           revocation_link(world.context(), kAnna, "newsletter")
                               ->substr(std::string("https://optin.sommer.example/revoke/").size()),
                           RevokedBy::kLink, World::visit())
                .ok());
    CHECK(world.deliver() == 0);
  }
  SECTION("denied while the mail is on its way") {
    const std::string link =
        revocation_link(world.context(), kAnna, "newsletter")
            ->substr(std::string("https://optin.sommer.example/revoke/").size());
    world.relay->before_gate([&] { world.revoke(link); });
    CHECK(world.deliver() == 1);
  }
  SECTION("expired while it waited for the relay") {
    world.clock.advance(hours{24 * 8});
    CHECK(world.deliver() == 1);
    CHECK(world.expire() == 1);
  }
  CHECK(world.relay->delivered().empty());
  CHECK(only_row(world).state == OutboxState::kDropped);
  CHECK_FALSE(world.contact(kAnna));
  world.check_invariants();
}

TEST_CASE("a newer mail takes the place of one that still waits") {
  World world;
  world.sign_up(kAnna);
  world.clock.advance(hours{25});  // the relay was not asked all day
  world.sign_up(kAnna);
  CHECK(world.deliver() == 2);
  CHECK(world.mails_to(kAnna) == 1);
  world.check_invariants();
}

TEST_CASE("after a crash interrupted attempts go on at once") {
  World world;
  world.sign_up(kAnna);
  auto row = only_row(world);
  for (const OutboxState state : {OutboxState::kAttempting, OutboxState::kHandingOver}) {
    row.state = state;
    REQUIRE(world.store().write([&](Tables& tables) { return tables.outbox().update(row); }));
  }
  CHECK(world.deliver() == 0);
  const auto uncertain = recover_outbox(world.context());
  REQUIRE(uncertain.ok());
  CHECK(*uncertain == 1);
  CHECK(world.deliver() == 1);
  CHECK(world.mails_to(kAnna) == 1);
}

TEST_CASE("an operator's hand on the queue") {
  World world;
  world.sign_up(kAnna);
  world.relay->answer(Verdict::kDeferred, 421, "busy");
  world.deliver();
  const MailId id = only_row(world).mail;
  CHECK(act_on_mail(world.context(), id, QueueAction::kRelease).error().kind ==
        ErrorKind::kRefused);
  REQUIRE(act_on_mail(world.context(), id, QueueAction::kRetry));
  CHECK(only_row(world).next_at == world.clock.now());
  REQUIRE(act_on_mail(world.context(), id, QueueAction::kDrop));
  CHECK(count_events(world, "mail_dropped") == 1);
  CHECK(world.deliver() == 0);
  CHECK(act_on_mail(world.context(), id, QueueAction::kRetry).error().kind == ErrorKind::kRefused);
  CHECK(act_on_mail(world.context(), MailId{12345}, QueueAction::kDrop).error().kind ==
        ErrorKind::kNotFound);
}

TEST_CASE("the worker mails what is queued, and stops when asked") {
  World world;
  std::mutex relay_mutex;
  auto worker = make_worker(
      world.context(), [&] { return std::make_unique<SharedTransport>(*world.relay, relay_mutex); },
      {4, {}});
  world.context().mail_queued = [&] { worker->wake(); };
  worker->start();
  for (int i = 0; i < 200; ++i) world.sign_up("person" + std::to_string(i) + "@example.org");
  for (int i = 0; i < 60'000; ++i) {
    const std::lock_guard lock(relay_mutex);
    if (world.relay->delivered().size() == 200) break;
    // The worker's threads run on real time; this only waits for them.
    std::this_thread::sleep_for(milliseconds{1});
  }
  CHECK(worker->stop(hours{1}));
  CHECK(worker->stop(hours{1}));
  CHECK(world.relay->delivered().size() == 200);
  std::set<std::string> recipients;
  for (const auto& mail : world.relay->delivered()) recipients.insert(mail.recipient);
  CHECK(recipients.size() == 200);
  world.check_invariants();
}

namespace {

// What one person's denial and one person's mail know of each other.
class WatchedTransport final : public MailTransport {
 public:
  WatchedTransport(std::map<std::string, std::atomic<bool>>& denied, std::atomic<int>& wrong)
      : denied_(denied), wrong_(wrong) {}
  Delivery send(const Envelope& envelope, std::string_view, const LastBytesGate& gate) override {
    const bool denied_before = denied_.at(envelope.recipient);
    Delivery delivery;
    delivery.verdict = gate() ? Verdict::kAccepted : Verdict::kWithheld;
    // Whose denial was answered before the gate was asked gets nothing.
    if (denied_before && delivery.verdict == Verdict::kAccepted) ++wrong_;
    return delivery;
  }

 private:
  std::map<std::string, std::atomic<bool>>& denied_;
  std::atomic<int>& wrong_;
};

void race(int people) {
  World world;
  std::map<std::string, std::atomic<bool>> denied;
  std::vector<std::pair<std::string, std::string>> tokens;
  for (int i = 0; i < people; ++i) {
    const std::string email = "p" + std::to_string(i) + "@example.org";
    denied[email] = false;
    world.sign_up(email);
    const auto link = revocation_link(world.context(), email, "newsletter");
    REQUIRE(link.ok());
    tokens.emplace_back(email, link->substr(link->rfind('/') + 1));
  }
  std::atomic<int> wrong{0};
  auto worker = make_worker(
      world.context(), [&] { return std::make_unique<WatchedTransport>(denied, wrong); }, {4, {}});
  worker->start();
  // From the other end, so that the two meet in the middle; and what is left has been decided.
  for (auto person = tokens.rbegin(); person != tokens.rend(); ++person) {
    REQUIRE(
        revoke_consent(world.context(), person->second, RevokedBy::kOneClick, World::visit()).ok());
    denied.at(person->first) = true;
  }
  CHECK(worker->stop(hours{1}));
  CHECK(wrong == 0);
  int sent = 0, dropped = 0;
  REQUIRE(world.store().read([&](const Tables& tables) -> Status {
    const auto rows = tables.outbox().page({}, MailId{}, people);
    for (const OutboxRow& row : *rows) {
      if (row.state == OutboxState::kSent) ++sent;
      if (row.state == OutboxState::kDropped) ++dropped;
    }
    return {};
  }));
  CHECK(sent + dropped == people);
  world.check_invariants();
}

}  // namespace

TEST_CASE("denials race against the senders") { race(60); }

TEST_CASE("1,000 denials race against the senders", "[long]") { race(1'000); }
