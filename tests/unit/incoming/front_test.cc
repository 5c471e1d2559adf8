// Limits, deadlines and order: what the event loop does with peers that are slow, many or gone.
#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/incoming/sockets.h"

namespace jawort {
namespace {

using namespace std::chrono_literals;
using namespace testing;

using Clients = std::vector<std::unique_ptr<Client>>;

ListenerSettings settings(int threads = 2) { return {"127.0.0.1", 0, threads}; }

// Deadlines that a test can wait for; those that it does not ask for stay long.
ListenerSettings with(milliseconds ListenerDeadlines::*which, milliseconds within) {
  ListenerSettings short_ones = settings();
  short_ones.deadlines.*which = within;
  return short_ones;
}

// Waits for a worker or the loop to come so far.
template <typename Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

int asked(const Server& server, std::uint8_t from = 1) {
  Client client(server.listener->port(), from);
  client.send(get("/", kClose));
  return status_of(client.read_all());
}

TEST_CASE("connections hold no thread: many are kept, silent or half through") {
  Server server(echo, settings(1));
  Clients clients;
  const std::vector<std::string> starts = {"", "GET / HT", post(100).substr(0, 90)};
  for (std::size_t i = 0; i < 150; ++i) {
    clients.push_back(std::make_unique<Client>(server.listener->port()));
    clients.back()->send(starts[i % starts.size()]);
  }
  CHECK(asked(server) == 200);
  for (std::size_t i = 0; i < 150; ++i) {
    const std::string whole = i % 3 == 2 ? post(100) : get("/");
    clients[i]->send(whole.substr(starts[i % 3].size()));
    REQUIRE(status_of(clients[i]->read_response()) == 200);
  }
}

TEST_CASE("deadlines: no first byte, no next request") {
  Server silent(echo, with(&ListenerDeadlines::first, 50ms));
  CHECK(silent.ask("").empty());
  Server idle(echo, with(&ListenerDeadlines::idle, 50ms));
  Client client(idle.listener->port());
  client.send(get("/"));
  CHECK(status_of(client.read_response()) == 200);
  CHECK(client.read_all().empty());
}

TEST_CASE("deadlines: half a head, also when it goes on byte by byte") {
  Server server(echo, with(&ListenerDeadlines::head, 200ms));
  const std::string answer = server.ask("GET / HTTP/1.1\r\nHost");
  CHECK(status_of(answer) == 408);
  CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);

  Client trickle(server.listener->port());
  std::atomic<bool> ended{false};
  std::thread sender([&] {
    while (!ended) {
      trickle.try_send("X");
      std::this_thread::sleep_for(10ms);
    }
  });
  CHECK(status_of(trickle.read_response()) == 408);
  ended = true;
  sender.join();
}

TEST_CASE("deadlines: half a body") {
  Server server(echo, with(&ListenerDeadlines::body, 50ms));
  CHECK(status_of(server.ask(post(10).substr(0, post(10).size() - 1))) == 408);
}

TEST_CASE("deadlines: an answer that nobody reads") {
  std::atomic<int> done{0};
  ListenerSettings short_ones = with(&ListenerDeadlines::write, 100ms);
  Server server(
      [&](const HttpRequest&) {
        HttpResponse response;
        response.content_type = "text/plain";
        response.body = std::string(32U << 20U, 'x');  // more than any socket's buffers
        response.after = [&] { ++done; };
        return response;
      },
      short_ones);
  Client client(server.listener->port(), 1, 4096);
  client.send(get("/"));
  CHECK(soon([&] { return done == 1; }));
  CHECK(client.read_all().size() < (32U << 20U));
}

TEST_CASE("a slow reader gets all of a large answer, and keeps nobody waiting") {
  const std::string large(8U << 20U, 'x');
  Server server(
      [&](const HttpRequest& request) {
        HttpResponse response;
        response.content_type = "text/plain";
        response.body = request.path == "/large" ? large : "small";
        return response;
      },
      settings(1));
  Client slow(server.listener->port(), 1, 4096);
  slow.send(get("/large") + get("/next", kClose));
  CHECK(asked(server) == 200);
  CHECK(body_of(slow.read_response()) == large);
  CHECK(body_of(slow.read_response()) == "small");
}

TEST_CASE("a pipeline of thousands is answered in order, however little is read meanwhile") {
  Server server;
  Client client(server.listener->port(), 1, 4096);
  constexpr int kRequests = 3000;
  std::thread sender([&] {
    std::string all;
    for (int i = 0; i < kRequests; ++i)
      all += i % 3 == 0 ? post(i % 500) : get("/" + std::to_string(i));
    client.send(all + get("/last", kClose));
  });
  for (int i = 0; i < kRequests; ++i) {
    const std::string expected =
        i % 3 == 0 ? "POST /p?|" + std::string(i % 500, 'b') : "GET /" + std::to_string(i) + "?|";
    const std::string body = body_of(client.read_response());
    REQUIRE(body.starts_with(expected + "|127.0.0.1"));
  }
  CHECK(body_of(client.read_all()).starts_with("GET /last?|"));
  sender.join();
}

TEST_CASE("a request split behind another is awaited, and a broken one ends the connection") {
  Server server;
  Client client(server.listener->port());
  client.send(get("/1") + "GET /2 HTTP/1.1\r\nHo");
  CHECK(body_of(client.read_response()).starts_with("GET /1?"));
  client.send(
      "st: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n" +
      get("/4"));
  CHECK(body_of(client.read_response()).starts_with("GET /2?"));
  const std::string refused = client.read_all();
  CHECK(status_of(refused) == 400);
  CHECK(refused.find("/4") == std::string::npos);
}

TEST_CASE("half-close behind a pipeline: all of it is answered, then the end") {
  Server server;
  Client client(server.listener->port());
  client.send(get("/1") + get("/2"));
  client.finish_sending();
  CHECK(body_of(client.read_response()).starts_with("GET /1?"));
  CHECK(body_of(client.read_response()).starts_with("GET /2?"));
  CHECK(client.read_all().empty());
  Client half(server.listener->port());
  half.send("GET / HTTP/1.1\r\n");
  half.finish_sending();
  CHECK(half.read_all().empty());  // nothing was asked
}

TEST_CASE("connections per client: one more is told so, others are let in") {
  ListenerSettings few = settings();
  few.connections_per_client = 3;
  Server server(echo, few);
  Clients clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(server.listener->port()));
    clients.back()->send(get("/"));
    REQUIRE(status_of(clients.back()->read_response()) == 200);
  }
  Client fourth(server.listener->port());
  fourth.send(post(60000));
  const std::string answer = fourth.read_all();
  CHECK(status_of(answer) == 429);
  CHECK(answer.find("\r\nRetry-After: ") != std::string::npos);
  CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(answer.find("<reset>") == std::string::npos);
  CHECK(asked(server, 2) == 200);
  clients.pop_back();  // room again, as soon as the server has seen it
  CHECK(soon([&] { return asked(server) == 200; }));
  CHECK(server.log.text().find("connections_turned_away count=") != std::string::npos);
}

TEST_CASE("connections per client do not hold for a trusted proxy") {
  ListenerSettings few = settings();
  few.connections_per_client = 1;
  few.trusted_proxies = {*parse_network("127.0.0.8/30")};
  Server server(echo, few);
  const Client one(server.listener->port(), 9), two(server.listener->port(), 10);
  CHECK(asked(server, 9) == 200);
  const Client other(server.listener->port());
  CHECK(asked(server) == 429);
}

TEST_CASE("connections in total: the longest idle one makes room") {
  ListenerSettings few = settings();
  few.connections = 3;
  Server server(echo, few);
  Clients clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(server.listener->port()));
    clients.back()->send(get("/"));
    REQUIRE(status_of(clients.back()->read_response()) == 200);
    std::this_thread::sleep_for(5ms);  // idle times differ by more than the clock's step
  }
  clients[0]->send(get("/"));  // now the second is the one
  REQUIRE(status_of(clients[0]->read_response()) == 200);
  CHECK(asked(server) == 200);
  CHECK(clients[1]->read_all().empty());
  for (const int kept : {0, 2}) {
    clients[kept]->send(get("/"));
    CHECK(status_of(clients[kept]->read_response()) == 200);
  }
}

TEST_CASE("connections in total: none idle, so a new one is told when to come again") {
  ListenerSettings few = settings();
  few.connections = 2;
  Server server(echo, few);
  Client head(server.listener->port()), body(server.listener->port());
  head.send("GET / HTTP/1.1\r\n");
  body.send(post(9).substr(0, post(9).size() - 1));
  REQUIRE(soon([&] { return asked(server) == 503; }));
  Client third(server.listener->port());
  third.send(get("/"));
  const std::string answer = third.read_all();
  CHECK(status_of(answer) == 503);
  CHECK(answer.find("\r\nRetry-After: ") != std::string::npos);
  head.send("Host: a\r\nConnection: close\r\n\r\n");
  CHECK(status_of(head.read_all()) == 200);
  CHECK(soon([&] { return asked(server) == 200; }));
}

TEST_CASE("what goes on after the answer keeps nobody waiting, and runs once") {
  std::atomic<int> done{0};
  std::promise<void> release;
  auto released = release.get_future().share();
  Server server([&](const HttpRequest& request) {
    HttpResponse response = echo(request);
    response.after = [&, released] {
      released.wait();
      ++done;
    };
    return response;
  });
  Client client(server.listener->port());
  client.send(get("/"));
  CHECK(status_of(client.read_response()) == 200);  // it waits for us, not we for it
  CHECK(done == 0);
  release.set_value();
  client.send(get("/", kClose));
  CHECK(status_of(client.read_all()) == 200);
  server.listener->stop();
  CHECK(done == 2);
}

TEST_CASE("what comes after runs also when the peer has gone, or throws") {
  std::atomic<int> done{0};
  std::promise<void> entered, release;
  auto released = release.get_future().share();
  Server server([&](const HttpRequest& request) {
    HttpResponse response = echo(request);
    if (request.path == "/wait") {
      entered.set_value();
      released.wait();
    }
    response.after = [&] {
      ++done;
      throw std::runtime_error("personal");
    };
    return response;
  });
  Client client(server.listener->port());
  client.send(get("/wait"));
  entered.get_future().wait();
  client.vanish();
  CHECK(asked(server) == 200);
  release.set_value();
  server.listener->stop();
  CHECK(done == 2);
  CHECK(server.log.text().find("after_answer_failed") != std::string::npos);
  CHECK(server.log.text().find("personal") == std::string::npos);
}

TEST_CASE("a held answer is not sent before its time, and holds no thread") {
  const SystemClock clock;
  Server server(
      [&](const HttpRequest& request) {
        HttpResponse response = echo(request);
        if (request.path == "/hold") response.hold_until = clock.monotonic() + 300ms;
        return response;
      },
      settings(1));
  Client held(server.listener->port());
  const auto start = Time::now();
  held.send(get("/hold") + get("/next", kClose));
  CHECK(asked(server) == 200);
  CHECK(body_of(held.read_response()).starts_with("GET /hold?"));
  CHECK(Time::now() - start >= 295ms);
  CHECK(body_of(held.read_all()).starts_with("GET /next?"));
}

TEST_CASE("a POST that does without its body is carried out whatever comes, and is the last one") {
  ListenerSettings optional = settings();
  optional.deadlines.body = 100ms;
  optional.body_optional = [](std::string_view method, std::string_view path) {
    return method == "POST" && path.starts_with("/p");
  };
  Server server(echo, optional);
  const auto once = [&](const std::string& bytes) {
    CAPTURE(bytes.substr(0, 120));
    const std::string answer = server.ask(bytes);
    CHECK(body_of(answer) == "POST /p?||127.0.0.1|");
    CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(answer.find("HTTP/1.1", 1) == std::string::npos);
    CHECK(answer.find("<reset>") == std::string::npos);
  };
  const std::string start = "POST /p HTTP/1.1\r\nHost: a\r\n";
  const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
  once(chunked + "3\r\nabc\r\n0\r\n\r\n" + get("/smuggled"));
  once(chunked + "0\r\n\r\n" + get("/smuggled"));
  once(chunked + get("/smuggled"));
  once(start + "Transfer-Encoding: x\r\n\r\n" + get("/smuggled"));
  once(start + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc" + get("/smuggled"));
  once(post(200000));
  once(post(10).substr(0, post(10).size() - 3));  // the rest never comes
  Client half(server.listener->port());
  half.send(post(10).substr(0, post(10).size() - 3));
  half.finish_sending();
  CHECK(body_of(half.read_all()) == "POST /p?||127.0.0.1|");
  // Where the end of the message is told in two ways nothing is carried out.
  CHECK(status_of(server.ask(post(3, "Transfer-Encoding: chunked\r\n"))) == 400);
  CHECK(status_of(server.ask(post(3, "Content-Length: 4\r\n"))) == 400);
  // A body that can be read is read, and the connection goes on.
  Client kept(server.listener->port());
  kept.send(post(2) + get("/next", kClose));
  CHECK(body_of(kept.read_response()) == "POST /p?|bb|127.0.0.1|");
  CHECK(body_of(kept.read_all()).starts_with("GET /next?"));
}

TEST_CASE("refusals are answered by the page they were meant for, when that is known") {
  ListenerSettings own = settings();
  own.refusals = [](const HttpRequest& request, int status) {
    HttpResponse response = plain_answer(status, request.path + '|' + request.body);
    response.set("Access-Control-Allow-Origin", "*");
    return response;
  };
  own.deadlines.body = own.deadlines.head = 50ms;
  Server server(echo, own);
  const auto by_page = [&](const std::string& bytes, int status) {
    CAPTURE(bytes.substr(0, 80));
    const std::string answer = server.ask(bytes);
    CHECK(status_of(answer) == status);
    CHECK(answer.find("\r\nConnection: close\r\n") != std::string::npos);
    return body_of(answer) == "/p|" && answer.find("Access-Control") != std::string::npos;
  };
  CHECK(by_page(post(70000), 413));
  CHECK(by_page(post(3, "Content-Encoding: br\r\n"), 415));
  CHECK(by_page(post(3, "Expect: more\r\n"), 417));
  CHECK(by_page(post(9).substr(0, post(9).size() - 1), 408));
  CHECK_FALSE(by_page("POST /p HTTP/1.1\r\nHost: a\r\n", 408));
  CHECK_FALSE(by_page("POST /p HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400));
}

}  // namespace
}  // namespace jawort
