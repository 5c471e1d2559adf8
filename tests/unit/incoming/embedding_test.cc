// Forms in pages of others over the public routes: snippets, scripts, the form as JSON, frames, and
// how a form is said to have reached its visitor.
#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "tests/support/catch.h"
#include "tests/support/http_request.h"
#include "tests/support/world.h"
#include "webhooks/incoming/routes.h"

namespace jawort {
namespace {

using Json = nlohmann::json;
using testing::World;

constexpr const char* kForm = "/forms/newsletter";
const HttpHeaders kJson = {{"accept", "application/json"}};
const std::pair<std::string, std::string> kOurs = {"origin", "https://optin.sommer.example"};
const std::pair<std::string, std::string> kTheirs = {"origin", "https://www.sommer.example"};

struct Shop {
  explicit Shop(const std::string& what = {}, const std::string& with = {})
      : world(replace_all(testing::source_file("tests/golden/sommer.toml"), what, with)) {
    handler = public_routes(world.context(), {}, [] { return true; });
  }
  HttpResponse ask(std::string method, const std::string& target, HttpHeaders headers = {},
                   std::string body = {}) {
    return handler(testing::http_request(std::move(method), target, std::move(headers),
                                         std::move(body), "198.51.100." + std::to_string(++peers)));
  }
  std::string get(const std::string& target, HttpHeaders headers = {}) {
    return ask("GET", target, std::move(headers)).body;
  }
  Json described(const std::string& query = "?lang=en") {
    return Json::parse(get(kForm + query, kJson));
  }
  // The fact "served" of a post that says this and comes with these headers.
  std::string served(const std::string& rest, HttpHeaders headers) {
    const std::string email = std::to_string(++peers) + "@example.org";
    headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    const auto answer =
        ask("POST", kForm, std::move(headers), "email=" + email + "&consent=newsletter" + rest);
    REQUIRE(answer.status < 400);
    return served_in_log(email);
  }
  std::string served_as_json(const std::string& stated, HttpHeaders headers) {
    const std::string email = std::to_string(++peers) + "@example.org";
    Json body{{"email", email}, {"consent", "newsletter"}};
    if (!stated.empty()) body["served"] = stated;
    headers.emplace_back("content-type", "application/json");
    REQUIRE(ask("POST", kForm, std::move(headers), body.dump()).status < 400);
    return served_in_log(email);
  }
  std::string served_in_log(const std::string& email) {
    const auto record = world.contact(email);
    REQUIRE(record);
    const auto& facts = record->history.front().facts;
    const auto fact = std::ranges::find(facts, "served", &Fact::name);
    return fact == facts.end() ? "" : fact->value;
  }
  // What a page of ours says of itself: its version and its token. Its minimum time is over then.
  std::string page_of_ours(const std::string& form = "newsletter") {
    const std::string page = get("/forms/" + form + "?lang=en");
    world.clock.advance(std::chrono::seconds(5));
    return "&version=" + percent_encode(hidden(page, "version")) +
           "&form_token=" + hidden(page, "form_token");
  }
  static std::string hidden(const std::string& page, const std::string& name) {
    const std::string before = "name=\"" + name + "\" value=\"";
    const auto at = page.find(before);
    REQUIRE(at != std::string::npos);
    const auto begin = at + before.size();
    return page.substr(begin, page.find('"', begin) - begin);
  }

  World world;
  int peers = 0;
  HttpHandler handler;
};

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_CASE("a page of ours is known by its token, and nothing may speak against it") {
  Shop shop;
  const std::string ours = shop.page_of_ours();
  const auto served = [&](const std::string& rest, HttpHeaders headers) {
    return shop.served(ours + rest, std::move(headers));
  };
  const std::pair<std::string, std::string> same = {"sec-fetch-site", "same-origin"};
  const std::string self = "&page=https%3A%2F%2Foptin.sommer.example%2Fforms%2Fnewsletter";
  const std::string theirs = "&page=https%3A%2F%2Fwww.sommer.example%2Fjoin";
  CHECK(served("&served=hosted", {kOurs, same}) == "hosted");
  CHECK(served("&served=hosted" + self, {kOurs, {"referer", kOurs.second + "/forms/x"}}) ==
        "hosted");
  CHECK(served("&served=iframe" + theirs, {kOurs, same}) == "iframe");
  CHECK(served("&served=hosted", {}) == "hosted");  // an old browser says nothing of itself

  for (const char* stated : {"&served=hosted", "&served=iframe"}) {
    CAPTURE(stated);
    CHECK(served(stated, {kTheirs}).empty());
    CHECK(served(stated, {kOurs, {"referer", "https://www.sommer.example/join"}}).empty());
    CHECK(served(stated, {kOurs, {"sec-fetch-site", "cross-site"}}).empty());
    CHECK(served(stated, {{"sec-fetch-site", "none"}}).empty());
  }
  CHECK(served("&served=hosted" + theirs, {kOurs, same}).empty());
  CHECK(served("&served=anything", {kOurs}).empty());
}

TEST_CASE("without a token a form is no page of ours, whatever a program states") {
  Shop shop;
  const std::string ours = shop.page_of_ours();
  for (const char* stated : {"", "&served=hosted", "&served=iframe", "&served=script"}) {
    CAPTURE(stated);
    CHECK(shop.served(stated, {kOurs}).empty());
    CHECK(shop.served(stated, {}).empty());
    CHECK(shop.served(stated, {kTheirs}) == "pasted");
    CHECK(shop.served(std::string(stated) + "&page=https%3A%2F%2Fa.example%2F", {}) == "pasted");
  }
  // Nor does one of another form, or of another version, or that somebody made up.
  Shop contact;
  const std::string other = contact.page_of_ours("contact");
  const std::string token = other.substr(other.find("&form_token="));
  const auto answer =
      contact.ask("POST", "/forms/contact", {{"content-type", "application/x-www-form-urlencoded"}},
                  "email=d%40example.org&first_name=D&lang=en&served=hosted" +
                      other.substr(0, other.find("&form_token=")) + "&form_token=x");
  REQUIRE(answer.status < 400);
  CHECK(contact.served_in_log("d@example.org").empty());
  const auto good =
      contact.ask("POST", "/forms/contact", {{"content-type", "application/x-www-form-urlencoded"}},
                  "email=e%40example.org&first_name=E&lang=en&served=hosted" + other);
  REQUIRE(good.status < 400);
  CHECK(contact.served_in_log("e@example.org") == "hosted");  // it has no minimum time
}

TEST_CASE("JSON is a script's where a page sent it, else a program's") {
  Shop shop;
  CHECK(shop.served_as_json("script", {kTheirs}) == "script");
  CHECK(shop.served_as_json("script", {}) == "json");
  CHECK(shop.served_as_json("", {kTheirs}) == "json");
  CHECK(shop.served_as_json("hosted", {kOurs}) == "json");
}

TEST_CASE("the form as JSON says what the page shows") {
  Shop shop;
  const auto answer =
      shop.ask("GET", std::string(kForm) + "?lang=en", {{"accept", "application/json"}, kTheirs});
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/json");
  CHECK(answer.header("Cache-Control") == "no-store");
  CHECK(answer.header("Access-Control-Allow-Origin") == kTheirs.second);
  const Json form = Json::parse(answer.body);
  const auto shown = shop.world.context().definitions.get()->shown_form("newsletter");
  CHECK(form["version"] == version_text(shown->version));
  CHECK(form["language"] == "en");
  CHECK(form["action"] == "https://optin.sommer.example/forms/newsletter");
  CHECK(form["submitted_url"] == "https://sommer.example/en/thanks");
  CHECK(form["honeypot"] == "company_fax");
  CHECK(has(form["purposes"][0]["wording"].get<std::string>(), "Yes, I would like to receive"));
  CHECK(form["purposes"][0]["required"] == true);
  CHECK(form["fields"][0]["autocomplete"] == "given-name");
  CHECK(form["fields"][1]["options"].size() == 3);
  for (const auto& [key, text] : form["texts"].items()) {
    CAPTURE(key);
    CHECK_FALSE(text.get<std::string>().empty());
  }
  CHECK(has(shop.described("?lang=de")["purposes"][0]["wording"].get<std::string>(), "Ja, ich"));
  CHECK(shop.ask("GET", kForm, {{"accept", "*/*"}}).content_type == "text/html; charset=utf-8");
  CHECK(shop.ask("GET", "/forms/nothing", kJson).status == 404);
}

TEST_CASE("a script's minimum time is that of the form it was given") {
  using std::chrono::milliseconds;
  Shop shop;
  const std::string token = shop.described()["form_token"];
  const auto post = [&](const std::string& version) {
    const Json body{{"email", "anna@example.org"},
                    {"consent", {"newsletter"}},
                    {"version", version},
                    {"form_token", token},
                    {"served", "script"}};
    return shop.ask("POST", kForm, {{"content-type", "application/json"}, kTheirs}, body.dump());
  };
  const std::string version = shop.described()["version"];
  shop.world.clock.advance(milliseconds(1999));
  CHECK(has(post(version).body, R"("code":"too_fast")"));
  shop.world.clock.advance(milliseconds(1));
  CHECK(post("").status == 422);  // the token is this version's
  CHECK(post(version).status == 202);
}

TEST_CASE("three snippets, each with version or source, page and nothing that a CSP forbids") {
  Shop shop;
  const std::string embed = std::string(kForm) + "/embed?lang=en&page=https%3A%2F%2Fa.example%2F";
  const std::string plain = shop.get(embed);
  const std::string script = shop.get(embed + "&as=script");
  const std::string iframe = shop.get(embed + "&as=iframe");
  const std::string version = shop.described()["version"];
  CHECK(has(script,
            "<jawort-form src=\"https://optin.sommer.example/forms/newsletter\" lang=\"en\" "
            "page=\"https://a.example/\">\n" +
                plain + "</jawort-form>\n<script src=\"https://optin."));
  CHECK(has(iframe,
            "<iframe src=\"https://optin.sommer.example/forms/newsletter?lang=en&amp;as="
            "iframe&amp;page=https%3A%2F%2Fa.example%2F\" title=\""));
  for (const std::string& snippet : {plain, script, iframe}) {
    CAPTURE(snippet);
    CHECK_FALSE(has(snippet, "style"));
    CHECK_FALSE(has(snippet, "checked"));
    CHECK_FALSE(has(snippet, "{"));  // so that Fluid and other template engines leave it alone
    CHECK(has(snippet, "a.example"));
  }
  for (const std::string& snippet : {plain, script}) CHECK(has(snippet, version));
  const std::string hosted =
      shop.get(std::string(kForm) + "?lang=en&as=iframe&page=https%3A%2F%2Fa.example%2F");
  CHECK(has(hosted, version));
  CHECK(has(hosted, "name=\"page\" value=\"https://a.example/\""));
}

TEST_CASE("all below a form is open to its own sites, with preflight, and to no others") {
  Shop shop;
  for (const char* rest :
       {"", "/sent", "/embed", "/embed.js", "/frame.js", "/challenge", "/challenge.js"}) {
    CAPTURE(rest);
    const std::string path = std::string(kForm) + rest;
    const HttpHeaders preflight = {kTheirs, {"access-control-request-method", "GET"}};
    const auto allowed = shop.ask("OPTIONS", path, preflight);
    CHECK(allowed.status == 204);
    CHECK(allowed.header("Access-Control-Allow-Origin") == kTheirs.second);
    CHECK(has(allowed.header("Access-Control-Allow-Methods"), "GET"));
    const auto got = shop.ask("GET", path, {kTheirs});
    CHECK(got.status == 200);
    CHECK(got.header("Access-Control-Allow-Origin") == kTheirs.second);
    for (const char* method : {"GET", "OPTIONS"}) {
      const auto foreign = shop.ask(method, path, {{"origin", "https://evil.example"}});
      CHECK(foreign.status == 403);
      CHECK(foreign.header("Access-Control-Allow-Origin").empty());
    }
  }
  CHECK(shop.ask("GET", "/forms/nothing/embed.js").status == 404);
}

TEST_CASE("scripts are one function each, for pages with the strictest rules") {
  Shop shop;
  for (const char* name : {"embed.js", "frame.js", "challenge.js"}) {
    const auto script = shop.ask("GET", std::string(kForm) + "/" + name);
    CAPTURE(name);
    CHECK(script.content_type == "text/javascript; charset=utf-8");
    CHECK(script.header("Cross-Origin-Resource-Policy") == "cross-origin");
    CHECK(script.body.starts_with("(() => {\n\"use strict\";\n"));
    CHECK(script.body.ends_with("})();\n"));
    for (const char* banned : {"innerHTML", "eval(", "Function(", "document.write", ".cookie",
                               "localStorage", "setAttribute(\"style\"", "insertAdjacentHTML"}) {
      CAPTURE(banned);
      CHECK_FALSE(has(script.body, banned));
    }
  }
}

TEST_CASE("a page in a frame knows it: by the browser's word, or by its address") {
  Shop shop;
  const auto page = [&](const std::string& query, HttpHeaders headers) {
    return shop.ask("GET", kForm + query, std::move(headers));
  };
  const auto framed =
      page("", {{"sec-fetch-dest", "iframe"}, {"referer", "https://www.sommer.example/join#x"}});
  CHECK(has(framed.body, "name=\"served\" value=\"iframe\""));
  CHECK(has(framed.body, "name=\"page\" value=\"https://www.sommer.example/join\""));
  CHECK(has(framed.body,
            "<script src=\"/forms/newsletter/frame.js\" data-origins=\""
            "https://sommer.example https://www.sommer.example\" defer></script>"));
  CHECK(has(framed.body,
            "action=\"/forms/newsletter\" target=\"_top\""));  // it has a page of its own
  CHECK(has(framed.header("Content-Security-Policy"), "; script-src 'self'; form-action"));
  CHECK(page("?as=iframe", {}).body != page("", {}).body);
  const auto alone = page("?as=iframe", {{"sec-fetch-dest", "document"}});
  CHECK(has(alone.body, "name=\"served\" value=\"hosted\""));
  CHECK_FALSE(has(alone.body, "<script"));
  CHECK_FALSE(has(alone.header("Content-Security-Policy"), "script-src"));
  CHECK(has(shop.get("/forms/contact?as=iframe&lang=en"), "action=\"/forms/contact?as=iframe\""));
  const auto sent = shop.ask(
      "POST", "/forms/contact",
      {{"content-type", "application/x-www-form-urlencoded"}, {"sec-fetch-dest", "iframe"}},
      "email=d%40example.org&first_name=D&lang=en");
  CHECK(sent.header("Location") == "/forms/contact/sent?lang=en&as=iframe");
}

TEST_CASE("the company's colour is on every page, and the policy names its style") {
  Shop shop("email       = \"info@sommer.example\"",
            "email = \"info@sommer.example\"\ncolour = \"#7A1F3D\"");
  shop.world.sign_up("anna@example.org");
  shop.world.deliver();
  const std::string confirm = "/confirm/" + shop.world.confirm_token("anna@example.org");
  for (const std::string& path : {std::string(kForm), kForm + std::string("/sent"), confirm}) {
    CAPTURE(path);
    const auto page = shop.ask("GET", path);
    const auto begin = page.body.rfind("<style>") + 7;
    const std::string style = page.body.substr(begin, page.body.rfind("</style>") - begin);
    CHECK(style.starts_with(":root{--accent:#7a1f3d;"));
    CHECK(has(page.header("Content-Security-Policy"),
              " 'sha256-" + to_base64(sha256(as_bytes(style))) + "'"));
  }
  const auto nobody = shop.ask("GET", "/confirm/AAAA");
  CHECK_FALSE(has(nobody.body, "#7a1f3d"));
}

}  // namespace
}  // namespace jawort
