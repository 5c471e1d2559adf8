#include <algorithm>

#include "engine/evidence/digest.h"
#include "tests/simulation/life.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"

namespace jawort::simulation {
namespace {

using std::chrono::hours;
using testing::take;

// Somebody has a use for the mail: a round or a renewal waits for its press; or it tells of a
// consent that still holds.
bool waits_for(const Tables& tables, const MailRow& mail, Instant now) {
  return std::ranges::any_of(mail.consents, [&](ConsentId id) {
    const auto consent = take(tables.consents().find(id));
    if (!consent) return false;
    if (!asks_for_press(mail.kind)) {
      return consent->round.status == ConsentStatus::kConfirmed && now < mail.expires_at;
    }
    const Round* waiting = consent->waiting();
    return waiting != nullptr && waiting->mail == mail.id && now < waiting->expires_at;
  });
}

}  // namespace

std::vector<OutboxRow> Life::outbox() {
  std::vector<OutboxRow> rows;
  take(world_.store().read([&](const Tables& tables) -> Status {
    rows = take(tables.outbox().page({}, MailId{}, 10'000));
    return {};
  }));
  return rows;
}

std::map<std::string, int> Life::event_counts() {
  std::map<std::string, int> counts;
  take(world_.store().read([&](const Tables& tables) -> Status {
    const auto last = take(tables.events().last_sequence());
    for (std::int64_t sequence = 1; sequence <= last; ++sequence) {
      const auto event = take(tables.events().find(sequence));
      ++counts[event->type];
      const Leaf leaf = take(decode_leaf(event->leaf));
      if (event->type == "mail_uncertain" && leaf.fact("then") == "failed") ++counts["given up"];
    }
    return {};
  }));
  return counts;
}

// What a machine must not change.
std::string Life::states_of(const std::string& address) {
  std::string states;
  const auto record = world_.contact(address);
  if (!record) return states;
  for (const auto& view : record->consents) {
    const Round& round = view.consent.round;
    states += view.consent.purpose + " " + std::string(name_of(round.status)) + " " +
              std::to_string(round.submission) + (round.confirmed ? " confirmed" : "") +
              (view.consent.renewal ? " renewing; " : "; ");
  }
  return states;
}

// Asked when the gate has said yes: the last moment that counts.
void Life::check_delivery(const Hash256& hash, const Letter& letter) {
  journal_.expect(!letter.banned, "nobody is mailed after a denial or a revocation");
  take(world_.store().read([&](const Tables& tables) -> Status {
    const auto rows = take(tables.outbox().page({OutboxState::kHandingOver}, MailId{}, 10));
    journal_.expect(rows.size() == 1, "the mark of the last bytes is durable before they go");
    if (rows.size() != 1) return {};
    const auto mail = take(tables.outbox().mail(rows.front().mail));
    journal_.expect(mail && mail->message_hash == hash, "what goes is what was kept");
    journal_.expect(mail && waits_for(tables, *mail, world_.clock.now()),
                    "a mail goes only while somebody has a use for it");
    return {};
  }));
}

// At any moment between two commits.
void Life::check_now() {
  take(world_.store().read([&](const Tables& tables) -> Status {
    for (const OutboxRow& row : take(tables.outbox().page({}, MailId{}, 10'000))) {
      if (row.state != OutboxState::kDropped || dropped_by_hand_.contains(row.mail)) continue;
      const auto mail = take(tables.outbox().mail(row.mail));
      // Of one that tells of a consent the reason may be over: a suppression that was lifted.
      const bool asked = mail && asks_for_press(mail->kind);
      journal_.expect(mail && !(asked && waits_for(tables, *mail, world_.clock.now())),
                      "no mail is dropped for which somebody waits");
    }
    for (const ContactRow& contact : take(tables.contacts().page(ContactId{}, 10'000))) {
      for (const Consent& consent : take(tables.consents().of_contact(contact.id))) {
        if (!consent.round.confirmed) continue;
        const auto mail = take(tables.outbox().mail(consent.round.mail));
        const auto letter =
            mail ? relay_.letters().find(mail->message_hash) : relay_.letters().end();
        journal_.expect(letter != relay_.letters().end() && letter->second.pressed,
                        "what is confirmed was pressed by a person who had the mail");
      }
    }
    return {};
  }));
}

void Life::check_mail(const Hash256& hash, const Letter& letter, const MailRow& mail,
                      const OutboxRow& row) {
  const std::string name = id_text(row.mail.value) + " (" + std::string(name_of(row.state)) + ") ";
  journal_.expect(letter.delivered <= 1 + row.uncertain,
                  name + "is in a mailbox twice unexplained");
  journal_.expect(row.state != OutboxState::kSent || letter.delivered > 0, name + "is nowhere");
  journal_.expect(row.attempts <= letter.spoken, name + "used up tries while nobody listened");
  journal_.expect(mail.message_hash == hash, name + "is another mail");
}

// "1 per P1D, 3 per P30D", by the times that the mails carry.
void Life::check_limits(const std::map<std::string, std::vector<Instant>>& queued) {
  for (const auto& [address, times] : queued) {
    for (const Instant from : times) {
      const auto within = [&](hours window) {
        return std::ranges::count_if(times,
                                     [&](Instant at) { return at >= from && at < from + window; });
      };
      journal_.expect(within(hours{24}) <= 1, address + ": one confirmation mail a day");
      journal_.expect(within(hours{24 * 30}) <= 3, address + ": three in thirty days");
    }
  }
}

// "1 per P7D" of the purpose, but for a clock that was set meanwhile; and each step once per press,
// each reminder once per sign-up.
void Life::check_steps(std::map<ConsentId, std::vector<Instant>> used) {
  for (auto& [consent, times] : used) {
    std::ranges::sort(times);
    for (std::size_t i = 1; i < times.size(); ++i) {
      journal_.expect(times[i] - times[i - 1] >= hours{24 * 7 - 24},
                      "a consent is used no oftener than its purpose says");
    }
  }
  std::map<std::pair<ConsentId, std::string>, int> queued;
  std::map<ConsentId, int> presses, sign_ups;
  take(world_.store().read([&](const Tables& tables) -> Status {
    const auto last = take(tables.events().last_sequence());
    for (std::int64_t sequence = 1; sequence <= last; ++sequence) {
      const auto event = take(tables.events().find(sequence));
      const bool step = event->type == "step_queued" || event->type == "reminder_queued";
      const std::string number =
          step ? std::string(take(decode_leaf(event->leaf)).fact("step")) : std::string();
      for (const ConsentId consent : event->consents) {
        if (event->type == "consent_confirmed") ++presses[consent];
        if (event->type == "form_submitted") ++sign_ups[consent];
        if (step) ++queued[{consent, number}];
      }
    }
    return {};
  }));
  for (const auto& [key, count] : queued) {
    const bool reminder = key.second == "2";  // of sommer.toml
    journal_.expect(count <= (reminder ? sign_ups : presses)[key.first],
                    "a step goes at most once per round");
  }
}

void Life::check_in_the_end() {
  std::map<OutboxState, int> states;
  std::map<std::string, std::vector<Instant>> queued;
  std::map<ConsentId, std::vector<Instant>> steps;
  int uncertain = 0, uncertain_for_nobody = 0;
  std::set<Hash256> known;
  take(world_.store().read([&](const Tables& tables) -> Status {
    for (const OutboxRow& row : take(tables.outbox().page({}, MailId{}, 10'000))) {
      const auto mail = take(tables.outbox().mail(row.mail));
      REQUIRE(mail);
      const auto letter = relay_.letters().find(mail->message_hash);
      const bool nobody =
          letter != relay_.letters().end() && (deniers_.contains(letter->second.recipient) ||
                                               erased_.contains(letter->second.recipient));
      ++states[row.state];
      uncertain += row.uncertain;
      uncertain_for_nobody += nobody ? row.uncertain : 0;
      journal_.expect(is_final(row.state) || row.state == OutboxState::kHeld,
                      "in the end no mail is left " + std::string(name_of(row.state)));
      if (letter == relay_.letters().end()) {
        journal_.expect(row.state != OutboxState::kSent, "a mail is sent of which no relay knows");
        continue;
      }
      known.insert(letter->first);
      if (mail->kind != MailKind::kStep) {
        queued[letter->second.recipient].push_back(mail->queued_at);
      }
      // The answer to a press is no use of the consent.
      if (mail->kind == MailKind::kStep && row.priority == MailPriority::kBulk &&
          row.state == OutboxState::kSent && !mail->consents.empty()) {
        steps[mail->consents.front()].push_back(*row.handed_over_at);
      }
      check_mail(letter->first, letter->second, *mail, row);
    }
    const auto late = take(tables.consents().expired(world_.clock.now(), 1));
    journal_.expect(late.empty(), "nothing is pending past its time");
    return {};
  }));
  journal_.expect(known.size() == relay_.letters().size(),
                  "every mail at the relay is one of ours");
  check_limits(queued);
  check_steps(std::move(steps));

  auto events = event_counts();
  // Of a mail for which nobody waits any more, because it was denied meanwhile, the row tells
  // alone.
  journal_.expect(events["mail_uncertain"] <= uncertain &&
                      events["mail_uncertain"] >= uncertain - uncertain_for_nobody,
                  "each uncertain case is recorded");
  journal_.expect(events["mail_handed_over"] == states[OutboxState::kSent], "so is each mail sent");
  const int given_up = events["mail_refused"] + events["given up"];
  journal_.expect(given_up <= states[OutboxState::kFailed] &&
                      given_up >= states[OutboxState::kFailed] - uncertain_for_nobody,
                  "and each one given up");
  journal_.expect(events["mail_dropped"] >= answered_drops_,
                  "and each one that an operator took out");
  journal_.expect(events["form_submitted"] >= answered_posts_, "no post that was answered is lost");
  journal_.expect(events["consent_confirmed"] >= static_cast<int>(answered_presses_.size()),
                  "no press that was answered is lost");
}

}  // namespace jawort::simulation
