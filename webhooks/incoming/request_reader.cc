#include "webhooks/incoming/request_reader.h"

#include <algorithm>
#include <utility>

namespace jawort {

using State = RequestReader::State;

// `rest` may be the end of the buffer itself.
void RequestReader::keep(std::string_view rest) {
  if (rest.empty()) {
    std::string().swap(buffer_);  // an idle connection holds no memory
  } else if (rest.data() >= buffer_.data() && rest.data() < buffer_.data() + buffer_.size()) {
    buffer_.erase(0, buffer_.size() - rest.size());
  } else {
    buffer_.assign(rest);
  }
}

State RequestReader::feed(std::string_view bytes) {
  if (state_ == State::kBody) {
    std::string& body = head_.request.body;
    const auto wanted = bytes.substr(0, head_.content_length - body.size());
    body += wanted;
    keep(bytes.substr(wanted.size()));
    if (body.size() == head_.content_length) state_ = State::kRequest;
    return state_;
  }
  // A request that comes in one piece, as nearly all do, is read where it lies.
  if (buffer_.empty()) return read_head(bytes);
  buffer_ += bytes;
  return read_head(buffer_);
}

State RequestReader::read_head(std::string_view bytes) {
  status_ = scan_.advance(bytes);
  readable_ = false;
  if (status_ == 0 && !scan_.complete()) {
    if (bytes.data() != buffer_.data()) keep(bytes);
    return state_ = bytes.empty() ? State::kIdle : State::kHead;
  }
  if (status_ == 0) {
    HeadReading reading = read_scanned_head(bytes, scan_, rules_.body_limit, rules_.body_optional);
    status_ = reading.status;
    readable_ = reading.readable;
    head_ = std::move(reading.head);
    bytes.remove_prefix(scan_.size());
  }
  scan_ = {};
  if (status_ != 0 || head_.body_dropped) {
    keep({});
    return state_ = status_ != 0 ? State::kRefused : State::kRequest;
  }
  state_ = State::kBody;
  head_.request.body.reserve(head_.content_length);
  return feed(bytes);
}

RequestHead RequestReader::take() { return std::exchange(head_, {}); }

State RequestReader::next() {
  state_ = State::kIdle;
  return read_head(buffer_);
}

bool RequestReader::go_without_body() {
  if (!rules_.body_optional || !rules_.body_optional(head_.request.method, head_.request.path)) {
    return false;
  }
  std::string().swap(head_.request.body);
  head_.body_dropped = true;
  head_.keep_alive = false;
  state_ = State::kRequest;
  return true;
}

bool RequestReader::must_say_continue() {
  return std::exchange(head_.expects_continue, false) && state_ == State::kBody &&
         head_.request.body.empty();
}

void RequestReader::forget() {
  keep({});
  head_ = {};
}

}  // namespace jawort
