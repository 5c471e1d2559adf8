#include "engine/mail/mailbox_reader.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include <curl/curl.h>

#include "engine/base/text.h"
#include "engine/net/curl_handle.h"

namespace jawort {
namespace {

constexpr std::size_t kMessageLimit = std::size_t{10} << 20;
constexpr std::size_t kAtOnce = 1000;  // messages per look, the newest ones
constexpr long kSilenceSeconds = 60;

struct Answer {
  std::string body;
  bool cut = false;  // there is more of it
};

std::size_t on_write(char* bytes, std::size_t one, std::size_t count, void* context) {
  auto* answer = static_cast<Answer*>(context);
  const std::size_t size = one * count;
  const std::size_t room = kMessageLimit - answer->body.size();
  answer->body.append(bytes, std::min(room, size));
  answer->cut = size > room;
  return answer->cut ? 0 : size;  // 0 ends the transfer
}

int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* cancelled = static_cast<const std::function<bool()>*>(context);
  return *cancelled && (*cancelled)() ? 1 : 0;
}

bool untrusted(CURLcode result) {
  return result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE;
}

// One connection, kept between its requests, closed at the end with the protocol's own word.
class Session {
 public:
  Session(const MailboxSettings& settings, const std::function<bool()>& cancelled)
      : url_(settings.url), cancelled_(cancelled) {
    CURL* const curl = handle_.get();
    if (curl == nullptr) return;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "imaps,pop3s");
    curl_easy_setopt(curl, CURLOPT_USERNAME, settings.username.c_str());
    const std::string password(as_text(settings.password.reveal()));
    curl_easy_setopt(curl, CURLOPT_PASSWORD, password.c_str());
    if (!settings.ca_file.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, settings.ca_file.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, settings.connect_timeout_seconds);
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, kSilenceSeconds);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kSilenceSeconds);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &cancelled_);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_write);
  }

  // `command`: empty for the transfer that the path stands for. Its result counts beside the bytes:
  // a message that was cut is one.
  Result<std::string> ask(const std::string& path, const std::string& command, bool no_body) {
    CURL* const curl = handle_.get();
    if (curl == nullptr) return Error{ErrorKind::kUnavailable, "no memory for a connection"};
    Answer answer;
    const std::string url = url_ + path;
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, command.empty() ? nullptr : command.c_str());
    curl_easy_setopt(curl, CURLOPT_NOBODY, no_body ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    const CURLcode result = curl_easy_perform(curl);
    bad_certificate_ = untrusted(result);
    connected_ = connected_ || result == CURLE_OK || result == CURLE_LOGIN_DENIED;
    if (result == CURLE_OK || answer.cut) return std::move(answer.body);
    return Error{ErrorKind::kUnavailable, curl_easy_strerror(result)};
  }

  bool connected() const { return connected_; }
  bool bad_certificate() const { return bad_certificate_; }

 private:
  const std::string url_;
  const std::function<bool()>& cancelled_;
  bool connected_ = false, bad_certificate_ = false;
  CurlHandle handle_;
};

std::vector<std::string> newest(std::vector<std::string> all) {
  if (all.size() > kAtOnce)
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(kAtOnce));
  return all;
}

class ImapMailbox final : public MailSource {
 public:
  explicit ImapMailbox(const MailboxSettings& settings) : settings_(settings) {}

  // A fetch marks a message as seen. What is not ours may be for a person, so that is undone.
  Status look(const MailTaker& take, const std::function<bool()>& cancelled) override {
    Session session(settings_, cancelled);
    const auto there = search(session, "UNDELETED");
    if (!there.ok()) return there.error();
    const auto unseen = search(session, "UNDELETED UNSEEN");
    if (!unseen.ok()) return unseen.error();
    for (const std::string& uid : newest(*there)) {
      if (refused_.contains(uid)) continue;
      const auto message = session.ask("/INBOX/;UID=" + uid, "", false);
      if (!message.ok()) return message.error();
      const auto taken = take(*message);
      if (taken.ok() && *taken) {
        JAWORT_TRY(remove(session, uid));
        continue;
      }
      if (std::ranges::find(*unseen, uid) != unseen->end()) {
        (void)session.ask("/INBOX", "UID STORE " + uid + " -FLAGS.SILENT (\\Seen)", false);
      }
      if (!taken.ok()) return taken.error();
      refused_.insert(uid);
    }
    return {};
  }

  static Result<std::vector<std::string>> search(Session& session, const std::string& what) {
    const auto answer = session.ask("/INBOX", "UID SEARCH " + what, false);
    if (!answer.ok()) return answer.error();
    std::vector<std::string> uids;
    for (const std::string_view line : split(*answer, '\n')) {
      constexpr std::string_view kFound = "* SEARCH";
      if (!line.starts_with(kFound)) continue;
      for (const std::string_view word : split(trim_ascii_space(line.substr(kFound.size())), ' ')) {
        if (parse_decimal(word)) uids.emplace_back(word);
      }
    }
    return uids;
  }

 private:
  // Of this message alone: what others have marked is theirs.
  static Status remove(Session& session, const std::string& uid) {
    const auto marked =
        session.ask("/INBOX", "UID STORE " + uid + " +FLAGS.SILENT (\\Deleted)", false);
    if (!marked.ok()) return marked.error();
    (void)session.ask("/INBOX", "UID EXPUNGE " + uid, false);  // a server without UIDPLUS: later
    return {};
  }

  const MailboxSettings& settings_;
  std::set<std::string> refused_;
};

struct PopEntry {
  std::string number, name;  // in this session, and for ever
};

class PopMailbox final : public MailSource {
 public:
  explicit PopMailbox(const MailboxSettings& settings) : settings_(settings) {}

  // Numbers hold for one session; what is marked in it goes when it ends.
  Status look(const MailTaker& take, const std::function<bool()>& cancelled) override {
    Session session(settings_, cancelled);
    const auto entries = list(session);
    if (!entries.ok()) return entries.error();
    std::set<std::string> still_there;
    for (const PopEntry& entry : *entries) {
      if (refused_.contains(entry.name)) {
        still_there.insert(entry.name);
        continue;
      }
      const auto message = session.ask("/" + entry.number, "", false);
      if (!message.ok()) return message.error();
      const auto taken = take(*message);
      if (!taken.ok()) return taken.error();
      if (*taken) {
        const auto gone = session.ask("/" + entry.number, "DELE", true);
        if (!gone.ok()) return gone.error();
      } else {
        still_there.insert(entry.name);
      }
    }
    refused_ = std::move(still_there);
    return {};
  }

  static Result<std::vector<PopEntry>> list(Session& session) {
    const auto answer = session.ask("/", "UIDL", false);
    if (!answer.ok()) return answer.error();
    std::vector<PopEntry> entries;
    for (const std::string_view line : split(*answer, '\n')) {
      const auto words = split(trim_ascii_space(line), ' ');
      if (words.size() == 2 && parse_decimal(words[0])) {
        entries.push_back({std::string(words[0]), std::string(words[1])});
      }
    }
    return entries;
  }

 private:
  const MailboxSettings& settings_;
  std::set<std::string> refused_;
};

bool by_imap(const MailboxSettings& settings) {
  return ascii_lower(settings.url).starts_with("imaps:");
}

template <typename List>
Result<std::size_t> count_of(const Result<List>& list) {
  if (!list.ok()) return list.error();
  return list->size();
}

}  // namespace

std::unique_ptr<MailSource> make_mailbox_reader(const MailboxSettings& settings) {
  if (by_imap(settings)) return std::make_unique<ImapMailbox>(settings);
  return std::make_unique<PopMailbox>(settings);
}

MailboxProbe probe_mailbox(const MailboxSettings& settings) {
  const std::function<bool()> never;
  Session session(settings, never);
  MailboxProbe probe;
  const auto counted = by_imap(settings) ? count_of(ImapMailbox::search(session, "ALL"))
                                         : count_of(PopMailbox::list(session));
  if (counted.ok()) {
    probe.messages = *counted;
  } else {
    probe.problem = counted.error().message;
  }
  probe.connected = session.connected();
  probe.bad_certificate = session.bad_certificate();
  return probe;
}

}  // namespace jawort
