#include "engine/flow/compose_mail.h"

#include <algorithm>

#include "engine/evidence/digest.h"

namespace jawort {
namespace {

// Random characters of the token alphabet in a token's length: it holds the place of a token while
// the message is composed, and nothing a stranger typed can equal it.
std::string random_marker(Random& random, TokenKind kind) {
  return in_addresses(kind) ? to_base32(random.bytes<30>()) : to_base64url(random.bytes<54>());
}

std::string written_minute(const TimeZone& zone, Instant at, std::string_view language) {
  const LocalTime local = zone.local(at);
  return written_date(local, language) + " " + local.time.substr(0, 5) + " " + local.abbreviation;
}

// The links of a mail while it is composed: each token is a marker.
class Links {
 public:
  explicit Links(const Context& context) : context_(context) {}

  std::string add(TokenKind kind, std::string_view path) {
    return context_.settings.public_url + std::string(path) + marker(kind);
  }
  // For a mailto URL of RFC 6068; empty where no mail of ours comes back.
  std::string add_address() {
    const std::string& domain = context_.settings.bounce_domain;
    if (domain.empty()) return {};
    const std::string token = marker(TokenKind::kUnsubscribe);
    return token_local_part(TokenKind::kUnsubscribe, token) + "@" + domain + "?subject=unsubscribe";
  }
  const std::vector<LinkMarker>& markers() const { return markers_; }

 private:
  const std::string& marker(TokenKind kind) {
    markers_.push_back({kind, random_marker(context_.random, kind)});
    return markers_.back().marker;
  }

  const Context& context_;
  std::vector<LinkMarker> markers_;
};

Token token_of(const TokenBox& box, const MailRow& mail, TokenKind kind) {
  const bool ends = kind == TokenKind::kConfirm;
  const auto expires_at = ends ? std::optional(mail.expires_at) : std::nullopt;
  return {kind, box.make({kind, TokenObject::kMail, mail.id.value, expires_at}, mail.token_key)};
}

// Those that the message has a place for.
std::vector<Token> tokens_for(const TokenBox& box, const MailRow& mail,
                              const std::vector<LinkSlot>& slots) {
  std::vector<Token> tokens;
  for (const TokenKind kind : {TokenKind::kConfirm, TokenKind::kRevoke, TokenKind::kPreferences,
                               TokenKind::kUnsubscribe}) {
    if (std::ranges::find(slots, kind, &LinkSlot::kind) == slots.end()) continue;
    tokens.push_back(token_of(box, mail, kind));
  }
  return tokens;
}

std::string_view domain_of(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
}

// Puts the links into the view; answers that of the revocation, for the header.
std::string add_links(const Context& context, MailDraft& draft, Links& links) {
  View confirm, deny, revoke, preferences;
  if (draft.asks) {
    const std::string url = links.add(TokenKind::kConfirm, "/confirm/");
    confirm.set("url", url)
        .set("click", draft.by_click)
        .set("keeps", draft.keeps)
        .set("valid_until", written_minute(context.zone, draft.expires_at, draft.language));
    deny.set("url", url + "?deny=1#not-me");
    draft.view.set("confirm", std::move(confirm)).set("deny", std::move(deny));
  }
  std::string revoke_url = links.add(TokenKind::kRevoke, "/revoke/");
  revoke.set("url", revoke_url);
  preferences.set("url", links.add(TokenKind::kPreferences, "/preferences/"));
  draft.view.set("revoke", std::move(revoke)).set("preferences", std::move(preferences));
  draft.view.set("contact.email", draft.to.typed());
  draft.view.set("controller", controller_view(draft.controller));
  return revoke_url;
}

}  // namespace

View controller_view(const Controller& controller) {
  View view;
  view.set("name", controller.name)
      .set("address", controller.address)
      .set("email", controller.email)
      .set("phone", controller.phone)
      .set("website", controller.website)
      .set("imprint_url", controller.imprint_url)
      .set("privacy_url", controller.privacy_url)
      .set("officer_name", controller.officer_name)
      .set("officer_email", controller.officer_email);
  return view;
}

std::string mail_language(const Context& context, std::string_view mail, std::string_view wanted) {
  if (context.templates.has_mail(mail, wanted)) return std::string(wanted);
  const std::string_view first = wanted.substr(0, wanted.find('-'));
  return context.templates.has_mail(mail, first) ? std::string(first) : "en";
}

std::string step_language(const Context& context, std::string_view mail, std::string_view wanted,
                          const Form* form) {
  std::vector<std::string> tries{std::string(wanted),
                                 std::string(wanted.substr(0, wanted.find('-')))};
  if (form != nullptr) tries.insert(tries.end(), form->languages.begin(), form->languages.end());
  const auto found = std::ranges::find_if(
      tries, [&](const std::string& one) { return context.templates.has_mail(mail, one); });
  return found == tries.end() ? "en" : *found;
}

// German readers expect day, month, year; ISO 8601 is read the same way everywhere else.
std::string written_date(const LocalTime& local, std::string_view language) {
  if (!language.starts_with("de")) return local.date;
  return local.date.substr(8, 2) + "." + local.date.substr(5, 2) + "." + local.date.substr(0, 4);
}

void set_moment(View& view, const std::string& name, const LocalTime& local,
                std::string_view language) {
  view.set(name + ".date", written_date(local, language))
      .set(name + ".time", local.time)
      .set(name + ".zone", local.abbreviation);
}

Result<MailRow> compose_mail(const Context& context, MailDraft draft) {
  Links links(context);
  const std::string revoke_url = add_links(context, draft, links);
  auto texts = context.templates.mail(draft.template_name, draft.language, draft.view);
  if (!texts.ok()) return texts.error();

  MailContent content;
  content.from = context.settings.from;
  content.to = {"", draft.to.mailbox()};
  content.reply_to = context.settings.reply_to;
  content.subject = std::move(texts->subject);
  content.date = context.zone.rfc5322(draft.at);
  // An answer says which mail it answers; the random half is what nobody can guess.
  content.message_id = to_hex(context.random.bytes<8>()) + id_text(draft.id.value) + "@" +
                       std::string(domain_of(context.settings.from.address));
  content.boundary = to_hex(context.random.bytes<16>());
  content.language = draft.language;
  content.text = std::move(texts->text);
  content.html = std::move(texts->html);
  content.list_unsubscribe_url = revoke_url;
  content.list_unsubscribe_mailto = links.add_address();
  auto message = build_message(content);
  if (!message.ok()) return message.error();
  auto sealed = seal_links(std::move(*message), links.markers());

  MailRow mail;
  mail.id = draft.id;
  mail.kind = draft.kind;
  const std::string& bounces = context.settings.bounce_domain;
  mail.sender = bounces.empty() ? context.settings.from.address : sealed_return_path(bounces);
  mail.recipient = draft.to.mailbox();
  mail.language = draft.language;
  mail.template_version = context.templates.mail_version(draft.template_name, draft.language);
  mail.token_key = context.tokens.current_key();
  mail.queued_at = draft.at;
  mail.expires_at = draft.expires_at;
  mail.slots = slots_text(sealed.slots);
  mail.message_hash =
      sha256(as_bytes(complete_links(sealed, tokens_for(context.tokens, mail, sealed.slots))));
  mail.message = std::move(sealed.bytes);
  return mail;
}

Result<std::string> complete_message(const Context& context, const MailRow& mail) {
  return complete_message(context.keys.token, context.tokens, mail);
}

Result<std::string> complete_message(const KeyRing& keys, const TokenBox& tokens,
                                     const MailRow& mail) {
  const auto slots = parse_slots(mail.slots);
  if (!slots || !keys.contains(mail.token_key)) {
    return internal_error("the links of a queued mail cannot be made again");
  }
  auto message = complete_links({mail.message, *slots}, tokens_for(tokens, mail, *slots));
  if (sha256(as_bytes(message)) != mail.message_hash) {
    return internal_error("a queued mail is not the one that was composed");
  }
  return message;
}

std::string complete_sender(const Context& context, const MailRow& mail) {
  return complete_return_path(mail.sender,
                              token_of(context.tokens, mail, TokenKind::kBounce).token);
}

std::vector<Token> tokens_of_mail(const Context& context, const MailRow& mail) {
  std::vector<Token> tokens;
  for (const TokenKind kind : {TokenKind::kConfirm, TokenKind::kRevoke, TokenKind::kPreferences,
                               TokenKind::kBounce, TokenKind::kUnsubscribe}) {
    tokens.push_back(token_of(context.tokens, mail, kind));
  }
  return tokens;
}

}  // namespace jawort
