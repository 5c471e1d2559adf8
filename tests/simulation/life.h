// Weeks in the life of one installation, by one seed: people, scanners, operators, a relay, a clock
// that is set, and crashes; over the real routes, flow, store and dispatcher, without threads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/flow/send_due.h"
#include "tests/simulation/chance.h"
#include "tests/simulation/relay.h"
#include "tests/support/world.h"
#include "webhooks/incoming/http.h"

namespace jawort::simulation {

struct Flaw {
  Defect transport = Defect::kNone;
  bool scanners_press = false;     // a machine presses the button, and nobody knows
  bool forgets_an_answer = false;  // a post is answered that was never made
};

class Life {
 public:
  Life(std::uint64_t seed, const std::filesystem::path& folder, const Flaw& flaw = {});

  // So many things happen, then all comes to rest and is looked through.
  void run(int steps);
  const Journal& journal() const { return journal_; }

 private:
  // What happens (life.cc), who does it (people.cc).
  void step();
  void guarded(const std::function<void()>& act);  // a crash in it is followed by a new start
  void start_again();
  void change_weather();
  void set_clock();
  void time_passes(milliseconds time);
  void come_to_rest();

  // The driver of the dispatcher, as engine/flow/worker is one (sending.cc).
  void send_until(milliseconds until);
  bool send_what_is_due();
  milliseconds next_look(milliseconds until);
  void check_plan(MailId mail, const AttemptEnd& end, Instant at);

  void sign_up();
  void read_a_letter();
  void press(Letter& letter);
  void deny(Letter& letter);
  void leave(Letter& letter);
  void scan(Letter& letter);
  void queue_action();
  void erase();
  void new_wording();
  void somebody_acts();

  HttpResponse ask(const std::string& method, const std::string& path, HttpHeaders headers = {},
                   const std::string& body = {});
  HttpResponse post(const std::string& path, const std::string& body);
  Letter* any_letter();

  // What must hold (promises.cc).
  void check_delivery(const Hash256& hash, const Letter& letter);
  void check_now();
  void check_in_the_end();
  void check_mail(const Hash256& hash, const Letter& letter, const MailRow& mail,
                  const OutboxRow& row);
  void check_steps(std::map<ConsentId, std::vector<Instant>> used);
  void check_limits(const std::map<std::string, std::vector<Instant>>& queued);
  std::map<std::string, int> event_counts();
  std::string states_of(const std::string& address);
  std::vector<OutboxRow> outbox();

  Dice dice_;
  testing::World world_;
  Journal journal_;
  Fate fate_;
  Relay relay_;
  const Flaw flaw_;
  std::unique_ptr<Dispatcher> dispatcher_;
  HttpHandler routes_;
  bool in_a_moment_ = false;  // while somebody acts during a delivery, nobody else does

  std::vector<std::string> versions_;  // of form "newsletter", as pages somewhere still carry them
  int wordings_ = 0;
  int answered_posts_ = 0;  // of people who never denied anything, with something to keep
  std::set<Hash256> answered_presses_;  // letters of which the press was answered
  std::set<std::string> deniers_, erased_;
  int answered_drops_ = 0;
  std::set<MailId> dropped_by_hand_;  // or perhaps, where a crash took the answer
  std::set<MailId> put_forward_;      // by an operator, since the last look at what is due
};

}  // namespace jawort::simulation
