#include "engine/net/http_probe.h"

#include <array>

#include <curl/curl.h>

#include "engine/net/curl_handle.h"

namespace jawort {
HttpProbe probe_http(const std::string& url, const std::string& ca_file, long seconds) {
  const CurlHandle handle;
  HttpProbe probe;
  if (!handle) {
    probe.problem = "libcurl cannot be used";
    return probe;
  }
  CURL* const curl = handle.get();
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason.data());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "jawort-check");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &probe.body);
  // What a proxy of the environment says is not what visitors see.
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  if (!ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file.c_str());
  const CURLcode result = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  probe.status = static_cast<int>(status);
  if (result != CURLE_OK && probe.status == 0) {
    probe.problem = reason.front() != '\0' ? reason.data() : curl_easy_strerror(result);
    probe.bad_certificate = result == CURLE_PEER_FAILED_VERIFICATION;
  }
  return probe;
}

}  // namespace jawort
