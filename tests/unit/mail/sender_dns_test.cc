#include "engine/mail/sender_dns.h"

#include "tests/support/catch.h"

namespace jawort {
namespace {

TEST_CASE("SPF: terms as RFC 7208 spells them") {
  for (const char* const right :
       {"v=spf1", "V=SPF1 -ALL", "v=spf1 +mx a:mail.example.org/24 a//64 -all",
        "v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 ~all", "v=spf1 exists:%{i}._spf.example.org ?all",
        "v=spf1 redirect=_spf.example.org", "v=spf1 mx exp=why.example.org x-new=1 -all",
        "v=spf1  include:a.example   -all "}) {
    CAPTURE(right);
    const Spf spf = read_spf({"something=else", right});
    CHECK(spf.records == 1);
    CHECK(spf.problem.empty());
  }
  for (const char* const term : {"ip4:192.0.2.1/33", "ip4:2001:db8::1", "ip6:192.0.2.1", "include:",
                                 "include:nodot", "all:x", "exists", "mail", "redirect=", "=x"}) {
    CAPTURE(term);
    CHECK(read_spf({"v=spf1 mx " + std::string(term) + " -all"}).problem == term);
  }
}

TEST_CASE("SPF: what a record says") {
  const Spf spf = read_spf({"v=spf1 a mx include:a.example include:b.example -all"});
  CHECK(spf.includes == std::vector<std::string>{"a.example", "b.example"});
  CHECK(spf.lookups == 4);
  CHECK(spf.names_anybody);
  CHECK_FALSE(spf.anybody_may);
  CHECK_FALSE(read_spf({"v=spf1 -all"}).names_anybody);
  CHECK(read_spf({"v=spf1 all"}).anybody_may);
  CHECK(read_spf({"v=spf1 +all"}).anybody_may);
  CHECK_FALSE(read_spf({"v=spf1 ~all"}).anybody_may);
  CHECK(read_spf({"v=spf1 a", "v=spf1 mx"}).records == 2);
  CHECK(read_spf({"v=spf10 a", "spf1"}).records == 0);
}

TEST_CASE("DMARC: one record with a policy") {
  const Dmarc plain = read_dmarc({"v=spf1 a", "v=DMARC1; p=Reject"});
  CHECK(plain.policy == "reject");
  CHECK(plain.subdomain_policy == "reject");
  CHECK(plain.problem.empty());
  const Dmarc spaced = read_dmarc({"v = DMARC1 ;p = none ; sp=quarantine; rua=mailto:a@b.example"});
  CHECK(spaced.policy == "none");
  CHECK(spaced.subdomain_policy == "quarantine");
  CHECK(read_dmarc({"v=DMARC2; p=none", "p=none; v=DMARC1"}).records == 0);
  CHECK(read_dmarc({"v=DMARC1; p=none", "v=DMARC1; p=none"}).records == 2);
  CHECK_FALSE(read_dmarc({"v=DMARC1; rua=mailto:a@b.example"}).problem.empty());
  CHECK_FALSE(read_dmarc({"v=DMARC1; p=none; sp=never"}).problem.empty());
}

TEST_CASE("DMARC: looked for at the domain and above it") {
  CHECK(dmarc_names("news.shop.example.org") ==
        std::vector<std::string>{"_dmarc.news.shop.example.org", "_dmarc.shop.example.org",
                                 "_dmarc.example.org"});
  CHECK(dmarc_names("localhost").empty());
  CHECK(dmarc_names("a.b.c.d.e.f.g.h.i.j.k.org").size() == 8);
}

}  // namespace
}  // namespace jawort
