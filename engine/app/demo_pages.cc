#include "engine/app/demo_pages.h"

#include <charconv>

#include "engine/app/demo_texts.h"
#include "engine/base/text.h"
#include "engine/flow/show_contact.h"
#include "engine/mail/mail_reader.h"

namespace jawort {
namespace {

constexpr std::size_t kMailsShown = 200;
constexpr int kContactsShown = 200;

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ground:#f4f3ef;--card:#fff;--ink:#1d2321;--soft:#56605c;
  --line:#dedcd4;--accent:#17654f;--tint:#eef4f1}
@media (prefers-color-scheme:dark){:root{--ground:#121514;--card:#1b1f1e;--ink:#eceeec;
  --soft:#a9b3ae;--line:#323936;--accent:#84d3b9;--tint:#202826}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:400 1.0625rem/1.6 system-ui,
  -apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;overflow-wrap:anywhere}
header,main{max-width:48rem;margin:0 auto;padding:1rem}
header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline}
header strong{margin-right:auto}
a{color:var(--accent);text-underline-offset:.2em}
nav{display:flex;flex-wrap:wrap;gap:0 1.25rem}
nav a{display:inline-block;padding:.6rem 0}
h2 a{padding:.35rem 0}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:4px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 1rem}
h2{font-size:1.125rem;margin:0 0 .25rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:16px;
  padding:1.25rem 1.5rem;margin:0 0 1rem}
.soft{color:var(--soft)}
.note{background:var(--tint);border-left:3px solid var(--accent);
  border-radius:4px 10px 10px 4px;padding:.75rem 1rem;margin:0 0 1rem}
code,pre{font:.9375rem/1.5 ui-monospace,Menlo,Consolas,monospace}
pre{white-space:pre-wrap;margin:0}
ol{list-style:none;margin:0;padding:0;counter-reset:step}
ol li{counter-increment:step}
ol h2::before{content:counter(step) "  ";color:var(--accent)}
table{width:100%;border-collapse:collapse}
th{text-align:left;font-weight:400;color:var(--soft);padding:.2rem 1rem .2rem 0;
  vertical-align:top;width:11rem}
td{padding:.2rem 0}
iframe{width:100%;height:36rem;border:1px solid var(--line);border-radius:10px;background:canvas}
p{margin:.25rem 0}
h1+p.soft{margin:-.5rem 0 1rem}
@media (max-width:34rem){th,td{display:block;width:auto;padding:0}th{padding-top:.5rem}}
)";

// Markup that is put together: text() escapes, raw() is for markup of ours.
class Html {
 public:
  Html& raw(std::string_view markup) {
    markup_ += markup;
    return *this;
  }
  Html& text(std::string_view text) {
    markup_ += html_escape(text);
    return *this;
  }
  Html& link(std::string_view url, std::string_view label) {
    return raw("<a href=\"").text(url).raw("\">").text(label).raw("</a>");
  }
  Html& row(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    return raw("<tr><th scope=\"row\">").text(name).raw("</th><td>").text(value).raw("</td></tr>");
  }
  std::string take() { return std::move(markup_); }

 private:
  std::string markup_;
};

HttpResponse page(int status, const DemoTexts& words, std::string_view title, Html& body) {
  Html html;
  html.raw("<!DOCTYPE html><html lang=\"").raw(words.language);
  html.raw(
      "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"><title>");
  html.text(title).raw(" – ").text(words.demo).raw("</title><style>").raw(kStyle);
  html.raw("</style></head><body><header><strong>").text(words.demo).raw("</strong><nav>");
  html.link("/demo", words.start).raw(" ").link("/demo/mailbox", words.mailbox).raw(" ");
  html.link("/demo/contacts", words.contacts).raw("</nav></header><main><h1>").text(title);
  html.raw("</h1>").raw(body.take()).raw("</main></body></html>\n");
  HttpResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = html.take();
  response.set("Cache-Control", "no-store")
      .set("Content-Security-Policy",
           "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
           "frame-ancestors 'none'")
      .set("Referrer-Policy", "no-referrer")
      .set("X-Content-Type-Options", "nosniff")
      .set("X-Robots-Tag", "noindex");
  return response;
}

class DemoPages {
 public:
  DemoPages(const Context& context, const DemoMailbox& mailbox, std::string command)
      : context_(context), mailbox_(mailbox), command_(std::move(command)) {}

  HttpResponse answer(const HttpRequest& request) const {
    const DemoTexts& words = demo_texts(request.header("accept-language"));
    constexpr std::string_view kMail = "/demo/mailbox/";
    if (request.method != "GET" && request.method != "HEAD") return method_not_allowed();
    if (request.path == "/demo" || request.path == "/demo/") return start_page(words);
    if (request.path == "/demo/mailbox") return mailbox_page(words);
    if (request.path == "/demo/contacts") return contacts_page(words);
    if (request.path.starts_with(kMail)) {
      return mail_page(words, std::string_view(request.path).substr(kMail.size()));
    }
    return not_found_page(words);
  }

 private:
  static HttpResponse method_not_allowed() {
    HttpResponse response;
    response.status = 405;
    response.set("Allow", "GET, HEAD");
    return response;
  }

  static HttpResponse not_found_page(const DemoTexts& words) {
    Html body;
    return page(404, words, words.not_found, body);
  }

  // When the mail was filed, from its name, in the controller's zone.
  std::string filed_at(std::string_view name) const {
    std::int64_t millis = 0;
    std::from_chars(name.data(), name.data() + name.size(), millis);
    return shown(from_millis(millis));
  }
  std::string shown(Instant at) const {
    const LocalTime local = context_.zone.local(at);
    return local.date + " " + local.time + " " + local.abbreviation;
  }
  std::string shown(const std::optional<Instant>& at) const { return at ? shown(*at) : ""; }
  std::string shown(const std::optional<Stamp>& stamp) const {
    return stamp ? shown(stamp->at) : "";
  }

  HttpResponse start_page(const DemoTexts& words) const {
    Html body;
    body.raw("<p class=\"soft\">").text(words.start_lead).raw("</p><ol>");
    const auto definitions = context_.definitions.get();
    for (const std::string& id : definitions->form_ids()) {
      const std::string path = "/forms/" + id;
      step(body, path, words.sign_up, words.sign_up_note, "");
    }
    step(body, "/demo/mailbox", words.read_mail, words.read_mail_note, "");
    step(body, "/demo/contacts", words.see_record, words.see_record_note,
         command_ + " contact show anna@example.org --json");
    step(body, "", words.leave, words.leave_note,
         command_ + " link revoke anna@example.org --purpose newsletter");
    body.raw("</ol>");
    return page(200, words, words.start, body);
  }

  static void step(Html& body, std::string_view path, std::string_view title, std::string_view note,
                   std::string_view command) {
    body.raw("<li class=\"card\"><h2>");
    if (path.empty()) {
      body.text(title);
    } else {
      body.link(path, title);
    }
    body.raw("</h2><p>").text(note).raw("</p>");
    if (!command.empty()) body.raw("<pre>").text(command).raw("</pre>");
    body.raw("</li>");
  }

  HttpResponse mailbox_page(const DemoTexts& words) const {
    Html body;
    body.raw("<p class=\"note\">").text(words.mailbox_note).raw("</p>");
    const std::vector<std::string> names = mailbox_.list(kMailsShown);
    if (names.empty()) body.raw("<p>").text(words.no_mails).raw("</p>");
    for (const std::string& name : names) {
      const auto bytes = mailbox_.read(name);
      if (!bytes.ok()) continue;
      const ReadMail mail = read_mail(*bytes);
      body.raw("<section class=\"card\"><h2>");
      body.link("/demo/mailbox/" + name, mail.header("Subject")).raw("</h2><p>");
      body.text(words.to).raw(" ").text(mail.header("To")).raw(" <span class=\"soft\">· ");
      body.text(filed_at(name)).raw("</span></p></section>");
    }
    return page(200, words, words.mailbox, body);
  }

  HttpResponse mail_page(const DemoTexts& words, std::string_view name) const {
    const auto bytes = mailbox_.read(name);
    if (!bytes.ok()) return not_found_page(words);
    const ReadMail mail = read_mail(*bytes);
    Html body;
    body.raw("<p class=\"note\">").text(words.mailbox_note).raw("</p>");
    body.raw("<section class=\"card\"><table>").row(words.from, mail.header("From"));
    body.row(words.to, mail.header("To")).row(words.date, mail.header("Date"));
    std::string_view leave = mail.header("List-Unsubscribe");
    const std::size_t open = leave.find("<http");
    if (open != std::string_view::npos) {
      leave = leave.substr(open + 1, leave.find('>', open) - open - 1);
      body.raw("<tr><th scope=\"row\">").text(words.unsubscribe).raw("</th><td>");
      body.link(leave, leave).raw("</td></tr>");
    }
    body.raw("</table></section><section class=\"card\"><h2>").text(words.as_text);
    body.raw("</h2><pre>").raw(html_with_links(mail.text)).raw("</pre></section>");
    if (!mail.html.empty()) add_html_part(body, words, mail.html);
    return page(200, words, mail.header("Subject"), body);
  }

  // The frame has no rights but to open a link in a new tab: a mail cannot run or load anything.
  static void add_html_part(Html& body, const DemoTexts& words, const std::string& html) {
    body.raw("<section class=\"card\"><h2>").text(words.as_html);
    body.raw("</h2><iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" title=\"");
    body.text(words.as_html).raw("\" srcdoc=\"");
    body.text(replace_all(html, "<head>", "<head><base target=\"_blank\">"));
    body.raw("\"></iframe></section>");
  }

  // Newest first; the demo's few contacts are read as a whole.
  std::vector<ContactRecord> newest_contacts() const {
    std::vector<ContactRecord> records;
    ContactId after;
    for (;;) {
      auto page = list_contacts(context_, after, kContactsShown);
      if (!page.ok() || page->empty()) break;
      after = page->back().contact.id;
      for (ContactRecord& record : *page) records.push_back(std::move(record));
      if (records.size() > kContactsShown) {
        records.erase(records.begin(), records.end() - kContactsShown);
      }
    }
    std::reverse(records.begin(), records.end());
    return records;
  }

  HttpResponse contacts_page(const DemoTexts& words) const {
    Html body;
    const std::vector<ContactRecord> records = newest_contacts();
    if (records.empty()) body.raw("<p>").text(words.no_contacts).raw("</p>");
    for (const ContactRecord& record : records) add_contact(body, words, record);
    if (!records.empty()) {
      body.raw("<p>").text(words.all_of).raw("</p><pre>").text(command_ + " contact show ");
      body.text(records.front().contact.email).raw(" --json</pre>");
    }
    return page(200, words, words.contacts, body);
  }

  void add_contact(Html& body, const DemoTexts& words, const ContactRecord& record) const {
    body.raw("<section class=\"card\"><h2>").text(record.contact.email).raw("</h2><table>");
    for (const FieldValueRow& field : record.fields) body.row(field.name, field.value);
    body.raw("</table>");
    if (record.consents.empty()) {
      body.raw("<p class=\"soft\">").text(words.consent_none).raw("</p>");
    }
    for (const auto& view : record.consents) {
      const Round& round = view.consent.round;
      body.raw("<p><strong>").text(view.consent.purpose).raw(": ").text(name_of(round.status));
      body.raw("</strong></p><table>").row(words.opt_in, shown(round.opt_in.at));
      body.row(words.mailed, shown(round.mailed_at)).row(words.opened, shown(round.opened_at));
      body.row(words.confirmed, shown(round.confirmed)).row(words.revoked, shown(round.revoked));
      body.row(words.wording, view.wording).raw("</table>");
    }
    body.raw("</section>");
  }

  const Context& context_;
  const DemoMailbox& mailbox_;
  const std::string command_;
};

}  // namespace

std::string html_with_links(std::string_view text) {
  Html html;
  while (!text.empty()) {
    std::size_t at = std::min(text.find("https://"), text.find("http://"));
    at = std::min(at, text.size());
    html.text(text.substr(0, at));
    text.remove_prefix(at);
    if (text.empty()) break;
    std::string_view url = text.substr(0, std::min(text.find_first_of(" \t\r\n<>\""), text.size()));
    while (!url.empty() && std::string_view(".,;:!?)").find(url.back()) != std::string_view::npos) {
      url.remove_suffix(1);
    }
    html.link(url, url);
    text.remove_prefix(url.size());
  }
  return html.take();
}

HttpHandler demo_routes(const Context& context, const DemoMailbox& mailbox, std::string command,
                        HttpHandler next) {
  auto pages = std::make_shared<const DemoPages>(context, mailbox, std::move(command));
  return [pages, next = std::move(next)](const HttpRequest& request) {
    const bool ours = request.path == "/demo" || request.path.starts_with("/demo/");
    return ours ? pages->answer(request) : next(request);
  };
}

}  // namespace jawort
