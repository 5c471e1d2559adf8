#include "engine/mail/smtp_transport.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <sys/socket.h>

#include <curl/curl.h>

#include "engine/base/text.h"
#include "engine/consent/email_address.h"
#include "engine/mail/smtp_conversation.h"
#include "engine/net/curl_handle.h"

namespace jawort {
namespace {

// What a callback of libcurl needs to know of the message that is on its way.
struct Upload {
  std::string_view rest;  // not handed over yet
  const LastBytesGate* gate = nullptr;
  bool gate_asked = false;
  bool withheld = false;
};

// One easy handle with its kept connection, and what is known about that connection.
struct Session {
  explicit Session(const SmtpSettings& settings);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  CURLcode perform();
  std::string why(CURLcode result) const;

  bool tls_wanted, login_wanted;
  bool stopped_by_us = false;  // the connection is not safe enough for what we want to send
  SmtpConversation conversation;
  Upload upload;
  char error[CURL_ERROR_SIZE] = "";
  CurlHandle handle;  // last: it goes first, and says QUIT through the members above
};

bool smtps(const std::string& url) { return ascii_lower(url).starts_with("smtps://"); }

// libcurl tells everything it says and hears here, in the order in which it happened; unlike the
// header callback that shows which command a reply belongs to.
int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* context) {
  auto& conversation = static_cast<Session*>(context)->conversation;
  const std::string_view bytes(data, size);
  if (type == CURLINFO_HEADER_OUT) conversation.command_sent(bytes);
  if (type == CURLINFO_HEADER_IN) conversation.reply_received(bytes);
  constexpr std::string_view kAgreed = "SSL connection using ";
  if (type == CURLINFO_TEXT && bytes.starts_with(kAgreed)) {
    const std::string_view rest = bytes.substr(kAgreed.size());
    conversation.tls_agreed(rest.substr(0, rest.find_first_of(" \r\n")));
  }
  return 0;
}

// Called for each new socket, so a kept connection can be told from a new one.
int on_socket(void* context, curl_socket_t, curlsocktype) {
  static_cast<Session*>(context)->conversation.connection_opened();
  return CURL_SOCKOPT_OK;
}

// Called when the connection stands, after STARTTLS and AUTH and before MAIL. libcurl itself goes
// on without a login when the relay offers none, and says that all went well.
int on_ready(void* context, char*, char*, int, int) {
  auto* session = static_cast<Session*>(context);
  const SmtpConversation& conversation = session->conversation;
  session->stopped_by_us = (session->tls_wanted && !conversation.encrypted()) ||
                           (session->login_wanted && !conversation.authenticated());
  return session->stopped_by_us ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

// No exception may cross libcurl's frames; a gate that cannot answer has not said yes.
bool opens(const LastBytesGate& gate) {
  try {
    return !gate || gate();
  } catch (const std::exception&) {
    return false;
  }
}

// Hands the message over. The bytes that do not fit one buffer go first; what is left last goes
// only when the gate says so. libcurl writes the final dot after this has answered 0, and drops the
// connection without it after an abort.
std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* context) {
  auto* session = static_cast<Session*>(context);
  Upload& upload = session->upload;
  const std::size_t length = std::min(size * count, upload.rest.size());
  if (length == upload.rest.size() && !upload.gate_asked) {
    upload.gate_asked = true;
    upload.withheld = !opens(*upload.gate);
    if (!upload.withheld) session->conversation.last_bytes_handed_over();
  }
  if (upload.withheld) return CURL_READFUNC_ABORT;
  std::memcpy(buffer, upload.rest.data(), length);
  upload.rest.remove_prefix(length);
  return length;
}

// Without this libcurl prints to standard output what it takes for a body.
std::size_t on_write(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// The path of an smtp URL is the name for EHLO.
std::string session_url(const SmtpSettings& settings) {
  std::string url = settings.url;
  while (!url.empty() && url.back() == '/') url.pop_back();
  return settings.helo.empty() ? url : url + "/" + percent_encode(settings.helo);
}

// "mail.example.org" or "[::1]" of "smtp://mail.example.org:587/".
std::string_view url_host(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const std::size_t at = url.rfind('@');
  if (at != std::string_view::npos) url.remove_prefix(at + 1);
  const std::size_t colon = url.rfind(':');
  const bool port = colon != std::string_view::npos && url.find(']', colon) == url.npos;
  return port ? url.substr(0, colon) : url;
}

void set_tls(CURL* curl, const SmtpSettings& settings, bool required) {
  long use = static_cast<long>(CURLUSESSL_NONE);
  if (settings.tls == TlsPolicy::kOpportunistic) use = static_cast<long>(CURLUSESSL_TRY);
  if (required) use = static_cast<long>(CURLUSESSL_ALL);
  curl_easy_setopt(curl, CURLOPT_USE_SSL, use);
  // Opportunistic TLS (RFC 7435) keeps listeners out and cannot know whom it talks to: somebody in
  // the middle could as well leave STARTTLS out. Refusing an unknown certificate would only send
  // the mail in the clear, or not at all.
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, required ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, required ? 2L : 0L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!settings.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, settings.ca_file.c_str());
  }
}

void set_login(CURL* curl, const SmtpSettings& settings) {
  Bytes bytes(settings.password.reveal().begin(), settings.password.reveal().end());
  bytes.reserve(bytes.size() + 1);
  bytes.push_back(0);  // libcurl wants a C string
  const Secret terminated{std::move(bytes)};
  curl_easy_setopt(curl, CURLOPT_USERNAME, settings.username.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, terminated.reveal().data());
  // Inside verified TLS these two are enough; left to itself libcurl would also try Kerberos for
  // names with an "@", and NTLM.
  curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
}

void set_time_limits(CURL* curl, const SmtpSettings& settings) {
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, settings.connect_timeout_seconds);
  // One wait for every reply, the longest of RFC 5321 §4.5.3.2: given up earlier, a message that
  // was taken is sent again.
  curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, settings.reply_timeout_seconds);
  // A relay that stops reading in the middle of a message sends no reply to wait for.
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, settings.reply_timeout_seconds + 30);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
}

void set_callbacks(CURL* curl, Session* session) {
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, session->error);
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_debug);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, session);
  curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, on_socket);
  curl_easy_setopt(curl, CURLOPT_SOCKOPTDATA, session);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_ready);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, session);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
  curl_easy_setopt(curl, CURLOPT_READDATA, session);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_write);
}

Session::Session(const SmtpSettings& settings)
    : tls_wanted(settings.tls == TlsPolicy::kRequired || !settings.password.empty() ||
                 smtps(settings.url)),
      login_wanted(!settings.password.empty()),
      conversation(smtps(settings.url)) {
  if (!handle) return;
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, session_url(settings).c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // none, whatever the environment says
  curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 1L);
  set_callbacks(curl, this);
  set_time_limits(curl, settings);
  set_tls(curl, settings, tls_wanted);
  if (login_wanted) set_login(curl, settings);
}

// libcurl says QUIT and waits for the answer as long as for any other, which would be ten minutes
// for a relay that hangs. Nothing depends on this answer, so there is nothing left to read.
Session::~Session() {
  curl_socket_t kept = CURL_SOCKET_BAD;
  if (!handle) return;
  curl_easy_getinfo(handle.get(), CURLINFO_ACTIVESOCKET, &kept);
  if (kept != CURL_SOCKET_BAD) shutdown(kept, SHUT_RD);
}

CURLcode Session::perform() {
  stopped_by_us = false;
  error[0] = '\0';
  return curl_easy_perform(handle.get());
}

std::string Session::why(CURLcode result) const {
  if (stopped_by_us && login_wanted && conversation.encrypted()) {
    return "the relay did not ask for the login that is configured: nothing is sent without it";
  }
  if (stopped_by_us) return "the connection is not encrypted: nothing is sent without TLS";
  return printable_reply(error[0] != '\0' ? error : curl_easy_strerror(result));
}

// Failures of encryption or login that have no reply of their own.
bool set_up_failed(CURLcode result) {
  switch (static_cast<int>(result)) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_LOGIN_DENIED:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return true;
    default:
      return false;
  }
}

// What the transport promises to libcurl, which checks none of it: bare line ends and 8-bit bytes
// would pass (SMTP smuggling), and an empty message hangs until the timeout.
bool well_formed(std::string_view message) {
  if (!message.ends_with("\r\n")) return false;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const auto byte = static_cast<unsigned char>(message[i]);
    if (byte == 0 || byte > 0x7f) return false;
    if (byte == '\n' && (i == 0 || message[i - 1] != '\r')) return false;
    if (byte == '\r' && (i + 1 == message.size() || message[i + 1] != '\n')) return false;
  }
  return true;
}

Delivery not_sent(Verdict verdict, std::string reason) {
  Delivery delivery;
  delivery.verdict = verdict;
  delivery.reply = std::move(reason);
  return delivery;
}

class SmtpTransport final : public MailTransport {
 public:
  explicit SmtpTransport(const SmtpSettings& settings) : settings_(settings) {}

  Delivery send(const Envelope& envelope, std::string_view message,
                const LastBytesGate& gate) override;

 private:
  CURLcode attempt(const Envelope& envelope, std::string_view message, const LastBytesGate& gate);
  bool worth_a_new_connection(CURLcode result) const;
  Delivery outcome(CURLcode result) const;
  std::string relay() const;

  const SmtpSettings& settings_;
  std::unique_ptr<Session> session_;  // none after a failure
};

Delivery SmtpTransport::send(const Envelope& envelope, std::string_view message,
                             const LastBytesGate& gate) {
  if (!safe_envelope_address(envelope.sender) || !safe_envelope_address(envelope.recipient)) {
    return not_sent(Verdict::kRefused, "the envelope holds an address that SMTP cannot carry");
  }
  if (!well_formed(message)) {
    return not_sent(Verdict::kRefused, "the message is not 7-bit text in CRLF lines");
  }
  CURLcode result = attempt(envelope, message, gate);
  if (worth_a_new_connection(result)) {
    session_.reset();
    result = attempt(envelope, message, gate);
  }
  Delivery delivery = outcome(result);
  // After anything but success the relay may still say something about this message, and libcurl
  // would take it for the answer to the next one.
  if (result != CURLE_OK) session_.reset();
  return delivery;
}

CURLcode SmtpTransport::attempt(const Envelope& envelope, std::string_view message,
                                const LastBytesGate& gate) {
  if (!session_) session_ = std::make_unique<Session>(settings_);
  session_->upload = Upload{.rest = message, .gate = &gate};
  session_->conversation.message_begins();
  CurlList recipients;
  if (!session_->handle || !recipients.append(envelope.recipient)) return CURLE_OUT_OF_MEMORY;
  CURL* curl = session_->handle.get();
  // No CURLOPT_INFILESIZE: libcurl counts dots that it doubled towards it, and may then stop early.
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, envelope.sender.c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, static_cast<curl_slist*>(recipients.get()));
  const CURLcode result = session_->perform();
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, nullptr);  // the list goes now
  return result;
}

// A kept connection that the relay had given up (closed, or 421) says nothing about this message.
bool SmtpTransport::worth_a_new_connection(CURLcode result) const {
  if (result == CURLE_OK || session_->upload.gate_asked) return false;
  const SmtpConversation& conversation = session_->conversation;
  if (conversation.opened()) return false;  // it was a new one
  constexpr int kClosing = 421;
  return !conversation.answered() || conversation.code() == kClosing;
}

Delivery SmtpTransport::outcome(CURLcode result) const {
  const SmtpConversation& conversation = session_->conversation;
  const bool refused_by_relay = conversation.answered() && conversation.code() >= 400;
  Delivery delivery;
  delivery.tls = conversation.encrypted() ? conversation.tls_version() : std::string();
  delivery.relay = conversation.greeted() ? relay() : std::string();
  if (session_->upload.withheld) {
    delivery.verdict = Verdict::kWithheld;
  } else if (conversation.stage() == SmtpStage::kFinalDot || refused_by_relay) {
    delivery.code = conversation.code();
    delivery.enhanced = conversation.enhanced();
    delivery.reply = conversation.text();
    delivery.verdict =
        judge_reply(conversation.stage(), delivery.code, delivery.enhanced, delivery.reply);
    if (delivery.code == 0) delivery.reply = session_->why(result);
  } else {
    const bool ours = session_->stopped_by_us || set_up_failed(result);
    delivery.verdict = ours ? Verdict::kOurFault : judge_reply(conversation.stage(), 0, {}, {});
    delivery.reply = session_->why(result);
  }
  // A message that is too big is refused in the answer to MAIL already.
  delivery.about_mail =
      conversation.stage() > SmtpStage::kSender || delivery.verdict == Verdict::kRefused;
  return delivery;
}

std::string SmtpTransport::relay() const {
  long port = 0;
  curl_easy_getinfo(session_->handle.get(), CURLINFO_PRIMARY_PORT, &port);
  return std::string(url_host(settings_.url)) + ":" + std::to_string(port);
}

}  // namespace

std::unique_ptr<MailTransport> make_smtp_transport(const SmtpSettings& settings) {
  return std::make_unique<SmtpTransport>(settings);
}

SmtpProbe probe_smtp(const SmtpSettings& settings) {
  Session session(settings);
  if (!session.handle) return {.detail = "libcurl cannot be used"};
  CURL* curl = session.handle.get();
  // Somebody waits for the answer, and no message can get lost.
  constexpr long kPatience = 30;
  curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                   std::min(kPatience, settings.reply_timeout_seconds));
  curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "NOOP");
  const CURLcode result = session.perform();
  const SmtpConversation& conversation = session.conversation;
  SmtpProbe probe;
  probe.connected = conversation.greeted();
  probe.tls = conversation.encrypted() && probe.connected;
  probe.authenticated = conversation.authenticated();
  probe.bad_certificate = result == CURLE_PEER_FAILED_VERIFICATION;
  const bool reply_explains = conversation.answered() && conversation.code() >= 400;
  probe.detail = reply_explains || result == CURLE_OK ? conversation.text() : session.why(result);
  return probe;
}

}  // namespace jawort
