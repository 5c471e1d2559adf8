// Holders for libcurl's handles. The vendor's header stays in .cc files: libcurl documents CURL as
// an opaque pointer, so it is a void* here.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace jawort {

// Sets libcurl up once per process and leaves it up until the process ends. Thread-safe, cheap when
// done. Also ignores SIGPIPE, unless the process handles it: our handles have CURLOPT_NOSIGNAL
// (they live in threads), and then libcurl leaves that to the program; a relay that hangs up during
// a TLS write would end the process. False when libcurl cannot be used at all.
bool start_curl();

// One easy handle. Sets libcurl up when it is the first. One thread at a time; movable.
class CurlHandle {
 public:
  CurlHandle();
  // Nothing was left for a handle: out of memory, or libcurl cannot be used.
  explicit operator bool() const { return handle_ != nullptr; }
  void* get() const { return handle_.get(); }
  // Closes the connections that the handle keeps; says goodbye where the protocol has a word for
  // it.
  void close() { handle_.reset(); }

 private:
  struct Cleanup {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Cleanup> handle_;
};

// A curl_slist that goes when it goes out of scope.
class CurlList {
 public:
  CurlList() = default;
  ~CurlList();
  CurlList(const CurlList&) = delete;
  CurlList& operator=(const CurlList&) = delete;

  // Copies `text`. False when memory ran out; the list is then as before.
  bool append(const std::string& text);
  void* get() const { return list_; }

 private:
  void* list_ = nullptr;
};

// For CURLOPT_WRITEFUNCTION, with a std::string as CURLOPT_WRITEDATA: appends what comes, at most
// 1 MiB in all; more ends the transfer.
std::size_t keep_answer(char* bytes, std::size_t one, std::size_t size, void* body);

}  // namespace jawort
