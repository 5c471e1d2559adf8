#include "engine/net/http_probe.h"

#include "tests/support/catch.h"
#include "tests/support/smtp/scripted_server.h"

namespace jawort {
namespace {

// tests/support/web_server.py, which answers every path with its own name.
class WebServer {
 public:
  explicit WebServer(const std::string& certificate)
      : program_({"/usr/bin/python3", "-B",
                  (testing::repository_root() / "tests/support/web_server.py").string(),
                  certificate, testing::certificate_folder().path()}) {
    const std::string line = program_.read_line();
    REQUIRE(line.starts_with("port "));
    url_ = "https://127.0.0.1:" + line.substr(5);
  }
  const std::string& url() const { return url_; }

 private:
  testing::ChildProgram program_;
  std::string url_;
};

TEST_CASE("an address with a good certificate answers") {
  const WebServer server("good");
  const HttpProbe probe =
      probe_http(server.url() + "/healthz", testing::ScriptedServer::ca_file(), 20);
  CHECK(probe.problem.empty());
  CHECK(probe.status == 200);
  CHECK(probe.body == "/healthz");
  CHECK_FALSE(probe.bad_certificate);
}

TEST_CASE("a certificate that is not to be trusted is told from silence") {
  for (const char* const kind : {"expired", "wrong-name", "stranger"}) {
    CAPTURE(kind);
    const WebServer server(kind);
    const HttpProbe probe = probe_http(server.url(), testing::ScriptedServer::ca_file(), 20);
    CHECK(probe.status == 0);
    CHECK(probe.bad_certificate);
    CHECK_FALSE(probe.problem.empty());
  }
  const HttpProbe nobody = probe_http("http://127.0.0.1:1/", "", 20);  // nobody has port 1
  CHECK(nobody.status == 0);
  CHECK_FALSE(nobody.bad_certificate);
  CHECK_FALSE(nobody.problem.empty());
}

}  // namespace
}  // namespace jawort
