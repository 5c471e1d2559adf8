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
    if (!all_right()) return;
    say_what_is_not_there();
    if (shown_ == 0) return;
    to_.add("mails", true, shown_ == 1 ? "mails_one" : "mails", {{"n", std::to_string(shown_)}});
  }

 private:
  bool wrong(std::string_view key, const std::string& file) {
    to_.add("mails", false, key, {{"file", file.empty() ? to_.say("mail_gone") : file}});
    return false;
  }

  bool all_right() {
    for (std::size_t i = 0; i < proof_.mails.size(); ++i) {
      const ProofMail& mail = proof_.mails[i];
      if (i > 0 && proof_.mails[i - 1].submission >= mail.submission) {
        return wrong("mails_order", "");
      }
      const std::string wanted = "mails/" + std::to_string(i + 1) + "-" + mail.kind + ".eml";
      if (!mail.file.empty() && mail.file != wanted) return wrong("mail_name", mail.file);
      const std::string_view why = wrong_mail(mail);
      if (!why.empty()) return wrong(why, mail.file);
    }
    return true;
  }

  std::string_view wrong_mail(const ProofMail& mail) {
    const ReadEvent* event = find_event(events_, mail.submission);
    const std::string* hash = event == nullptr ? nullptr : event->open("mail_sha256");
    if (hash == nullptr || *hash != as_text(mail.hash) ||
        mail.cut_committed != event->commits_to("mail_cut_sha256")) {
      return "mail_of_another";
    }
    if (mail.file.empty()) return "";
    const auto file = files_.find(mail.file);
    const std::string* cut = event->open("mail_cut_sha256");
    const std::string* wanted = mail.links_cut ? cut : hash;
    const bool checkable = !mail.links_cut || mail.cut_committed;
    if (file == files_.end() ||
        (checkable && (wanted == nullptr || *wanted != as_text(sha256(as_bytes(file->second)))))) {
      return "mail_other";
    }
    if (checkable) {
      ++shown_;
    } else {
      to_.add_open("open_mail_hash", {{"file", mail.file}});
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
      to_.add_open("open_mail", {{"n", std::to_string(event.leaf.sequence)}});
    }
    if (!any) to_.add_open("open_no_mail");
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
