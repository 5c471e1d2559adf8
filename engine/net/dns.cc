#include "engine/net/dns.h"

#include <algorithm>
#include <array>
#include <poll.h>

// Version 1.34 (Debian 13) would have some calls replaced by ones that 1.18 (Debian 12) lacks.
#define CARES_NO_DEPRECATED
#include <ares.h>

namespace jawort {
namespace {

constexpr int kClassIn = 1, kTypeTxt = 16;  // RFC 1035 §3.2
constexpr int kTryMilliseconds = 1000;      // then the next server, then once more
constexpr std::size_t kMostRecords = 64;

struct Query {
  TxtAnswer answer;
  int* open = nullptr;  // how many have no answer yet
};

std::vector<std::string> read_records(const unsigned char* bytes, int size) {
  ares_txt_ext* first = nullptr;
  if (ares_parse_txt_reply_ext(bytes, size, &first) != ARES_SUCCESS) return {};
  std::vector<std::string> records;
  for (const ares_txt_ext* part = first; part != nullptr; part = part->next) {
    if (part->record_start != 0) {
      if (records.size() == kMostRecords) break;
      records.emplace_back();
    }
    if (!records.empty()) {
      records.back().append(part->txt, part->txt + part->length);
    }
  }
  ares_free_data(first);
  return records;
}

void take_answer(void* argument, int status, int /*timeouts*/, unsigned char* bytes, int size) {
  Query& query = *static_cast<Query*>(argument);
  --*query.open;
  using enum TxtAnswer::Outcome;
  if (status == ARES_SUCCESS) {
    query.answer.records = read_records(bytes, size);
    query.answer.outcome = query.answer.records.empty() ? kNothing : kRecords;
  } else if (status == ARES_ENODATA || status == ARES_ENOTFOUND) {
    query.answer.outcome = kNothing;
  }
}

class Channel {
 public:
  explicit Channel(const std::string& server) {
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) return;
    initialised_ = true;
    ares_options options{};
    options.timeout = kTryMilliseconds;
    options.tries = 2;
    if (ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) !=
        ARES_SUCCESS) {
      channel_ = nullptr;
      return;
    }
    usable_ =
        server.empty() || ares_set_servers_ports_csv(channel_, server.c_str()) == ARES_SUCCESS;
  }
  ~Channel() {
    if (channel_ != nullptr) ares_destroy(channel_);
    if (initialised_) ares_library_cleanup();
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  bool usable() const { return usable_; }
  ares_channel get() const { return channel_; }

  // Waits at most `left` for something to read or write, and deals with it.
  void step(milliseconds left) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const int wanted = ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM);
    std::vector<pollfd> waiting;
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      const unsigned bits = static_cast<unsigned>(wanted);
      const int events = ((bits >> i & 1U) != 0 ? POLLIN : 0) |
                         ((bits >> (i + ARES_GETSOCK_MAXNUM) & 1U) != 0 ? POLLOUT : 0);
      if (events != 0) waiting.push_back({sockets[i], static_cast<short>(events), 0});
    }
    const milliseconds most{50};  // the library's own time-outs come about in process_fd
    ::poll(waiting.data(), waiting.size(), static_cast<int>(std::min(left, most).count()));
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    for (const pollfd& socket : waiting) {
      ares_process_fd(channel_, (socket.revents & ~POLLOUT) != 0 ? socket.fd : ARES_SOCKET_BAD,
                      (socket.revents & POLLOUT) != 0 ? socket.fd : ARES_SOCKET_BAD);
    }
  }

 private:
  ares_channel channel_ = nullptr;
  bool initialised_ = false, usable_ = false;
};

class SystemDns final : public Dns {
 public:
  SystemDns(const Clock& clock, milliseconds within, std::string server)
      : clock_(clock), within_(within), server_(std::move(server)) {}

  std::vector<TxtAnswer> txt(const std::vector<std::string>& names) override {
    std::vector<Query> queries(names.size());
    int open = static_cast<int>(names.size());
    {
      Channel channel(server_);
      if (!channel.usable()) return std::vector<TxtAnswer>(names.size());
      const milliseconds deadline = clock_.monotonic() + within_;
      for (std::size_t i = 0; i < names.size(); ++i) {
        queries[i].open = &open;
        ares_query(channel.get(), names[i].c_str(), kClassIn, kTypeTxt, take_answer, &queries[i]);
      }
      while (open > 0) {
        const milliseconds left = deadline - clock_.monotonic();
        if (left <= milliseconds(0)) break;
        channel.step(left);
      }
    }  // whoever still waits is called back here, with nothing
    std::vector<TxtAnswer> answers;
    for (Query& query : queries) answers.push_back(std::move(query.answer));
    return answers;
  }

 private:
  const Clock& clock_;
  const milliseconds within_;
  const std::string server_;
};

}  // namespace

Result<std::unique_ptr<Dns>> make_dns(const Clock& clock, milliseconds within,
                                      const std::string& server) {
  if (!server.empty() && !Channel(server).usable()) {
    return invalid("\"" + server + "\" is not a name server's address like 9.9.9.9 or [::1]:53");
  }
  return std::unique_ptr<Dns>(std::make_unique<SystemDns>(clock, within, server));
}

}  // namespace jawort
