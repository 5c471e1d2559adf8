#include "engine/flow/verify_mail.h"

#include <algorithm>
#include <optional>

#include "engine/consent/email_address.h"
#include "engine/evidence/digest.h"
#include "engine/flow/compose_mail.h"

namespace jawort {
namespace {

using Item = LedgerItem;

// Nothing for an event of a later release.
std::optional<MailKind> kind_by(const Leaf& leaf) {
  if (leaf.type == "unsubscribe_requested") return MailKind::kUnsubscribe;
  if (leaf.type == "receipt_queued") return MailKind::kReceipt;
  if (leaf.type == "reminder_queued") return MailKind::kReminder;
  if (leaf.type == "step_queued") {
    return leaf.fact("on") == "revoked" ? MailKind::kRevocationNotice : MailKind::kStep;
  }
  if (leaf.type != "form_submitted") return std::nullopt;
  const bool asks = std::ranges::any_of(leaf.facts, [](const Fact& fact) {
    return fact.name.starts_with("round:") && (fact.value == "new" || fact.value == "renewal");
  });
  return asks ? MailKind::kConfirmation : MailKind::kAlreadySubscribed;
}

// To the address that was typed; a link that was asked for goes to that of the record.
bool goes_to(const MailRow& mail, const ContactRow* contact, const CheckedEvent& event) {
  const SaltedValue* typed = event.value("email");
  if (typed == nullptr && contact == nullptr) return true;
  const auto address = EmailAddress::parse(typed == nullptr ? contact->email : typed->value);
  return address.ok() && address->mailbox() == mail.recipient;
}

bool expires_as_said(const MailRow& mail, const Leaf& leaf) {
  const auto said = parse_rfc3339(leaf.fact("expires_at"));
  return !said || *said == mail.expires_at;
}

// The first thing about the row that the log contradicts; empty when there is none.
std::string_view row_differs(const MailRow& mail, ContactId id, const CheckedEvent& event) {
  const Leaf& leaf = *event.leaf;
  const bool own_consents = std::ranges::all_of(mail.consents, [&](ConsentId consent) {
    return std::ranges::find(event.consents, consent) != event.consents.end();
  });
  if (mail.contact != id) return "contact_id";
  if (mail.submission != event.sequence) return "submission";
  if (mail.kind != kind_by(leaf).value_or(mail.kind)) return "kind";
  if (mail.queued_at != leaf.at) return "queued_at";
  if (!expires_as_said(mail, leaf)) return "expires_at";
  if (mail.consents.empty() || !own_consents) return "consents";
  if (version_text(mail.template_version) != leaf.fact("template_version")) {
    return "template_version";
  }
  const SaltedValue* hash = event.value("mail_sha256");
  return hash != nullptr && hash->value != as_text(mail.message_hash) ? "message_hash" : "";
}

// A blank mail was erased.
std::string_view message_differs(const MailRow& mail, const ContactRow* contact,
                                 const CheckedEvent& event, const LinkKeys* links) {
  if (mail.message.empty() && mail.recipient.empty() && mail.slots.empty()) return "";
  if (!goes_to(mail, contact, event)) return "recipient";
  const SaltedValue* cut = event.value("mail_cut_sha256");
  if (cut != nullptr && cut->value != as_text(sha256(as_bytes(mail.message)))) return "message";
  if (links == nullptr) return "";
  const bool whole = complete_message(links->keys, links->tokens, mail).ok();
  return whole ? "" : "message, slots, expires_at or token_key";
}

}  // namespace

Result<bool> verify_mail(const Tables& tables, ContactId id, const ContactRow* contact,
                         const CheckedEvent& event, const LinkKeys* links,
                         LedgerFindings& findings) {
  const bool queued = event.leaf && event.commits_to("mail_sha256") && event.value("mail");
  if (!queued) return false;
  const auto mail = tables.outbox().mail(event.mail);
  if (!mail.ok() && mail.error().kind == ErrorKind::kStorage) return mail.error();
  if (!mail.ok()) {
    findings.add(Item::kMails, mail.error().message);
    return true;
  }
  if (!*mail) {
    findings.add_event(Item::kMails, event.sequence, "queued a mail that is not there");
    return true;
  }
  std::string_view column = row_differs(**mail, id, event);
  if (column.empty()) column = message_differs(**mail, contact, event, links);
  if (!column.empty()) {
    findings.add_event(Item::kMails, event.sequence,
                       "queued another mail than the one that is there: " + std::string(column) +
                           " of mail " + id_text(event.mail.value) + " differs");
  }
  return true;
}

}  // namespace jawort
