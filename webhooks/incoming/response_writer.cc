#include "webhooks/incoming/response_writer.h"

#include <cstring>
#include <exception>
#include <functional>

#include <httplib.h>

namespace jawort {
namespace {

// The library reads from and writes to memory; sockets and their deadlines are ours.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view input) : input_(input) {}

  bool is_readable() const override { return !input_.empty(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* out, std::size_t size) override {
    const std::size_t count = std::min(size, input_.size());
    std::memcpy(out, input_.data(), count);
    input_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* bytes, std::size_t size) override {
    output.append(bytes, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return 0; }  // only compared with FD_SETSIZE

  std::string output;

 private:
  std::string_view input_;
};

void copy_response(const HttpResponse& from, httplib::Response& to) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  if (!from.body.empty()) to.set_content(from.body, from.content_type);
}

}  // namespace

class ResponseWriter::Server final : public httplib::Server {
 public:
  Server() {
    set_keep_alive_timeout(5);
    set_keep_alive_max_count(1000);
    set_pre_routing_handler([this](const httplib::Request&, httplib::Response& out) {
      copy_response(*response_, out);
      return HandlerResponse::Handled;
    });
    set_post_routing_handler([](const httplib::Request&, httplib::Response& out) {
      out.headers.erase("Accept-Ranges");  // we serve no ranges, HEAD or not
      if (out.status == 204) out.headers.erase("Content-Length");  // RFC 9110 §8.6
    });
    // Without a handler of ours the library sends the text of an exception to the peer.
    // NOLINTNEXTLINE(performance-unnecessary-value-param): the library's signature
    set_exception_handler([](const httplib::Request&, httplib::Response& out, std::exception_ptr) {
      out = httplib::Response();
      out.status = 500;
    });
  }

  std::string bytes(const std::string& head, const HttpResponse& response, bool close) {
    response_ = &response;
    MemoryStream stream(head);
    process(&Server::process_request, stream, close);
    return std::move(stream.output);
  }

 private:
  using Setup = const std::function<void(httplib::Request&)>&;

  // 0.11 (Debian 12) and 0.18 (Debian 13) differ in who tells the addresses.
  void process(bool (httplib::Server::*request)(httplib::Stream&, bool, bool&, Setup),
               MemoryStream& stream, bool close) {
    bool closed = false;
    (this->*request)(stream, close, closed, nullptr);
  }
  void process(bool (httplib::Server::*request)(httplib::Stream&, const std::string&, int,
                                                const std::string&, int, bool, bool&, Setup),
               MemoryStream& stream, bool close) {
    bool closed = false;
    (this->*request)(stream, {}, 0, {}, 0, close, closed, nullptr);
  }

  const HttpResponse* response_ = nullptr;
};

ResponseWriter::ResponseWriter() : server_(std::make_unique<Server>()) {}
ResponseWriter::~ResponseWriter() = default;

std::string ResponseWriter::bytes(std::string_view method, const HttpResponse& response,
                                  bool close) {
  // What the method means to the library is only whether a body goes out.
  const std::string head = std::string(method == "HEAD" ? "HEAD" : "GET") + " / HTTP/1.1\r\n\r\n";
  return server_->bytes(head, response, close);
}

}  // namespace jawort
