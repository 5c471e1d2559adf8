#include "engine/flow/make_dossier.h"

#include <algorithm>

#include "engine/consent/email_address.h"
#include "engine/dossier/case_items.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/timestamp.h"
#include "engine/flow/consent_events.h"
#include "engine/flow/kept_proof.h"
#include "engine/flow/ledger_tree.h"
#include "engine/flow/publish_checkpoint.h"
#include "engine/flow/record_event.h"
#include "engine/flow/seal_ledger.h"
#include "engine/mail/mail_reader.h"

namespace jawort {
namespace {

std::string listed(const std::vector<Consent>& consents) {
  std::string names;
  for (const Consent& consent : consents) {
    names += (names.empty() ? "\"" : ", \"") + consent.purpose + "\"";
  }
  return names;
}

struct Subject {
  ContactRow contact;
  Consent consent;
  int kept_besides = 0;  // proofs for the same purpose that an earlier erasure left
};

Result<Consent> choose(std::vector<Consent> consents, const std::string& purpose) {
  if (purpose.empty()) {
    if (consents.empty()) return not_found("the contact has no consent");
    if (consents.size() > 1) {
      return invalid("name the purpose with --purpose: " + listed(consents));
    }
    return std::move(consents.front());
  }
  const auto consent = std::ranges::find(consents, purpose, &Consent::purpose);
  if (consent == consents.end()) {
    return not_found("the contact has no consent for this purpose" +
                     (consents.empty() ? "" : "; there is " + listed(consents)));
  }
  return std::move(*consent);
}

// Of somebody who was erased, the proof of what was once confirmed may be kept for a while. Oldest
// first; there may be several for one purpose.
Result<std::vector<Consent>> kept_consents(const Context& context, const Tables& tables,
                                           const EmailAddress& address) {
  auto proof = find_kept_proof(context, tables, address.typed());
  if (!proof.ok()) return proof.error();
  std::vector<Consent> consents;
  if (!*proof) return consents;
  for (KeptConsent& kept : (*proof)->consents) consents.push_back(std::move(kept.consent));
  return consents;
}

// The last of each purpose, where there is none of it in `consents`.
void add_newest(const std::vector<Consent>& kept, std::vector<Consent>& consents) {
  for (auto consent = kept.rbegin(); consent != kept.rend(); ++consent) {
    if (std::ranges::find(consents, consent->purpose, &Consent::purpose) == consents.end()) {
      consents.push_back(*consent);
    }
  }
}

Result<Consent> choose_kept(const std::vector<Consent>& kept, const std::string& purpose,
                            int number) {
  if (kept.empty()) return not_found("no proof of an erased person is kept for this address");
  std::vector<Consent> newest;
  add_newest(kept, newest);
  const auto chosen = choose(std::move(newest), purpose);
  if (!chosen.ok()) return chosen.error();
  std::vector<Consent> of_purpose;
  std::ranges::copy_if(kept, std::back_inserter(of_purpose),
                       [&](const Consent& one) { return one.purpose == chosen->purpose; });
  const auto wanted = static_cast<std::size_t>(number);
  if (wanted > of_purpose.size()) {
    return not_found("no more than " + std::to_string(of_purpose.size()) +
                     " of these proofs are kept");
  }
  return of_purpose[of_purpose.size() - wanted];
}

// Who came back after an erasure is asked about as they are now, unless the kept one is asked for.
Result<Subject> find_subject(const Context& context, const Tables& tables,
                             const EmailAddress& address, const std::string& purpose,
                             int number_kept) {
  auto contact = tables.contacts().find_by_address(address.normalised());
  if (!contact.ok()) return contact.error();
  const auto kept = kept_consents(context, tables, address);
  if (!kept.ok()) return kept.error();
  std::vector<Consent> consents;
  if (*contact) {
    auto found = tables.consents().of_contact((*contact)->id);
    if (!found.ok()) return found.error();
    consents = std::move(*found);
  } else if (kept->empty()) {
    return not_found("no contact has this address");
  }
  add_newest(*kept, consents);
  auto consent = number_kept > 0 ? choose_kept(*kept, purpose, number_kept)
                                 : choose(std::move(consents), purpose);
  if (!consent.ok()) return consent.error();
  Subject subject{*contact ? std::move(**contact) : ContactRow{}, std::move(*consent)};
  if (subject.contact.id != subject.consent.contact) {
    subject.contact = {};
    subject.contact.id = subject.consent.contact;
  }
  for (const Consent& one : *kept) {
    const bool besides = one.purpose == subject.consent.purpose && one.id != subject.consent.id;
    subject.kept_besides += besides ? 1 : 0;
  }
  return subject;
}

// As typed; of somebody who was erased, where the event of the sign-up still has it.
std::string address_of(const CaseRecord& record, const ContactRow& contact) {
  std::string typed = contact.email;
  for (const CaseEvent& event : record.events) {
    const auto value = std::ranges::find(event.values, "email", &SaltedValue::name);
    if (typed.empty() && value != event.values.end()) typed = value->value;
  }
  return typed;
}

Status record_view(const Context& context, Tables& tables, const Subject& subject,
                   const std::string& by) {
  NewEvent event;
  event.type = "dossier_made";
  event.at = context.clock.now();
  event.contact = subject.contact.id;
  event.facts = {{"by", by},
                 {"date", context.zone.local(event.at).date},
                 {"zone", context.zone.name()},
                 {"purpose:" + subject.consent.purpose, subject.consent.round.purpose_version}};
  event.consents = {{subject.consent.id, subject.consent.purpose}};
  const auto sequence = record_event(context, tables, event);
  return sequence.ok() ? Status{} : sequence.error();
}

constexpr std::size_t kEarlierHeads = 50, kAllHeads = 60;

// What an event of several purposes holds for another one than this.
bool concerns_another(std::string_view name, std::string_view purpose) {
  constexpr std::string_view kPrevious = "previous:";
  return name.starts_with(kPrevious) && name.substr(kPrevious.size()) != purpose;
}

class Gathering {
 public:
  Gathering(const Tables& tables, Subject subject, CaseRecord& record)
      : tables_(tables), subject_(std::move(subject)), record_(record) {}

  Status all() {
    JAWORT_TRY(events());
    JAWORT_TRY(mails());
    JAWORT_TRY(rounds());
    JAWORT_TRY(proofs());
    JAWORT_TRY(growth());
    record_.consent = std::move(subject_.consent);
    // The row only says which round stands; what it was, the events do.
    Round& standing = record_.consent.round;
    for (const CaseRound& shown : record_.rounds) {
      if (shown.round.submission != standing.submission) continue;
      const auto erased = standing.erased;
      standing = shown.round;
      standing.erased = erased;
    }
    return {};
  }

 private:
  Status events() {
    const auto rows = tables_.events().about(subject_.contact.id, subject_.consent.id);
    if (!rows.ok()) return rows.error();
    for (const EventRow& row : *rows) {
      // What has happened since belongs to the next dossier.
      if (static_cast<std::uint64_t>(row.sequence) > record_.checkpoint.size) break;
      auto leaf = decode_leaf(row.leaf);
      if (!leaf.ok()) return leaf.error();
      auto values = tables_.events().values(row.sequence);
      if (!values.ok()) return values.error();
      CaseEvent event{std::move(*leaf), row.leaf, {}, {}, {}, {}};
      sort_out(event, std::move(*values));
      record_.events.push_back(std::move(event));
    }
    return {};
  }

  void sort_out(CaseEvent& event, std::vector<SaltedValue> values) const {
    for (const Commitment& commitment : event.leaf.commitments) {
      const auto value = std::ranges::find(values, commitment.name, &SaltedValue::name);
      if (value == values.end()) {
        event.erased.push_back(commitment.name);
      } else if (concerns_another(commitment.name, record_.purpose)) {
        event.withheld.push_back(commitment.name);
      } else {
        event.values.push_back(std::move(*value));
      }
    }
  }

  // Those that the events queued, in their order.
  Status mails() {
    for (const CaseEvent& event : record_.events) {
      const bool queues = std::ranges::any_of(
          event.leaf.commitments, [](const Commitment& c) { return c.name == "mail_sha256"; });
      const auto name = std::ranges::find(event.values, "mail", &SaltedValue::name);
      if (!queues || name == event.values.end()) continue;
      auto row = tables_.outbox().mail(MailId{parse_id_text(name->value).value_or(0)});
      if (!row.ok()) return row.error();
      if (*row) record_.mails.push_back(shown_mail(**row, event));
    }
    return {};
  }

  // What is told of it is what its event or its committed bytes say, not what stands beside them in
  // the row.
  CaseMail shown_mail(const MailRow& row, const CaseEvent& event) const {
    CaseMail mail;
    mail.kind = row.kind;
    mail.submission = static_cast<std::int64_t>(event.leaf.sequence);
    mail.language = event.leaf.fact("language");
    mail.template_version =
        parse_version_text(event.leaf.fact("template_version")).value_or(Hash256{});
    mail.message_hash = row.message_hash;
    mail.links_cut = !row.slots.empty();
    mail.cut_committed = std::ranges::any_of(
        event.leaf.commitments, [](const Commitment& c) { return c.name == "mail_cut_sha256"; });
    if (row.message.empty()) return mail;
    mail.file = "mails/" + std::to_string(record_.mails.size() + 1) + "-" +
                std::string(name_of(row.kind)) + ".eml";
    const ReadMail read = read_mail(row.message);
    mail.message_id = read.header("Message-ID");
    mail.subject = read.header("Subject");
    mail.date = read.header("Date");
    if (const auto language = read.header("Content-Language"); !language.empty()) {
      mail.language = language;
    }
    mail.bytes = row.message;
    return mail;
  }

  Status rounds() {
    auto history = consent_history(tables_, subject_.consent);
    if (!history.ok()) return history.error();
    for (Round& round : history->rounds) {
      auto shown = shown_round(std::move(round));
      if (!shown.ok()) return shown.error();
      record_.rounds.push_back(std::move(*shown));
    }
    // Only when all are in their place: each points into itself.
    for (CaseRound& round : record_.rounds) point_to_purpose(round, record_.purpose);
    return {};
  }

  Result<CaseRound> shown_round(Round round) const {
    CaseRound out;
    out.round = std::move(round);
    const auto hash = parse_version_text(out.round.form_version);
    if (!hash) return out;
    auto row = tables_.definitions().find(*hash);
    if (!row.ok()) return row.error();
    if (!*row) return out;
    out.shown_document = {(*row)->kind, (*row)->id, std::move((*row)->body), (*row)->version};
    auto shown = parse_shown_form(out.shown_document);
    if (!shown.ok()) {
      return internal_error("a form as it was shown cannot be read (" + shown.error().message +
                            "): see `jawort ledger verify`");
    }
    out.shown = std::move(*shown);
    return out;
  }

  // Of every event in the tree of the checkpoint.
  Status proofs() {
    const LedgerTree tree(tables_);
    for (CaseEvent& event : record_.events) {
      auto proof = inclusion_proof(tree, event.leaf.sequence - 1, record_.checkpoint.size);
      if (!proof.ok()) return proof.error();
      event.inclusion = std::move(*proof);
    }
    return {};
  }

  // The heads that first covered an event of this consent: those that somebody may have kept.
  Status growth() {
    const LedgerTree tree(tables_);
    std::uint64_t before = 0;
    for (auto event = record_.events.begin(); event != record_.events.end(); ++event) {
      if (event->leaf.sequence <= before || record_.growth.size() == kEarlierHeads) continue;
      auto row =
          tables_.checkpoints().first_covering(static_cast<std::int64_t>(event->leaf.sequence));
      if (!row.ok()) return row.error();
      if (!*row) break;
      before = static_cast<std::uint64_t>((*row)->size);
      if (before >= record_.checkpoint.size) break;
      auto proof = consistency_proof(tree, before, record_.checkpoint.size);
      if (!proof.ok()) return proof.error();
      record_.growth.push_back({std::move((*row)->note), std::move(*proof)});
    }
    return {};
  }

  const Tables& tables_;
  Subject subject_;
  CaseRecord& record_;
};

// The head of the log, the keys behind it, and its time stamp.
Status add_head(const Context& context, CaseRecord& record) {
  auto head = seal_with_timestamp(context);
  if (!head.ok()) return head.error();
  const auto history = ledger_history(context);
  if (!history.ok()) return history.error();
  for (const KnownKey& known : *history) {
    record.keys.push_back(known.announcement.key);
    record.key_history.push_back(known.note);
  }
  auto checkpoint = open_checkpoint(head->note, record.keys);
  if (!checkpoint.ok()) return checkpoint.error();
  record.checkpoint = std::move(*checkpoint);
  record.checkpoint_note = std::move(head->note);
  record.timestamp = std::move(head->timestamp);
  if (!record.timestamp.empty()) {
    auto stamp = read_timestamp(record.timestamp, record.checkpoint_note);
    if (!stamp.ok()) return stamp.error();
    record.timestamp_at = stamp->at;
    record.timestamp_authority = std::move(stamp->authority);
  }
  return {};
}

// REQUIRES: record.consent is there.
void add_settings(const Context& context, const Purpose* purpose, CaseRecord& record) {
  record.ips_wanted = context.settings.ip != IpPolicy::kNone;
  record.timestamps_wanted = !context.settings.ledger.timestamp_url.empty();
  const Round& round = record.consent.round;
  if (!round.confirmed) return;
  CaseRetention kept;
  kept.of_purpose = purpose != nullptr && purpose->keep_proof.has_value();
  kept.period = kept.of_purpose ? *purpose->keep_proof : context.definitions.get()->proof_kept();
  if (round.revoked || round.erased) {
    const Instant erased_at = round.erased ? round.erased->at : round.revoked->at;
    kept.until = end_of_proof(context, record.purpose, round, erased_at);
  }
  record.retention = kept;
}

struct KeptHead {
  std::string note;
  Checkpoint checkpoint;
};

// Newest first.
Result<std::vector<KeptHead>> read_heads(const std::vector<std::string>& notes,
                                         const CaseRecord& record) {
  std::vector<KeptHead> heads;
  for (const std::string& note : notes) {
    const auto opened = open_note(note, record.keys);
    if (!opened.ok()) return refused("a given head is not signed by a key of this log");
    auto checkpoint = parse_checkpoint(opened->text);
    if (!checkpoint.ok() || checkpoint->origin != record.checkpoint.origin) {
      return refused("a given head is none of this log");
    }
    if (checkpoint->size > record.checkpoint.size) {
      return refused("a given head has " + std::to_string(checkpoint->size) +
                     " events, and this log has only " + std::to_string(record.checkpoint.size));
    }
    heads.push_back({note, std::move(*checkpoint)});
  }
  std::ranges::sort(heads, std::ranges::greater{},
                    [](const KeptHead& head) { return head.checkpoint.size; });
  return heads;
}

Status add_heads(const Tables& tables, const std::vector<KeptHead>& heads, CaseRecord& record) {
  const LedgerTree tree(tables);
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const Checkpoint& head = heads[i].checkpoint;
    auto proof = consistency_proof(tree, head.size, record.checkpoint.size);
    if (!proof.ok()) return proof.error();
    if (!proves_consistency(head.size, head.root, record.checkpoint.size, record.checkpoint.root,
                            *proof)) {
      return refused("the log does not go on from the given head of " + std::to_string(head.size) +
                     " events: run `jawort ledger verify`");
    }
    const bool again = i > 0 && heads[i - 1].checkpoint.size == head.size;
    if (record.growth.size() < kAllHeads && !again && head.size < record.checkpoint.size) {
      record.growth.push_back({heads[i].note, std::move(*proof)});
    }
  }
  return {};
}

std::string page_language(const std::string& wished, const Consent& consent) {
  const std::string& language = wished.empty() ? consent.round.language : wished;
  return language.starts_with("de") ? "de" : "en";
}

}  // namespace

Result<CaseRecord> make_dossier(const Context& context, const DossierRequest& request) {
  const auto address = EmailAddress::parse(request.email);
  if (!address.ok()) return address.error();
  if (request.kept < 0) return invalid("--kept counts from 1");
  Subject subject;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    auto found = find_subject(context, tables, *address, request.purpose, request.kept);
    if (!found.ok()) return found.error();
    subject = std::move(*found);
    return record_view(context, tables, subject, request.by);
  }));

  CaseRecord record;
  record.made_at = context.clock.now();
  record.zone = context.zone.name();
  record.purpose = subject.consent.purpose;
  JAWORT_TRY(add_head(context, record));
  const auto heads = read_heads(request.heads, record);
  if (!heads.ok()) return heads.error();
  const auto set = context.definitions.get();
  if (const Controller* controller = set->controller()) record.controller = *controller;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto found = find_subject(context, tables, *address, record.purpose, request.kept);
    if (!found.ok()) return found.error();
    const ContactRow contact = found->contact;
    record.kept_besides = found->kept_besides;
    JAWORT_TRY(Gathering(tables, std::move(*found), record).all());
    JAWORT_TRY(add_heads(tables, *heads, record));
    record.email = address_of(record, contact);
    return {};
  }));
  record.language = page_language(request.language, record.consent);
  add_settings(context, set->purpose(record.purpose), record);
  record.items = judge_items(record);
  return record;
}

}  // namespace jawort
