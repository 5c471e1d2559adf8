#include "engine/flow/compose_confirmation.h"

#include <algorithm>

#include "engine/evidence/digest.h"

namespace jawort {
namespace {

// Random characters of the token alphabet in a token's length: it holds the place of a token while
// the message is composed, and nothing a stranger typed can equal it.
std::string random_marker(Random& random) { return to_base64url(random.bytes<54>()); }

View purposes_view(const ConfirmationRequest& request, View& view) {
  std::vector<View> list;
  std::string wordings;
  for (const Purpose& purpose : request.form.purposes) {
    if (std::ranges::find(request.purposes, purpose.id) == request.purposes.end()) continue;
    const std::string& wording = text_for(purpose.wording, request.language);
    View item;
    item.set("label", text_for(purpose.label, request.language)).set("wording", wording);
    list.push_back(std::move(item));
    wordings += (wordings.empty() ? "" : "\n\n") + wording;
  }
  view.set("purposes", std::move(list));
  View purpose;
  purpose.set("wording", std::move(wordings));
  return purpose;
}

// German readers expect day, month, year; ISO 8601 is read the same way everywhere else.
std::string written_date(const LocalTime& local, std::string_view language) {
  if (!language.starts_with("de")) return local.date;
  return local.date.substr(8, 2) + "." + local.date.substr(5, 2) + "." + local.date.substr(0, 4);
}

std::string written_minute(const TimeZone& zone, Instant at, std::string_view language) {
  const LocalTime local = zone.local(at);
  return written_date(local, language) + " " + local.time.substr(0, 5) + " " + local.abbreviation;
}

View mail_view(const Context& context, const ConfirmationRequest& request,
               const std::string& confirm_url, const std::string& revoke_url) {
  View view;
  const LocalTime local = context.zone.local(request.at);
  View opt_in, contact, form, confirm, deny, revoke;
  opt_in.set("date", written_date(local, request.language))
      .set("time", local.time)
      .set("zone", local.abbreviation)
      .set("page", request.page_origin);
  contact.set("email", request.to.typed());
  form.set("title", text_for(request.form.form.title, request.language));
  confirm.set("url", confirm_url)
      .set("valid_until", written_minute(context.zone, request.expires_at, request.language));
  deny.set("url", confirm_url + "#not-me");
  revoke.set("url", revoke_url);
  view.set("purpose", purposes_view(request, view));
  view.set("controller", controller_view(request.form.controller));
  view.set("opt_in", std::move(opt_in)).set("contact", std::move(contact));
  view.set("form", std::move(form)).set("confirm", std::move(confirm));
  view.set("deny", std::move(deny)).set("revoke", std::move(revoke));
  return view;
}

std::vector<Token> tokens_for(const Context& context, const MailRow& mail) {
  const auto make = [&](TokenKind kind, std::optional<Instant> expires_at) {
    return Token{kind, context.tokens.make({kind, TokenObject::kMail, mail.id.value, expires_at},
                                           mail.token_key)};
  };
  return {make(TokenKind::kConfirm, mail.expires_at), make(TokenKind::kRevoke, std::nullopt)};
}

std::string_view domain_of(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
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

Result<MailRow> compose_confirmation(const Context& context, const ConfirmationRequest& request) {
  const std::string confirm_marker = random_marker(context.random);
  const std::string revoke_marker = random_marker(context.random);
  const std::string& base = context.settings.public_url;
  const std::string revoke_url = base + "/revoke/" + revoke_marker;
  auto texts = context.templates.mail(
      request.template_name, request.language,
      mail_view(context, request, base + "/confirm/" + confirm_marker, revoke_url));
  if (!texts.ok()) return texts.error();

  MailContent content;
  content.from = context.settings.from;
  content.to = {"", request.to.mailbox()};
  content.reply_to = context.settings.reply_to;
  content.subject = std::move(texts->subject);
  content.date = context.zone.rfc5322(request.at);
  content.message_id = to_hex(context.random.bytes<16>()) + "@" +
                       std::string(domain_of(context.settings.from.address));
  content.boundary = to_hex(context.random.bytes<16>());
  content.language = request.language;
  content.text = std::move(texts->text);
  content.html = std::move(texts->html);
  content.list_unsubscribe_url = revoke_url;
  auto message = build_message(content);
  if (!message.ok()) return message.error();
  auto sealed = seal_links(std::move(*message), {{TokenKind::kConfirm, confirm_marker},
                                                 {TokenKind::kRevoke, revoke_marker}});

  MailRow mail;
  mail.id = request.mail;
  mail.kind = MailKind::kConfirmation;
  mail.sender = context.settings.from.address;
  mail.recipient = request.to.mailbox();
  mail.language = request.language;
  mail.template_version = context.templates.mail_version(request.template_name, request.language);
  mail.token_key = context.tokens.current_key();
  mail.queued_at = request.at;
  mail.expires_at = request.expires_at;
  mail.slots = slots_text(sealed.slots);
  mail.message_hash = sha256(as_bytes(complete_links(sealed, tokens_for(context, mail))));
  mail.message = std::move(sealed.bytes);
  return mail;
}

Result<std::string> complete_message(const Context& context, const MailRow& mail) {
  const auto slots = parse_slots(mail.slots);
  if (!slots || !context.keys.token.contains(mail.token_key)) {
    return internal_error("the links of a queued mail cannot be made again");
  }
  auto message = complete_links({mail.message, *slots}, tokens_for(context, mail));
  if (sha256(as_bytes(message)) != mail.message_hash) {
    return internal_error("a queued mail is not the one that was composed");
  }
  return message;
}

}  // namespace jawort
