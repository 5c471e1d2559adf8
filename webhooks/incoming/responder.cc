#include "webhooks/incoming/responder.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "engine/base/bytes.h"

namespace jawort {
namespace {

// Logs name only methods that exist: a method is a word of the peer's choice.
std::string_view known_method(std::string_view method) {
  for (const std::string_view known :
       {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"}) {
    if (method == known) return known;
  }
  return "other";
}

}  // namespace

std::string imf_fixdate(Instant now) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  std::array<char, 64> text;
  const int length = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

HttpResponse plain_refusal(int status) {
  HttpResponse response;
  response.status = status;
  response.body = "The request was refused (" + std::to_string(status) + ").\n";
  response.content_type = "text/plain; charset=utf-8";
  response.set("Cache-Control", "no-store");
  response.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.set("Referrer-Policy", "no-referrer");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("X-Robots-Tag", "noindex");
  response.route = "-";
  return response;
}

HttpResponse Responder::handle(const Job& job) {
  try {
    if (job.refused == 0) return handler_(job.request);
    if (job.readable && refusals_) return refusals_(job.request, job.refused);
    return plain_refusal(job.refused);
  } catch (...) {  // the text of an exception is nothing for a peer, nor for a log
    HttpResponse response = plain_refusal(500);
    response.close = true;
    return response;
  }
}

void Responder::finish(HttpResponse& response, std::string_view request_id) {
  const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
  if (date_.empty() || second != date_second_) {
    date_ = imf_fixdate(second);
    date_second_ = second;
  }
  response.set("X-Request-Id", request_id);
  response.set("Date", date_);
}

void Responder::respond(Job job, const std::atomic<bool>& stopping, AnswerBox& answers) {
  job.request.request_id = to_hex(random_.bytes<8>());
  HttpResponse response = handle(job);
  finish(response, job.request.request_id);
  Answer answer;
  answer.connection = job.connection;
  answer.close = job.close || response.close || stopping;
  answer.bytes = writer_.bytes(job.request.method, response, answer.close);
  answer.hold_until = response.hold_until;
  answer.after = std::move(response.after);
  const milliseconds taken = clock_.monotonic() - job.started;
  answers.put(std::move(answer));
  log_.info("request", {{"method", known_method(job.request.method)},
                        {"route", std::string_view(response.route)},
                        {"status", std::int64_t{response.status}},
                        {"milliseconds", std::int64_t{taken.count()}},
                        {"request_id", std::string_view(job.request.request_id)}});
}

void Responder::run_after(const Job& job) {
  try {
    job.after();
  } catch (...) {
    log_.error("after_answer_failed");
  }
}

}  // namespace jawort
