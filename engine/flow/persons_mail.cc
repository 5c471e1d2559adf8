#include "engine/flow/persons_mail.h"

#include <algorithm>

#include "engine/base/text.h"
#include "engine/evidence/digest.h"
#include "engine/flow/compose_mail.h"
#include "engine/flow/consent_link.h"

namespace jawort {
namespace {

constexpr std::size_t kAnswered = 50;  // Message-IDs that an answer may name

TokenContent revocation_of(MailId mail, std::uint8_t key) {
  TokenContent token{TokenKind::kRevoke, TokenObject::kMail, mail.value, std::nullopt};
  token.key = key;
  return token;
}

std::vector<Consent> open_consents(const ConsentLink& link) {
  std::vector<Consent> out;
  for (const LinkedConsent& linked : link.consents) {
    const ConsentStatus status = linked.consent.round.status;
    if (status == ConsentStatus::kPending || status == ConsentStatus::kConfirmed) {
      out.push_back(linked.consent);
    }
  }
  return out;
}

Status put_on_list(const Context& context, Tables& tables, const MailRow& about, bool by_token,
                   const PersonsMail& mail, std::string_view bytes) {
  const std::vector<Token> tokens = tokens_of_mail(context, about);
  InboxRow row;
  row.id = context.ids.next<InboxId>();
  row.at = context.clock.now();
  row.contact = about.contact;
  row.mail = about.id;
  row.by_token = by_token;
  row.sender = without_tokens(mail.sender, tokens);
  row.subject = without_tokens(mail.subject, tokens);
  row.text = without_tokens(mail.text, tokens);
  row.message_hash = sha256(as_bytes(bytes));
  return tables.inbox().put(row);
}

// The ids of mails that these headers name, with the whole Message-ID, as compose_mail makes them.
std::vector<std::pair<MailId, std::string>> answered_mails(const MimePart& message) {
  std::vector<std::pair<MailId, std::string>> out;
  for (const std::string_view header : {"In-Reply-To", "References"}) {
    for (const std::string_view word : split(message.header(header), '<')) {
      const std::string_view id = word.substr(0, word.find('>'));
      const std::size_t at = id.find('@');
      if (at != 32 || out.size() >= kAnswered) continue;
      const auto mail = parse_id_text(ascii_lower(id.substr(16, 16)));
      if (mail && *mail > 0) out.emplace_back(MailId{*mail}, id);
    }
  }
  return out;
}

// The mail with exactly this Message-ID, whose contact is there.
Result<std::optional<MailRow>> find_answered(const Tables& tables, const MimePart& message) {
  for (const auto& [id, message_id] : answered_mails(message)) {
    auto mail = tables.outbox().mail(id);
    if (!mail.ok()) return mail.error();
    const std::string line = "\r\nMessage-ID: <" + message_id + ">\r\n";
    if (!*mail || (*mail)->message.find(line) == std::string::npos) continue;
    const auto contact = tables.contacts().find((*mail)->contact);
    if (!contact.ok()) return contact.error();
    if (*contact) return mail;
  }
  return std::optional<MailRow>{};
}

Result<InboxEntry> entry_of(const Tables& tables, InboxRow row) {
  InboxEntry entry{std::move(row), "", {}};
  const auto mail = tables.outbox().mail(entry.row.mail);
  if (!mail.ok()) return mail.error();
  const auto contact = tables.contacts().find(entry.row.contact);
  if (!contact.ok()) return contact.error();
  if (*contact) entry.email = (*contact)->email;
  if (!*mail) return entry;
  const auto link = follow_token(tables, revocation_of(entry.row.mail, (*mail)->token_key));
  if (!link.ok()) return link.error();
  for (const Consent& consent : open_consents(*link)) entry.purposes.push_back(consent.purpose);
  return entry;
}

Result<InboxRow> waiting_row(const Tables& tables, InboxId id) {
  auto row = tables.inbox().find(id);
  if (!row.ok()) return row.error();
  if (!*row) return not_found("no such mail waits on the list");
  return std::move(**row);
}

}  // namespace

Result<HandledMail> take_persons_mail(const Context& context, const TokenContent& token,
                                      const PersonsMail& mail, std::string_view bytes) {
  const bool clear = is_clear_leave_request(mail);
  HandledMail done;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    done = HandledMail{MailOutcome::kGone, ReportClass::kUnknown, "", MailId{token.id}};
    const auto link = follow_token(tables, revocation_of(MailId{token.id}, token.key));
    if (!link.ok()) return link.error();
    if (!link->mail || !link->contact || link->consents.empty()) return {};
    const auto consents = open_consents(*link);
    done.outcome = MailOutcome::kRepeated;
    if (consents.empty()) return {};
    if (!clear) {
      done.outcome = MailOutcome::kListed;
      done.by_token = true;
      return put_on_list(context, tables, *link->mail, true, mail, bytes);
    }
    const auto ended = end_consents(context, tables, *link, consents, RevokedBy::kMail, Visit{},
                                    context.clock.now());
    if (!ended.ok()) return ended.error();
    done.outcome = MailOutcome::kRevoked;
    done.ended = *ended;
    return {};
  }));
  count_ended(context, done.ended);
  return done;
}

Result<HandledMail> list_answer(const Context& context, const MimePart& message,
                                std::string_view bytes) {
  HandledMail done;
  if (answered_mails(message).empty()) return done;
  const PersonsMail mail = read_persons_mail(message);
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    done = HandledMail{};
    const auto answered = find_answered(tables, message);
    if (!answered.ok()) return answered.error();
    if (!*answered) return {};
    done.outcome = MailOutcome::kListed;
    done.mail = (*answered)->id;
    return put_on_list(context, tables, **answered, false, mail, bytes);
  }));
  return done;
}

Result<std::vector<InboxEntry>> list_inbox(const Context& context, InboxId after, int limit) {
  std::vector<InboxEntry> out;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto rows = tables.inbox().page(after, limit);
    if (!rows.ok()) return rows.error();
    for (InboxRow& row : *rows) {
      auto entry = entry_of(tables, std::move(row));
      if (!entry.ok()) return entry.error();
      out.push_back(std::move(*entry));
    }
    return {};
  }));
  return out;
}

Result<InboxEntry> show_inbox(const Context& context, InboxId id) {
  InboxEntry out;
  JAWORT_TRY(context.store.read([&](const Tables& tables) -> Status {
    auto row = waiting_row(tables, id);
    if (!row.ok()) return row.error();
    auto entry = entry_of(tables, std::move(*row));
    if (!entry.ok()) return entry.error();
    out = std::move(*entry);
    return {};
  }));
  return out;
}

Result<EndedConsents> revoke_by_inbox(const Context& context, InboxId id) {
  EndedConsents ended;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    ended = {};
    const auto row = waiting_row(tables, id);
    if (!row.ok()) return row.error();
    JAWORT_TRY(tables.inbox().finish(id));
    const auto mail = tables.outbox().mail(row->mail);
    if (!mail.ok()) return mail.error();
    if (!*mail) return {};
    const auto link = follow_token(tables, revocation_of(row->mail, (*mail)->token_key));
    if (!link.ok()) return link.error();
    const auto done = end_consents(context, tables, *link, open_consents(*link), RevokedBy::kMail,
                                   Visit{}, context.clock.now());
    if (!done.ok()) return done.error();
    ended = *done;
    return {};
  }));
  count_ended(context, ended);
  return ended;
}

Status dismiss_inbox(const Context& context, InboxId id) {
  return context.store.write([&](Tables& tables) -> Status {
    const auto row = waiting_row(tables, id);
    return row.ok() ? tables.inbox().finish(id) : Status(row.error());
  });
}

Result<int> prune_inbox(const Context& context, int limit) {
  int gone = 0;
  JAWORT_TRY(context.store.write([&](Tables& tables) -> Status {
    const auto pruned = tables.inbox().prune(context.clock.now() - kInboxKeeps, limit);
    if (!pruned.ok()) return pruned.error();
    gone = *pruned;
    return {};
  }));
  return gone;
}

}  // namespace jawort
