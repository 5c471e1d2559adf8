// `jawort init`: a commented configuration and fresh keys.
#include <cerrno>
#include <sys/stat.h>

#include "engine/app/config.h"
#include "engine/app/local_verbs.h"
#include "engine/base/file.h"
#include "engine/base/random.h"
#include "engine/evidence/keys.h"

namespace jawort {
namespace {

constexpr std::string_view kCommented =
    R"(# Jawort's configuration. Relative paths start at the folder of this file.
# Each key can also be set as an environment variable, JAWORT_SECTION__KEY, for example
# JAWORT_SMTP__URL; a password also by a file that holds it, JAWORT_SMTP__PASSWORD_FILE.
# Durations are ISO 8601 ("PT25S", "P7D"). `jawort check` examines all of this.

[server]
listen       = "127.0.0.1:8080"        # forms and links; put your web server with TLS before it
admin_listen = "127.0.0.1:8081"        # health and metrics; keep it away from the internet
# public_url = "https://optin.example.org"   # how visitors reach it; links in mails begin with this
# trusted_proxies = ["127.0.0.1"]      # whose X-Forwarded-For counts
# stop_within = "PT25S"                # how long a stop waits for the mail server's last word

[database]
url = "sqlite:data/jawort.db"
# reserve = "64 MiB"                   # of the disk, for revocations when it is full; 0: none
# cache   = "16 MiB"                   # of memory; more for millions of contacts

[smtp]
url = "smtp://127.0.0.1:25"            # smtp:// (STARTTLS) or smtps://
# username = "jawort"
# password_file = "smtp-password"      # or password = "…"
# tls = "required"                     # required (default with a password), opportunistic, none
# connections = 8                      # mails under way at a time
# rate = "600 per PT1M"                # no limit without it

[mail]
from = "Your company <newsletter@example.org>"   # change this: the sender of all mails
# reply_to = "info@example.org"
# bounce_domain = "bounce.example.org" # where mails come back; see Bounces in OPERATING.md
# dkim_selector = "jawort1"            # mails are signed; `jawort keys dkim jawort1` makes the key
# dkim_key      = "keys/dkim-jawort1.pem"
# dkim_domain   = "example.org"        # who signs; without it the domain of `from`

# [bounces]                            # a mailbox that gets all mail to bounce_domain
# url = "imaps://mail.example.org"     # or pop3s
# username = "bounces@example.org"
# password_file = "bounces-password"   # or password = "…"
# every = "PT1M"                       # how often it is looked into

[consent]
link_valid = "P7D"                     # how long a confirmation link works, at most P14D
ip         = "truncated"               # of visitors, kept as evidence: truncated, full, none
suspicious = "mark"                    # a press like a machine's: mark, ask_again (for the address)
time_zone  = "Europe/Berlin"           # of the dates in the records

# [limits]
# connections = 2048                   # open at a time; a web server before it needs few
# connections_per_client = 256         # of one address; trusted_proxies are not limited
# confirmation_mails = "2000 per PT1H" # beyond it mails go later; set it above your best hour

[log]
level  = "info"                        # debug, info, warning, error
format = "json"                        # json, text

[keys]
dir = "keys"                           # back them up apart from the database: links depend on them

# [webhooks]                           # where other systems are told; see Webhooks in OPERATING.md
# allow_private = ["10.1.0.0/16"]      # networks of your own in which endpoints may be
# ca_file = "intranet-ca.pem"          # certificates that vouch for them, in place of the system's

# [ledger]                             # the signed log; see Checkpoints in OPERATING.md
# origin = "optin.example.org/jawort"  # its name; stays once it has signed
# checkpoint_file = "/mnt/elsewhere/checkpoints.txt"   # each signed head is appended there
# checkpoint_url  = "https://elsewhere.example/log"    # and posted there
# mail_officer    = "P1D"              # and mailed to the data-protection officer, that often
# timestamp_url   = "https://tsa.example/ts"           # stamped by an authority (RFC 3161)
# timestamp_ca_file = "tsa-root.pem"   # its certificate, where the system has it not
# timestamp_every = "PT1H"
)";

std::string joined(const std::string& folder, const std::string& name) {
  return folder == "." ? name : folder + (folder.ends_with('/') ? "" : "/") + name;
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

Status make_folders(const std::string& folder) {
  for (std::size_t slash = folder.find('/', 1);; slash = folder.find('/', slash + 1)) {
    const std::string part = folder.substr(0, slash);
    const mode_t mode = slash == std::string::npos ? 0750 : 0755;
    if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST) {
      return refused("the folder " + part + " cannot be made");
    }
    if (slash == std::string::npos) return {};
  }
}

Status write_all(const std::string& folder) {
  const std::string config = joined(folder, "jawort.toml");
  const std::string keys = joined(folder, "keys");
  for (const std::string& path : {config, keys}) {
    if (exists(path)) return refused(path + " exists already; nothing was written");
  }
  JAWORT_TRY(make_folders(folder));
  SystemRandom random;
  JAWORT_TRY(create_keys(keys, random, SystemClock().now()));
  return write_file_durably(config, as_bytes(kCommented), 0600, IfExists::kRefuse);
}

}  // namespace

std::string commented_config() { return std::string(kCommented); }

int run_init(const Invocation& invocation, Console& console) {
  const std::string folder = invocation.arguments.empty() ? "." : invocation.arguments.front();
  if (folder.empty()) return report(console, invalid("the folder's name is empty"));
  const Status written = write_all(folder);
  if (!written.ok()) return report(console, written.error());
  const std::string config = joined(folder, "jawort.toml");
  if (invocation.json) {
    console.out("{\"config\":" + json_quote(config) +
                ",\"keys\":" + json_quote(joined(folder, "keys")) + "}\n");
    return kExitDone;
  }
  const std::string option = config == "jawort.toml" ? "" : " --config " + config;
  console.out("Written: " + config + " and " + joined(folder, "keys") + "/\n\nNext:\n" +
              "  1. edit " + config + ": [mail] from, [server] public_url, [smtp] url\n" +
              "  2. jawort check" + option + "\n" + "  3. jawort apply YOUR-FORMS.toml" + option +
              "\n" + "  4. jawort serve" + option + "\n");
  return kExitDone;
}

}  // namespace jawort
