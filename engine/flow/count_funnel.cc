#include "engine/flow/count_funnel.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "engine/evidence/leaf.h"

namespace jawort {
namespace {

struct Place {
  std::string campaign, form;
  int step = 0;
};

// What the event counts as. One of a sign-up, of a mail, or of a consent.
enum class CountedBy : std::uint8_t { kSignUp, kMail, kConsent, kStep };
struct Counted {
  std::string_view type, what;
  CountedBy by;
};
constexpr std::array<Counted, 12> kCounted{{
    {"form_submitted", "signed_up", CountedBy::kSignUp},
    {"mail_handed_over", "handed_over", CountedBy::kMail},
    {"mail_refused", "refused", CountedBy::kMail},
    {"link_opened", "opened", CountedBy::kMail},
    {"consent_confirmed", "confirmed", CountedBy::kMail},
    {"message_bounced", "bounced", CountedBy::kMail},
    {"consent_denied", "denied", CountedBy::kConsent},
    {"consent_expired", "expired", CountedBy::kConsent},
    {"consent_revoked", "revoked", CountedBy::kConsent},
    {"reminder_queued", "queued", CountedBy::kStep},
    {"step_queued", "queued", CountedBy::kStep},
    {"step_withheld", "withheld", CountedBy::kStep},
}};

bool begins_round(const Leaf& leaf) {
  return std::ranges::any_of(leaf.facts, [](const Fact& fact) {
    return fact.name.starts_with("round:") && (fact.value == "new" || fact.value == "renewal");
  });
}

class Reading {
 public:
  explicit Reading(const Tables& tables) : tables_(tables) {}

  Status read(std::int64_t after, int limit) {
    last = after;
    for (std::int64_t sequence = after + 1; sequence <= after + limit; ++sequence) {
      const auto event = tables_.events().find(sequence);
      if (!event.ok()) return event.error();
      if (!*event) return {};
      JAWORT_TRY(count(**event));
      last = sequence;
    }
    return {};
  }

  using Key = std::tuple<std::string, std::string, int, std::string>;
  std::map<Key, std::int64_t> counts;
  std::int64_t last = 0;

 private:
  Status count(const EventRow& event) {
    const auto counted = std::ranges::find(kCounted, event.type, &Counted::type);
    if (counted == kCounted.end()) return {};
    const auto leaf = decode_leaf(event.leaf);
    if (!leaf.ok()) return {};  // `ledger verify` says so
    const auto place = place_of(event, *leaf, counted->by);
    if (!place.ok()) return place.error();
    if (!*place) return {};
    ++counts[{(*place)->campaign, (*place)->form, (*place)->step, std::string(counted->what)}];
    return {};
  }

  // Nothing where it concerns no campaign, or is of somebody who was erased since.
  Result<std::optional<Place>> place_of(const EventRow& event, const Leaf& leaf, CountedBy by) {
    switch (by) {
      case CountedBy::kSignUp:
        if (!begins_round(leaf)) return std::optional<Place>{};
        return std::optional(
            Place{std::string(leaf.fact("campaign")), std::string(leaf.fact("form")), 0});
      case CountedBy::kMail:
        return place_of_mail(event);
      case CountedBy::kConsent:
        return place_of_consent(event);
      case CountedBy::kStep:
        return place_of_step(event, leaf);
    }
    return std::optional<Place>{};
  }

  // By the event that queued the mail.
  Result<std::optional<Place>> place_of_mail(const EventRow& event) {
    const auto values = tables_.events().values(event.sequence);
    if (!values.ok()) return values.error();
    const auto named = std::ranges::find(*values, "mail", &EventValueRow::name);
    if (named == values->end()) return std::optional<Place>{};
    const auto mail = tables_.outbox().mail(MailId{parse_id_text(named->value).value_or(0)});
    if (!mail.ok()) return mail.error();
    if (!*mail) return std::optional<Place>{};
    const auto queued = tables_.events().find((*mail)->submission);
    if (!queued.ok()) return queued.error();
    if (!*queued) return std::optional<Place>{};
    const auto leaf = decode_leaf((*queued)->leaf);
    if (!leaf.ok()) return std::optional<Place>{};
    if (leaf->type == "form_submitted") return place_of(**queued, *leaf, CountedBy::kSignUp);
    const bool of_step = leaf->type == "step_queued" || leaf->type == "reminder_queued";
    if (!of_step) return std::optional<Place>{};
    return place_of_step(**queued, *leaf);
  }

  Result<std::optional<Place>> place_of_step(const EventRow& event, const Leaf& leaf) {
    auto place = place_of_consent(event);
    if (!place.ok()) return place;
    if (!*place) place = std::optional(Place{});
    (*place)->campaign = leaf.fact("campaign");
    (*place)->step = static_cast<int>(parse_decimal(leaf.fact("step")).value_or(0));
    return place;
  }

  // By the last sign-up before it by which a round of the consent began.
  Result<std::optional<Place>> place_of_consent(const EventRow& event) {
    if (event.consents.empty()) return std::optional<Place>{};
    const auto events = tables_.events().about(event.contact, event.consents.front());
    if (!events.ok()) return events.error();
    std::optional<Place> place;
    for (const EventRow& earlier : *events) {
      if (earlier.sequence >= event.sequence) break;
      if (earlier.type != "form_submitted") continue;
      const auto leaf = decode_leaf(earlier.leaf);
      if (!leaf.ok() || !begins_round(*leaf)) continue;
      place = Place{std::string(leaf->fact("campaign")), std::string(leaf->fact("form")), 0};
    }
    return place;
  }

  const Tables& tables_;
};

void show(const Context& context, const Reading::Key& key, std::int64_t people) {
  const auto& [campaign, form, step, what] = key;
  context.metrics
      .counter("jawort_funnel_total{campaign=\"" + campaign + "\",form=\"" + form + "\",step=\"" +
                   std::to_string(step) + "\",what=\"" + what + "\"}",
               "How far people came, by campaign, form and step (0: the sign-up)")
      .add(static_cast<std::uint64_t>(people));
}

}  // namespace

Result<int> count_funnel(const Context& context, int limit) {
  std::map<Reading::Key, std::int64_t> counts;
  std::int64_t after = 0, last = 0;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    const auto progress = tables.erasures().progress(kFunnelProgress);
    if (!progress.ok()) return progress.error();
    Reading reading(tables);
    after = *progress;
    JAWORT_TRY(reading.read(after, limit));
    last = reading.last;
    counts = std::move(reading.counts);
    return {};
  }));
  if (last == after) return 0;
  bool counted = false;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    counted = false;
    const auto progress = tables.erasures().progress(kFunnelProgress);
    if (!progress.ok()) return progress.error();
    if (*progress != after) return {};  // somebody else was faster
    for (const auto& [key, people] : counts) {
      const auto& [campaign, form, step, what] = key;
      JAWORT_TRY(tables.funnel().add({campaign, form, step, what, people}));
    }
    counted = true;
    return tables.erasures().set_progress(kFunnelProgress, last);
  }));
  if (counted) {
    for (const auto& [key, people] : counts) show(context, key, people);
  }
  return static_cast<int>(last - after);
}

}  // namespace jawort
