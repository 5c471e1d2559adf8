// `jawort template`: which mails there are, how they look, what the law says of them, and one sent
// to oneself. Templates are read from the folder as it is now.
#include <algorithm>

#include "engine/app/ask_definitions.h"
#include "engine/app/data_owner.h"
#include "engine/app/demo_mailbox.h"
#include "engine/app/local_verbs.h"
#include "engine/app/own_mails.h"
#include "engine/app/record_json.h"
#include "engine/app/record_text.h"
#include "engine/app/serve.h"
#include "engine/base/file.h"
#include "engine/base/random.h"
#include "engine/consent/email_address.h"
#include "engine/flow/lint_mails.h"
#include "engine/flow/preview_mail.h"
#include "engine/mail/signing_transport.h"

namespace jawort {
namespace {

struct Workbench {
  Config config;
  std::unique_ptr<Templates> templates;
  std::shared_ptr<const DefinitionSet> definitions;  // empty where none are loaded
};

Result<Workbench> set_up(const Invocation& invocation) {
  const auto file = find_config(invocation.config);
  if (!file.ok()) return file.error();
  auto config = load_config(*file, process_environment());
  if (!config.ok()) return config.error();
  JAWORT_TRY(become_data_owner(*config));
  auto templates = Templates::load(config->templates_folder);
  if (!templates.ok()) return templates.error();
  auto definitions = ask_definitions(*config);
  if (!definitions.ok()) return definitions.error();
  if (*definitions == nullptr) definitions = DefinitionSet::build({});
  if (!definitions.ok()) return definitions.error();
  return Workbench{std::move(*config), std::move(*templates), std::move(*definitions)};
}

std::vector<std::string> users_of(const DefinitionSet& set, const std::string& mail) {
  std::vector<std::string> users;
  if (mail == "already_subscribed") users.emplace_back("sign-up of who is signed up already");
  if (mail == "unsubscribe") users.emplace_back("request for the link to unsubscribe");
  for (const Document& document : set.documents()) {
    const Campaign* campaign = set.campaign(document.id);
    if (document.kind != "campaign" || campaign == nullptr) continue;
    for (std::size_t i = 0; i < campaign->steps.size(); ++i) {
      if (campaign->steps[i].mail == mail) {
        users.push_back(campaign->id + " step " + std::to_string(i + 1));
      }
    }
  }
  return users;
}

int list(const Workbench& bench, const Invocation& invocation, Console& console) {
  std::vector<ListedTemplate> listed;
  for (MailTemplate& mail : bench.templates->mails()) {
    std::vector<std::string> users = users_of(*bench.definitions, mail.name);
    listed.push_back({std::move(mail), std::move(users)});
  }
  for (const UnusedMail& mail :
       unused_own_mails(bench.config.templates_folder, *bench.definitions)) {
    console.err("warning: " + printable(mail.text()) + "\n");
  }
  console.out(invocation.json ? templates_json(listed) + "\n" : templates_text(listed));
  return kExitDone;
}

int lint(const Workbench& bench, const Invocation& invocation, Console& console) {
  const std::string wanted = invocation.arguments.empty() ? "" : invocation.arguments.front();
  const std::vector<MailTemplate> mails = bench.templates->mails();
  if (!wanted.empty() &&
      std::ranges::none_of(mails, [&](const MailTemplate& mail) { return mail.name == wanted; })) {
    return report(console, not_found("there is no mail template \"" + wanted + "\""));
  }
  Findings findings;
  for (Finding& finding : lint_mails(*bench.definitions, *bench.templates, wanted)) {
    findings.push_back(std::move(finding));
  }
  console.out(invocation.json ? findings_json(findings) + "\n" : findings_text(findings));
  const bool error = std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.severity == Severity::kError; });
  return error ? kExitNo : kExitDone;
}

struct Preview {
  std::string name, language, form;
  RenderedMail mail;
};

Result<Preview> preview_of(const Workbench& bench, const Invocation& invocation) {
  Preview preview{invocation.arguments.front(), invocation.language, "", {}};
  if (preview.language.empty()) {
    for (const MailTemplate& mail : bench.templates->mails()) {
      if (mail.name == preview.name && preview.language.empty()) preview.language = mail.language;
    }
    if (preview.language.empty()) {
      return not_found("there is no mail template \"" + preview.name + "\"");
    }
  }
  const auto form = form_for_preview(*bench.definitions, preview.name, invocation.form);
  if (form == nullptr && !invocation.form.empty()) {
    return not_found("there is no form \"" + invocation.form + "\"");
  }
  if (form != nullptr) preview.form = form->form.id;
  const auto zone = TimeZone::find(bench.config.consent.time_zone);
  if (!zone.ok()) return zone.error();
  const std::string& url = bench.config.server.public_url;
  auto mail = preview_mail(*bench.templates, *zone,
                           {preview.name, preview.language, form.get(),
                            url.empty() ? "http://localhost" : url, SystemClock().now()});
  if (!mail.ok()) return mail.error();
  preview.mail = std::move(*mail);
  return preview;
}

int preview(const Workbench& bench, const Invocation& invocation, Console& console) {
  const auto shown = preview_of(bench, invocation);
  if (!shown.ok()) return report(console, shown.error());
  if (!invocation.file.empty()) {
    if (shown->mail.html.empty()) {
      return report(console, not_found("mail template " + shown->name + "." + shown->language +
                                       " has no HTML part"));
    }
    const Status written = write_file_durably(invocation.file, as_bytes(shown->mail.html), 0644);
    if (!written.ok()) return report(console, written.error());
  }
  if (invocation.json) {
    console.out(preview_json(shown->name, shown->language, shown->form, shown->mail) + "\n");
    return kExitDone;
  }
  console.out("Sample of " + shown->name + "." + shown->language +
              (shown->form.empty() ? std::string(": sample data")
                                   : ", form " + shown->form + ": sample data") +
              ", no link in it works.\n\nSubject: " + printable(shown->mail.subject) + "\n\n" +
              shown->mail.text);
  return kExitDone;
}

Result<std::string> test_message(const Workbench& bench, const Preview& shown,
                                 const std::string& to) {
  SystemRandom random;
  const auto zone = TimeZone::find(bench.config.consent.time_zone);
  if (!zone.ok()) return zone.error();
  const std::string& from = bench.config.mail.from.address;
  MailContent content;
  content.from = bench.config.mail.from;
  content.to = {"", to};
  content.reply_to = bench.config.mail.reply_to;
  content.subject = "[Test] " + shown.mail.subject;
  content.date = zone->rfc5322(SystemClock().now());
  content.message_id = to_hex(random.bytes<16>()) + "@" + from.substr(from.rfind('@') + 1);
  content.boundary = to_hex(random.bytes<16>());
  content.language = shown.language;
  content.text = shown.mail.text;
  content.html = shown.mail.html;
  return build_message(content);
}

// Past the outbox and the contacts: it is no mail to anybody, and leaves no trace here.
int send_test(const Workbench& bench, const Invocation& invocation, Console& console) {
  const auto to = EmailAddress::parse(invocation.to);
  if (!to) return report(console, invalid("--to must be an e-mail address"));
  const auto shown = preview_of(bench, invocation);
  if (!shown.ok()) return report(console, shown.error());
  const auto message = test_message(bench, *shown, to->mailbox());
  if (!message.ok()) return report(console, message.error());
  const SystemClock clock;
  DemoMailbox mailbox(bench.config.smtp.mailbox_folder, clock);
  const SmtpSettings settings = smtp_settings(bench.config);
  const auto transport =
      bench.config.smtp.mailbox_folder.empty()
          ? make_signing_transport(bench.config.mail.dkim, make_smtp_transport(settings))
          : make_mailbox_transport(mailbox);
  const Delivery delivery = transport->send({bench.config.mail.from.address, to->mailbox()},
                                            *message, [] { return true; });
  const std::string code = delivery.code == 0 ? "" : std::to_string(delivery.code) + " ";
  const bool told = delivery.reply.starts_with(code);  // most replies are kept as they came
  const std::string reply = (told ? "" : code) + printable(delivery.reply);
  if (delivery.verdict != Verdict::kAccepted) {
    return report(console, refused("not taken (" + std::string(name_of(delivery.verdict)) +
                                   "): " + reply + "; `jawort check` examines the mail server"));
  }
  console.out(invocation.json
                  ? sent_json(delivery) + "\n"
                  : "handed over, " + (delivery.tls.empty() ? "plain text" : delivery.tls) + ": " +
                        reply + "\n");
  return kExitDone;
}

}  // namespace

int run_template(const Invocation& invocation, Console& console) {
  const auto bench = set_up(invocation);
  if (!bench.ok()) return report(console, bench.error());
  if (invocation.verb == "template list") return list(*bench, invocation, console);
  if (invocation.verb == "template lint") return lint(*bench, invocation, console);
  if (invocation.verb == "template preview") return preview(*bench, invocation, console);
  return send_test(*bench, invocation, console);
}

}  // namespace jawort
