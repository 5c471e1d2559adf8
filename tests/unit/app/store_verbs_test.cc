// Verbs on a real store, as the server carries them out.
#include "engine/app/store_verbs.h"

#include "engine/app/record_json.h"
#include "tests/support/catch.h"
#include "tests/support/world.h"
#include "tests/unit/app/text_console.h"

namespace jawort {
namespace {

using testing::TextConsole;
using testing::World;

struct Answer {
  int status = 0;
  std::string printed, complained;
};

Answer run(World& world, const std::string& verb, std::vector<std::string> arguments,
           const std::function<void(Invocation&)>& change = {}) {
  Invocation invocation;
  invocation.verb = verb;
  invocation.arguments = std::move(arguments);
  if (change) change(invocation);
  TextConsole console;
  const int status = run_store_verb(world.context(), invocation, console);
  return {status, console.printed, console.complained};
}

void as_json(Invocation& invocation) { invocation.json = true; }

TEST_CASE("contact show finds by address and by id, and nobody is status 1") {
  World world;
  world.sign_up("Anna@Example.org");
  const Answer by_address = run(world, "contact show", {"anna@example.org"}, as_json);
  CHECK(by_address.status == kExitDone);
  CHECK_THAT(by_address.printed, Catch::Matchers::StartsWith("{\"id\":\"") &&
                                     Catch::Matchers::ContainsSubstring("\"status\":\"pending\"") &&
                                     Catch::Matchers::ContainsSubstring("\"history\":[{"));
  const std::string id = by_address.printed.substr(7, 16);
  CHECK(run(world, "contact show", {id}, as_json).printed == by_address.printed);
  CHECK_THAT(run(world, "contact show", {id}).printed,
             Catch::Matchers::ContainsSubstring("Consents"));
  for (const char* const nobody : {"bert@example.org", "0000000000000000", "nonsense", ""}) {
    const Answer none = run(world, "contact show", {nobody}, as_json);
    CHECK(none.status == kExitNo);
    CHECK(none.printed.empty());
    CHECK(none.complained == "jawort: no such contact\n");
  }
}

TEST_CASE("no verb shows a confirmation link") {
  World world;
  world.sign_up("anna@example.org");
  world.deliver();
  const std::string token = world.confirm_token("anna@example.org");
  REQUIRE(token.size() == kTokenLength);
  std::string all;
  for (const bool json : {false, true}) {
    const auto set = [&](Invocation& invocation) {
      invocation.json = json;
      invocation.all = invocation.verb == "queue list";
      invocation.purpose = "newsletter";
    };
    all += run(world, "contact show", {"anna@example.org"}, set).printed;
    all += run(world, "contact list", {}, set).printed;
    all += run(world, "queue list", {}, set).printed;
    all += run(world, "link revoke", {"anna@example.org"}, set).printed;
    all += run(world, "check", {}, set).printed;
  }
  CHECK(all.find(token) == std::string::npos);
  CHECK(all.find("/confirm/") == std::string::npos);
  CHECK(all.find("/revoke/") != std::string::npos);
}

TEST_CASE("contact list gives one object per line") {
  World world;
  CHECK(run(world, "contact list", {}).printed == "no contacts\n");
  CHECK(run(world, "contact list", {}, as_json).printed.empty());
  for (int i = 0; i < 450; ++i) world.sign_up("p" + std::to_string(i) + "@example.org");
  const std::string all = run(world, "contact list", {}, as_json).printed;
  CHECK(std::count(all.begin(), all.end(), '\n') == 450);
  CHECK_THAT(all, Catch::Matchers::ContainsSubstring("p449@example.org"));
  const std::string some = run(world, "contact list", {}, [](Invocation& invocation) {
                             invocation.limit = 203;
                           }).printed;
  CHECK(std::count(some.begin(), some.end(), '\n') == 203);
}

TEST_CASE("link revoke gives a link that revokes") {
  World world;
  world.sign_up("anna@example.org");
  world.deliver();
  world.confirm(world.confirm_token("anna@example.org"));
  const auto for_newsletter = [](Invocation& invocation) { invocation.purpose = "newsletter"; };
  const Answer answer = run(world, "link revoke", {"anna@example.org"}, for_newsletter);
  CHECK(answer.status == kExitDone);
  const std::string start = world.settings.public_url + "/revoke/";
  REQUIRE(answer.printed.starts_with(start));
  const std::string token = answer.printed.substr(start.size(), kTokenLength);
  CHECK(world.revoke(token).state == RevokeState::kRevoked);
  CHECK(run(world, "link revoke", {"bert@example.org"}, for_newsletter).status == kExitNo);
  CHECK(run(world, "link revoke", {"anna@example.org"}, [](Invocation& invocation) {
          invocation.purpose = "unheard-of";
        }).status == kExitNo);
}

TEST_CASE("the queue is listed and acted on") {
  World world;
  CHECK(run(world, "queue list", {}, as_json).printed == "{\"messages\":[]}\n");
  world.sign_up("anna@example.org");
  world.sign_up("bert@example.org");
  const Answer waiting = run(world, "queue list", {}, as_json);
  CHECK_THAT(waiting.printed, Catch::Matchers::ContainsSubstring("\"to\":\"anna@example.org\"") &&
                                  Catch::Matchers::ContainsSubstring("},{") &&
                                  Catch::Matchers::ContainsSubstring("\"state\":\"queued\""));
  const std::string id = waiting.printed.substr(waiting.printed.find("\"id\":\"") + 6, 16);
  CHECK(run(world, "queue drop", {id}).printed == "1 dropped\n");
  const Answer again = run(world, "queue drop", {id}, as_json);
  CHECK(again.status == kExitNo);
  CHECK(again.printed == "{\"done\":0}\n");
  CHECK(run(world, "queue drop", {"0000000000000001"}).status == kExitNo);
  CHECK(run(world, "queue drop", {"x"}).status == kExitUsage);
  CHECK(world.deliver() == 1);
  CHECK(world.mails_to("anna@example.org") + world.mails_to("bert@example.org") == 1);
  // Done is done: nothing waits, but everything can still be seen.
  CHECK(run(world, "queue list", {}, as_json).printed == "{\"messages\":[]}\n");
  const std::string sent = run(world, "queue list", {}, [](Invocation& invocation) {
                             invocation.json = true;
                             invocation.state = "sent";
                           }).printed;
  CHECK_THAT(sent, Catch::Matchers::ContainsSubstring("\"state\":\"sent\""));
  CHECK(run(world, "queue list", {}, [](Invocation& invocation) {
          invocation.state = "lost";
        }).status == kExitUsage);
}

TEST_CASE("queue retry --all wakes the scheduler") {
  World world;
  world.sign_up("anna@example.org");
  const int woken = world.woken;
  const Answer answer =
      run(world, "queue retry", {}, [](Invocation& invocation) { invocation.all = true; });
  CHECK(answer.printed == "1 to be tried again now\n");
  CHECK(world.woken > woken);
}

TEST_CASE("apply changes what changed, and a dry run nothing") {
  World world;
  const std::string sommer = testing::source_file("tests/golden/sommer.toml");
  std::string other = sommer;
  const std::size_t at = other.find("Newsletter bestellen");
  REQUIRE(at != std::string::npos);
  other.replace(at, 20, "Brotpost bestellen!!");
  const auto apply = [&](const std::string& content, bool dry_run) {
    return run(world, "apply", {}, [&](Invocation& invocation) {
      invocation.json = true;
      invocation.dry_run = dry_run;
      invocation.files = {{"sommer.toml", content}};
    });
  };
  CHECK_THAT(apply(sommer, false).printed, Catch::Matchers::StartsWith("{\"changed\":[],"));
  CHECK_THAT(apply(other, true).printed,
             Catch::Matchers::ContainsSubstring("{\"kind\":\"form\",\"id\":\"newsletter\""));
  CHECK_THAT(apply(sommer, false).printed, Catch::Matchers::StartsWith("{\"changed\":[],"));
  CHECK_THAT(apply(other, false).printed, Catch::Matchers::ContainsSubstring("\"kind\":\"form\""));
  const Answer broken = apply("[controller]\nnome = \"x\"\n", false);
  CHECK(broken.status == kExitConfiguration);
  CHECK(broken.printed.empty());
  CHECK_THAT(broken.complained, Catch::Matchers::ContainsSubstring("sommer.toml:"));
}

TEST_CASE("check reports database and events, and hands on the definitions") {
  World world;
  const auto results = parse_checks(run(world, "check", {}).printed);
  const auto status_of = [&](std::string_view name) {
    for (const CheckResult& result : results) {
      if (result.name == name) return result.status;
    }
    return CheckStatus::kError;
  };
  CHECK(status_of("database") == CheckStatus::kOk);
  CHECK(status_of("events") == CheckStatus::kOk);
  const auto documents = parse_documents(run(world, "definitions", {}).printed);
  REQUIRE(documents.ok());
  CHECK(documents->size() == world.context().definitions.get()->documents().size());
  CHECK(DefinitionSet::build(*documents).ok());
  CHECK_FALSE(parse_documents("[{}]").ok());
}

TEST_CASE("check names posts that stated no version") {
  World world;
  FormPost post = world.post("anna@example.org");
  post.version.clear();
  world.accept(post);
  CHECK_THAT(
      run(world, "check", {}).printed,
      Catch::Matchers::ContainsSubstring("{\"name\":\"posts\",\"status\":\"warning\",\"detail\":"
                                         "\"1 of the last 1 form post stated no version"));
}

TEST_CASE("check sees a clock that was set back") {
  World world;
  world.sign_up("anna@example.org");
  world.clock.advance(-std::chrono::hours(1));
  CHECK_THAT(run(world, "check", {}).printed,
             Catch::Matchers::ContainsSubstring("{\"name\":\"events\",\"status\":\"error\""));
}

TEST_CASE("a form whose mail has no template in its language is refused") {
  World world;
  std::string other = testing::source_file("tests/golden/sommer.toml");
  const std::string mail = "mail  = \"confirmation\"";
  const std::size_t at = other.find(mail);
  REQUIRE(at != std::string::npos);
  other.replace(at, mail.size(), "mail  = \"unwritten\"");
  const Answer applied = run(world, "apply", {}, [&](Invocation& invocation) {
    invocation.files = {{"sommer.toml", other}};
  });
  CHECK(applied.status == kExitConfiguration);
  CHECK_THAT(applied.complained, Catch::Matchers::ContainsSubstring("mail/unwritten.de"));
}

TEST_CASE("a verb that the server does not know") {
  World world;
  CHECK(run(world, "serve", {}).status == kExitUsage);
  CHECK(run(world, "link confirm", {"anna@example.org"}).status == kExitUsage);
}

}  // namespace
}  // namespace jawort
