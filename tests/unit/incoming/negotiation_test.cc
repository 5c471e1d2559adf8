#include "webhooks/incoming/negotiation.h"

#include "tests/support/catch.h"
#include "webhooks/incoming/http.h"
#include "webhooks/incoming/origin.h"

namespace jawort {
namespace {

TEST_CASE("the most specific range decides") {
  CHECK(accept_quality("", "text/html") == 1000);
  CHECK(accept_quality("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "text/html") == 700);
  CHECK(accept_quality("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "text/plain") == 300);
  CHECK(accept_quality("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "application/json") == 500);
  CHECK(accept_quality("text/html", "application/json") == 0);
  CHECK(accept_quality("TEXT/HTML;Q=0.25", "text/html") == 250);
  CHECK(accept_quality("application/json;q=0", "application/json") == 0);
  CHECK(accept_quality("application/json;q=2", "application/json") == 1000);  // broken: no range
  CHECK(accept_quality("text/html, application/json;q=0.1234", "application/json") == 0);
}

TEST_CASE("JSON or HTML") {
  struct Case {
    const char* accept;
    bool body_is_json, json;
  };
  const Case cases[] = {
      {"", false, false},
      {"", true, true},
      {"*/*", false, false},
      {"*/*", true, true},
      {"application/json", false, true},
      {"application/json", true, true},
      {"text/html", true, false},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false, false},
      {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true, false},
      {"application/json, text/plain, */*", false, true},
      {"application/json;q=0.9, */*", false, false},
      {"text/html, */*", true, false},
      {"application/*", false, true},
      {"application/json, text/plain, */*", true, true},
      {"application/json, text/html;q=0.9", false, true},
      {"application/json;q=0.5, text/html;q=0.9", true, false},
      {"application/problem+json", false, true},
      {"image/png", false, false},
      {"image/png", true, true},
  };
  for (const Case& one : cases) {
    CAPTURE(one.accept, one.body_is_json);
    CHECK(answers_json(one.accept, one.body_is_json) == one.json);
  }
}

TEST_CASE("languages") {
  const std::vector<std::string> offered = {"de", "en"};
  CHECK(accepted_language("en", offered) == "en");
  CHECK(accepted_language("en-GB,en;q=0.9,de;q=0.8", offered) == "en");
  CHECK(accepted_language("de-AT", offered) == "de");
  CHECK(accepted_language("fr, de;q=0.2, en;q=0.4", offered) == "en");
  CHECK(accepted_language("fr;q=0.9, EN;q=0.1", offered) == "en");
  CHECK(accepted_language("de;q=0, en;q=0", offered).empty());
  CHECK(accepted_language("*", offered).empty());
  CHECK(accepted_language("den", offered).empty());
  CHECK(accepted_language("", offered).empty());
}

TEST_CASE("origins") {
  CHECK(origin_of("https://Sommer.Example/danke?x") == "https://sommer.example");
  CHECK(origin_of("HTTPS://sommer.example:443") == "https://sommer.example");
  CHECK(origin_of("http://127.0.0.1:8080/") == "http://127.0.0.1:8080");
  CHECK(origin_of("http://a:80") == "http://a");
  CHECK(origin_of("https://a:80") == "https://a:80");
  CHECK(origin_of("http://[::1]:8080/x") == "http://[::1]:8080");
  for (const char* none : {"", "null", "sommer.example", "//sommer.example", "ftp://a", "https://",
                           "https://a;b", "https://a b", "https://u@a", "https://a:", "https://a:x",
                           "https://a:123456", "javascript:alert(1)", "https://a'b", "https://*"}) {
    CAPTURE(none);
    CHECK(origin_of(none).empty());
  }
}

TEST_CASE("URLs fit for headers and for the record") {
  CHECK(path_prefix("https://a.example").empty());
  CHECK(path_prefix("https://a.example/optin/") == "/optin");
  CHECK(header_url("https://a/\u00e4 b\r\nX: y") == "https://a/%C3%A4%20b%0D%0AX:%20y");
  CHECK(header_url("https://a/b%20c?d=e&f#g") == "https://a/b%20c?d=e&f#g");
  CHECK(page_url("https://a.example/b?c#d") == "https://a.example/b?c");
  CHECK(page_url("https://user:secret@a.example/").empty());
  CHECK(page_url("javascript:alert(1)").empty());
  CHECK(page_url("https://a/\r\nb").empty());
  CHECK(page_url("https://a/ b").empty());
  CHECK(page_url("https://a/" + std::string(2048, 'x')).empty());
  CHECK(page_url("\xff").empty());
}

TEST_CASE("a response header cannot end its line") {
  HttpResponse response;
  response.set("X-A", "one\r\nSet-Cookie: x").set("x-a", "two\r\nX-B: y");
  REQUIRE(response.headers.size() == 1);
  CHECK(response.header("X-A") == "twoX-B: y");
}

}  // namespace
}  // namespace jawort
