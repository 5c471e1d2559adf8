// How many messages a second go over kept connections into postfix's smtp-sink, beside what
// postfix's own smtp-source reaches with as many sessions in the same run.
#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "engine/mail/smtp_transport.h"
#include "tests/support/catch.h"
#include "tests/support/smtp/scripted_server.h"

namespace jawort {
namespace {

using std::chrono::steady_clock;

constexpr int kThreads = 8;
constexpr int kMessages = 16000;
constexpr std::size_t kMessageSize = 2048;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// smtp-sink cannot choose a port itself.
int free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  close(fd);
  return bound ? ntohs(address.sin_port) : 0;
}

bool answers(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

std::string message_of_size(std::size_t size) {
  std::string message = "From: <a@shop.example>\r\nSubject: speed\r\n\r\n";
  while (message.size() < size)
    message += "sixty-two characters of text, then the end of the line\r\n";
  return message;
}

// Seconds until all are accepted; nothing when one was not.
std::optional<double> send_all(const SmtpSettings& settings) {
  const std::string message = message_of_size(kMessageSize);
  std::atomic<int> next{0}, accepted{0}, gates{0};
  const auto begin = steady_clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      const auto transport = make_smtp_transport(settings);
      while (next.fetch_add(1) < kMessages) {
        const Delivery delivery = transport->send({"a@shop.example", "b@person.example"}, message,
                                                  [&] { return ++gates, true; });
        if (delivery.verdict == Verdict::kAccepted) ++accepted;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (accepted != kMessages || gates != kMessages) return std::nullopt;
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

double seconds_of_smtp_source(const std::string& target) {
  const auto begin = steady_clock::now();
  testing::ChildProgram source({"/usr/sbin/smtp-source", "-s", std::to_string(kThreads), "-m",
                                std::to_string(kMessages), "-l", std::to_string(kMessageSize), "-d",
                                "-f", "a@shop.example", "-t", "b@person.example", target});
  source.read_line();  // it says nothing; this ends when it does
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

TEST_CASE("kept connections of eight threads carry 16,000 messages quickly", "[long]") {
  if (!std::filesystem::exists("/usr/sbin/smtp-sink")) {
    WARN("postfix is not installed: not measured");
    return;
  }
  const int port = free_port();
  const std::string target = "127.0.0.1:" + std::to_string(port);
  std::vector<std::string> sink_command{"/usr/sbin/smtp-sink", target, "256"};
  if (geteuid() == 0) sink_command.insert(sink_command.begin() + 1, {"-u", "nobody"});
  const testing::ChildProgram sink(std::move(sink_command));
  const auto give_up = steady_clock::now() + std::chrono::seconds(10);
  while (!answers(port) && steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  SmtpSettings settings;
  settings.url = "smtp://" + target;
  settings.tls = TlsPolicy::kNone;
  settings.helo = "sender.shop.example";
  const auto ours = send_all(settings);
  REQUIRE(ours.has_value());
  const double theirs = seconds_of_smtp_source(target);
  std::cout << "smtp: " << static_cast<int>(kMessages / *ours) << " messages/s by us, "
            << static_cast<int>(kMessages / theirs) << " by smtp-source, ratio " << theirs / *ours
            << "\n";
  // The promise is 0.5 on a quiet machine, and ./dev bench holds us to it. Here the machine may be
  // busy and the program slowed by sanitizers: only something badly wrong shows.
  CHECK(theirs / *ours > 0.1);
}

}  // namespace
}  // namespace jawort
