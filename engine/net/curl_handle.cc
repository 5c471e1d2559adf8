#include "engine/net/curl_handle.h"

#include <mutex>
#include <signal.h>

#include <curl/curl.h>

namespace jawort {
namespace {

void ignore_broken_pipes() {
  struct sigaction current {};
  if (sigaction(SIGPIPE, nullptr, &current) != 0 || current.sa_handler != SIG_DFL) return;
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

}  // namespace

// Answering less than what came ends the transfer.
std::size_t keep_answer(char* bytes, std::size_t /*one*/, std::size_t size, void* body) {
  auto& kept = *static_cast<std::string*>(body);
  if (kept.size() + size > kMostBytes) return 0;
  kept.append(bytes, size);
  return size;
}

bool start_curl() {
  static std::once_flag once;
  static bool usable = false;
  std::call_once(once, [] {
    ignore_broken_pipes();
    usable = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  });
  return usable;
}

CurlHandle::CurlHandle() {
  if (!start_curl()) return;
  handle_.reset(curl_easy_init());
  if (handle_) curl_easy_setopt(handle_.get(), CURLOPT_NOSIGNAL, 1L);
}

void CurlHandle::Cleanup::operator()(void* handle) const { curl_easy_cleanup(handle); }

CurlList::~CurlList() { curl_slist_free_all(static_cast<curl_slist*>(list_)); }

bool CurlList::append(const std::string& text) {
  curl_slist* longer = curl_slist_append(static_cast<curl_slist*>(list_), text.c_str());
  if (longer == nullptr) return false;
  list_ = longer;
  return true;
}

}  // namespace jawort
