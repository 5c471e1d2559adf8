// Puts requests together from the bytes of one connection, whatever pieces they come in. Pure:
// sockets and deadlines are the front's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "webhooks/incoming/request_head.h"

namespace jawort {

struct RequestRules {
  std::size_t body_limit = 0;  // bytes
  BodyOptional body_optional;
};

class RequestReader {
 public:
  // `rules` outlive the reader.
  explicit RequestReader(const RequestRules& rules) : rules_(rules) {}

  enum class State {
    kIdle,     // nothing of a request is here
    kHead,     // a part of it
    kBody,     // the head, and a part of the body
    kRequest,  // all of it: take()
    kRefused,  // status() and take() say what is known; no byte is read on
  };
  State state() const { return state_; }
  int status() const { return status_; }       // kRefused
  bool readable() const { return readable_; }  // kRefused: see HeadReading

  // What the peer sent. REQUIRES: kIdle, kHead or kBody
  State feed(std::string_view bytes);
  // The head with its body. What came behind it waits for next().
  RequestHead take();
  State next();
  // The rest of the body will not come. True (and kRequest) when the request does without.
  // REQUIRES: kBody
  bool go_without_body();
  // True once per request: the peer waits for a word before it sends the body (RFC 9110 §10.1.1).
  bool must_say_continue();
  // No further request will be read: gives the memory back.
  void forget();

 private:
  State read_head(std::string_view bytes);
  void keep(std::string_view rest);

  const RequestRules& rules_;
  State state_ = State::kIdle;
  std::string buffer_;  // what is no part of a whole head or its body yet
  HeadScan scan_;       // of the buffer
  RequestHead head_;
  int status_ = 0;
  bool readable_ = false;
};

}  // namespace jawort
