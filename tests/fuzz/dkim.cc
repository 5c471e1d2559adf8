// A mail to be signed: our own are well-formed, but what is signed must not depend on that.
#include "engine/mail/dkim.h"

#include "tests/fuzz/target.h"
#include "tests/support/rfc_dkim_keys.h"

namespace jawort::fuzz {
namespace {

void dkim(std::string_view bytes) {
  const std::string body = relaxed_body(bytes);
  promise(relaxed_body(body) == body, "a relaxed body stays as it is");
  promise(body.empty() || (body.ends_with("\r\n") && !body.ends_with("\r\n\r\n")),
          "it ends with one line end");
  const std::string field = relaxed_field(bytes);
  promise(field.ends_with("\r\n") && field.find("\r\n") == field.size() - 2, "one line");
  promise(relaxed_field(field) == field, "a relaxed field stays as it is");
  static const DkimSigner signer{"shop.example",
                                 {{"s1", *DkimKey::from_pem(testing::kRfc8463Ed25519)}}};
  const std::string signature = dkim_signatures(signer, bytes);
  promise(signature == dkim_signatures(signer, bytes), "the same again");
  promise(signature.starts_with("DKIM-Signature: v=1; "), "one field");
  promise(signature.find("\r\n\r\n") == std::string::npos, "it ends no header");
}

const Registration kRegistration("dkim", dkim);

}  // namespace
}  // namespace jawort::fuzz
