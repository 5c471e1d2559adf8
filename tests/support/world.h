// A whole Jawort without sockets: real store on a real file, real templates, real tokens; a virtual
// clock and a fake relay. One World per test case.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/flow/accept_form.h"
#include "engine/flow/apply_definitions.h"
#include "engine/flow/confirm_consent.h"
#include "engine/flow/context.h"
#include "engine/flow/expire_pending.h"
#include "engine/flow/queue_action.h"
#include "engine/flow/recover_outbox.h"
#include "engine/flow/revoke_consent.h"
#include "engine/flow/run_steps.h"
#include "engine/flow/send_due.h"
#include "engine/flow/show_contact.h"
#include "engine/flow/verify_ledger.h"
#include "tests/support/fakes.h"
#include "tests/support/temporary_folder.h"

namespace jawort::testing {

// A path below the source tree, and the text of a file there: "tests/golden/sommer.toml".
std::string source_path(std::string_view path);
std::string source_file(std::string_view path);

class World {
 public:
  // Loads tests/golden/sommer.toml unless other definitions are given. 2026-11-23 09:15:02.114 UTC.
  // `folder`: where the database is, below a folder of its own.
  explicit World(std::string definitions = {}, std::uint64_t seed = 1,
                 const std::filesystem::path& folder = std::filesystem::temp_directory_path());
  ~World();

  VirtualClock clock;
  SeededRandom random;
  Metrics metrics;
  Shield shield;
  LedgerState ledger;
  NullLog log;
  FlowSettings settings;
  std::unique_ptr<FakeTransport> relay;
  Dispatcher dispatcher{{1, {}}};  // what deliver() asks
  int woken = 0;                   // how often the scheduler was told of a mail

  Context& context() { return *context_; }
  const Context& context() const { return *context_; }
  Store& store() { return *store_; }

  // A post to form "newsletter" with its required box ticked, as a browser would send it.
  FormPost post(std::string_view email) const;
  FormAnswer accept(const FormPost& post);  // fails the test on an error
  FormAnswer sign_up(std::string_view email) { return accept(post(email)); }
  void sign_up_and_confirm(std::string_view email);

  // Sends all that is due now and that the dispatcher lets go; answers how many it let.
  int deliver();
  // The token in the newest mail to the address, of its confirmation or its revocation link.
  std::string confirm_token(std::string_view email) const;
  std::string revoke_token(std::string_view email) const;
  std::string preferences_token(std::string_view email) const;
  std::size_t mails_to(std::string_view email) const;
  const DeliveredMail& newest_mail(std::string_view email) const;
  // Purpose "newsletter" reads differently from now on.
  void new_wording();

  ConfirmPage confirm(std::string_view token);
  RevokePage revoke(std::string_view token, RevokedBy by = RevokedBy::kLink);
  int expire();
  int run_steps();  // of campaigns, those that are due

  // Nothing when nothing is known of the address.
  std::optional<ContactRecord> contact(std::string_view email);
  std::optional<Round> round(std::string_view email, std::string_view purpose = "newsletter");

  // The process ends and starts again: the store is closed and opened, and what was interrupted
  // goes on (recover_outbox). `around` puts a store of the test before the real one. All that
  // refers to the context is dead afterwards. kUnavailable: it has to be tried again.
  using StoreAround = std::function<std::unique_ptr<Store>(std::unique_ptr<Store>)>;
  Status restart(const StoreAround& around = {});

  // `ledger verify` finds nothing, every consent's row equals the fold of its events, every leaf
  // decodes, sequences have no gap,
  // every kept value opens its commitment, and no mail went where it may not.
  void check_invariants();
  // What `ledger verify` finds.
  LedgerReport verify() const;
  std::string database_path() const { return folder_.file("jawort.db"); }
  const Keys& keys() const { return keys_; }

  static Visit visit();

 private:
  void open(const StoreAround& around);

  TemporaryFolder folder_;
  Keys keys_;
  std::unique_ptr<TokenBox> tokens_;
  std::unique_ptr<Templates> templates_;
  std::unique_ptr<TimeZone> zone_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<IdSource> ids_;
  std::string definition_text_;
  int wordings_ = 0;
  DefinitionsInForce definitions_;
  std::unique_ptr<Context> context_;
};

// The outbox, in order of id; and its row where there is just one.
std::vector<OutboxRow> rows_of(World& world);
OutboxRow only_row(World& world);
std::int64_t last_sequence(World& world);

// The 72 characters after `before` in a message whose quoted-printable soft breaks are undone.
std::string token_after(std::string_view message, std::string_view before);
// Quoted-printable soft line breaks taken out and =XX decoded, to look for words in a mail.
std::string readable(std::string_view message);

}  // namespace jawort::testing
