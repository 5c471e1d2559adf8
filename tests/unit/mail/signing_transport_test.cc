#include "engine/mail/signing_transport.h"

#include "tests/support/catch.h"
#include "tests/support/fakes.h"
#include "tests/support/rfc_dkim_keys.h"
#include "tests/unit/mail/mail_shape.h"

namespace jawort {
namespace {

using testing::FakeTransport;

DkimSigner signer() {
  auto key = DkimKey::from_pem(testing::kRfc8463Ed25519);
  REQUIRE(key.ok());
  return {"shop.example", {{"s1", *key}, {"s2", *key}}};
}

std::unique_ptr<FakeTransport> relay() {
  return std::make_unique<FakeTransport>([](const testing::DeliveredMail&) { return true; });
}

TEST_CASE("a mail goes out with its signatures before it, each time the same") {
  const DkimSigner by = signer();
  auto inner = relay();
  FakeTransport& seen = *inner;
  const auto transport = make_signing_transport(by, std::move(inner));
  const std::string message = testing::built(testing::content());
  int asked = 0;
  for (int i = 0; i < 2; ++i) {
    const Delivery delivery = transport->send({"news@shop.example", "anna@person.example"}, message,
                                              [&] { return ++asked > 0; });
    CHECK(delivery.verdict == Verdict::kAccepted);
    CHECK(delivery.dkim == "s1 s2");
  }
  CHECK(asked == 2);
  REQUIRE(seen.delivered().size() == 2);
  CHECK(seen.delivered()[0].message == dkim_signatures(by, message) + message);
  CHECK(seen.delivered()[1].message == seen.delivered()[0].message);
  seen.answer(Verdict::kDeferred, 451, "later");
  CHECK(transport->send({"a@b.example", "c@d.example"}, message, [] { return true; }).dkim ==
        "s1 s2");
  CHECK(transport->send({"a@b.example", "c@d.example"}, message, [] { return false; }).verdict ==
        Verdict::kWithheld);
}

TEST_CASE("without a key nothing is put between") {
  auto inner = relay();
  const FakeTransport* const itself = inner.get();
  const DkimSigner nobody{"shop.example", {}};
  CHECK(make_signing_transport(nobody, std::move(inner)).get() == itself);
}

}  // namespace
}  // namespace jawort
