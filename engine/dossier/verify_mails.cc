// Mails against the events that queued them (FORMAT.md §5, 10).
#include <algorithm>

#include "engine/base/text.h"
#include "engine/dossier/verify_events.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

class MailCheck {
 public:
  MailCheck(const Proof& proof, const std::vector<ReadEvent>& events, const DossierFiles& files,
            Verification& to)
      : proof_(proof), events_(events), files_(files), to_(to) {}

  void run() {
    const std::string wrong = wrong_mails();
    if (!wrong.empty()) {
      to_.checks.push_back({"mails", false, wrong});
      return;
    }
    say_what_is_not_there();
    if (shown_ == 0) return;
    to_.checks.push_back({"mails", true,
                          std::to_string(shown_) + (shown_ == 1 ? " mail is" : " mails are") +
                              " byte for byte what was written for sending, with the secret of "
                              "each link cut out"});
  }

 private:
  std::string wrong_mails() {
    for (std::size_t i = 0; i < proof_.mails.size(); ++i) {
      const ProofMail& mail = proof_.mails[i];
      if (i > 0 && proof_.mails[i - 1].submission >= mail.submission) {
        return "the mails are not in the order of their events, or one is listed twice";
      }
      const std::string wanted = "mails/" + std::to_string(i + 1) + "-" + mail.kind + ".eml";
      if (!mail.file.empty() && mail.file != wanted) return mail.file + " has a wrong name";
      const std::string wrong = wrong_mail(mail);
      if (!wrong.empty()) {
        return (mail.file.empty() ? "a mail whose bytes are gone" : mail.file) + " " + wrong;
      }
    }
    return "";
  }

  std::string wrong_mail(const ProofMail& mail) {
    const ReadEvent* event = find_event(events_, mail.submission);
    const std::string* hash = event == nullptr ? nullptr : event->open("mail_sha256");
    if (hash == nullptr || *hash != as_text(mail.hash) ||
        mail.cut_committed != event->commits_to("mail_cut_sha256")) {
      return "is not the mail of its event";
    }
    if (mail.file.empty()) return "";
    const auto file = files_.find(mail.file);
    const std::string* cut = event->open("mail_cut_sha256");
    const std::string* wanted = mail.links_cut ? cut : hash;
    const bool checkable = !mail.links_cut || mail.cut_committed;
    if (file == files_.end() ||
        (checkable && (wanted == nullptr || *wanted != as_text(sha256(as_bytes(file->second)))))) {
      return "is not the mail that was sent";
    }
    if (checkable) {
      ++shown_;
    } else {
      to_.not_proved.push_back(mail.file +
                               ": only the hash of the whole was recorded, and its links are cut "
                               "out, so its bytes are bound by the signature alone");
    }
    return "";
  }

  // No event that queued a mail is passed over in silence.
  void say_what_is_not_there() {
    bool any = false;
    for (const ReadEvent& event : events_) {
      if (!event.commits_to("mail_sha256")) continue;
      any = true;
      const auto mail =
          std::ranges::find(proof_.mails, event.leaf.sequence, &ProofMail::submission);
      if (mail != proof_.mails.end() && !mail->file.empty()) continue;
      to_.not_proved.push_back("what the mail of event " + std::to_string(event.leaf.sequence) +
                               " said: the event names one, and its bytes are not in the dossier");
    }
    if (!any) to_.not_proved.push_back("that a mail was written: no event names one");
  }

  const Proof& proof_;
  const std::vector<ReadEvent>& events_;
  const DossierFiles& files_;
  Verification& to_;
  std::size_t shown_ = 0;
};

}  // namespace

void check_mails(const Proof& proof, const std::vector<ReadEvent>& events,
                 const DossierFiles& files, Verification& to) {
  MailCheck(proof, events, files, to).run();
}

}  // namespace jawort
