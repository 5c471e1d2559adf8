// The form's protection over the public routes: minimum time, proof of work, and what they count.
#include "webhooks/incoming/form_shield.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/leaf.h"
#include "tests/support/catch.h"
#include "tests/support/http_request.h"
#include "tests/support/world.h"
#include "webhooks/incoming/routes.h"

namespace jawort {
namespace {

using namespace std::chrono_literals;
using testing::World;

constexpr const char* kUrlencoded = "application/x-www-form-urlencoded";
const std::string kPost = "email=anna%40example.org&consent=newsletter&lang=en";

// The golden form, with or without a proof of work; its minimum time is 2 seconds.
std::string definitions(bool proof_of_work) {
  std::string toml = testing::source_file("tests/golden/sommer.toml");
  if (!proof_of_work) return toml;
  const std::string_view off = "proof_of_work = false";
  const auto at = toml.find(off);
  REQUIRE(at != std::string::npos);
  return toml.replace(at, off.size(), "proof_of_work = true");
}

struct Shop {
  explicit Shop(bool proof_of_work = false) : world(definitions(proof_of_work)) {
    handler = public_routes(world.context(), {}, [] { return true; });
  }
  HttpResponse ask(std::string method, std::string target, HttpHeaders headers = {},
                   std::string body = {}) {
    return handler(testing::http_request(std::move(method), target, std::move(headers),
                                         std::move(body), "198.51.100." + std::to_string(++peers)));
  }
  HttpResponse page() { return ask("GET", "/forms/newsletter?lang=en"); }
  HttpResponse post(const std::string& body) {
    return ask("POST", "/forms/newsletter", {{"content-type", kUrlencoded}}, body);
  }
  HttpResponse json(const std::string& more) {
    return ask("POST", "/forms/newsletter", {{"content-type", "application/json"}},
               R"({"email":"anna@example.org","consent":["newsletter"])" + more + "}");
  }
  // As a script in the page does it.
  std::string solved(const std::string& form = "newsletter") {
    const auto answer = ask("GET", "/forms/" + form + "/challenge");
    REQUIRE(answer.status == 200);
    auto challenge = nlohmann::json::parse(answer.body);
    const auto wanted = challenge["challenge"].get<std::string>();
    for (int number = 0; number <= challenge["maxnumber"].get<int>(); ++number) {
      const std::string text = challenge["salt"].get<std::string>() + std::to_string(number);
      if (to_hex(sha256(as_bytes(text))) != wanted) continue;
      challenge.erase("maxnumber");
      challenge["number"] = number;
      challenge["took"] = 12;
      return to_base64(as_bytes(challenge.dump()));
    }
    FAIL("a challenge without a solution");
    return {};
  }
  std::string checks() {  // of the newest event, which is a form post
    std::string found;
    const Status read = world.store().read([&](const Tables& tables) -> Status {
      const auto last = tables.events().last_sequence();
      if (!last.ok()) return last.error();
      const auto event = tables.events().find(*last);
      if (!event.ok()) return event.error();
      const auto leaf = decode_leaf((*event)->leaf);
      if (!leaf.ok()) return leaf.error();
      REQUIRE(leaf->type == "form_submitted");
      found = leaf->fact("checks");
      return {};
    });
    REQUIRE(read.ok());
    return found;
  }
  bool counted(std::string_view reason, int posts) {
    return world.metrics.render().find("jawort_blocked_posts_total{form=\"newsletter\",reason=\"" +
                                       std::string(reason) + "\"} " + std::to_string(posts) +
                                       "\n") != std::string::npos;
  }

  World world;
  int peers = 0;
  HttpHandler handler;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// What a browser sends of the hidden fields that bind a post to the page.
std::string hidden_of(const HttpResponse& page) {
  std::string fields;
  for (const std::string name : {"version", "form_token"}) {
    const std::string before = "name=\"" + name + "\" value=\"";
    const auto at = page.body.find(before);
    REQUIRE(at != std::string::npos);
    const auto from = at + before.size();
    const std::string value = page.body.substr(from, page.body.find('"', from) - from);
    fields += "&" + name + "=" + percent_encode(value);
  }
  return fields;
}

TEST_CASE("quicker than a person: asked once more, with all that was typed") {
  Shop shop;
  const std::string hidden = hidden_of(shop.page());
  shop.world.clock.advance(1999ms);
  const auto answer = shop.post(kPost + "&first_name=Anna" + hidden);
  CHECK(answer.status == 422);
  CHECK(has(answer.body, "That was so quick that we ask back"));
  CHECK(has(answer.body, "value=\"anna@example.org\""));
  CHECK(has(answer.body, "value=\"Anna\""));
  CHECK(has(answer.body, " checked"));
  CHECK_FALSE(shop.world.contact("anna@example.org"));
  CHECK(shop.counted("too_fast", 1));
  // The time runs on from the first page: the second press is not asked to wait again.
  shop.world.clock.advance(1ms);
  CHECK(shop.post(kPost + hidden_of(answer)).status == 303);
  CHECK(shop.checks() == "honeypot min_seconds");
}

TEST_CASE("a page that was open overnight: nothing is lost, and one press is enough") {
  Shop shop;
  const std::string hidden = hidden_of(shop.page());
  shop.world.clock.advance(kPageValid + 1ms);
  const auto answer = shop.post(kPost + hidden);
  CHECK(answer.status == 422);
  CHECK(has(answer.body, "This page had been open for long"));
  CHECK(has(answer.body, "value=\"anna@example.org\""));
  CHECK(shop.post(kPost + hidden_of(answer)).status == 303);
}

TEST_CASE("any other mistake does not start the time again") {
  Shop shop;
  const std::string hidden = hidden_of(shop.page());
  shop.world.clock.advance(5s);
  const auto answer = shop.post("email=anna%40example&consent=newsletter&lang=en" + hidden);
  CHECK(answer.status == 422);
  CHECK_FALSE(has(answer.body, "so quick"));
  CHECK(shop.post(kPost + hidden_of(answer)).status == 303);
}

TEST_CASE("a token is the form's own; forms without one are not asked for a time") {
  Shop shop;
  CHECK(shop.post(kPost + "&version=sha256%3Axyz&form_token=x").status == 422);
  for (const std::string& token : {std::string("x"), std::string(52, 'A')}) {
    const auto answer = shop.json(",\"form_token\":\"" + token + "\"");
    CHECK(answer.status == 422);
    CHECK(has(answer.body, R"("field":"form_token","code":"form_expired")"));
  }
  CHECK(shop.json("").status == 202);  // pasted, or a program's
  CHECK(shop.checks() == "honeypot");
  // Without a minimum time a page has one all the same: it shows that the page is ours.
  CHECK(has(shop.ask("GET", "/forms/contact").body, "form_token"));
  CHECK_FALSE(
      has(shop.ask("GET", "/forms/contact", {{"accept", "application/json"}}).body, "form_token"));
  CHECK_FALSE(has(shop.ask("GET", "/forms/newsletter/embed").body, "form_token"));
}

TEST_CASE("the challenge is what the widget reads, for the form's own sites") {
  Shop shop(true);
  const auto answer =
      shop.ask("GET", "/forms/newsletter/challenge", {{"origin", "https://sommer.example"}});
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/json");
  CHECK(answer.header("Cache-Control") == "no-store");
  CHECK(answer.header("Access-Control-Allow-Origin") == "https://sommer.example");
  const auto json = nlohmann::json::parse(answer.body);
  CHECK(json["algorithm"] == "SHA-256");
  CHECK(json["maxnumber"] == 50'000);
  CHECK(json["challenge"].get<std::string>().size() == 64);
  CHECK(json["signature"].get<std::string>().size() == 64);
  const std::string salt = json["salt"];
  CHECK(has(salt, "?form=newsletter&expires=1795427103&"));  // 30 minutes, a whole second
  CHECK(salt.ends_with('&'));
  CHECK(
      shop.ask("GET", "/forms/newsletter/challenge", {{"origin", "https://evil.example"}}).status ==
      403);
  CHECK(shop.ask("OPTIONS", "/forms/newsletter/challenge",
                 {{"origin", "https://sommer.example"}, {"access-control-request-method", "GET"}})
            .status == 204);
  CHECK(shop.ask("GET", "/forms/nothing/challenge").status == 404);
  CHECK(shop.ask("POST", "/forms/newsletter/challenge").status == 405);
}

TEST_CASE("a form with a proof of work takes a post once per solved challenge") {
  Shop shop(true);
  const std::string proof = shop.solved();
  // A typing mistake does not cost the proof.
  CHECK(
      shop.post("email=anna%40example&consent=newsletter&altcha=" + percent_encode(proof)).status ==
      422);
  CHECK(shop.json(",\"altcha\":\"" + proof + "\"").status == 202);
  CHECK(shop.checks() == "honeypot proof_of_work");
  const auto again = shop.json(",\"altcha\":\"" + proof + "\"");
  CHECK(again.status == 422);
  CHECK(has(again.body, R"("field":"altcha","code":"proof_of_work_failed")"));
  CHECK(shop.counted("proof_of_work", 1));
}

TEST_CASE("no proof, and proofs that are none") {
  Shop shop(true);
  const auto missing = shop.post(kPost);
  CHECK(missing.status == 422);
  CHECK(has(missing.body, "has not solved the sum"));
  CHECK(has(missing.body, "value=\"anna@example.org\""));
  const std::string late = shop.solved();
  const std::string foreign = shop.solved("contact");
  const std::string good = shop.solved();
  shop.world.clock.advance(kChallengeValid + 1s);
  const auto of = [](const nlohmann::json& json) { return to_base64(as_bytes(json.dump())); };
  for (const std::string& wrong :
       {late, foreign, std::string("x"), std::string("eA=="), of(nlohmann::json::array()),
        of({{"algorithm", "SHA-256"}}), std::string(4096, 'A'),
        of({{"algorithm", "SHA-256"}, {"number", -1}, {"salt", 7}, {"challenge", nullptr}})}) {
    const auto answer = shop.json(",\"altcha\":\"" + wrong + "\"");
    CHECK(answer.status == 422);
    CHECK(has(answer.body, "proof_of_work_failed"));
  }
  CHECK_FALSE(shop.world.contact("anna@example.org"));
}

TEST_CASE("all that is wrong is told at once") {
  Shop shop(true);
  const auto answer = shop.ask("POST", "/forms/newsletter", {{"content-type", "application/json"}},
                               R"({"email":"nobody"})");
  CHECK(answer.status == 422);
  for (const char* code : {"proof_of_work_required", "invalid_address", "\"required\""}) {
    CAPTURE(code);
    CHECK(has(answer.body, code));
  }
}

TEST_CASE("the hosted page solves it with one script of its own; other pages have none") {
  Shop shop(true);
  const auto page = shop.page();
  CHECK(has(page.body, "<script src=\"/forms/newsletter/challenge.js\" defer></script>"));
  CHECK(has(page.body, "data-challenge=\"/forms/newsletter/challenge\""));
  CHECK(has(page.body, "<noscript>"));
  const std::string csp(page.header("Content-Security-Policy"));
  CHECK(has(csp, "; script-src 'self'; connect-src 'self'; form-action"));
  CHECK_FALSE(has(csp, "unsafe"));
  const auto script = shop.ask("GET", "/forms/newsletter/challenge.js");
  CHECK(script.status == 200);
  CHECK(script.content_type == "text/javascript; charset=utf-8");
  CHECK(has(script.body, "crypto.subtle.digest"));
  CHECK(
      has(shop.ask("GET", "/forms/newsletter/embed").body,
          "<altcha-widget challenge=\"https://optin.sommer.example/forms/newsletter/challenge\""));

  Shop plain;
  CHECK_FALSE(has(plain.page().body, "script"));
  CHECK_FALSE(has(std::string(plain.page().header("Content-Security-Policy")), "script-src"));
  CHECK_FALSE(has(plain.ask("GET", "/forms/newsletter/embed").body, "altcha"));
}

TEST_CASE("spent challenges are bounded and forgotten at their end") {
  SpentChallenges spent(3);
  const Instant now{1000s};
  const auto name = [](char c) { return std::string(64, c); };
  CHECK(spent.spend(name('a'), now + 10s, now));
  CHECK_FALSE(spent.spend(name('a'), now + 10s, now));
  spent.give_back(name('a'));
  CHECK(spent.spend(name('a'), now + 10s, now));
  CHECK(spent.spend(name('b'), now + 20s, now));
  CHECK_FALSE(spent.spend(name('b'), now + 20s, now + 11s));
  CHECK(spent.spend(name('a'), now + 20s, now + 11s));  // it had expired
  CHECK(spent.spend(name('c'), now + 20s, now + 11s));
  CHECK(spent.spend(name('d'), now + 20s, now + 11s));  // a fourth: the oldest is forgotten
  CHECK_FALSE(spent.spend(name('d'), now + 20s, now + 11s));
}

}  // namespace
}  // namespace jawort
