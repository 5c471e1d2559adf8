#include "engine/flow/publish_checkpoint.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/evidence/timestamp.h"
#include "engine/flow/heads_outside.h"
#include "engine/flow/seal_ledger.h"
#include "engine/mail/message.h"
#include "engine/net/http_post.h"

namespace jawort {
namespace {

constexpr milliseconds kPatience{10'000};  // of a timer, per request
constexpr milliseconds kPatienceOfDossier{3'000};
constexpr milliseconds kFirstPause{20'000};
constexpr milliseconds kLongestPause{600'000};

bool is_time(const std::optional<Instant>& last, const Duration& every, Instant now) {
  return !last || plus(*last, every) <= now || *last > now;  // a clock that was set back
}

Result<std::optional<CheckpointRow>> read_last(const Context& context, bool timestamped) {
  Result<std::optional<CheckpointRow>> row = std::optional<CheckpointRow>{};
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    row = timestamped ? tables.checkpoints().last_timestamped() : tables.checkpoints().last();
    return {};
  }));
  return row;
}

Result<std::optional<CheckpointSentRow>> read_sent(const Context& context,
                                                   const std::string& place) {
  Result<std::optional<CheckpointSentRow>> row = std::optional<CheckpointSentRow>{};
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    row = tables.checkpoints().sent(place);
    return {};
  }));
  return row;
}

Error not_taken(const HttpPostAnswer& answer) {
  return unavailable(answer.status == 0 ? answer.problem
                                        : "the answer was " + std::to_string(answer.status));
}

// Appends and flushes. What a crash left of an earlier note is ended by a line of its own.
Status append(const std::string& path, std::string text) {
  const int file = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return unavailable(path + " cannot be opened: " + system_error_text(errno));
  struct stat status {};
  char last = '\n';
  const bool begun = ::fstat(file, &status) == 0 && status.st_size > 0;
  const bool read = begun && ::pread(file, &last, 1, status.st_size - 1) == 1;
  if (read && last != '\n') text.insert(0, "\n\n");
  const bool flushed = write_all(file, text) && ::fdatasync(file) == 0;
  const int problem = errno;
  ::close(file);
  return flushed ? Status() : unavailable(path + " was not written: " + system_error_text(problem));
}

std::string mail_text(const CheckpointRow& row) {
  return "Dies ist der unterschriebene Stand des Protokolls der Einwilligungen. Bitte "
         "aufbewahren:\n"
         "mit dieser Nachricht lässt sich später beweisen, dass bis zu diesem Zeitpunkt nichts "
         "geändert, entfernt oder eingefügt wurde. Sie enthält keine personenbezogenen Daten.\n"
         "\n"
         "This is the signed state of the log of consents. Please keep it:\n"
         "with this message it can be proved later that nothing up to this moment was changed, "
         "removed or inserted. It holds no personal data.\n"
         "\n" +
         row.note;
}

}  // namespace

bool CheckpointPublisher::due(const std::string& place) const {
  const auto failure = failures_.find(place);
  return failure == failures_.end() || context_.clock.monotonic() >= failure->second.again;
}

void CheckpointPublisher::at_place(const std::string& place, const CheckpointRow& newest,
                                   const Work& work) {
  if (!due(place)) return;
  const Status done = work(newest);
  if (done.ok()) {
    if (failures_.erase(place) > 0) {
      context_.log.info("checkpoint_out_again", {{"place", std::string_view(place)}});
    }
    return;
  }
  Failure& failure = failures_[place];
  if (failure.pause.count() == 0) {  // once, not each time
    context_.log.error("checkpoint_not_out", {{"place", std::string_view(place)},
                                              {"reason", std::string_view(done.error().message)}});
  }
  failure.pause = std::clamp(failure.pause * 2, kFirstPause, kLongestPause);
  failure.again = context_.clock.monotonic() + failure.pause;
  count_ledger_failure(context_, place);
}

void CheckpointPublisher::round(const std::function<bool()>& cancelled) {
  const LedgerSettings& settings = context_.settings.ledger;
  const auto newest = read_last(context_, false);
  if (!newest.ok() || !*newest) return;
  // Nothing goes out over a head that this log does not continue.
  bool whole = false;
  at_place("log", **newest, [&](const CheckpointRow&) {
    Status outside = goes_on_from_outside(context_);
    whole = outside.ok();
    return outside;
  });
  if (!whole) return;
  const Instant now = context_.clock.now();
  // After each success the place is marked, so that a crash in between repeats one at most.
  const auto once = [&](const std::string& place, const std::optional<Duration>& every,
                        const Work& work) {
    if (cancelled()) return;
    const auto sent = read_sent(context_, place);
    if (!sent.ok()) return;
    if (*sent && (*sent)->size == (*newest)->size) return;
    if (every && !is_time(*sent ? std::optional((*sent)->at) : std::nullopt, *every, now)) return;
    at_place(place, **newest, [&](const CheckpointRow& row) -> Status {
      JAWORT_TRY(work(row));
      return context_.store.write([&](Tables& tables) {
        return tables.checkpoints().set_sent(place, {row.size, now});
      });
    });
  };
  if (!settings.checkpoint_file.empty()) {
    once("file", {}, [&](const CheckpointRow& row) { return append_to_file(row); });
  }
  if (!settings.checkpoint_url.empty()) {
    once("url", {}, [&](const CheckpointRow& row) { return post(row, cancelled); });
  }
  if (settings.mail_officer && transports_) {
    once("mail", settings.mail_officer, [&](const CheckpointRow& row) { return mail(row); });
  }
  if (settings.timestamp_url.empty() || cancelled() || !(*newest)->timestamp.empty()) return;
  const auto stamped = read_last(context_, true);
  if (!stamped.ok()) return;
  const auto last = *stamped ? std::optional((*stamped)->at) : std::nullopt;
  if (!is_time(last, settings.timestamp_every, now)) return;
  at_place("timestamp", **newest, [&](const CheckpointRow& row) {
    return timestamp_checkpoint(context_, row, kPatience, cancelled);
  });
}

// A note and an empty line: several notes in one file can be told apart.
Status CheckpointPublisher::append_to_file(const CheckpointRow& row) const {
  return append(context_.settings.ledger.checkpoint_file, row.note + "\n");
}

Status CheckpointPublisher::post(const CheckpointRow& row,
                                 const std::function<bool()>& cancelled) const {
  const auto answer = post_http(context_.settings.ledger.checkpoint_url,
                                "text/plain; charset=utf-8", row.note, kPatience, cancelled);
  return answer.status >= 200 && answer.status < 300 ? Status() : Status(not_taken(answer));
}

Status CheckpointPublisher::mail(const CheckpointRow& row) const {
  const auto set = context_.definitions.get();
  const Controller* const controller = set->controller();
  if (controller == nullptr || controller->officer_email.empty()) {
    return unavailable("the definitions name no e-mail address of a data-protection officer");
  }
  std::optional<OutboxPause> pause;
  JAWORT_TRY(context_.store.read([&](const Tables& tables) -> Status {
    auto found = tables.outbox().pause();
    if (!found.ok()) return found.error();
    pause = std::move(*found);
    return {};
  }));
  if (pause) return unavailable("the outbox is paused");
  const std::string& from = context_.settings.from.address;
  MailContent content;
  content.from = context_.settings.from;
  content.to = {controller->officer_name, controller->officer_email};
  content.subject = "Jawort: checkpoint " + std::to_string(row.size);
  content.date = context_.zone.rfc5322(context_.clock.now());
  content.message_id = to_hex(context_.random.bytes<16>()) + "@" + from.substr(from.rfind('@') + 1);
  content.boundary = to_hex(context_.random.bytes<16>());
  content.language = "de";
  content.text = mail_text(row);
  const auto message = build_message(content);
  if (!message.ok()) return message.error();
  const auto transport = transports_();
  const Delivery delivery =
      transport->send({from, controller->officer_email}, *message, [] { return true; });
  if (delivery.verdict == Verdict::kAccepted) return {};
  return unavailable("the mail server did not take it: " + std::to_string(delivery.code));
}

Status timestamp_checkpoint(const Context& context, const CheckpointRow& row, milliseconds patience,
                            const std::function<bool()>& cancelled) {
  const LedgerSettings& settings = context.settings.ledger;
  const TimestampRequest request = make_timestamp_request(row.note, context.random);
  const auto answer = post_http(settings.timestamp_url, "application/timestamp-query",
                                as_text(request.der), patience, cancelled);
  if (answer.status != 200) return not_taken(answer);
  const auto token =
      open_timestamp_response(as_bytes(answer.body), request, settings.timestamp_ca_file);
  if (!token.ok()) return unavailable(token.error().message);
  return context.store.write([&](Tables& tables) -> Status {
    const auto now = tables.checkpoints().first_covering(row.size);
    if (!now.ok()) return now.error();
    // Somebody else was faster; theirs stays.
    if (!*now || (*now)->size != row.size || !(*now)->timestamp.empty()) return {};
    return tables.checkpoints().set_timestamp(row.size, *token);
  });
}

Result<CheckpointRow> seal_with_timestamp(const Context& context) {
  auto row = seal_now(context);
  if (!row.ok() || !row->timestamp.empty() || context.settings.ledger.timestamp_url.empty()) {
    return row;
  }
  const Status stamped =
      timestamp_checkpoint(context, *row, kPatienceOfDossier, [] { return false; });
  if (!stamped.ok()) {
    context.log.warning("checkpoint_not_stamped",
                        {{"reason", std::string_view(stamped.error().message)}});
    return row;
  }
  auto now = read_last(context, false);
  if (now.ok() && *now && (*now)->size == row->size) return std::move(**now);
  return row;
}

}  // namespace jawort
