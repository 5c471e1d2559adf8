#include "webhooks/incoming/client_address.h"

#include "tests/support/catch.h"

namespace jawort {
namespace {

std::vector<IpNetwork> networks(std::initializer_list<const char*> texts) {
  std::vector<IpNetwork> list;
  for (const char* text : texts) {
    const auto network = parse_network(text);
    REQUIRE(network);
    list.push_back(*network);
  }
  return list;
}

TEST_CASE("addresses are read in one spelling each way") {
  const auto text = [](const char* from) {
    const auto address = parse_ip(from);
    return address ? address->text() : "none";
  };
  CHECK(text("203.0.113.7") == "203.0.113.7");
  CHECK(text("::ffff:203.0.113.7") == "203.0.113.7");
  CHECK(text("2001:DB8:0:0:0:0:0:1") == "2001:db8::1");
  CHECK(text("fe80::1%eth0") == "fe80::1");
  for (const char* garbage :
       {"", " ", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0x7f.0.0.1", "1.2.3.4 ",
        " 1.2.3.4", "1.2.3.4%eth0", "2130706433", "::1%", ":::", "1::2::3", "[::1]", "localhost",
        "12345::1", "fe80::1%eth0\n", "2001:db8::g"}) {
    CAPTURE(garbage);
    if (std::string_view(garbage) == "fe80::1%eth0\n") {
      CHECK(text(garbage) == "fe80::1");  // the zone is dropped, whatever it is
    } else {
      CHECK(text(garbage) == "none");
    }
  }
}

TEST_CASE("networks contain what their prefix says") {
  const auto contains = [](const char* network, const char* address) {
    return parse_network(network)->contains(*parse_ip(address));
  };
  CHECK(contains("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  CHECK(contains("10.0.0.0/8", "::ffff:10.1.1.1"));
  CHECK(contains("192.0.2.128/25", "192.0.2.200"));
  CHECK_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  CHECK(contains("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(contains("192.0.2.1", "192.0.2.2"));
  CHECK(contains("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK_FALSE(contains("2001:db8::/32", "2001:db9::1"));
  CHECK(contains("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(contains("0.0.0.0/0", "203.0.113.7"));
  CHECK_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  CHECK(contains("::ffff:10.0.0.0/104", "10.9.9.9"));
}

TEST_CASE("networks that are none") {
  for (const char* garbage : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8",
                              "10.0.0.0/ 8", "10.0.0.1/8", "10.0.0.0/08x", "2001:db8::/129",
                              "2001:db8::1/64", "example.org", "10.0.0.0/0x8", "10.0.0.0/1000"}) {
    CAPTURE(garbage);
    CHECK_FALSE(parse_network(garbage));
  }
}

TEST_CASE("the client behind trusted proxies, and nobody it pretends to be") {
  const auto trusted = networks({"127.0.0.1", "10.0.0.0/8", "2001:db8:aaaa::/48"});
  struct Case {
    const char *peer, *forwarded_for, *client;
  };
  const Case cases[] = {
      // Straight from the net: the header is the client's own invention.
      {"203.0.113.7", "", "203.0.113.7"},
      {"203.0.113.7", "198.51.100.1", "203.0.113.7"},
      {"203.0.113.7", "127.0.0.1", "203.0.113.7"},
      {"2001:db8::1", "127.0.0.1, 10.0.0.1", "2001:db8::1"},
      // Through one proxy.
      {"127.0.0.1", "203.0.113.7", "203.0.113.7"},
      {"127.0.0.1", " 203.0.113.7 ", "203.0.113.7"},
      {"127.0.0.1", "", "127.0.0.1"},
      {"::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7"},
      {"2001:db8:aaaa::5", "203.0.113.7", "203.0.113.7"},
      // Spoof attempts: what stands left of the first untrusted hop does not count.
      {"127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"},
      {"127.0.0.1", "10.0.0.1, 203.0.113.7", "203.0.113.7"},
      {"127.0.0.1", "127.0.0.1, 127.0.0.1, 203.0.113.7", "203.0.113.7"},
      {"127.0.0.1", "198.51.100.1,203.0.113.7,10.1.1.1", "203.0.113.7"},
      // Through several trusted ones.
      {"127.0.0.1", "203.0.113.7, 10.0.0.2, 10.0.0.1", "203.0.113.7"},
      {"127.0.0.1", "10.0.0.2, 10.0.0.1", "10.0.0.2"},  // a client inside
      // Ports, brackets, quotes, zones.
      {"127.0.0.1", "203.0.113.7:4711", "203.0.113.7"},
      {"127.0.0.1", "[2001:db8::9]:4711", "2001:db8::9"},
      {"127.0.0.1", "[2001:db8::9]", "2001:db8::9"},
      {"127.0.0.1", "2001:db8::9", "2001:db8::9"},
      {"127.0.0.1", "\"[2001:db8::9]:1\"", "2001:db8::9"},
      {"127.0.0.1", "fe80::9%eth1", "fe80::9"},
      // Garbage ends the reading at the last hop that is known.
      {"127.0.0.1", "unknown", "127.0.0.1"},
      {"127.0.0.1", "203.0.113.7, unknown", "127.0.0.1"},
      {"127.0.0.1", "203.0.113.7, unknown, 10.0.0.1", "10.0.0.1"},
      {"127.0.0.1", "203.0.113.7,", "127.0.0.1"},
      {"127.0.0.1", ",203.0.113.7", "203.0.113.7"},
      {"127.0.0.1", "203.0.113.7:port", "127.0.0.1"},
      {"127.0.0.1", "203.0.113.7:", "127.0.0.1"},
      {"127.0.0.1", "[203.0.113.7]", "127.0.0.1"},
      {"127.0.0.1", "[2001:db8::9", "127.0.0.1"},
      {"127.0.0.1", "[2001:db8::9]x", "127.0.0.1"},
      {"127.0.0.1", "_hidden", "127.0.0.1"},
      {"127.0.0.1", "203.0.113.7 198.51.100.1", "127.0.0.1"},
      {"127.0.0.1", "203.0.113.007", "127.0.0.1"},
      // A proxy that writes nothing, or that we cannot read, is the last one that is known.
      {"127.0.0.1", "203.0.113.7, , 10.0.0.1", "10.0.0.1"},
      {"127.0.0.1", ",,,", "127.0.0.1"},
      {"127.0.0.1", "203.0.113.7;proto=http", "127.0.0.1"},
      {"127.0.0.1", "for=203.0.113.7", "127.0.0.1"},
      {"127.0.0.1", "203.0.113.7:99999999", "127.0.0.1"},
      {"127.0.0.1", "2001:db8::9:443:", "127.0.0.1"},
      {"127.0.0.1", "[fe80::9%eth1]:1", "fe80::9"},
      {"127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"},
      {"127.0.0.1", "[::ffff:203.0.113.7]:1", "127.0.0.1"},
      {"127.0.0.1", "\xff\xfe", "127.0.0.1"},
      {"fe80::1%lo", "203.0.113.7", "fe80::1"},
      {"", "203.0.113.7", ""},
      {"nonsense", "203.0.113.7", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.peer, one.forwarded_for);
    CHECK(client_address(one.peer, one.forwarded_for, trusted) == one.client);
  }
  CHECK(client_address("127.0.0.1", "203.0.113.7", {}) == "127.0.0.1");
}

TEST_CASE("a very long list is read from its right end") {
  const auto trusted = networks({"127.0.0.1", "10.0.0.0/8"});
  std::string spoofed, proxies;
  for (int i = 0; i < 1000; ++i) {
    spoofed += "198.51.100.1, ";
    proxies += ", 10.0.0.1";
  }
  CHECK(client_address("127.0.0.1", spoofed + "203.0.113.7", trusted) == "203.0.113.7");
  CHECK(client_address("127.0.0.1", spoofed + "203.0.113.7" + proxies, trusted) == "203.0.113.7");
  CHECK(client_address("127.0.0.1", "10.0.0.9" + proxies, trusted) == "10.0.0.9");
  CHECK(client_address("127.0.0.1", std::string(16000, ','), trusted) == "127.0.0.1");
  CHECK(client_address("127.0.0.1", std::string(16000, '1'), trusted) == "127.0.0.1");
}

TEST_CASE("limits count by address or by /64") {
  CHECK(client_network("203.0.113.7") == "203.0.113.7");
  CHECK(client_network("::ffff:203.0.113.7") == "203.0.113.7");
  CHECK(client_network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(client_network("2001:db8:1:2::ffff") == client_network("2001:db8:1:2:8000::"));
  CHECK(client_network("2001:db8:1:3::1") != client_network("2001:db8:1:2::1"));
  CHECK(client_network("").empty());
}

}  // namespace
}  // namespace jawort
