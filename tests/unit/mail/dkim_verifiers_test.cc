// Signed mails, as the verifiers of others see them (tests/support/dkim_verifiers.py).
#include <fstream>

#include "engine/base/random.h"
#include "engine/mail/dkim.h"
#include "tests/support/catch.h"
#include "tests/support/smtp/scripted_server.h"
#include "tests/unit/mail/naughty_mails.h"

namespace jawort {
namespace {

DkimKey new_key(DkimAlgorithm algorithm) {
  SystemRandom random;
  const auto pem = make_dkim_key(algorithm, random);
  REQUIRE(pem.ok());
  auto key = DkimKey::from_pem(pem->reveal_text());
  REQUIRE(key.ok());
  return *key;
}

// By one key, by the other, by both: as while keys are exchanged.
std::vector<DkimSigner> signers() {
  const DkimSigner::Named rsa{"rsa1", new_key(DkimAlgorithm::kRsaSha256)};
  const DkimSigner::Named next{"rsa2.mail", new_key(DkimAlgorithm::kRsaSha256)};
  const DkimSigner::Named ed{"ed1", new_key(DkimAlgorithm::kEd25519Sha256)};
  const std::string domain = "shop.example";
  return {{domain, {rsa}}, {domain, {rsa, ed}}, {domain, {rsa, next}}, {domain, {ed}}};
}

void write(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

void check_verify(int mails) {
  const testing::TemporaryFolder folder;
  const auto all = signers();
  std::string records, expected;
  for (const DkimSigner::Named& named : {all[2].keys[0], all[2].keys[1], all[3].keys[0]}) {
    records +=
        dkim_record_name(named.selector, "shop.example") + " " + dkim_record(named.key) + "\n";
  }
  write(folder.file("records"), records);
  std::mt19937 random(20261130);
  for (int i = 0; i < mails; ++i) {
    MailContent mail = testing::random_mail(random);
    if (random() % 2 == 0) mail.list_unsubscribe_mailto = "leave@shop.example?subject=leave";
    if (random() % 2 == 0) mail.reply_to = Mailbox{mail.to.name, "answers@shop.example"};
    const std::string message = testing::built(mail);
    const DkimSigner& signer = all[static_cast<std::size_t>(i) % all.size()];
    write(folder.file(std::to_string(i) + ".eml"), dkim_signatures(signer, message) + message);
    expected += signer.selectors() + "\n";
  }
  write(folder.file("expected"), expected);
  const auto script = testing::repository_root() / "tests/unit/mail/verify_dkim.py";
  testing::ChildProgram verifier({"/usr/bin/python3", "-B", script.string(), folder.path()});
  std::string verdict = verifier.read_line();
  while (verdict.starts_with("mail ")) {
    UNSCOPED_INFO(verdict);
    verdict = verifier.read_line();
  }
  CHECK(verdict == "verified " + std::to_string(mails));
}

TEST_CASE("three programs verify what we sign, and nothing that was changed") { check_verify(300); }

TEST_CASE("2,000 mails, verified by three programs", "[long]") { check_verify(2000); }

}  // namespace
}  // namespace jawort
