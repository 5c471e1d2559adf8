// The public routes over a whole Jawort: real store, templates and tokens.
#include "webhooks/incoming/routes.h"

#include <algorithm>

#include "db/store.h"
#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "tests/support/catch.h"
#include "tests/support/http_request.h"
#include "tests/support/world.h"

namespace jawort {
namespace {

using testing::World;

const std::string kAnna = "anna@example.org";
constexpr const char* kUrlencoded = "application/x-www-form-urlencoded";

std::string golden() { return testing::source_file("tests/golden/sommer.toml"); }

// A site that a test asks. Each request comes from a network of its own unless told otherwise, so
// that per_client does not stand in the way.
struct Site {
  explicit Site(std::string definitions = {}) : world(std::move(definitions)) {
    handler = public_routes(world.context(), {{"127.0.0.1"}}, [this] { return ready; });
  }

  HttpResponse ask(std::string method, std::string target, HttpHeaders headers = {},
                   std::string body = {}) {
    return handler(
        testing::http_request(std::move(method), target, std::move(headers), std::move(body),
                              peer.empty() ? "198.51.100." + std::to_string(++peers % 250) : peer));
  }
  HttpResponse get(std::string target, HttpHeaders headers = {}) {
    return ask("GET", std::move(target), std::move(headers));
  }
  HttpResponse post(std::string target, std::string body, HttpHeaders headers = {}) {
    headers.emplace_back("content-type", kUrlencoded);
    return ask("POST", std::move(target), std::move(headers), std::move(body));
  }
  HttpResponse json(std::string target, std::string body, HttpHeaders headers = {}) {
    headers.emplace_back("content-type", "application/json");
    return ask("POST", std::move(target), std::move(headers), std::move(body));
  }
  // Anna's sign-up and its mail; answers the confirmation token.
  std::string signed_up(const std::string& email = kAnna) {
    world.sign_up(email);
    world.deliver();
    return world.confirm_token(email);
  }
  std::string version() {
    return version_text(world.context().definitions.get()->shown_form("newsletter")->version);
  }
  ConsentStatus status(const std::string& email = kAnna) {
    const auto round = world.round(email);
    return round ? round->status : ConsentStatus::kExpired;
  }
  std::size_t count_events(std::string_view type) {
    const auto record = world.contact(kAnna);
    if (!record) return 0;
    return static_cast<std::size_t>(
        std::ranges::count(record->history, type, &ContactRecord::HistoryEntry::type));
  }

  World world;
  bool ready = true;
  std::string peer;
  int peers = 0;
  HttpHandler handler;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// All that goes out, but for what the listener adds.
std::string bytes(const HttpResponse& response) {
  std::string text = std::to_string(response.status) + ' ' + response.content_type + '\n';
  for (const auto& [name, value] : response.headers) text += name + ": " + value + '\n';
  return text + '\n' + response.body;
}

std::string form(const std::string& more = "") {
  return "email=anna%40example.org&consent=newsletter" + more;
}

TEST_CASE("the hosted form: language, version, nothing ticked, headers") {
  Site site;
  const auto page = site.get("/forms/newsletter");
  CHECK(page.status == 200);
  CHECK(page.content_type == "text/html; charset=utf-8");
  CHECK(page.route == "/forms/{form}");
  CHECK(has(page.body, "<html lang=\"de\">"));
  CHECK(has(page.body, "action=\"/forms/newsletter\""));
  CHECK(has(page.body, site.version()));
  CHECK(has(page.body, "name=\"company_fax\""));
  CHECK(has(page.body, "Bäckerei Sommer GmbH mit Angeboten"));
  CHECK_FALSE(has(page.body, " checked"));
  CHECK(page.header("Referrer-Policy") == "same-origin");
  CHECK(page.header("X-Content-Type-Options") == "nosniff");
  const std::string csp(page.header("Content-Security-Policy"));
  CHECK(csp.starts_with("default-src 'none'; style-src 'sha256-"));
  CHECK(has(csp, "; form-action 'self' https://sommer.example;"));
  CHECK(has(csp, "; frame-ancestors https://sommer.example https://www.sommer.example;"));

  CHECK(has(site.get("/forms/newsletter?lang=en").body, "<html lang=\"en\">"));
  CHECK(has(site.get("/forms/newsletter", {{"accept-language", "fr, en-GB;q=0.7"}}).body,
            "<html lang=\"en\">"));
  CHECK(has(site.get("/forms/newsletter?lang=fr").body, "<html lang=\"de\">"));
  CHECK(has(site.get("/forms/newsletter?page=https%3A%2F%2Fsommer.example%2Fx").body,
            "name=\"page\" value=\"https://sommer.example/x\""));
  CHECK_FALSE(has(site.get("/forms/newsletter?page=javascript:x").body, "name=\"page\""));
}

TEST_CASE("a post is answered by what the client would rather have") {
  Site site;
  const auto html = site.post("/forms/newsletter", form("&lang=en"));
  CHECK(html.status == 303);
  CHECK(html.header("Location") == "https://sommer.example/en/thanks");
  CHECK(html.body.empty());
  CHECK(site.post("/forms/newsletter", form()).header("Location") ==
        "https://sommer.example/danke");

  const auto json =
      site.json("/forms/newsletter", R"({"email":"ben@example.org","consent":["newsletter"]})");
  CHECK(json.status == 202);
  CHECK(json.content_type == "application/json");
  CHECK(json.body == R"({"status":"pending"})");
  CHECK(site.post("/forms/newsletter", form(), {{"accept", "application/json"}}).status == 202);
  CHECK(site.json("/forms/newsletter", R"({"email":"c@example.org","consent":"newsletter"})",
                  {{"accept", "text/html"}})
            .status == 303);
  const auto lead = site.post("/forms/contact", "email=d@example.org&first_name=D",
                              {{"accept", "application/json"}});
  CHECK(lead.body == R"({"status":"accepted"})");
  CHECK(site.status() == ConsentStatus::kPending);
  CHECK(site.status("ben@example.org") == ConsentStatus::kPending);
}

TEST_CASE("without a page of its own a form leads to ours") {
  Site site;
  const auto answer = site.post("/forms/contact", "email=d@example.org&first_name=D&lang=en");
  CHECK(answer.status == 303);
  CHECK(answer.header("Location") == "/forms/contact/sent?lang=en");
  const auto sent = site.get("/forms/contact/sent?lang=en");
  CHECK(sent.status == 200);
  CHECK(has(sent.body, "<html lang=\"en\">"));
  CHECK(has(std::string(sent.header("Content-Security-Policy")), "frame-ancestors 'none'"));
}

TEST_CASE("multipart and urlencoded posts are the same post") {
  Site site;
  const std::string body =
      "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nanna@example.org\r\n"
      "--x\r\nContent-Disposition: form-data; name=\"first_name\"\r\n\r\nÄnne\r\n"
      "--x\r\nContent-Disposition: form-data; name=\"consent\"\r\n\r\nnewsletter\r\n--x--\r\n";
  const auto answer = site.ask("POST", "/forms/newsletter",
                               {{"content-type", "multipart/form-data; boundary=x"}}, body);
  CHECK(answer.status == 303);
  CHECK(site.status() == ConsentStatus::kPending);
}

TEST_CASE("the answer to a post is the same whatever is known of the address") {
  Site site;
  for (const HttpHeaders& accept : {HttpHeaders{}, HttpHeaders{{"accept", "application/json"}}}) {
    const auto answer = [&](const std::string& body) {
      return bytes(site.post("/forms/newsletter", body, accept));
    };
    const std::string expected = answer("email=new@example.org&consent=newsletter");
    CHECK(answer("email=new@example.org&consent=newsletter") == expected);  // pending, over limit
    const std::string token = site.signed_up("conf@example.org");
    site.world.confirm(token);
    CHECK(answer("email=conf@example.org&consent=newsletter") == expected);
    site.world.revoke(site.world.revoke_token("conf@example.org"));
    CHECK(answer("email=conf@example.org&consent=newsletter") == expected);
    CHECK(answer("email=bot@example.org&consent=newsletter&company_fax=x") == expected);
    CHECK_FALSE(site.world.contact("bot@example.org"));
    site.world.clock.advance(std::chrono::hours(24 * 40));
  }
}

TEST_CASE("422 as problem details") {
  Site site;
  const auto answer = site.json("/forms/newsletter", R"({"email":"nobody","lang":"en"})");
  CHECK(answer.status == 422);
  CHECK(answer.content_type == "application/problem+json");
  CHECK(has(answer.body, R"("status":422,"errors":[{"field":"email","code":"invalid_address",)"));
  CHECK(has(answer.body, R"("message":"Please enter a valid e-mail address)"));
  CHECK(has(answer.body, R"({"field":"consent","code":"required","message":"Please tick)"));
}

TEST_CASE("422 as the form again, with messages and what was typed") {
  Site site;
  const auto answer =
      site.post("/forms/newsletter",
                "email=%22%3E%3Cscript%3E&first_name=Anna&branch=Reutlingen&"
                "consent=newsletter&page=https%3A%2F%2Fsommer.example%2Fa&version=" +
                    percent_encode(site.version()));
  CHECK(answer.status == 422);
  CHECK(has(answer.body, "value=\"&quot;&gt;&lt;script&gt;\""));
  CHECK_FALSE(has(answer.body, "<script>"));
  CHECK(has(answer.body, "value=\"Anna\""));
  CHECK(has(answer.body, "value=\"Reutlingen\" selected"));
  CHECK(has(answer.body, "id=\"email-error\""));
  CHECK(has(answer.body, "value=\"https://sommer.example/a\""));
  CHECK(has(answer.body, "value=\"newsletter\" required checked"));
}

TEST_CASE("boxes are not ticked again on a wording that was not seen") {
  Site site;
  for (const std::string version : {"", "&version=sha256:0000"}) {
    const auto answer = site.post("/forms/newsletter", "email=nobody&consent=newsletter" + version);
    CHECK(answer.status == 422);
    CHECK_FALSE(has(answer.body, " checked"));
  }
  const auto unknown = site.post("/forms/newsletter", form("&lang=en&version=sha256:0000"));
  CHECK(unknown.status == 422);
  CHECK(has(unknown.body, "Please reload the page"));
}

TEST_CASE("names given twice, values that are no text, unknown names") {
  Site site;
  const auto code = [&](const std::string& body) {
    const auto answer = site.json("/forms/newsletter", body);
    const auto at = answer.body.find("\"code\":\"");
    return std::to_string(answer.status) +
           (at == std::string::npos
                ? ""
                : answer.body.substr(at + 8, answer.body.find('"', at + 8) - at - 8));
  };
  CHECK(code(R"({"email":["a@example.org","b@example.org"],"consent":"newsletter"})") ==
        "422given_twice");
  CHECK(code(R"({"email":"a@example.org","first_name":["a","b"],"consent":"newsletter"})") ==
        "422given_twice");
  CHECK(code(R"({"email":"a@example.org","first_name":{"a":1},"consent":"newsletter"})") ==
        "422not_text");
  CHECK(code(R"({"email":"a@example.org","consent":[{"id":"newsletter"}]})") == "422not_text");
  CHECK(
      code(R"({"email":"a@example.org","consent":["phone","newsletter"],"x":{},"y":["a","b"]})") ==
      "202");
  CHECK(site.post("/forms/newsletter", form("&utm=a&utm=b")).status == 303);
  CHECK(site.post("/forms/newsletter", form("&email=b%40example.org")).status == 422);
}

TEST_CASE("broken bodies") {
  Site site;
  CHECK(site.post("/forms/newsletter", "email=%zz").status == 400);
  CHECK(site.ask("POST", "/forms/newsletter", {{"content-type", "text/plain"}}, "x").status == 415);
  CHECK(site.ask("POST", "/forms/newsletter", {}, "x").status == 415);
  const auto broken = site.json("/forms/newsletter", "{");
  CHECK(broken.status == 400);
  CHECK(broken.content_type == "application/problem+json");
}

TEST_CASE("Origin: the form's own sites and ours, nobody else") {
  Site site;
  const auto post = [&](const std::string& origin) {
    return site.post("/forms/newsletter", form(), {{"origin", origin}});
  };
  const auto allowed = post("https://www.sommer.example");
  CHECK(allowed.status == 303);
  CHECK(allowed.header("Access-Control-Allow-Origin") == "https://www.sommer.example");
  CHECK(has(std::string(allowed.header("Vary")), "Origin"));
  CHECK(post("https://optin.sommer.example").status == 303);
  for (const char* foreign :
       {"https://evil.example", "http://www.sommer.example", "null", "",
        "https://sommer.example.evil.example", "https://sommer.example:444"}) {
    CAPTURE(foreign);
    const auto answer = post(foreign);
    CHECK(answer.status == 403);
    CHECK(answer.header("Access-Control-Allow-Origin").empty());
  }
}

TEST_CASE("CORS preflight") {
  Site site;
  const auto ask = [&](const std::string& origin) {
    return site.ask("OPTIONS", "/forms/newsletter",
                    {{"origin", origin},
                     {"access-control-request-method", "POST"},
                     {"access-control-request-headers", "content-type"}});
  };
  const auto allowed = ask("https://sommer.example");
  CHECK(allowed.status == 204);
  CHECK(allowed.header("Access-Control-Allow-Origin") == "https://sommer.example");
  CHECK(has(std::string(allowed.header("Access-Control-Allow-Methods")), "POST"));
  CHECK(has(std::string(allowed.header("Access-Control-Allow-Headers")), "Content-Type"));
  CHECK(ask("https://evil.example").status == 403);
  CHECK(site.ask("OPTIONS", "/forms/newsletter").header("Allow") == "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("per_client: 429 with Retry-After, by form and client network behind the proxy") {
  Site site;
  site.peer = "127.0.0.1";
  const auto post = [&](const std::string& client) {
    return site.post("/forms/newsletter", "email=nobody", {{"x-forwarded-for", client}});
  };
  for (int i = 0; i < 20; ++i) CHECK(post("2001:db8::" + std::to_string(i)).status == 422);
  const auto over = post("2001:db8::ffff");
  CHECK(over.status == 429);
  CHECK(over.header("Retry-After") == "3600");
  CHECK(post("1.2.3.4, 2001:db8::1").status == 429);  // what it writes in front does not help
  CHECK(post("2001:db8:0:1::1").status == 422);
  site.world.clock.advance(std::chrono::hours(1));
  CHECK(post("2001:db8::1").status == 422);
}

TEST_CASE("the confirmation page changes nothing; the press confirms once") {
  Site site;
  const std::string token = site.signed_up();
  const std::string path = "/confirm/" + token;
  for (const char* method : {"GET", "HEAD", "OPTIONS"}) {
    CHECK(site.ask(method, path).status < 300);
    CHECK(site.status() == ConsentStatus::kPending);
  }
  CHECK(site.count_events("link_opened") == 1);  // by GET only
  CHECK(site.get(path, {{"sec-purpose", "prefetch;prerender"}}).status == 200);
  CHECK(site.get(path, {{"x-moz", "prefetch"}}).status == 200);
  CHECK(site.count_events("link_opened") == 1);

  const auto page = site.get(path);
  CHECK(has(page.body, "action=\"" + path + "\""));
  CHECK_FALSE(has(page.body, kAnna));
  CHECK(page.header("Cache-Control") == "no-store");
  CHECK(page.header("Referrer-Policy") == "no-referrer");
  CHECK(page.header("X-Robots-Tag") == "noindex");
  const std::string csp(page.header("Content-Security-Policy"));
  CHECK(has(csp, "default-src 'none'"));
  CHECK(has(csp, "form-action 'self' https://sommer.example;"));
  CHECK(has(csp, "frame-ancestors 'none'"));

  for (const char* body :
       {"", "decision=", "decision=yes", "decision=confirm&decision=confirm",
        "decision=confirm&choose=1", "decision=confirm&choose=1&purpose=other"}) {
    CAPTURE(body);
    CHECK(site.post(path, body).status == 422);
    CHECK(site.status() == ConsentStatus::kPending);
  }
  CHECK(site.ask("POST", path).status == 422);
  CHECK(site.ask("POST", path, {{"content-type", "text/plain"}}, "decision=confirm").status == 415);

  const auto first = site.post(path, "decision=confirm");
  CHECK(first.status == 303);
  CHECK(first.header("Location") == "https://sommer.example/willkommen");
  CHECK(first.header("Set-Cookie").empty());
  CHECK(site.status() == ConsentStatus::kConfirmed);
  CHECK(bytes(site.post(path, "decision=confirm")) == bytes(first));
  CHECK(site.count_events("consent_confirmed") == 1);
  const auto shown = site.get(path);
  CHECK(shown.status == 200);
  CHECK_FALSE(has(shown.body, "<form"));
}

TEST_CASE("choose reduces what was asked") {
  Site site;
  FormPost post = site.world.post(kAnna);
  post.consents = {"newsletter", "phone"};
  site.world.accept(post);
  site.world.deliver();
  const std::string path = "/confirm/" + site.world.confirm_token(kAnna);
  CHECK(has(site.get(path).body, "name=\"choose\" value=\"1\""));
  CHECK(site.post(path, "decision=confirm&choose=1&purpose=phone").status == 303);
  CHECK(site.world.round(kAnna, "phone")->status == ConsentStatus::kConfirmed);
  const auto left = site.world.round(kAnna, "newsletter");
  CHECK((!left || left->status != ConsentStatus::kConfirmed));
}

TEST_CASE("that was not me") {
  Site site;
  const std::string path = "/confirm/" + site.signed_up();
  const auto denied = site.post(path, "decision=deny");
  CHECK(denied.status == 200);
  CHECK_FALSE(site.world.contact(kAnna));
  CHECK(site.post(path, "decision=deny").status == 404);
  CHECK(site.get(path).status == 404);
}

TEST_CASE("expired and superseded links are 410, whatever else is 404 with the same bytes") {
  Site site;
  const std::string token = site.signed_up();
  std::string mutated = token;
  mutated.back() = mutated.back() == 'A' ? 'B' : 'A';
  const std::string expected = bytes(site.get("/confirm/x"));
  CHECK(expected.starts_with("404 text/html"));
  for (const std::string& path :
       {"/confirm/" + mutated, "/confirm/" + token + "A", "/confirm/" + token.substr(1),
        "/revoke/" + token, "/confirm/%41" + token.substr(1), std::string("/confirm/"),
        "/confirm/" + token + "/", "/Confirm/" + token, std::string("/"), std::string("/admin"),
        std::string("/metrics"), std::string("/api/v1/contacts"), std::string("/forms/unknown"),
        std::string("/forms/unknown/sent")}) {
    CAPTURE(path);
    CHECK(bytes(site.get(path)) == expected);
  }
  CHECK(bytes(site.post("/confirm/" + mutated, "decision=confirm")) == expected);
  CHECK(bytes(site.post("/revoke/" + mutated, "")) == expected);

  site.world.clock.advance(std::chrono::hours(24) * 2);
  const std::string newer = site.signed_up();
  CHECK(site.get("/confirm/" + token).status == 410);
  CHECK(site.post("/confirm/" + token, "decision=confirm").status == 410);
  CHECK(site.get("/confirm/" + newer).status == 200);
  site.world.clock.advance(std::chrono::hours(24) * 8);
  CHECK(site.get("/confirm/" + newer).status == 410);
  CHECK(site.status() == ConsentStatus::kPending);
}

TEST_CASE("click: the link itself confirms, but not for machines") {
  Site site(replace_all(golden(), "confirm   = \"button\"", "confirm   = \"click\""));
  const std::string path = "/confirm/" + site.signed_up();
  const std::string browser = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";
  CHECK(site.ask("HEAD", path, {{"user-agent", browser}}).status == 200);
  CHECK(site.get(path, {{"user-agent", browser}, {"purpose", "prefetch"}}).status == 200);
  const auto scanned = site.get(path, {{"user-agent", "Mozilla/5.0 (compatible; Barracuda)"}});
  CHECK(scanned.status == 200);
  CHECK(has(scanned.body, "decision"));
  CHECK(site.status() == ConsentStatus::kPending);
  const auto clicked = site.get(path, {{"user-agent", browser}});
  CHECK(clicked.status == 303);
  CHECK(site.world.round(kAnna)->status == ConsentStatus::kConfirmed);
  CHECK(site.world.round(kAnna)->grade == Grade::kClick);
  CHECK(bytes(site.get(path, {{"user-agent", browser}})) == bytes(clicked));
}

TEST_CASE("revocation by the page and by one click") {
  struct Case {
    const char *type, *body;
    RevokedBy by;
  };
  const Case cases[] = {
      {kUrlencoded, "decision=revoke", RevokedBy::kLink},
      {kUrlencoded, "List-Unsubscribe=One-Click", RevokedBy::kOneClick},
      {"multipart/form-data; boundary=x",
       "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n"
       "--x--\r\n",
       RevokedBy::kOneClick},
      {kUrlencoded, "List-Unsubscribe=%zz", RevokedBy::kLink},
      {"text/plain", "List-Unsubscribe=One-Click", RevokedBy::kLink},
      {"", "", RevokedBy::kLink},
  };
  for (const Case& one : cases) {
    CAPTURE(one.type, one.body);
    Site site;
    site.world.confirm(site.signed_up());
    const std::string path = "/revoke/" + site.world.revoke_token(kAnna);
    const auto page = site.get(path);
    CHECK(page.status == 200);
    CHECK(has(page.body, "action=\"" + path + "\""));
    CHECK(site.ask("HEAD", path).status == 200);
    CHECK(site.status() == ConsentStatus::kConfirmed);
    HttpHeaders headers = {{"origin", "https://mailer.example"}};  // token routes ask for no Origin
    if (*one.type) headers.emplace_back("content-type", one.type);
    const auto answer = site.ask("POST", path, headers, one.body);
    CHECK(answer.status == 200);
    CHECK(answer.header("Location").empty());
    CHECK(answer.header("Set-Cookie").empty());
    REQUIRE(site.status() == ConsentStatus::kRevoked);
    CHECK(site.world.round(kAnna)->revoked_by == one.by);
    CHECK(site.ask("POST", path, headers, one.body).status == 200);
    CHECK(site.count_events("consent_revoked") == 1);
    site.world.check_invariants();
  }
}

TEST_CASE("a revocation of what is only pending is a denial, and leaves no list to be on") {
  Site site;
  site.signed_up();
  const std::string path = "/revoke/" + site.world.revoke_token(kAnna);
  CHECK(site.post(path, "").status == 200);
  CHECK_FALSE(site.world.contact(kAnna));
  CHECK(site.get(path).status == 200);
  CHECK(site.post(path, "").status == 200);
}

TEST_CASE("methods, health, metrics") {
  Site site;
  const auto wrong = site.ask("DELETE", "/forms/newsletter");
  CHECK(wrong.status == 405);
  CHECK(wrong.header("Allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(site.ask("POST", "/healthz").status == 405);
  CHECK(site.ask("TRACE", "/confirm/x").status == 405);
  CHECK(site.ask("OPTIONS", "/revoke/x").status == 204);
  CHECK(site.get("/healthz").status == 200);
  CHECK(site.get("/readyz").status == 200);
  site.ready = false;
  CHECK(site.get("/readyz").status == 503);
  CHECK(site.get("/healthz").status == 200);

  site.post("/forms/newsletter", "email=nobody");
  site.get("/confirm/secret-token");
  const HttpHandler admin = admin_routes(site.world.context(), [] { return true; });
  HttpRequest request;
  request.method = "GET";
  request.path = "/metrics";
  const auto metrics = admin(request);
  CHECK(metrics.content_type.starts_with("text/plain; version=0.0.4"));
  CHECK(
      has(metrics.body, R"(jawort_http_requests_total{route="/confirm/{token}",status="4xx"} 2)"));
  CHECK(has(metrics.body, R"(jawort_form_posts_total{outcome="invalid"} 1)"));
  CHECK_FALSE(has(metrics.body, "secret-token"));
  request.path = "/forms/newsletter";
  CHECK(admin(request).status == 404);
}

// A store after its first storage error.
class FailedStore final : public Store {
 public:
  Status write(const std::function<Status(Tables&)>&) override { return storage_error("EIO"); }
  Status write_if_room(const std::function<Status(Tables&)>& work) override { return write(work); }
  Status read(const std::function<Status(const Tables&)>&) const override {
    return storage_error("EIO");
  }
  Result<bool> empty_log(milliseconds) override { return storage_error("EIO"); }
  DiskSpace space() const override { return DiskSpace::kEnough; }
  bool healthy() const override { return false; }
  Result<std::int64_t> highest_id() const override { return storage_error("EIO"); }
  int schema_version() const override { return 1; }
};

TEST_CASE("nothing is acknowledged that was not stored: 503 with Retry-After") {
  Site site;
  const std::string token = site.signed_up();
  FailedStore failed;
  const Context& whole = site.world.context();
  const Context context{whole.clock,    whole.random,      whole.ids,        failed,
                        whole.keys,     whole.tokens,      whole.templates,  whole.zone,
                        whole.settings, whole.definitions, whole.log,        whole.metrics,
                        whole.shield,   whole.ledger,      whole.mail_queued};
  site.handler = public_routes(context, {}, [] { return true; });
  for (const HttpResponse& answer :
       {site.post("/forms/newsletter", form()),
        site.json("/forms/newsletter", R"({"email":"anna@example.org","consent":"newsletter"})"),
        site.get("/confirm/" + token), site.post("/confirm/" + token, "decision=confirm"),
        site.post("/confirm/" + token, "decision=deny"),
        site.post("/revoke/" + site.world.revoke_token(kAnna), "")}) {
    CHECK(answer.status == 503);
    CHECK(answer.header("Retry-After") == "30");
    CHECK_FALSE(has(answer.body, "EIO"));
  }
  CHECK(site.get("/healthz").status == 503);
  CHECK(site.get("/readyz").status == 503);
  CHECK(site.get("/forms/newsletter").status == 200);
}

TEST_CASE("the snippet to paste carries version, page and the exact wording, escaped") {
  Site site;
  const auto snippet =
      site.get("/forms/newsletter/embed?lang=en&page=https%3A%2F%2Fa.example%2F%22");
  CHECK(snippet.status == 200);
  CHECK(snippet.content_type == "text/plain; charset=utf-8");
  CHECK(has(snippet.body, "action=\"https://optin.sommer.example/forms/newsletter\""));
  CHECK(has(snippet.body, "name=\"version\" value=\"" + site.version() + "\""));
  CHECK(has(snippet.body, "name=\"page\" value=\"https://a.example/&quot;\""));
  CHECK(has(snippet.body, "Yes, I would like to receive the newsletter"));
  CHECK(has(snippet.body, "name=\"consent\" value=\"newsletter\" required>"));
  CHECK_FALSE(has(snippet.body, "checked"));
}

}  // namespace
}  // namespace jawort
