#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/metrics.h"
#include "tests/support/catch.h"

namespace jawort {
namespace {

TEST_CASE("an empty registry renders nothing") { CHECK(Metrics().render().empty()); }

TEST_CASE("HELP and TYPE stand once per name, its series together") {
  Metrics metrics;
  metrics.counter("jawort_mails{outcome=\"sent\"}", "Mails by outcome.").add(3);
  metrics.counter("jawort_mails_total", "All mails.").add();
  metrics.counter("jawort_mails", "Mails by outcome.").add(4);
  metrics.counter("jawort_mails{outcome=\"refused\"}", "Mails by outcome.");
  metrics.gauge("jawort_queue", "Mails waiting.", [] { return 2.5; });
  CHECK(metrics.render() ==
        "# HELP jawort_mails Mails by outcome.\n"
        "# TYPE jawort_mails counter\n"
        "jawort_mails 4\n"
        "jawort_mails{outcome=\"refused\"} 0\n"
        "jawort_mails{outcome=\"sent\"} 3\n"
        "# HELP jawort_mails_total All mails.\n"
        "# TYPE jawort_mails_total counter\n"
        "jawort_mails_total 1\n"
        "# HELP jawort_queue Mails waiting.\n"
        "# TYPE jawort_queue gauge\n"
        "jawort_queue 2.5\n");
}

TEST_CASE("a series asked for again is the same counter") {
  Metrics metrics;
  Counter& first = metrics.counter("a", "x");
  for (int i = 0; i < 100; ++i) metrics.counter("b" + std::to_string(i), "y");
  CHECK(&metrics.counter("a", "x") == &first);
  first.add(UINT64_MAX);
  CHECK(metrics.render().find("\na 18446744073709551615\n") != std::string::npos);
}

TEST_CASE(
    "a gauge given again is read anew; odd numbers and help texts are spelled as the format says") {
  Metrics metrics;
  const auto rendered = [&](double value) {
    metrics.gauge("g", "a \\ b\nc", [value] { return value; });
    const std::string text = metrics.render();
    const std::string head = "# HELP g a \\\\ b\\nc\n# TYPE g gauge\ng ";
    REQUIRE(text.starts_with(head));
    return text.substr(head.size());
  };
  CHECK(rendered(0) == "0\n");
  CHECK(rendered(-1234567) == "-1234567\n");
  CHECK(rendered(0.1) == "0.1\n");
  CHECK(rendered(std::numeric_limits<double>::infinity()) == "+Inf\n");
  CHECK(rendered(-std::numeric_limits<double>::infinity()) == "-Inf\n");
  CHECK(rendered(std::numeric_limits<double>::quiet_NaN()) == "NaN\n");
}

TEST_CASE("counting from several threads loses nothing") {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < 1000; ++i)
        metrics.counter("n{t=\"" + std::to_string(i % 7) + "\"}", "").add();
    });
  }
  for (auto& thread : threads) thread.join();
  std::uint64_t sum = 0;
  for (int i = 0; i < 7; ++i)
    sum += metrics.counter("n{t=\"" + std::to_string(i) + "\"}", "").value();
  CHECK(sum == 4000);
}

}  // namespace
}  // namespace jawort
