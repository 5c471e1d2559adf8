#include "engine/net/address_guard.h"

#include <curl/curl.h>

#include "engine/net/curl_handle.h"
#include "engine/net/guarded_sockets.h"
#include "tests/support/catch.h"
#include "tests/support/listening_port.h"
#include "tests/support/loopback_spellings.h"

namespace jawort {
namespace {

using testing::kLoopbackSpellings;
using testing::ListeningPort;

IpAddress ip(std::string_view text) { return parse_ip(text).value(); }

AddressGuard allowing(const std::vector<std::string>& networks) {
  return AddressGuard(parse_networks(networks));
}

struct Tried {
  CURLcode result = CURLE_OK;
  bool refused = false;
};

// `resolve`: what the name service says of names, as CURLOPT_RESOLVE takes it.
Tried try_to_reach(const std::string& url, const AddressGuard& guard,
                   const std::string& resolve = "") {
  const CurlHandle handle;
  CURL* const curl = handle.get();
  GuardedSockets sockets;
  sockets.guard = &guard;
  guard_sockets(curl, sockets);
  CurlList names;
  if (!resolve.empty()) {
    REQUIRE(names.append(resolve));
    curl_easy_setopt(curl, CURLOPT_RESOLVE, names.get());
  }
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 1000L);
  const CURLcode result = curl_easy_perform(curl);
  return {result, sockets.refused};
}

}  // namespace

TEST_CASE("what is not of the public internet is told from what is") {
  for (const char* const address : {"0.0.0.0",
                                    "0.1.2.3",
                                    "10.0.0.1",
                                    "10.255.255.255",
                                    "100.64.0.1",
                                    "100.127.255.255",
                                    "127.0.0.1",
                                    "127.255.255.255",
                                    "169.254.169.254",
                                    "172.16.0.1",
                                    "172.31.255.255",
                                    "192.0.0.8",
                                    "192.0.2.1",
                                    "192.88.99.1",
                                    "192.168.1.1",
                                    "198.18.0.1",
                                    "198.19.255.255",
                                    "198.51.100.1",
                                    "203.0.113.9",
                                    "224.0.0.1",
                                    "239.255.255.255",
                                    "240.0.0.1",
                                    "255.255.255.255",
                                    "::",
                                    "::1",
                                    "::7f00:1",
                                    "::8.8.8.8",
                                    "::ffff:10.0.0.1",
                                    "::ffff:169.254.169.254",
                                    "64:ff9b::10.0.0.1",
                                    "64:ff9b::192.168.0.1",
                                    "64:ff9b:1::8.8.8.8",
                                    "100::1",
                                    "2001::1",
                                    "2001:2::1",
                                    "2001:db8::1",
                                    "2002:0a00:0001::",
                                    "2002:808:808::1",
                                    "3fff::1",
                                    "5f00::1",
                                    "fc00::1",
                                    "fd12:3456::1",
                                    "fe80::1",
                                    "febf::1",
                                    "fec0::1",
                                    "ff02::1",
                                    "4000::1"}) {
    INFO(address);
    CHECK_FALSE(is_public(ip(address)));
  }
  for (const char* const address :
       {"1.1.1.1",         "8.8.8.8",         "9.255.255.255",   "11.0.0.1",
        "100.63.255.255",  "100.128.0.1",     "126.255.255.255", "128.0.0.1",
        "169.253.0.1",     "172.15.255.255",  "172.32.0.1",      "192.0.1.1",
        "192.167.255.255", "192.169.0.1",     "198.17.255.255",  "198.20.0.1",
        "203.0.112.1",     "223.255.255.255", "::ffff:8.8.8.8",  "64:ff9b::8.8.8.8",
        "2001:4860::8888", "2600::1",         "2a00:1450::1",    "2003::1",
        "3ffe::1"}) {
    INFO(address);
    CHECK(is_public(ip(address)));
  }
}

TEST_CASE("an operator lets networks through, and nothing beside them") {
  const AddressGuard guard = allowing({"10.1.0.0/16", "127.0.0.1", "fd00:1::/32"});
  for (const char* const in : {"10.1.0.1", "10.1.255.255", "127.0.0.1", "fd00:1::7", "8.8.8.8"}) {
    CHECK(guard.lets_through(ip(in)));
  }
  for (const char* const out : {"10.2.0.1", "10.0.255.255", "127.0.0.2", "fd00:2::7", "::1"}) {
    CHECK_FALSE(guard.lets_through(ip(out)));
  }
}

TEST_CASE("no spelling of this machine passes as a target") {
  const AddressGuard guard;
  for (const std::string_view host : kLoopbackSpellings) {
    for (const char* const rest : {"", "/", ":8443/hook", "?x", "#x"}) {
      const std::string url = "https://" + std::string(host) + rest;
      INFO(url);
      CHECK_FALSE(guard.target_problem(url).empty());
    }
  }
  for (const char* const url :
       {"https://user@127.0.0.1/", "https://example.org@127.0.0.1/",
        "https://127.0.0.1\\@example.org/", "https://example.org:443@127.0.0.1/", "https:///hook",
        "https://", "hook", "", "https://[::1", "https://[nonsense]/",
        "https://example.org%00.example/", "https://1.2.3.4.5/", "https://example.0x7f/",
        "https://256.1.1.1/", "https://exa mple.org/"}) {
    INFO(url);
    CHECK_FALSE(guard.target_problem(url).empty());
  }
}

TEST_CASE("targets in the internet pass, by https alone") {
  const AddressGuard guard;
  for (const char* const url :
       {"https://crm.example.org/hooks", "https://crm.example.org./hooks", "https://8.8.8.8/",
        "https://[2a00:1450::1]:8443/x", "https://0xabc.example/", "https://127.0.0.1.example/",
        "https://10-0-0-1.example.org:8443"}) {
    INFO(url);
    CHECK(guard.target_problem(url).empty());
  }
  CHECK(guard.target_problem("http://crm.example.org/") == "must be https");
  CHECK(guard.target_problem("ftp://crm.example.org/") == "must be https");
  CHECK_FALSE(guard.target_problem("http://127.0.0.1/").empty());
}

TEST_CASE("plain http goes to this machine alone, where that is let through") {
  const AddressGuard guard = allowing({"127.0.0.0/8", "10.0.0.0/8"});
  CHECK(guard.target_problem("http://127.0.0.1:8080/").empty());
  CHECK(guard.target_problem("http://localhost:8080/").empty());
  CHECK(guard.target_problem("https://10.1.2.3/").empty());
  CHECK(guard.target_problem("http://10.1.2.3/") == "must be https");
  CHECK_FALSE(guard.target_problem("https://[::1]/").empty());
}

TEST_CASE("no spelling of this machine is connected to") {
  ListeningPort port;
  const AddressGuard guard;
  for (const std::string_view host : kLoopbackSpellings) {
    const std::string url = "http://" + std::string(host) + ":" + std::to_string(port.port()) + "/";
    INFO(url);
    const Tried tried = try_to_reach(url, guard);
    CHECK(tried.result != CURLE_OK);
    CHECK(port.connections() == 0);
  }
  // The listener would have seen it.
  try_to_reach("http://127.0.0.1:" + std::to_string(port.port()) + "/", allowing({"127.0.0.1"}));
  CHECK(port.connections() == 1);
}

TEST_CASE("what counts is the address that a name leads to at the moment of connecting") {
  ListeningPort port;
  const std::string number = std::to_string(port.port());
  const std::string url = "http://hook.example:" + number + "/";
  const AddressGuard guard;
  for (const char* const address : {"127.0.0.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"}) {
    INFO(address);
    CHECK(guard.target_problem("https://hook.example/").empty());  // the name alone says nothing
    CHECK(try_to_reach(url, guard, "hook.example:" + number + ":" + address).refused);
    CHECK(port.connections() == 0);
  }
  // Several addresses of which one is private: that one is not tried.
  const AddressGuard some = allowing({"127.0.0.2"});
  try_to_reach(url, some, "hook.example:" + number + ":127.0.0.1,127.0.0.2");
  CHECK(port.connections() == 1);
}

}  // namespace jawort
