// Time stamps by somebody else: RFC 3161 over SHA-256. Request and answer are DER; what travels
// over the network is not this room's business. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/base/result.h"

namespace jawort {

struct TimestampRequest {
  Hash256 hash{};  // of what is stamped
  Bytes der;       // TimeStampReq, with nonce, certificate asked for
};
TimestampRequest make_timestamp_request(std::string_view content, Random& random);

// Of an answer that is kept.
struct Timestamp {
  Instant at;
  std::string authority;  // the subject of the certificate that signed it, for people
};
// Whether `response` (TimeStampResp) grants and answers `request`: its nonce, its hash, and a
// signature by a certificate for time stamping that leads to one of `ca_file` (PEM; empty: the
// system's). Answers what is to be kept: the TimeStampToken. kInvalid with the reason;
// kConfiguration: `ca_file` cannot be used.
Result<Bytes> open_timestamp_response(ByteView response, const TimestampRequest& request,
                                      const std::string& ca_file);

// Whether certificates can be read from this file (PEM). kConfiguration: none can.
Status usable_certificates(const std::string& ca_file);

// A token that was kept, against what it stamps. The certificates are judged as of the time that
// it states, since they end one day. `ca_file` as above.
Result<Timestamp> verify_timestamp(ByteView token, std::string_view content,
                                   const std::string& ca_file);
// What a token for this content says, without a word on who signed it: for a reader without
// certificates. kInvalid: it is for another content.
Result<Timestamp> read_timestamp(ByteView token, std::string_view content);

}  // namespace jawort
