#include "webhooks/outgoing/curl_poster.h"

#include <algorithm>
#include <atomic>

#include <curl/curl.h>

#include "engine/net/curl_handle.h"
#include "engine/net/guarded_sockets.h"

namespace jawort {
namespace {

// Of an answer's body; more ends the transfer. What counts is the status.
constexpr std::size_t kMostRead = 64 * 1024;
constexpr std::string_view kNotPublic = "leads to an address that is not public";

struct Transfer {
  CurlHandle handle;
  CurlList headers;
  WebhookPost post;
  GuardedSockets sockets;
  std::size_t read = 0;
};

std::size_t throw_away(char* /*bytes*/, std::size_t /*one*/, std::size_t size, void* read) {
  auto& so_far = *static_cast<std::size_t*>(read);
  so_far += size;
  return so_far > kMostRead ? 0 : size;
}

class CurlPoster final : public WebhookPoster {
 public:
  CurlPoster(const Clock& clock, const AddressGuard& guard, std::string ca_file,
             milliseconds patience, CURLM* multi)
      : clock_(clock),
        guard_(guard),
        ca_file_(std::move(ca_file)),
        patience_(patience),
        multi_(multi) {}
  ~CurlPoster() override {
    for (const auto& transfer : transfers_) {
      curl_multi_remove_handle(multi_, transfer->handle.get());
    }
    transfers_.clear();
    curl_multi_cleanup(multi_);
  }
  CurlPoster(const CurlPoster&) = delete;
  CurlPoster& operator=(const CurlPoster&) = delete;

  void start(WebhookPost post) override {
    auto transfer = std::make_unique<Transfer>();
    transfer->post = std::move(post);
    transfer->sockets.guard = &guard_;
    std::string problem = guard_.target_problem(transfer->post.url);
    if (problem.empty() && !prepare(*transfer)) problem = "libcurl cannot be used";
    if (problem.empty() && curl_multi_add_handle(multi_, transfer->handle.get()) != CURLM_OK) {
      problem = "libcurl cannot be used";
    }
    if (!problem.empty()) {
      ended_.push_back({transfer->post.ticket, 0, {}, std::move(problem)});
      return;
    }
    transfers_.push_back(std::move(transfer));
  }

  std::vector<EndedPost> wait(milliseconds within) override {
    const milliseconds deadline = clock_.monotonic() + within;
    for (;;) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      collect();
      if (!ended_.empty() || woken_.exchange(false)) break;
      const milliseconds left = deadline - clock_.monotonic();
      if (left <= milliseconds(0)) break;
      curl_multi_poll(multi_, nullptr, 0, static_cast<int>(left.count()), nullptr);
    }
    return std::exchange(ended_, {});
  }

  void wake() override {
    woken_ = true;
    curl_multi_wakeup(multi_);
  }

 private:
  bool prepare(Transfer& transfer) const {
    const WebhookPost& post = transfer.post;
    CurlList& headers = transfer.headers;
    CURL* const curl = transfer.handle.get();
    if (curl == nullptr || !headers.append("Content-Type: application/json") ||
        !headers.append("Expect:") || !headers.append("webhook-id: " + post.id) ||
        !headers.append("webhook-timestamp: " + std::to_string(post.timestamp)) ||
        !headers.append("webhook-signature: " + post.signatures)) {
      return false;
    }
    guard_sockets(curl, transfer.sockets);
    curl_easy_setopt(curl, CURLOPT_URL, post.url.c_str());
    // target_problem has seen to it that plain http stays on this machine.
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(patience_.count()));
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "jawort");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, throw_away);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer.read);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post.body.data());
    // One connection per post: each is judged by the guard, none waits in a pool.
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    if (!ca_file_.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file_.c_str());
    return true;
  }

  void collect() {
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const curl = message->easy_handle;
      const CURLcode result = message->data.result;  // the message dies with the handle
      const auto transfer = std::ranges::find_if(
          transfers_, [&](const auto& one) { return one->handle.get() == curl; });
      if (transfer == transfers_.end()) continue;
      ended_.push_back(end_of(**transfer, result));
      curl_multi_remove_handle(multi_, curl);
      transfers_.erase(transfer);
    }
  }

  // A status that has come is the answer, even where the body after it did not end.
  static EndedPost end_of(const Transfer& transfer, CURLcode result) {
    EndedPost ended;
    ended.ticket = transfer.post.ticket;
    CURL* const curl = transfer.handle.get();
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    ended.status = static_cast<int>(status);
    curl_off_t retry_after = 0;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
    if (retry_after > 0) ended.retry_after = std::chrono::seconds(retry_after);
    if (ended.status != 0) return ended;
    ended.problem = transfer.sockets.refused ? kNotPublic : curl_easy_strerror(result);
    return ended;
  }

  const Clock& clock_;
  const AddressGuard& guard_;
  const std::string ca_file_;
  const milliseconds patience_;
  CURLM* const multi_;
  std::atomic<bool> woken_{false};
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::vector<EndedPost> ended_;
};

}  // namespace

std::unique_ptr<WebhookPoster> make_curl_poster(const Clock& clock, const AddressGuard& guard,
                                                const std::string& ca_file, milliseconds patience) {
  if (!start_curl()) return nullptr;
  CURLM* const multi = curl_multi_init();
  if (multi == nullptr) return nullptr;
  return std::make_unique<CurlPoster>(clock, guard, ca_file, patience, multi);
}

}  // namespace jawort
