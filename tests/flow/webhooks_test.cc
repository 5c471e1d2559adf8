// What other systems are told, on a real store with a virtual clock and endpoints that answer as
// the test says.
#include "engine/flow/erase_contact.h"
#include "engine/flow/manage_webhooks.h"
#include "engine/flow/pause_outbox.h"
#include "engine/flow/post_webhooks.h"
#include "engine/flow/publish_events.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"
#include "webhooks/outgoing/signature.h"

using namespace jawort;
using Catch::Matchers::ContainsSubstring;
using jawort::testing::source_file;
using jawort::testing::take;
using jawort::testing::World;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const std::string kAnna = "Anna@example.org";
constexpr const char* kAll =
    "\"consent.requested\", \"consent.mail_sent\", \"consent.mail_failed\", \"consent.confirmed\", "
    "\"consent.denied\", \"consent.expired\", \"consent.revoked\", \"contact.created\", "
    "\"contact.updated\", \"contact.erased\", \"message.bounced\", \"message.complained\"";

std::string endpoint(const std::string& id, bool personal = false,
                     const std::string& events = kAll) {
  return "\n[[webhook]]\nid = \"" + id + "\"\nurl = \"https://" + id +
         ".example.org/hook\"\nevents = [" + events +
         "]\ninclude_personal = " + (personal ? "true" : "false") + "\n";
}

// sommer.toml without its own endpoint.
std::string definitions(const std::string& endpoints) {
  const std::string sommer = source_file("tests/golden/sommer.toml");
  return sommer.substr(0, sommer.find("[[webhook]]")) + endpoints;
}

// Endpoints: each host answers by its script, then 200.
struct Receiver {
  std::vector<WebhookPost> taken;                         // those that were answered 2xx
  std::vector<WebhookPost> posts;                         // in the order in which they came
  std::map<std::string, std::vector<EndedPost>> answers;  // by host: the next ones
  std::set<std::string> silent;                           // hosts that never answer
  std::function<void()> before_answer;

  static std::string host(const std::string& url) {
    const std::string rest = url.substr(8);
    return rest.substr(0, rest.find('.'));
  }
  // "type purpose" of what that endpoint took, in order.
  std::vector<std::string> told(const std::string& id) const {
    std::vector<std::string> out;
    for (const WebhookPost& post : posts) {
      if (host(post.url) == id) out.push_back(type_of(post));
    }
    return out;
  }
  static std::string value(const std::string& body, const std::string& name) {
    const std::string before = "\"" + name + "\":\"";
    const auto at = body.find(before);
    if (at == std::string::npos) return "";
    const auto from = at + before.size();
    return body.substr(from, body.find('"', from) - from);
  }
  static std::string type_of(const WebhookPost& post) {
    const std::string purpose = value(post.body, "purpose");
    return value(post.body, "type") + (purpose.empty() ? "" : " " + purpose);
  }
};

class FakePoster final : public WebhookPoster {
 public:
  explicit FakePoster(Receiver& receiver) : receiver_(receiver) {}
  void start(WebhookPost post) override {
    const std::string host = Receiver::host(post.url);
    receiver_.posts.push_back(post);
    if (receiver_.silent.contains(host)) return;
    EndedPost ended;
    ended.status = 200;
    auto& script = receiver_.answers[host];
    if (!script.empty()) {
      ended = script.front();
      script.erase(script.begin());
    }
    ended.ticket = post.ticket;
    if (ended.status / 100 == 2) receiver_.taken.push_back(post);
    ended_.push_back(ended);
  }
  std::vector<EndedPost> wait(milliseconds) override {
    if (receiver_.before_answer && !ended_.empty()) receiver_.before_answer();
    return std::exchange(ended_, {});
  }
  void wake() override {}

 private:
  Receiver& receiver_;
  std::vector<EndedPost> ended_;
};

EndedPost status(int code, std::optional<seconds> retry_after = {}) {
  return {0, code, retry_after, code == 0 ? "Timeout was reached" : ""};
}

class Hooks {
 public:
  explicit Hooks(const std::string& endpoints) : world(definitions(endpoints)) { restart(); }
  // The process ends and starts again.
  void restart() {
    publisher =
        std::make_unique<WebhookPublisher>(world.context(), std::make_unique<FakePoster>(receiver));
  }
  void round(int times = 40) {
    for (int i = 0; i < times; ++i) take(publisher->round(milliseconds{0}));
  }
  std::vector<ListedDelivery> deliveries(const std::string& id = "crm") {
    std::vector<ListedDelivery> all;
    take(for_each_delivery(world.context(), id, {}, 0,
                           [&](const ListedDelivery& one) { all.push_back(one); }));
    return all;
  }
  WebhookView view(const std::string& id = "crm") {
    return take(show_webhook(world.context(), id));
  }

  World world;
  Receiver receiver;
  std::unique_ptr<WebhookPublisher> publisher;
};

}  // namespace

TEST_CASE("a whole life is told, in its order, with ids and stamps") {
  Hooks hooks(endpoint("crm") +
              endpoint("news", true, "\"consent.confirmed\", \"consent.revoked\""));
  World& world = hooks.world;
  auto post = world.post(kAnna);
  post.consents = {"newsletter", "phone"};
  post.fields = {{"first_name", "Anna"}};
  world.accept(post);
  world.deliver();
  world.clock.advance(minutes(2));
  world.confirm(world.confirm_token(kAnna));
  hooks.round();
  CHECK(hooks.receiver.told("crm") ==
        std::vector<std::string>{"contact.created", "consent.requested newsletter",
                                 "consent.requested phone", "consent.mail_sent newsletter",
                                 "consent.mail_sent phone", "consent.confirmed newsletter",
                                 "consent.confirmed phone", "contact.updated"});
  CHECK(hooks.receiver.told("news") ==
        std::vector<std::string>{"consent.confirmed newsletter", "consent.confirmed phone"});
  const std::string id = id_text(world.contact(kAnna)->contact.id.value);
  for (const WebhookPost& one : hooks.receiver.posts) {
    CHECK(Receiver::value(one.body, "contact_id") == id);
    const bool personal = Receiver::host(one.url) == "news";
    CHECK((one.body.find(kAnna) != std::string::npos) == personal);
    CHECK(one.body.find("first_name\":") == std::string::npos);
  }
  const auto confirmed = hooks.receiver.posts.back().body;
  world.revoke(world.revoke_token(kAnna));
  hooks.round();
  CHECK(hooks.receiver.told("news").size() == 4);
  CHECK_THAT(hooks.receiver.posts.back().body,
             ContainsSubstring("\"revoked_by\":\"link\"") && ContainsSubstring("\"opt_in_at\":"));
  world.check_invariants();
}

TEST_CASE("a mail that asks for no press is no step of a consent") {
  Hooks hooks(endpoint("crm", false, "\"consent.mail_sent\""));
  World& world = hooks.world;
  world.sign_up_and_confirm(kAnna);
  (void)world.run_steps();
  world.deliver();
  REQUIRE(world.mails_to(kAnna) == 2);  // the welcome came too
  hooks.round();
  CHECK(hooks.receiver.told("crm") == std::vector<std::string>{"consent.mail_sent newsletter"});
}

TEST_CASE("a new endpoint is told what happens after it was declared") {
  Hooks hooks(endpoint("crm"));
  World& world = hooks.world;
  world.sign_up_and_confirm(kAnna);
  take(apply_definitions(world.context(), {{"more.toml", endpoint("late")}}, false));
  hooks.round();
  CHECK(hooks.receiver.told("late").empty());
  CHECK(hooks.receiver.told("crm").size() == 4);
  world.revoke(world.revoke_token(kAnna));
  hooks.round();
  CHECK(hooks.receiver.told("late") == std::vector<std::string>{"consent.revoked newsletter"});
}

TEST_CASE("retries keep the identifier, follow the plan, and end") {
  Hooks hooks(endpoint("crm", false, "\"consent.requested\""));
  World& world = hooks.world;
  for (int i = 0; i < 20; ++i) hooks.receiver.answers["crm"].push_back(status(i % 2 ? 500 : 0));
  world.sign_up(kAnna);
  std::vector<Instant> tries;
  hooks.round(3);
  for (int i = 0; i < 20 && hooks.receiver.posts.size() > tries.size(); ++i) {
    tries.push_back(world.clock.now());
    const auto next = hooks.deliveries().front().row.next_at;
    if (!next) break;
    world.clock.advance(*next - world.clock.now() - milliseconds{1});
    hooks.round(3);
    CHECK(hooks.receiver.posts.size() == tries.size());  // not before its time
    world.clock.advance(milliseconds{1});
    hooks.round(3);
  }
  REQUIRE(tries.size() == 10);
  const std::vector<milliseconds> plan = {seconds{5}, minutes{5}, minutes{30}, hours{2}, hours{5},
                                          hours{10},  hours{14},  hours{20},   hours{24}};
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const milliseconds between = tries[i + 1] - tries[i];
    CHECK(between >= plan[i] * 9 / 10);
    CHECK(between <= plan[i] * 11 / 10);
  }
  for (const WebhookPost& post : hooks.receiver.posts) {
    CHECK(post.id == hooks.receiver.posts.front().id);
    CHECK(post.body == hooks.receiver.posts.front().body);
  }
  CHECK(hooks.receiver.posts.front().timestamp != hooks.receiver.posts.back().timestamp);
  REQUIRE(hooks.deliveries().size() == 1);
  CHECK(hooks.deliveries().front().row.state == WebhookState::kFailed);
  CHECK(hooks.deliveries().front().row.attempts == 10);
  // Given up is not forgotten: an operator sends it again.
  hooks.receiver.answers.clear();
  CHECK(take(redeliver_failed(world.context(), "crm")) == 1);
  world.clock.advance(minutes(2));
  hooks.round();
  CHECK(hooks.deliveries().front().row.state == WebhookState::kDelivered);
  CHECK(hooks.receiver.posts.back().id == hooks.receiver.posts.front().id);
}

TEST_CASE("what comes later about a contact waits, and others go on") {
  Hooks hooks(endpoint("crm", false, "\"contact.created\", \"consent.requested\""));
  World& world = hooks.world;
  hooks.receiver.answers["crm"] = {status(500)};
  world.sign_up(kAnna);
  hooks.round(3);
  world.sign_up("bert@example.org");
  hooks.round();
  const auto about = [&](const std::string& email) {
    const std::string id = id_text(world.contact(email)->contact.id.value);
    std::vector<std::string> out;
    for (const WebhookPost& post : hooks.receiver.posts) {
      if (Receiver::value(post.body, "contact_id") == id) out.push_back(Receiver::type_of(post));
    }
    return out;
  };
  CHECK(about(kAnna) == std::vector<std::string>{"contact.created"});
  CHECK(about("bert@example.org") ==
        std::vector<std::string>{"contact.created", "consent.requested newsletter"});
  world.clock.advance(seconds{6});
  hooks.round();
  CHECK(about(kAnna) == std::vector<std::string>{"contact.created", "contact.created",
                                                 "consent.requested newsletter"});
}

TEST_CASE("410 disables an endpoint, and enabling goes on where it stopped") {
  Hooks hooks(endpoint("crm", false, "\"consent.requested\"") + endpoint("other"));
  World& world = hooks.world;
  hooks.receiver.answers["crm"] = {status(410)};
  world.sign_up(kAnna);
  hooks.round();
  REQUIRE(hooks.view().row.disabled_at);
  CHECK(hooks.view().row.disabled_because == "it answered 410 Gone");
  world.sign_up("bert@example.org");
  world.clock.advance(hours(24 * 7));
  hooks.round();
  CHECK(hooks.receiver.told("crm").size() == 1);
  CHECK(hooks.receiver.told("other").size() >= 4);
  take(enable_webhook(world.context(), "crm", false));
  world.clock.advance(minutes(2));
  hooks.round();
  CHECK(hooks.receiver.told("crm").size() == 3);
  CHECK(hooks.view().waiting == 0);
  SECTION("or from now on") {
    take(disable_webhook(world.context(), "crm"));
    world.sign_up("carla@example.org");
    take(enable_webhook(world.context(), "crm", true));
    hooks.round();
    CHECK(hooks.receiver.told("crm").size() == 3);
    world.sign_up("dora@example.org");
    hooks.round();
    CHECK(hooks.receiver.told("crm").size() == 4);
  }
}

TEST_CASE("an endpoint that asks for a pause gets it, for all it is told") {
  Hooks hooks(endpoint("crm", false, "\"contact.created\""));
  World& world = hooks.world;
  hooks.receiver.answers["crm"] = {status(429, seconds{600})};
  world.sign_up(kAnna);
  hooks.round();
  world.sign_up("bert@example.org");
  world.clock.advance(seconds{590});
  hooks.round();
  CHECK(hooks.receiver.posts.size() == 1);
  world.clock.advance(seconds{20});
  hooks.round();
  CHECK(hooks.receiver.posts.size() == 3);
}

TEST_CASE("an endpoint that is silent keeps nothing from the others") {
  Hooks hooks(endpoint("crm", false, "\"contact.created\"") +
              endpoint("other", false, "\"contact.created\""));
  World& world = hooks.world;
  hooks.receiver.silent = {"crm"};
  for (int i = 0; i < 20; ++i) world.sign_up("p" + std::to_string(i) + "@example.org");
  hooks.round();
  CHECK(hooks.receiver.told("crm").size() == 4);  // so many at a time
  CHECK(hooks.receiver.told("other").size() == 20);
}

TEST_CASE("an endpoint that fails is asked by one post at a time") {
  Hooks hooks(endpoint("crm", false, "\"contact.created\""));
  World& world = hooks.world;
  for (int i = 0; i < 1000; ++i) hooks.receiver.answers["crm"].push_back(status(0));
  for (int i = 0; i < 50; ++i) world.sign_up("p" + std::to_string(i) + "@example.org");
  for (int i = 0; i < 60; ++i) {
    hooks.round(2);
    world.clock.advance(seconds{60});
  }
  CHECK(hooks.receiver.posts.size() < 80);  // an hour
  hooks.receiver.answers.clear();
  for (int i = 0; i < 200; ++i) {
    hooks.round(2);
    world.clock.advance(minutes{10});
  }
  CHECK(hooks.view().waiting == 0);
}

TEST_CASE("a crash in the middle loses nothing, and repeats under the same identifier") {
  Hooks hooks(endpoint("crm"));
  World& world = hooks.world;
  hooks.receiver.silent = {"crm"};
  world.sign_up_and_confirm(kAnna);
  world.sign_up_and_confirm("bert@example.org");
  hooks.round();
  CHECK(hooks.receiver.posts.size() == 2);
  hooks.publisher.reset();
  take(world.restart());
  hooks.receiver.silent.clear();
  hooks.restart();
  hooks.round();
  CHECK(hooks.receiver.told("crm").size() == 2 + 2 * 4);
  std::map<std::string, int> times;
  for (const WebhookPost& post : hooks.receiver.posts) ++times[post.id];
  CHECK(times.size() == 8);
  CHECK(times[hooks.receiver.posts.front().id] == 2);
}

TEST_CASE("two secrets sign for a day after a rotation") {
  Hooks hooks(endpoint("crm", false, "\"contact.created\""));
  World& world = hooks.world;
  const auto first = take(show_webhook_secrets(world.context(), "crm"));
  CHECK(first.previous.empty());
  const auto second = take(rotate_webhook_secret(world.context(), "crm"));
  CHECK(second.current != first.current);
  CHECK(second.previous == first.current);
  world.sign_up(kAnna);
  hooks.round();
  world.clock.advance(hours(23));
  world.sign_up("bert@example.org");
  hooks.round();
  world.clock.advance(hours(2));
  world.sign_up("carla@example.org");
  hooks.round();
  const auto signatures = [&](std::size_t i) {
    const std::string& all = hooks.receiver.posts.at(i).signatures;
    return std::ranges::count(all, ' ') + 1;
  };
  CHECK(signatures(0) == 2);
  CHECK(signatures(1) == 2);
  CHECK(signatures(2) == 1);
  CHECK(take(show_webhook_secrets(world.context(), "crm")).previous.empty());
}

TEST_CASE("what is told of somebody who was erased meanwhile has ids only, and comes in order") {
  Hooks hooks(endpoint("crm", true) + endpoint("asleep", true));
  World& world = hooks.world;
  hooks.receiver.silent = {"crm"};
  take(disable_webhook(world.context(), "asleep"));
  world.sign_up_and_confirm(kAnna);
  const bool with_proof = GENERATE(false, true);
  const bool published = GENERATE(false, true);
  if (published) hooks.round();
  const std::string id = id_text(world.contact(kAnna)->contact.id.value);
  take(erase_contact(world.context(), kAnna, with_proof));
  hooks.publisher.reset();
  hooks.receiver.posts.clear();
  hooks.receiver.silent.clear();
  hooks.restart();
  world.clock.advance(minutes(1));
  hooks.round();
  take(enable_webhook(world.context(), "asleep", false));
  hooks.round();
  const std::vector<std::string> whole = {"contact.created", "consent.requested newsletter",
                                          "consent.mail_sent newsletter",
                                          "consent.confirmed newsletter", "contact.erased"};
  CHECK(hooks.receiver.told("crm") == whole);
  CHECK(hooks.receiver.told("asleep") == whole);
  for (const WebhookPost& post : hooks.receiver.posts) {
    CHECK(Receiver::value(post.body, "contact_id") == id);
    CHECK(Receiver::value(post.body, "email").empty());
  }
  world.check_invariants();
}

TEST_CASE("while the outbox is paused nothing is told, and afterwards all of it") {
  Hooks hooks(endpoint("crm", false, "\"contact.created\""));
  World& world = hooks.world;
  take(pause_outbox(world.context(), "restored from a backup"));
  world.sign_up(kAnna);
  hooks.round();
  CHECK(hooks.receiver.posts.empty());
  take(resume_outbox(world.context()));
  hooks.round();
  CHECK(hooks.receiver.posts.size() == 1);
}

TEST_CASE("the log of deliveries forgets after thirty days what is over") {
  Hooks hooks(endpoint("crm", false, "\"contact.created\""));
  World& world = hooks.world;
  world.sign_up(kAnna);
  hooks.round();
  world.clock.advance(hours(24 * 29));
  hooks.round();
  REQUIRE(hooks.deliveries().size() == 1);
  const std::string id = hooks.deliveries().front().id;
  take(redeliver_webhook(world.context(), "crm", id));
  hooks.round();
  CHECK(hooks.receiver.posts.size() == 2);
  world.clock.advance(hours(24 * 31));
  hooks.round();
  CHECK(hooks.deliveries().empty());
  CHECK(redeliver_webhook(world.context(), "crm", id).error().kind == ErrorKind::kNotFound);
}

TEST_CASE("an endpoint in the house is refused when it is declared") {
  World world(definitions(""));
  const auto problem = [&](const std::string& url) {
    const auto applied = apply_definitions(world.context(),
                                           {{"h.toml", "[[webhook]]\nid = \"h\"\nurl = \"" + url +
                                                           "\"\nevents = [\"contact.created\"]\n"}},
                                           true);
    return applied.ok() ? std::string() : applied.error().message;
  };
  CHECK(problem("https://crm.example.org/").empty());
  CHECK_THAT(problem("https://10.0.0.7/"),
             Catch::Matchers::StartsWith("h.toml:3: webhook \"h\": url: leads to 10.0.0.7, which "
                                         "is no public address"));
  for (const char* const url : {"https://127.0.0.1/", "http://127.0.0.1:8080/", "https://[::1]/",
                                "https://localhost/", "https://0x7f000001/", "https://[fd00::1]/",
                                "http://localhost:8080/", "https://169.254.169.254/latest"}) {
    INFO(url);
    CHECK_FALSE(problem(url).empty());
  }
  world.settings.webhooks.guard = AddressGuard(parse_networks({"127.0.0.1/32", "10.0.0.0/8"}));
  CHECK(problem("http://127.0.0.1:8080/").empty());
  CHECK(problem("https://10.0.0.7/").empty());
  CHECK_FALSE(problem("https://192.168.0.7/").empty());
}

TEST_CASE("who leaves before the press is told of as denied or expired") {
  Hooks hooks(
      endpoint("crm", false, "\"consent.requested\", \"consent.denied\", \"consent.expired\""));
  World& world = hooks.world;
  world.sign_up(kAnna);
  world.deliver();
  take(deny_consent(world.context(), world.confirm_token(kAnna), World::visit()));
  world.sign_up("bert@example.org");
  world.clock.advance(hours(24 * 8));
  world.expire();
  hooks.round();
  const auto told = hooks.receiver.told("crm");
  CHECK(std::ranges::count(told, "consent.requested newsletter") == 2);
  CHECK(std::ranges::count(told, "consent.denied newsletter") == 1);
  CHECK(std::ranges::count(told, "consent.expired newsletter") == 1);
}

TEST_CASE("whatever an endpoint answers, each contact's story is told whole and in order") {
  const auto seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{9}));
  INFO("seed " << seed);
  Hooks hooks(endpoint("crm"));
  World& world = hooks.world;
  jawort::testing::SeededRandom dice(seed);
  const auto person = [&] { return "p" + std::to_string(dice.below(8)) + "@example.org"; };
  for (int step = 0; step < 150; ++step) {
    const std::string who = person();
    const auto known = world.contact(who);
    const bool confirmed =
        known && world.round(who) && world.round(who)->status == ConsentStatus::kConfirmed;
    switch (dice.below(8)) {
      case 0:
      case 1:
        if (!known) world.sign_up_and_confirm(who);
        break;
      case 2:
        if (confirmed) world.revoke(world.revoke_token(who));
        break;
      case 3:
        if (known && dice.below(3) == 0) take(erase_contact(world.context(), who, true));
        break;
      case 4:
        hooks.receiver.answers["crm"].push_back(status(dice.below(2) == 0 ? 0 : 503));
        break;
      case 5:
        hooks.publisher.reset();  // killed, with posts under way or not
        hooks.restart();
        break;
      case 6:
        hooks.receiver.silent.clear();
        if (dice.below(4) == 0) hooks.receiver.silent.insert("crm");
        break;
      default:
        world.clock.advance(seconds{static_cast<std::int64_t>(dice.below(600))});
        hooks.round(static_cast<int>(1 + dice.below(4)));
    }
  }
  hooks.publisher.reset();
  hooks.restart();
  hooks.receiver.answers.clear();
  hooks.receiver.silent.clear();
  for (int i = 0; i < 100; ++i) {
    world.clock.advance(minutes{30});
    hooks.round(20);
  }
  std::set<std::string> promised;
  for (const ListedDelivery& one : hooks.deliveries()) {
    CHECK(one.row.state == WebhookState::kDelivered);
    promised.insert(one.id);
  }
  REQUIRE(promised.size() > 20);
  std::map<std::string, std::pair<std::int64_t, int>> last;  // by contact
  std::set<std::string> taken;
  for (const WebhookPost& post : hooks.receiver.taken) {
    if (!taken.insert(post.id).second) continue;
    const auto id = parse_webhook_id(post.id);
    REQUIRE(id);
    auto& before = last[Receiver::value(post.body, "contact_id")];
    CHECK(before < std::pair{id->sequence, id->part});
    before = {id->sequence, id->part};
  }
  CHECK(taken == promised);
  world.check_invariants();
}
