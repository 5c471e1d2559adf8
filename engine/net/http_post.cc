#include "engine/net/http_post.h"

#include <array>

#include <curl/curl.h>

#include "engine/net/curl_handle.h"

namespace jawort {
namespace {

// libcurl asks at least once a second.
int go_on(void* cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<const std::function<bool()>*>(cancelled))() ? 1 : 0;
}

void set_body(CURL* curl, std::string_view body) {
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
}

}  // namespace

HttpPostAnswer post_http(const std::string& url, std::string_view content_type,
                         std::string_view body, milliseconds patience,
                         const std::function<bool()>& cancelled) {
  const CurlHandle handle;
  HttpPostAnswer answer;
  CurlList headers;
  if (!handle || !headers.append("Content-Type: " + std::string(content_type)) ||
      !headers.append("Expect:")) {
    answer.problem = "libcurl cannot be used";
    return answer;
  }
  CURL* const curl = handle.get();
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason.data());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "jawort");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &cancelled);
  set_body(curl, body);
  const CURLcode result = curl_easy_perform(curl);
  if (result != CURLE_OK) {
    answer.problem = reason.front() != '\0' ? reason.data() : curl_easy_strerror(result);
    return answer;
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace jawort
