#include "engine/mail/signing_transport.h"

#include <utility>

namespace jawort {
namespace {

class SigningTransport final : public MailTransport {
 public:
  SigningTransport(const DkimSigner& signer, std::unique_ptr<MailTransport> inner)
      : signer_(signer), selectors_(signer.selectors()), inner_(std::move(inner)) {}

  Delivery send(const Envelope& envelope, std::string_view message,
                const LastBytesGate& gate) override {
    std::string whole = dkim_signatures(signer_, message);
    whole += message;
    Delivery delivery = inner_->send(envelope, whole, gate);
    delivery.dkim = selectors_;
    return delivery;
  }

 private:
  const DkimSigner& signer_;
  const std::string selectors_;
  const std::unique_ptr<MailTransport> inner_;
};

}  // namespace

std::unique_ptr<MailTransport> make_signing_transport(const DkimSigner& signer,
                                                      std::unique_ptr<MailTransport> inner) {
  if (signer.keys.empty()) return inner;
  return std::make_unique<SigningTransport>(signer, std::move(inner));
}

}  // namespace jawort
