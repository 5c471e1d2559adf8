#include "engine/app/demo_texts.h"

#include "engine/base/text.h"

namespace jawort {
namespace {

constexpr DemoTexts kGerman = {
    .language = "de",
    .demo = "Jawort zum Ausprobieren",
    .start = "Anfang",
    .mailbox = "Postfach",
    .contacts = "Kontakte",
    .start_lead = "Alles läuft nur auf diesem Rechner. Keine E-Mail verlässt ihn.",
    .sign_up = "Anmelden",
    .sign_up_note =
        "Das Formular ausfüllen, mit irgendeiner Adresse, zum Beispiel anna@example.org.",
    .read_mail = "Die E-Mail öffnen und bestätigen",
    .read_mail_note = "Sie liegt im Postfach der Demo. Ihr Link führt zum Knopf, der bestätigt.",
    .see_record = "Den Nachweis ansehen",
    .see_record_note =
        "Datum und Uhrzeit jedes Schritts stehen beim Kontakt, auch auf der Kommandozeile:",
    .leave = "Wieder abmelden",
    .leave_note = "Mit dem Widerrufslink, wie er in jedem Newsletter steht:",
    .mailbox_note =
        "Nur in der Demo: Dieses Postfach zeigt Bestätigungslinks, wie jedes Postfach. "
        "Keine andere Seite, kein Befehl und kein Protokoll zeigt je einen.",
    .no_mails = "Noch keine E-Mails. Erst anmelden.",
    .to = "An",
    .from = "Von",
    .date = "Datum",
    .subject = "Betreff",
    .unsubscribe = "Abmelden (List-Unsubscribe)",
    .as_text = "Textteil",
    .as_html = "HTML-Teil",
    .no_contacts = "Noch keine Kontakte. Erst anmelden.",
    .all_of = "Alles über einen Kontakt:",
    .consent_none = "keine Einwilligung",
    .opt_in = "angekreuzt",
    .mailed = "E-Mail übergeben",
    .opened = "Link geöffnet",
    .confirmed = "bestätigt",
    .revoked = "widerrufen",
    .wording = "Wortlaut",
    .not_found = "Diese Seite gibt es nicht.",
};

constexpr DemoTexts kEnglish = {
    .language = "en",
    .demo = "Jawort to try out",
    .start = "Start",
    .mailbox = "Mailbox",
    .contacts = "Contacts",
    .start_lead = "Everything runs on this machine only. No mail leaves it.",
    .sign_up = "Sign up",
    .sign_up_note = "Fill in the form, with any address, for example anna@example.org.",
    .read_mail = "Open the mail and confirm",
    .read_mail_note = "It lies in the demo's mailbox. Its link leads to the button that confirms.",
    .see_record = "Look at the proof",
    .see_record_note =
        "Date and time of each step stand with the contact, also on the command line:",
    .leave = "Leave again",
    .leave_note = "With the revocation link, as it stands in each newsletter:",
    .mailbox_note =
        "In the demo only: this mailbox shows confirmation links, as any mailbox does. "
        "No other page, no command and no log ever shows one.",
    .no_mails = "No mails yet. Sign up first.",
    .to = "To",
    .from = "From",
    .date = "Date",
    .subject = "Subject",
    .unsubscribe = "Unsubscribe (List-Unsubscribe)",
    .as_text = "Text part",
    .as_html = "HTML part",
    .no_contacts = "No contacts yet. Sign up first.",
    .all_of = "Everything about a contact:",
    .consent_none = "no consent",
    .opt_in = "ticked",
    .mailed = "mail handed over",
    .opened = "link opened",
    .confirmed = "confirmed",
    .revoked = "revoked",
    .wording = "wording",
    .not_found = "There is no such page.",
};

}  // namespace

const DemoTexts& demo_texts(std::string_view accept_language) {
  const std::string_view first = trim_ascii_space(accept_language).substr(0, 2);
  return ascii_equal_ignoring_case(first, "de") ? kGerman : kEnglish;
}

}  // namespace jawort
