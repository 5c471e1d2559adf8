// The end: who has asked is answered, who is idle goes, nothing is cut, and it does not take long.
#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/incoming/sockets.h"

namespace jawort {
namespace {

using namespace std::chrono_literals;
using namespace testing;

TEST_CASE("stop: running requests are finished, idle connections end, nothing new comes") {
  std::promise<void> entered, release;
  auto released = release.get_future().share();
  Server server([&](const HttpRequest& request) {
    if (request.path == "/wait") {
      entered.set_value();
      released.wait();
    }
    return echo(request);
  });
  const int port = server.listener->port();
  Client idle(port), running(port), begun(port);
  idle.send(get("/idle"));
  CHECK(status_of(idle.read_response()) == 200);
  begun.send("GET /begun HTTP/1.1\r\nHo");
  running.send(get("/wait") + get("/behind"));
  entered.get_future().wait();
  std::thread stopping([&] { server.listener->stop(); });
  CHECK(idle.read_all().empty());
  begun.send("st: a\r\n\r\n");
  const std::string late = begun.read_all();
  CHECK(body_of(late) == "GET /begun?||127.0.0.1|");
  CHECK(late.find("\r\nConnection: close\r\n") != std::string::npos);
  release.set_value();
  const std::string answer = running.read_all();
  CHECK(body_of(answer) == "GET /wait?||127.0.0.1|");
  CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
  stopping.join();
  CHECK_FALSE(Client(port).connected());
  server.listener->stop();  // once more does nothing
}

TEST_CASE("stop: whom the kernel has let in already is answered") {
  SystemRandom random;
  NullLog log;
  auto opened = open_listener({"127.0.0.1", 0, 2}, echo, random, log);
  REQUIRE(opened.ok());
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {  // nobody has accepted them yet
    clients.push_back(std::make_unique<Client>((*opened)->port()));
    REQUIRE(clients.back()->connected());
    clients.back()->send(get("/"));
  }
  (*opened)->start();
  (*opened)->start();  // once more does nothing
  (*opened)->stop();
  for (const auto& client : clients) {
    CHECK(status_of(client->read_all()) == 200);
  }
}

TEST_CASE("a probe is answered by a worker, by way of the loop") {
  ListenerSettings settings{"127.0.0.1", 0, 1};
  settings.connections = 1;
  std::promise<void> entered, release;
  auto released = release.get_future().share();
  Server server(
      [&](const HttpRequest& request) {
        entered.set_value();
        released.wait();
        return echo(request);
      },
      settings);
  std::promise<void> idle;
  server.listener->probe([&] { idle.set_value(); });
  idle.get_future().wait();
  Client client(server.listener->port());
  client.send(get("/"));
  entered.get_future().wait();
  std::atomic<int> answers{0};
  std::promise<void> both;
  for (int i = 0; i < 2; ++i) {
    server.listener->probe([&] {
      if (++answers == 2) both.set_value();
    });
  }
  // The loop has turned, and with it all that goes around the worker.
  for (int i = 0; i < 3; ++i) CHECK(status_of(Client(server.listener->port()).read_all()) == 503);
  CHECK(answers == 0);
  release.set_value();
  both.get_future().wait();
  CHECK(status_of(client.read_response()) == 200);
  server.listener->stop();
  server.listener->probe([&] { ++answers; });
  CHECK(answers == 2);
}

TEST_CASE("stop: held answers go at once, and what comes after them is done") {
  const SystemClock clock;
  std::atomic<int> done{0};
  std::promise<void> asked;
  Server server([&](const HttpRequest& request) {
    HttpResponse response = echo(request);
    response.hold_until = clock.monotonic() + 1h;
    response.after = [&] { ++done; };
    asked.set_value();
    return response;
  });
  Client client(server.listener->port());
  client.send(get("/held"));
  asked.get_future().wait();
  server.listener->stop();
  CHECK(body_of(client.read_all()) == "GET /held?||127.0.0.1|");
  CHECK(done == 1);
}

TEST_CASE("stop: peers that do not go on are not waited for") {
  std::atomic<int> done{0};
  ListenerSettings settings{"127.0.0.1", 0, 2};
  settings.deadlines.stop = 100ms;  // all others are much longer
  Server server(
      [&](const HttpRequest&) {
        HttpResponse response;
        response.content_type = "text/plain";
        response.body = std::string(32U << 20U, 'x');
        response.after = [&] { ++done; };
        return response;
      },
      settings);
  const int port = server.listener->port();
  Client silent(port), head(port), body(port), reader(port, 1, 4096);
  head.send("GET / HTTP/1.1\r\n");
  body.send(post(10).substr(0, post(10).size() - 1));
  reader.send(get("/large"));
  CHECK(reader.read_some());
  server.listener->stop();
  CHECK(done == 1);
}

TEST_CASE("stops under load cut nothing") {
  for (int round = 0; round < 20; ++round) {
    Server server(echo, {"127.0.0.1", 0, 3});
    const int port = server.listener->port();
    std::atomic<int> answered{0}, cut{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        for (;;) {
          Client client(port);
          if (!client.connected()) return;
          std::string answer;
          do {
            client.send(i % 2 == 0 ? get("/") : post(3000));
            answer = client.read_response();
            if (status_of(answer) == 200) ++answered;
          } while (status_of(answer) == 200 &&
                   answer.find("Connection: close") == std::string::npos);
          // Empty, or a reset without a byte: the connection was over before it was asked.
          if (!answer.empty() && answer != "<reset>" && status_of(answer) != 200) ++cut;
        }
      });
    }
    while (answered < 20 + 10 * round) std::this_thread::yield();
    server.listener->stop();
    for (std::thread& thread : threads) thread.join();
    CHECK(cut == 0);
  }
}

TEST_CASE("a listener that was never started can be stopped") {
  SystemRandom random;
  NullLog log;
  auto opened = open_listener({"127.0.0.1", 0, 2}, echo, random, log);
  REQUIRE(opened.ok());
  (*opened)->stop();
  (*opened)->start();  // too late: does nothing
}

}  // namespace
}  // namespace jawort
