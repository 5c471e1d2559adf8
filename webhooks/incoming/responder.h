// One worker's part of a request: from a job to the bytes of its answer.
#pragma once

#include <atomic>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/random.h"
#include "webhooks/incoming/exchange.h"
#include "webhooks/incoming/listener.h"
#include "webhooks/incoming/response_writer.h"

namespace jawort {

// RFC 9110 §5.6.7: "Mon, 23 Nov 2026 09:15:02 GMT".
std::string imf_fixdate(Instant now);

// A refusal for which nobody knows the page: a line of text, the strictest of all pages' headers.
HttpResponse plain_refusal(int status);

// One per thread. What it refers to outlives it.
class Responder {
 public:
  Responder(const HttpHandler& handler, const RefusalHandler& refusals, const Clock& clock,
            Random& random, Log& log)
      : handler_(handler), refusals_(refusals), clock_(clock), random_(random), log_(log) {}

  // Runs the handler, and puts the answer into `answers`. `stopping` is asked after the handler.
  void respond(Job job, const std::atomic<bool>& stopping, AnswerBox& answers);
  // Job::after.
  void run_after(const Job& job);

 private:
  HttpResponse handle(const Job& job);
  void finish(HttpResponse& response, std::string_view request_id);

  const HttpHandler& handler_;
  const RefusalHandler& refusals_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  ResponseWriter writer_;
  std::string date_;  // of date_second_
  std::chrono::sys_seconds date_second_{};
};

}  // namespace jawort
