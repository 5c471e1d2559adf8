#include "engine/evidence/timestamp.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "engine/evidence/digest.h"

namespace jawort {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Req = std::unique_ptr<TS_REQ, Freed<TS_REQ_free>>;
using Resp = std::unique_ptr<TS_RESP, Freed<TS_RESP_free>>;
using Info = std::unique_ptr<TS_TST_INFO, Freed<TS_TST_INFO_free>>;
using Imprint = std::unique_ptr<TS_MSG_IMPRINT, Freed<TS_MSG_IMPRINT_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;
using Algorithm = std::unique_ptr<X509_ALGOR, Freed<X509_ALGOR_free>>;
using Message = std::unique_ptr<PKCS7, Freed<PKCS7_free>>;
using Certificates = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using Verification = std::unique_ptr<TS_VERIFY_CTX, Freed<TS_VERIFY_CTX_free>>;

constexpr std::size_t kNonceSize = 8;
constexpr std::size_t kMaxDer = std::size_t{1} << 20;

void require(bool done) {
  if (!done) std::abort();  // out of memory, or no SHA-256: neither passes
}

// What OpenSSL says last, and its queue left empty for others.
std::string reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* const text = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string out = text != nullptr ? text : "malformed";
  ERR_clear_error();
  return out;
}

template <typename T, typename Write>
Bytes to_der(const T* object, Write write) {
  const int size = write(object, nullptr);
  require(size > 0);
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  write(object, &out);
  return der;
}

Integer integer_of(ByteView bytes) {
  BIGNUM* const number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  require(number != nullptr);
  Integer out(BN_to_ASN1_INTEGER(number, nullptr));
  BN_free(number);
  require(out != nullptr);
  return out;
}

Result<Certificates> certificates(const std::string& ca_file) {
  Certificates store(X509_STORE_new());
  require(store != nullptr);
  const bool loaded = ca_file.empty()
                          ? X509_STORE_set_default_paths(store.get()) == 1
                          : X509_STORE_load_locations(store.get(), ca_file.c_str(), nullptr) == 1;
  if (!loaded) {
    ERR_clear_error();
    return configuration_error("no certificates of authorities can be read from " +
                               (ca_file.empty() ? std::string("the system") : ca_file));
  }
  return store;
}

std::optional<Instant> instant_of(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{parts.tm_year + 1900},
      std::chrono::month{static_cast<unsigned>(parts.tm_mon + 1)},
      std::chrono::day{static_cast<unsigned>(parts.tm_mday)}};
  return Instant{std::chrono::sys_days{date}} + std::chrono::hours{parts.tm_hour} +
         std::chrono::minutes{parts.tm_min} + std::chrono::seconds{parts.tm_sec};
}

// The subject of the one signer, if the token carries its certificate.
std::string signer_of(PKCS7* token) {
  STACK_OF(X509)* const signers = PKCS7_get0_signers(token, nullptr, 0);
  std::string name;
  if (signers != nullptr && sk_X509_num(signers) > 0) {
    char* const line =
        X509_NAME_oneline(X509_get_subject_name(sk_X509_value(signers, 0)), nullptr, 0);
    if (line != nullptr) name = line;
    OPENSSL_free(line);
  }
  sk_X509_free(signers);
  ERR_clear_error();
  return name;
}

struct OpenToken {
  Message message;
  Info info;
  Timestamp says;
};

Result<OpenToken> open_token(ByteView der) {
  OpenToken token;
  if (der.size() > kMaxDer) return invalid("this is no time stamp: it is too large");
  const unsigned char* at = der.data();
  token.message.reset(d2i_PKCS7(nullptr, &at, static_cast<long>(der.size())));
  const bool whole = token.message != nullptr && at == der.data() + der.size();
  if (whole && PKCS7_type_is_signed(token.message.get()) == 1) {
    token.info.reset(PKCS7_to_TS_TST_INFO(token.message.get()));
  }
  const auto time = token.info ? instant_of(TS_TST_INFO_get_time(token.info.get())) : std::nullopt;
  if (!time) return invalid("this is no time stamp: " + reason());
  token.says = {*time, signer_of(token.message.get())};
  return token;
}

bool is_for(const TS_TST_INFO* info, const Hash256& hash) {
  TS_MSG_IMPRINT* const imprint = TS_TST_INFO_get_msg_imprint(const_cast<TS_TST_INFO*>(info));
  const X509_ALGOR* const algorithm = TS_MSG_IMPRINT_get_algo(imprint);
  const ASN1_OCTET_STRING* const stamped = TS_MSG_IMPRINT_get_msg(imprint);
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  const ByteView bytes(ASN1_STRING_get0_data(stamped),
                       static_cast<std::size_t>(ASN1_STRING_length(stamped)));
  return OBJ_obj2nid(object) == NID_sha256 &&
         std::equal(bytes.begin(), bytes.end(), hash.begin(), hash.end());
}

// Takes the store over. What is compared besides the signature, `flags` say.
Verification verification(Certificates store, int flags) {
  Verification context(TS_VERIFY_CTX_new());
  require(context != nullptr);
  TS_VERIFY_CTX_set_flags(context.get(), flags);
  TS_VERIFY_CTX_set_store(context.get(), store.release());
  return context;
}

}  // namespace

TimestampRequest make_timestamp_request(std::string_view content, Random& random) {
  TimestampRequest out;
  out.hash = sha256(as_bytes(content));
  const Req request(TS_REQ_new());
  const Imprint imprint(TS_MSG_IMPRINT_new());
  const Algorithm algorithm(X509_ALGOR_new());
  require(request && imprint && algorithm);
  auto nonce_bytes = random.bytes<kNonceSize>();
  nonce_bytes[0] |= 0x40U;  // as long as it can be, and positive
  nonce_bytes[0] &= 0x7FU;
  const Integer nonce = integer_of(nonce_bytes);
  require(X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1);
  require(TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1);
  require(TS_MSG_IMPRINT_set_msg(imprint.get(), out.hash.data(),
                                 static_cast<int>(out.hash.size())) == 1);
  require(TS_REQ_set_version(request.get(), 1) == 1 &&
          TS_REQ_set_msg_imprint(request.get(), imprint.get()) == 1 &&
          TS_REQ_set_nonce(request.get(), nonce.get()) == 1 &&
          TS_REQ_set_cert_req(request.get(), 1) == 1);
  out.der = to_der(request.get(), i2d_TS_REQ);
  return out;
}

Status usable_certificates(const std::string& ca_file) {
  const auto store = certificates(ca_file);
  return store.ok() ? Status() : Status(store.error());
}

Result<Bytes> open_timestamp_response(ByteView der, const TimestampRequest& request,
                                      const std::string& ca_file) {
  if (der.size() > kMaxDer) return invalid("the answer is too large");
  const unsigned char* at = der.data();
  const Resp response(d2i_TS_RESP(nullptr, &at, static_cast<long>(der.size())));
  if (!response || at != der.data() + der.size()) {
    return invalid("the answer is no answer of a time-stamp authority: " + reason());
  }
  const unsigned char* request_at = request.der.data();
  const Req asked(d2i_TS_REQ(nullptr, &request_at, static_cast<long>(request.der.size())));
  require(asked != nullptr);
  auto store = certificates(ca_file);
  if (!store.ok()) return store.error();
  // From the request: its policy (any), hash and nonce; to that the signature and its certificate.
  const Verification context(TS_REQ_to_TS_VERIFY_CTX(asked.get(), nullptr));
  require(context != nullptr);
  TS_VERIFY_CTX_add_flags(context.get(), TS_VFY_SIGNATURE);
  TS_VERIFY_CTX_set_store(context.get(), std::move(*store).release());
  if (TS_RESP_verify_response(context.get(), response.get()) != 1) {
    return invalid("the time stamp is not to be trusted: " + reason());
  }
  return to_der(TS_RESP_get_token(response.get()), i2d_PKCS7);
}

Result<Timestamp> read_timestamp(ByteView token, std::string_view content) {
  auto opened = open_token(token);
  if (!opened.ok()) return opened.error();
  if (!is_for(opened->info.get(), sha256(as_bytes(content)))) {
    return invalid("the time stamp is for something else");
  }
  return std::move(opened->says);
}

Result<Timestamp> verify_timestamp(ByteView token, std::string_view content,
                                   const std::string& ca_file) {
  auto opened = open_token(token);
  if (!opened.ok()) return opened.error();
  if (!is_for(opened->info.get(), sha256(as_bytes(content)))) {
    return invalid("the time stamp is for something else");
  }
  auto store = certificates(ca_file);
  if (!store.ok()) return store.error();
  X509_VERIFY_PARAM* const parameters = X509_STORE_get0_param(store->get());
  X509_VERIFY_PARAM_set_time(parameters,
                             static_cast<std::time_t>(to_millis(opened->says.at) / 1000));
  const Verification context = verification(std::move(*store), TS_VFY_VERSION | TS_VFY_SIGNATURE);
  if (TS_RESP_verify_token(context.get(), opened->message.get()) != 1) {
    return invalid("the time stamp is not to be trusted: " + reason());
  }
  return std::move(opened->says);
}

}  // namespace jawort
