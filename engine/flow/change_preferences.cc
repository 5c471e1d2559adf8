#include "engine/flow/change_preferences.h"

#include <algorithm>

#include "engine/evidence/digest.h"
#include "engine/flow/brake_mails.h"
#include "engine/flow/consent_link.h"
#include "engine/flow/count_blocked.h"
#include "engine/flow/end_round.h"
#include "engine/flow/revoke_consent.h"
#include "engine/flow/sign_up.h"

namespace jawort {
namespace {

// No id and no version has a colon but the one in "sha256:…", which comes last.
std::string offer_text(const ShownForm& form, std::string_view purpose) {
  return std::string(purpose) + ":" + form.form.id + ":" + version_text(form.version);
}

struct Offer {
  std::string purpose, form, version;
};
std::optional<Offer> parse_offer(std::string_view text) {
  const auto first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  return Offer{std::string(text.substr(0, first)),
               std::string(text.substr(first + 1, second - first - 1)),
               std::string(text.substr(second + 1))};
}

bool lists(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<PreferredPurpose> held_purpose(const Context& context, const Consent& consent) {
  const auto form = form_of(context, &consent);
  if (!form.ok()) return form.error();
  const AskedPurpose asked = asked_purpose(form->get(), consent);
  PreferredPurpose purpose;
  purpose.id = asked.id;
  purpose.label = asked.label;
  purpose.wording = asked.wording.empty() ? asked.label : asked.wording;
  purpose.pending = consent.round.status == ConsentStatus::kPending;
  purpose.confirmed = consent.round.status == ConsentStatus::kConfirmed;
  return purpose;
}

// What the form offers today: for a box that is empty now also the wording that a tick is about.
void add_offers(const ShownForm& form, std::string_view language,
                std::vector<PreferredPurpose>& purposes) {
  for (const Purpose& offered : form.purposes) {
    auto known = std::ranges::find(purposes, offered.id, &PreferredPurpose::id);
    if (known == purposes.end()) {
      known = purposes.insert(known, PreferredPurpose());
      known->id = offered.id;
    }
    if (known->pending || known->confirmed || !known->offer.empty()) continue;
    known->label = text_for(offered.label, language);
    known->wording = text_for(offered.wording, language);
    known->offer = offer_text(form, offered.id);
  }
}

Result<PreferencesPage> page_for(const Context& context, const ConsentLink& link) {
  PreferencesPage page;
  page.state = PreferencesState::kOnNoList;
  page.language = link.language();
  if (!link.contact || link.consents.empty()) return page;
  page.state = PreferencesState::kOpen;
  if (const auto address = EmailAddress::parse(link.contact->email); address.ok()) {
    page.masked_address = address->masked();
  }
  for (const LinkedConsent& linked : link.consents) {
    auto purpose = held_purpose(context, linked.consent);
    if (!purpose.ok()) return purpose.error();
    page.purposes.push_back(std::move(*purpose));
  }
  const auto set = context.definitions.get();
  for (const LinkedConsent& linked : link.consents) {
    const auto form = set->shown_form(linked.consent.round.form);
    if (form != nullptr) add_offers(*form, page.language, page.purposes);
  }
  return page;
}

// The ticks for one form, as a sign-up with it: its wording, its version, its campaign's mail.
struct Ticks {
  FormPost post;
  CheckedPost checked;
};

class Change {
 public:
  Change(const Context& context, const TokenContent& token, const PreferencesChoice& choice,
         const Visit& visit)
      : context_(context), token_(token), choice_(choice), visit_(visit) {}

  // Reads and composes: the writer is not kept waiting.
  Status prepare() {
    ConsentLink link;
    JAWORT_TRY(context_.store.read([&](const Tables& tables) { return follow(tables, link); }));
    if (!link.contact || link.consents.empty()) return {};
    for (const std::string& text : choice_.offers) {
      const auto offer = parse_offer(text);
      const bool wanted = offer && lists(choice_.ticked, offer->purpose) &&
                          !lists(choice_.was, offer->purpose) && is_theirs(link, offer->form);
      if (wanted) JAWORT_TRY(take_tick(link, *offer));
    }
    stale_ = std::ranges::any_of(choice_.ticked, [&](const std::string& purpose) {
      return !lists(choice_.was, purpose) && !is_taken(purpose);
    });
    for (Ticks& ticks : ticks_) {
      sign_ups_.emplace_back(context_, ticks.post, ticks.checked);
      JAWORT_TRY(sign_ups_.back().compose());
    }
    return {};
  }

  Status write(Tables& tables) {
    ended_ = {};
    let_go_ = 0;
    ConsentLink link;
    JAWORT_TRY(follow(tables, link));
    if (link.contact && !link.consents.empty()) {
      for (SignUp& sign_up : sign_ups_) JAWORT_TRY(sign_up.write(tables));
    }
    const Instant now = context_.clock.now();
    std::vector<Consent> unticked, waiting;
    for (const LinkedConsent& linked : link.consents) {
      const std::string& purpose = linked.consent.purpose;
      if (lists(choice_.was, purpose) && !lists(choice_.ticked, purpose)) {
        const bool pending = linked.consent.round.status == ConsentStatus::kPending;
        (pending ? waiting : unticked).push_back(linked.consent);
      }
    }
    const auto ended =
        end_consents(context_, tables, link, unticked, RevokedBy::kPreferences, visit_, now);
    if (!ended.ok()) return ended.error();
    for (const Consent& consent : waiting) {
      JAWORT_TRY(let_go(context_, tables, link, consent, visit_, now));
      ++let_go_;
    }
    ended_ = *ended;
    return follow(tables, after_);
  }

  // After the transaction.
  Result<PreferencesPage> finish() {
    count_ended(context_, ended_);
    count_consents(context_, "expired", let_go_);
    auto page = page_for(context_, after_);
    if (!page.ok()) return page;
    page->stale = stale_;
    page->saved = ended_.revoked + let_go_ > 0;
    for (std::size_t i = 0; i < sign_ups_.size(); ++i) {
      (sign_ups_[i].mailed() ? page->mailed : page->withheld) = true;
      if (sign_ups_[i].mailed()) count_mail(context_, context_.clock.now());
      const auto why = sign_ups_[i].blocked();
      if (why == BlockReason::kDenied) show_blocked(context_, ticks_[i].post.form, *why);
      if (why == BlockReason::kPerAddress) count_blocked(context_, ticks_[i].post.form, *why);
    }
    return page;
  }

  bool stale() const { return stale_; }
  bool nothing_to_write() const {
    const auto kept = [&](const std::string& was) { return lists(choice_.ticked, was); };
    return sign_ups_.empty() && std::ranges::all_of(choice_.was, kept);
  }

 private:
  Status follow(const Tables& tables, ConsentLink& link) const {
    auto found = follow_token(tables, token_);
    if (!found.ok()) return found.error();
    link = std::move(*found);
    return {};
  }

  bool is_taken(const std::string& purpose) const {
    return std::ranges::any_of(
        ticks_, [&](const Ticks& ticks) { return lists(ticks.checked.purposes, purpose); });
  }

  static bool is_theirs(const ConsentLink& link, std::string_view form) {
    return std::ranges::any_of(link.consents, [&](const LinkedConsent& linked) {
      return linked.consent.round.form == form;
    });
  }

  Status take_tick(const ConsentLink& link, const Offer& offer) {
    auto shown = shown_form_version(context_, offer.form, offer.version);
    if (!shown.ok()) return shown.error();
    if (*shown == nullptr || context_.definitions.get()->form(offer.form) == nullptr) return {};
    const auto& purposes = (*shown)->purposes;
    if (std::ranges::find(purposes, offer.purpose, &Purpose::id) == purposes.end()) return {};
    auto ticks = std::ranges::find(ticks_, offer.form, [](const Ticks& t) { return t.post.form; });
    if (ticks == ticks_.end()) ticks = ticks_.insert(ticks, begin_ticks(link, std::move(*shown)));
    if (!ticks->checked.address) return internal_error("a contact's address cannot be read");
    // Two versions of one form on one page: no page of ours sends that.
    if (version_text(ticks->checked.form->version) != offer.version) return {};
    if (!lists(ticks->checked.purposes, offer.purpose)) {
      ticks->checked.purposes.push_back(offer.purpose);
    }
    return {};
  }

  Ticks begin_ticks(const ConsentLink& link, std::shared_ptr<const ShownForm> shown) const {
    Ticks ticks;
    ticks.post.form = shown->form.id;
    ticks.post.by = name_of(RevokedBy::kPreferences);
    ticks.post.visit = visit_;
    ticks.checked.form = std::move(shown);
    ticks.checked.version_stated = true;
    ticks.checked.language = link.language();
    if (auto address = EmailAddress::parse(link.contact->email); address.ok()) {
      ticks.checked.address = std::move(*address);
    }
    return ticks;
  }

  const Context& context_;
  const TokenContent token_;
  const PreferencesChoice& choice_;
  const Visit& visit_;
  std::vector<Ticks> ticks_;
  std::vector<SignUp> sign_ups_;  // of ticks_, which does not change any more
  EndedConsents ended_;
  std::size_t let_go_ = 0;
  bool stale_ = false;
  ConsentLink after_;
};

}  // namespace

Result<PreferencesPage> look_up_preferences(const Context& context, std::string_view token) {
  const auto content = context.tokens.open(token, TokenKind::kPreferences);
  if (!content) return PreferencesPage{};
  const auto link = read_link(context, *content);
  if (!link.ok()) return link.error();
  return page_for(context, *link);
}

Result<PreferencesPage> change_preferences(const Context& context, std::string_view token,
                                           const PreferencesChoice& choice, const Visit& visit) {
  const auto content = context.tokens.open(token, TokenKind::kPreferences);
  if (!content) return PreferencesPage{};
  Change change(context, *content, choice, visit);
  JAWORT_TRY(change.prepare());
  if (change.nothing_to_write()) {
    auto page = look_up_preferences(context, token);
    if (page.ok()) page->stale = change.stale();
    return page;
  }
  JAWORT_TRY(context.store.write([&](Tables& tables) { return change.write(tables); }));
  return change.finish();
}

Result<std::string> preferences_link(const Context& context, std::string_view email,
                                     std::string_view purpose) {
  return link_of_consent(context, TokenKind::kPreferences, email, purpose);
}

}  // namespace jawort
