#include "engine/flow/confirm_consent.h"

#include <algorithm>

#include "engine/consent/email_address.h"
#include "engine/flow/ask_again.h"
#include "engine/flow/consent_events.h"
#include "engine/flow/consent_link.h"
#include "engine/flow/end_round.h"
#include "engine/flow/enrol.h"
#include "engine/flow/mail_receipts.h"
#include "engine/flow/suspicion.h"

namespace jawort {
namespace {

constexpr int kOpeningsKept = 50;  // per round; a link fetched by a machine must not fill the disk

// What became of a round whose consent is gone, by its last event.
Result<LinkState> state_of_gone(const Tables& tables, const ConsentLink& link) {
  for (const ConsentId id : link.mail->consents) {
    const auto last = tables.events().last_about(link.mail->contact, id);
    if (!last.ok()) return last.error();
    if (*last && (*last)->type == "consent_expired") return LinkState::kExpired;
  }
  return LinkState::kDead;
}

Result<LinkState> state_of(const Tables& tables, const ConsentLink& link, Instant now) {
  const bool past = link.token.expires_at && now >= *link.token.expires_at;
  if (!link.mail) return past ? LinkState::kExpired : LinkState::kDead;
  const auto any = [&](ConsentStatus status) {
    return std::ranges::any_of(link.consents, [&](const LinkedConsent& linked) {
      return linked.by_this_mail && linked.consent.round.status == status;
    });
  };
  if (any(ConsentStatus::kPending)) return past ? LinkState::kExpired : LinkState::kOpen;
  if (any(ConsentStatus::kConfirmed)) return LinkState::kConfirmed;
  if (any(ConsentStatus::kRevoked)) return LinkState::kDead;
  if (link.consents.empty()) return state_of_gone(tables, link);
  // The consent stands in another round: a newer mail's, or an older one after this one ended.
  const bool newer = std::ranges::any_of(link.consents, [&](const LinkedConsent& linked) {
    const Round* waiting = linked.consent.waiting();
    return linked.consent.round.mail > link.mail->id ||
           (waiting != nullptr && waiting->mail > link.mail->id);
  });
  return newer ? Result<LinkState>(LinkState::kSuperseded) : state_of_gone(tables, link);
}

std::vector<Consent> consents_in(const ConsentLink& link, ConsentStatus status) {
  std::vector<Consent> out;
  for (const LinkedConsent& linked : link.consents) {
    if (linked.by_this_mail && linked.consent.round.status == status) out.push_back(linked.consent);
  }
  return out;
}

// A token of this kind that opens; nothing for any other text.
std::optional<TokenContent> open_token(const Context& context, std::string_view token) {
  return context.tokens.open(token, TokenKind::kConfirm);
}

struct Found {
  LinkState state = LinkState::kDead;
  ConsentLink link;
};

Result<Found> find_link(const Tables& tables, const TokenContent& token, Instant now) {
  Found found;
  auto link = follow_token(tables, token);
  if (!link.ok()) return link.error();
  found.link = std::move(*link);
  const auto state = state_of(tables, found.link, now);
  if (!state.ok()) return state.error();
  found.state = *state;
  return found;
}

// A renewal waits for the link's mail, or what it was to renew is confirmed by another one's.
bool keeps_consent(const ConsentLink& link) {
  return std::ranges::any_of(link.consents, [](const LinkedConsent& linked) {
    const bool confirmed = linked.consent.round.status == ConsentStatus::kConfirmed;
    return linked.renews || (confirmed && !linked.by_this_mail);
  });
}

bool asks_again(const Context& context) {
  return context.settings.suspicious == SuspicionPolicy::kAskAgain;
}

Result<ConfirmPage> page_for(const Context& context, const Found& found) {
  ConfirmPage page;
  page.state = found.state;
  if (found.state == LinkState::kDead) return page;
  const ConsentLink& link = found.link;
  page.language = link.language();
  page.keeps = keeps_consent(link);
  if (found.state != LinkState::kOpen && found.state != LinkState::kConfirmed) return page;
  auto form = form_of(context, link.leading());
  if (!form.ok()) return form.error();
  page.form = std::move(*form);
  if (page.form) page.mode = page.form->form.confirm;
  if (found.state == LinkState::kOpen && asks_again(context) &&
      context.shield.asked.reasons(link.mail->id)) {
    page.question = AskedQuestion::kAddress;
  }
  if (const auto address = EmailAddress::parse(link.contact ? link.contact->email : "");
      address.ok()) {
    page.masked_address = address->masked();
  }
  const auto status =
      found.state == LinkState::kOpen ? ConsentStatus::kPending : ConsentStatus::kConfirmed;
  for (const Consent& consent : consents_in(link, status)) {
    page.purposes.push_back(asked_purpose(page.form.get(), consent));
  }
  return page;
}

// Runs one decision on an open link in a transaction; any other state passes untouched.
template <typename Decide>
Result<Found> decide(const Context& context, std::string_view token, Decide&& on_open) {
  const auto content = open_token(context, token);
  if (!content) return Found{};
  Found found;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    const Instant now = context.clock.now();
    auto at_first = find_link(tables, *content, now);
    if (!at_first.ok()) return at_first.error();
    found = std::move(*at_first);
    if (found.state != LinkState::kOpen) return {};
    JAWORT_TRY(on_open(tables, found.link, now));
    auto after = find_link(tables, *content, now);
    if (!after.ok()) return after.error();
    found = std::move(*after);
    return {};
  }));
  return found;
}

// The values of the submission, which enter the contact: now the person stands behind them.
struct Adopted {
  std::vector<FieldValueRow> values, changed;  // changed: those that the contact has otherwise
};
Result<Adopted> values_to_adopt(const Tables& tables, const Consent& consent) {
  const auto values = tables.events().values(consent.round.submission);
  if (!values.ok()) return values.error();
  Adopted adopted;
  for (const EventValueRow& value : *values) {
    if (!value.name.starts_with("field:")) continue;
    adopted.values.push_back({value.name.substr(std::string_view("field:").size()), value.value,
                              "form:" + consent.round.form, consent.round.opt_in.at});
  }
  if (adopted.values.empty()) return adopted;
  const auto known = tables.contacts().fields(consent.contact);
  if (!known.ok()) return known.error();
  for (const FieldValueRow& value : adopted.values) {
    const auto before = std::ranges::find(*known, value.name, &FieldValueRow::name);
    if (before == known->end() || before->value != value.value) adopted.changed.push_back(value);
  }
  return adopted;
}

class Confirmation {
 public:
  Confirmation(const Context& context, const std::optional<std::vector<std::string>>& chosen,
               bool by_click, const Visit& visit, const std::optional<std::string>& typed)
      : context_(context),
        chosen_(chosen),
        by_click_(by_click),
        visit_(visit),
        again_(context, typed) {}

  Status run(Tables& tables, const ConsentLink& link, Instant now) {
    enrolled_ = false;
    std::vector<Consent> confirmed, left;
    for (const Consent& consent : consents_in(link, ConsentStatus::kPending)) {
      (is_chosen(consent) ? confirmed : left).push_back(consent);
    }
    if (confirmed.empty()) return invalid("none of the purposes was chosen");
    const auto signals =
        signals_of_press(tables, confirmed.front(), now, client_kind(visit_.user_agent));
    if (!signals.ok()) return signals.error();
    reasons_ = suspicions(*signals);
    if (asks_again(context_) && has_to_press_again(link)) return {};
    count_ = confirmed.size();
    JAWORT_TRY(stamp(tables, link, confirmed, *signals, now));
    for (const Consent& consent : left) {
      JAWORT_TRY(let_go(context_, tables, link, consent, visit_, now));
    }
    return {};
  }
  std::size_t count() const { return count_; }
  bool suspicious() const { return count_ > 0 && !reasons_.empty(); }
  bool enrolled() const { return enrolled_; }
  AskedQuestion question() const { return question_; }
  const AskAgain& again() const { return again_; }

 private:
  // A link that itself confirms is not asked about: its page has a button, which no one has
  // pressed.
  bool has_to_press_again(const ConsentLink& link) {
    if (by_click_) return !reasons_.empty() || context_.shield.asked.reasons(link.mail->id);
    question_ = again_.judge(link, reasons_);
    if (again_.answered()) reasons_ = again_.reasons();
    return question_ != AskedQuestion::kNone;
  }

  bool is_chosen(const Consent& consent) const {
    return !chosen_ || std::ranges::find(*chosen_, consent.purpose) != chosen_->end();
  }

  Status stamp(Tables& tables, const ConsentLink& link, const std::vector<Consent>& confirmed,
               const PressSignals& signals, Instant now) {
    NewEvent event = link_event(context_, "consent_confirmed", link, confirmed, visit_, now);
    event.facts.push_back({"zone", context_.zone.name()});
    event.facts.push_back({"by", by_click_ ? "click" : "button"});
    event.facts.push_back({"client", std::string(client_kind(visit_.user_agent))});
    if (by_click_) event.facts.push_back({"grade", std::string(name_of(Grade::kClick))});
    JAWORT_TRY(lift_suppression(tables, link, event));
    add_signals(signals, event);
    const auto adopted = values_to_adopt(tables, confirmed.front());
    if (!adopted.ok()) return adopted.error();
    std::string changed;
    for (const FieldValueRow& field : adopted->changed) {
      changed += (changed.empty() ? "" : " ") + field.name;
    }
    event.facts.push_back({"changed", std::move(changed)});
    const auto sequence = record_event(context_, tables, event);
    if (!sequence.ok()) return sequence.error();

    ConsentEvent change;
    change.change = ConsentChange::kConfirmed;
    change.at = {now, context_.zone.local(now).date};
    change.mail = link.mail->id;
    if (by_click_) change.grade = Grade::kClick;
    JAWORT_TRY(change_consents(tables, confirmed, change));
    // All of them come from one sign-up: of one form, and they wait for the same mail.
    JAWORT_TRY(want_receipt(context_, tables, confirmed.front().round.form, *sequence));
    for (const FieldValueRow& value : adopted->values) {
      JAWORT_TRY(tables.contacts().set_field(confirmed.front().contact, value));
    }
    const auto enrolled =
        enrol_confirmed(context_, tables, confirmed, adopted->changed, *sequence, now);
    if (!enrolled.ok()) return enrolled.error();
    enrolled_ = *enrolled;
    return {};
  }

  // All of them wait for the same mail, so the signals of one are those of all.
  void add_signals(const PressSignals& signals, NewEvent& event) const {
    const auto add = [&](std::string name, const std::optional<std::int64_t>& number) {
      if (number) event.facts.push_back({std::move(name), std::to_string(*number)});
    };
    add("seconds_since_hand_over", signals.seconds_since_hand_over());
    add("seconds_since_opening", signals.seconds_since_opening());
    std::string reasons;
    for (const std::string& reason : reasons_) reasons += (reasons.empty() ? "" : " ") + reason;
    event.facts.push_back({"suspicious", std::move(reasons)});
    if (again_.answered()) event.facts.push_back({"asked_again", "address"});
  }

  // Whoever pressed reads mail there, and wants it again.
  Status lift_suppression(Tables& tables, const ConsentLink& link, NewEvent& event) const {
    if (!link.contact) return {};
    const auto key = address_key(context_.keys.address, link.contact->email_normalised);
    const auto suppression = tables.suppressions().find(key);
    if (!suppression.ok()) return suppression.error();
    if (!*suppression || !lifted_by_confirmation((*suppression)->reason)) return {};
    event.facts.push_back({"suppression_lifted", std::string(name_of((*suppression)->reason))});
    return tables.suppressions().remove(key);
  }

  const Context& context_;
  const std::optional<std::vector<std::string>>& chosen_;
  const bool by_click_;
  const Visit& visit_;
  AskAgain again_;
  AskedQuestion question_ = AskedQuestion::kNone;
  std::vector<std::string> reasons_;
  std::size_t count_ = 0;
  bool enrolled_ = false;
};

// Who was not there did not ask by the other mails of the same form either: all that waits for a
// press of this contact and was asked by a form of these. A renewal stands for its consent's round.
Result<std::vector<Consent>> waiting_of_forms(const Tables& tables,
                                              const std::vector<Consent>& denied) {
  auto all = tables.consents().of_contact(denied.front().contact);
  if (!all.ok()) return all.error();
  std::vector<Consent> out;
  for (Consent& consent : *all) {
    const Round* waiting = consent.waiting();
    const bool same_form =
        waiting != nullptr && std::ranges::any_of(denied, [&](const Consent& one) {
          return one.round.form == waiting->form;
        });
    if (!same_form) continue;
    if (consent.renewal) {
      consent.round = std::move(*consent.renewal);
      consent.renewal.reset();
    }
    out.push_back(std::move(consent));
  }
  return out;
}

Result<int> openings_of(const Tables& tables, const ConsentLink& link) {
  const Consent* consent = link.leading();
  if (consent == nullptr) return 0;
  const auto events = tables.events().about(consent->contact, consent->id);
  if (!events.ok()) return events.error();
  const std::int64_t since = consent->round.submission;
  return static_cast<int>(std::ranges::count_if(*events, [&](const EventRow& event) {
    return event.sequence > since && event.type == "link_opened";
  }));
}

Status record_opening(const Context& context, Tables& tables, const ConsentLink& link,
                      const Visit& visit, Instant now) {
  const auto openings = openings_of(tables, link);
  if (!openings.ok()) return openings.error();
  if (*openings >= kOpeningsKept) return {};
  const auto consents = consents_in(link, ConsentStatus::kPending);
  NewEvent event = link_event(context, "link_opened", link, consents, visit, now);
  event.facts.push_back({"client", std::string(client_kind(visit.user_agent))});
  const auto mailed = handed_over_at(tables, consents.front().round);
  if (!mailed.ok()) return mailed.error();
  if (*mailed) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - **mailed);
    event.facts.push_back({"seconds_since_hand_over", std::to_string(seconds.count())});
  }
  const auto sequence = record_event(context, tables, event);
  if (!sequence.ok()) return sequence.error();

  ConsentEvent change;
  change.change = ConsentChange::kOpened;
  change.at = {now, ""};
  change.mail = link.mail->id;
  return change_consents(tables, consents, change);
}

}  // namespace

Result<ConfirmPage> look_up_link(const Context& context, std::string_view token) {
  const auto content = open_token(context, token);
  if (!content) return ConfirmPage{};
  Found found;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto result = find_link(tables, *content, context.clock.now());
    if (!result.ok()) return result.error();
    found = std::move(*result);
    return {};
  }));
  return page_for(context, found);
}

Result<ConfirmPage> open_link(const Context& context, std::string_view token, const Visit& visit) {
  // Read first: only an open link is worth a durable write.
  auto page = look_up_link(context, token);
  if (!page.ok() || page->state != LinkState::kOpen) return page;
  const auto found =
      decide(context, token, [&](Tables& tables, const ConsentLink& link, Instant now) {
        return record_opening(context, tables, link, visit, now);
      });
  if (!found.ok()) return found.error();
  return page_for(context, *found);
}

Result<ConfirmPage> confirm_consent(const Context& context, std::string_view token,
                                    const std::optional<std::vector<std::string>>& chosen,
                                    bool by_click, const Visit& visit,
                                    const std::optional<std::string>& typed) {
  Confirmation confirmation(context, chosen, by_click, visit, typed);
  const auto found =
      decide(context, token, [&](Tables& tables, const ConsentLink& link, Instant now) {
        return confirmation.run(tables, link, now);
      });
  if (!found.ok()) return found.error();
  count_consents(context, "confirmed", confirmation.count());
  if (confirmation.enrolled()) context.mail_queued();  // the first step may be due at once
  if (confirmation.suspicious()) count_suspicious(context, 1);
  const AskAgain& again = confirmation.again();
  if (again.asked_first()) count_asked_again(context, 1);
  if (again.answered()) context.shield.asked.forget(found->link.mail->id);
  auto page = page_for(context, *found);
  if (!page.ok() || confirmation.question() == AskedQuestion::kNone) return page;
  page->question = confirmation.question();
  page->wait = again.wait();
  return page;
}

Result<ConfirmPage> deny_consent(const Context& context, std::string_view token,
                                 const Visit& visit) {
  std::string language;
  std::size_t denied = 0;
  const auto found =
      decide(context, token, [&](Tables& tables, const ConsentLink& link, Instant now) -> Status {
        language = link.language();
        const auto pending = waiting_of_forms(tables, consents_in(link, ConsentStatus::kPending));
        if (!pending.ok()) return pending.error();
        denied = pending->size();
        return deny_pending(context, tables, link, *pending, visit, now);
      });
  if (!found.ok()) return found.error();
  if (denied == 0) return page_for(context, *found);
  count_consents(context, "denied", denied);
  ConfirmPage page;
  page.state = LinkState::kDenied;
  page.language = language;
  page.keeps = keeps_consent(found->link);
  return page;
}

}  // namespace jawort
