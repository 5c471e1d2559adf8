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
  CHECK_FALSE(read_dmarc({"v=DMARC1; p=none; adkim=r"}).strict_dkim);
  CHECK(read_dmarc({"v=DMARC1; p=none; adkim = S"}).strict_dkim);
}

TEST_CASE("DKIM: one record with a key") {
  const DkimRecord plain = read_dkim({"v=DKIM1; k=ed25519; p=MIIB IjAN\tBg=="});
  CHECK(plain.key_type == "ed25519");
  CHECK(plain.key == "MIIBIjANBg==");
  CHECK(plain.problem.empty());
  CHECK_FALSE(plain.testing);
  const DkimRecord least = read_dkim({"p=QQ=="});
  CHECK(least.key_type == "rsa");
  CHECK(least.key == "QQ==");
  CHECK(least.problem.empty());
  CHECK(read_dkim({"v=DKIM1; p="}).problem.empty());
  CHECK(read_dkim({"v=DKIM1; p="}).key.empty());
  CHECK(read_dkim({"v=DKIM1; t=s:y; p=QQ=="}).testing);
  CHECK_FALSE(read_dkim({"v=DKIM1; t=s; p=QQ=="}).testing);
  CHECK(read_dkim({"v=DKIM1; h=sha1 : sha256; s=tlsrpt:email; p=QQ=="}).problem.empty());
  CHECK(read_dkim({"v=DKIM1; h=sha1; p=QQ=="}).problem == "h= excludes sha256");
  CHECK(read_dkim({"v=DKIM1; s=tlsrpt; p=QQ=="}).problem == "s= excludes email");
  CHECK(read_dkim({"v=DKIM2; p=QQ=="}).problem == "v= is not DKIM1");
  CHECK(read_dkim({"p=QQ==; v=DKIM1"}).problem == "v= is not DKIM1");
  CHECK(read_dkim({"v=DKIM1; k=rsa"}).problem == "p= is missing");
  CHECK(read_dkim({"v=spf1 -all"}).problem == "p= is missing");
  CHECK(read_dkim({"p=QQ==", "p=QQ=="}).records == 2);
  CHECK(read_dkim({}).records == 0);
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
