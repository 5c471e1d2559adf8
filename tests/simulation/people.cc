#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "engine/flow/apply_definitions.h"
#include "engine/flow/erase_contact.h"
#include "engine/flow/queue_action.h"
#include "tests/simulation/life.h"
#include "tests/support/catch.h"
#include "tests/support/in_files.h"

namespace jawort::simulation {
namespace {

const std::vector<std::string> kPeople = {"anna@example.org", "Bert@Example.org",
                                          "bert@example.org", "carla@grey.example",
                                          "dora@grey.example"};
const std::string kBrowser = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";

bool answered(const HttpResponse& response) { return response.status < 400; }

}  // namespace

HttpResponse Life::ask(const std::string& method, const std::string& path, HttpHeaders headers,
                       const std::string& body) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  request.headers = std::move(headers);
  request.headers.emplace_back("user-agent", kBrowser);
  request.body = body;
  request.peer =
      "198.51." + std::to_string(dice_.roll(250)) + "." + std::to_string(dice_.roll(250));
  const HttpResponse response = routes_(request);
  journal_.expect(response.status < 500 || response.status == 503, "no request breaks anything");
  journal_.note(method + " " + path.substr(0, 20) + " " + body.substr(0, 70) + " -> " +
                std::to_string(response.status));
  if (response.after) response.after();
  return response;
}

HttpResponse Life::post(const std::string& path, const std::string& body) {
  return ask("POST", path, {{"content-type", "application/x-www-form-urlencoded"}}, body);
}

Letter* Life::any_letter() {
  const auto mailbox = relay_.mailbox();
  if (mailbox.empty()) return nullptr;
  // Mostly one of the last.
  const std::size_t back =
      dice_.one_in(3) ? mailbox.size() : std::min<std::size_t>(4, mailbox.size());
  return &relay_.letters()[mailbox[mailbox.size() - 1 - dice_.roll(back)]];
}

void Life::sign_up() {
  const std::string& person = dice_.of(kPeople);
  const bool contact_form = dice_.one_in(4);
  std::string body = "email=" + percent_encode(person);
  if (!contact_form || dice_.one_in(2)) body += "&consent=newsletter";
  if (!contact_form && dice_.one_in(2)) body += "&consent=phone";
  if (contact_form) body += "&message=Hallo";
  if (contact_form || dice_.one_in(2)) body += "&first_name=Name" + std::to_string(dice_.roll(50));
  if (dice_.one_in(3)) body += "&lang=en";
  if (!contact_form && dice_.one_in(2)) body += "&version=" + dice_.of(versions_);
  const bool machine = dice_.one_in(12);
  if (machine) body += "&company_fax=1";
  const auto response = post(contact_form ? "/forms/contact" : "/forms/newsletter", body);
  journal_.expect(response.status == 303 || response.status == 503,
                  "a form post is answered alike");
  if (answered(response) && !machine && !deniers_.contains(ascii_lower(person))) ++answered_posts_;
  if (flaw_.forgets_an_answer && dice_.one_in(5)) answered_posts_ += 3;
}

void Life::read_a_letter() {
  Letter* letter = any_letter();
  if (letter == nullptr) return sign_up();
  if (letter->confirm.empty()) {  // it says that they are signed up already
    if (dice_.one_in(3)) leave(*letter);
    return;
  }
  ask("GET", "/confirm/" + letter->confirm);
  const std::size_t mood = dice_.roll(8);
  if (mood < 4) press(*letter);
  if (mood == 4) deny(*letter);
  if (mood == 5 || mood == 6) leave(*letter);
}

void Life::press(Letter& letter) {
  const auto before = look_up_link(world_.context(), letter.confirm);
  REQUIRE(before.ok());
  letter.pressed = true;
  std::string body = "decision=confirm";
  if (before->purposes.size() > 1 && dice_.one_in(2)) {
    body += "&choose=1&purpose=" + before->purposes[dice_.roll(before->purposes.size())].id;
  }
  const auto response = post("/confirm/" + letter.confirm, body);
  if (!answered(response)) return;
  const auto after = look_up_link(world_.context(), letter.confirm);
  journal_.expect(after.ok() && after->state == LinkState::kConfirmed,
                  "a press that is answered counts");
  for (const auto& [hash, other] : relay_.letters()) {
    if (&other == &letter) answered_presses_.insert(hash);
  }
  if (!dice_.one_in(3)) return;
  const auto counts = event_counts();
  const auto again = post("/confirm/" + letter.confirm, body);
  journal_.expect(!answered(again) || again.status == response.status,
                  "a second press is answered alike");
  journal_.expect(event_counts() == counts, "and changes nothing");
}

void Life::deny(Letter& letter) {
  const auto before = look_up_link(world_.context(), letter.confirm);
  REQUIRE(before.ok());
  // Also when the answer never comes: it may have been written before the crash.
  deniers_.insert(letter.recipient);
  const auto response = post("/confirm/" + letter.confirm, "decision=deny");
  if (before->state == LinkState::kOpen && answered(response)) letter.banned = true;
}

void Life::leave(Letter& letter) {
  deniers_.insert(letter.recipient);  // on what is pending it counts as denial
  const bool one_click = dice_.one_in(2);
  const auto response =
      post("/revoke/" + letter.revoke, one_click ? "List-Unsubscribe=One-Click" : "");
  if (!answered(response)) return;
  letter.banned = true;
  const auto after = look_up_revocation(world_.context(), letter.revoke);
  journal_.expect(
      after.ok() && after->state != RevokeState::kOpen && after->state != RevokeState::kDead,
      "a revocation is in force at once");
}

// Mail programs, filters and crawlers do all this, and none of it is consent.
void Life::scan(Letter& letter) {
  if (letter.confirm.empty()) return;
  const std::string before = states_of(letter.recipient);
  const std::string path = "/confirm/" + letter.confirm;
  for (const std::string& url : {path, "/revoke/" + letter.revoke}) {
    ask("GET", url, {{"user-agent", "Mozilla/5.0 (compatible; Barracuda Sentinel)"}});
    ask("GET", url, {{"sec-purpose", "prefetch;prerender"}});
    ask("HEAD", url);
    ask("OPTIONS", url);
  }
  post(path, "");
  post(path, "decision=maybe");
  post(path, "decision=confirm&decision=confirm");
  ask("POST", path, {{"content-type", "text/plain"}}, "decision=confirm");
  std::string changed = letter.confirm;
  changed[dice_.roll(changed.size())] ^= 1;
  post("/confirm/" + changed, "decision=confirm");
  post("/confirm/" + letter.revoke, "decision=confirm");
  post("/revoke/" + letter.confirm, "List-Unsubscribe=One-Click");
  if (flaw_.scanners_press) post(path, "decision=confirm");
  if (!flaw_.scanners_press) {
    journal_.expect(states_of(letter.recipient) == before, "a machine changes no consent");
  }
}

void Life::queue_action() {
  const auto rows = outbox();
  if (rows.empty()) return;
  const OutboxRow& row = dice_.of(rows);
  constexpr QueueAction kActions[] = {QueueAction::kRetry, QueueAction::kRelease,
                                      QueueAction::kDrop};
  const QueueAction action = kActions[dice_.roll(3)];
  const bool first_drop = action == QueueAction::kDrop && dropped_by_hand_.insert(row.mail).second;
  const Status done = act_on_mail(world_.context(), row.mail, action);
  if (!done.ok() && first_drop) dropped_by_hand_.erase(row.mail);
  journal_.note("operator: action " + std::to_string(static_cast<int>(action)) +
                " on a mail that is " + std::string(name_of(row.state)) +
                (done.ok() ? "" : ": " + done.error().message));
  if (done.ok() && action != QueueAction::kDrop) put_forward_.insert(row.mail);
  if (done.ok() && action == QueueAction::kDrop) ++answered_drops_;
}

// An operator erases a person. Who comes back later is somebody new.
void Life::erase() {
  const std::string person = ascii_lower(dice_.of(kPeople));
  const bool with_proof = dice_.one_in(2);
  erased_.insert(person);  // also when it is cut off by a crash
  const auto erased = erase_contact(world_.context(), person, with_proof);
  journal_.note("operator: erase " + person + (with_proof ? " with the proof: " : ": ") +
                (erased.ok() ? "done" : erased.error().message));
  if (!erased.ok()) {
    const ErrorKind kind = erased.error().kind;
    journal_.expect(kind == ErrorKind::kNotFound || kind == ErrorKind::kRefused ||
                        kind == ErrorKind::kUnavailable,
                    "whoever is there can be erased");
    return;
  }
  for (auto& [hash, letter] : relay_.letters()) {
    if (letter.recipient == person) letter.banned = true;
  }
  journal_.expect(!world_.contact(person), "who was erased is not there");
  if (!with_proof) return;
  const auto emptied = world_.store().empty_log(milliseconds{0});
  journal_.expect(emptied.ok() && *emptied, "the log of the database can be emptied");
  const auto folder = std::filesystem::path(world_.database_path()).parent_path();
  journal_.expect(!testing::in_files(folder, person), "of the erased no byte is left in any file");
}

void Life::new_wording() {
  std::string definitions = testing::source_file("tests/golden/sommer.toml");
  ++wordings_;
  definitions = replace_all(definitions, "Ja, ich möchte",
                            "Ja (" + std::to_string(wordings_) + "), ich möchte");
  const auto applied = apply_definitions(world_.context(), {{"sommer.toml", definitions}}, false);
  if (!applied.ok()) {
    journal_.expect(applied.error().kind == ErrorKind::kUnavailable, applied.error().message);
    return;
  }
  journal_.note("a new wording is in force");
  const auto shown = world_.context().definitions.get()->shown_form("newsletter");
  REQUIRE(shown);
  versions_.push_back(version_text(shown->version));
}

// While a mail is under way, around the moment at which it is decided that it may go.
void Life::somebody_acts() {
  if (in_a_moment_ || !dice_.one_in(4)) return;
  in_a_moment_ = true;
  journal_.note("meanwhile:");
  if (dice_.one_in(4)) {
    queue_action();
  } else if (dice_.one_in(12)) {
    erase();
  } else if (Letter* letter = any_letter(); letter != nullptr && dice_.one_in(2)) {
    leave(*letter);
  } else if (dice_.one_in(2)) {
    sign_up();
  } else {
    read_a_letter();
  }
  in_a_moment_ = false;
}

}  // namespace jawort::simulation
