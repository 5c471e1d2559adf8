#include "tests/unit/dossier/made_case.h"

#include <algorithm>

#include "engine/dossier/case_items.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/key_history.h"
#include "engine/evidence/merkle.h"
#include "tests/support/take.h"

namespace jawort::testing {
namespace {

const std::string kPurposeVersion = "sha256:" + std::string(64, 'b');
const Instant kStart = *parse_rfc3339("2026-11-23T09:15:02.114Z");
const std::string kMail =
    "From: post@sommer.example\r\nTo: anna@example.org\r\n"
    "List-Unsubscribe: <https://optin.sommer.example/revoke/xxx>\r\n\r\nJa?\r\n";

class Leaves final : public TreeNodes {
 public:
  explicit Leaves(const std::vector<Hash256>& leaves) : leaves_(leaves) {}
  Result<Hash256> node(int level, std::uint64_t index) const override {
    if (level == 0) return leaves_.at(index);
    const auto left = node(level - 1, 2 * index), right = node(level - 1, 2 * index + 1);
    return node_hash(*left, *right);
  }

 private:
  const std::vector<Hash256>& leaves_;
};

Salt salt_of(std::size_t number) {
  Salt salt{};
  salt.fill(static_cast<std::uint8_t>(number));
  return salt;
}

Round confirmed_round() {
  Round round;
  round.status = ConsentStatus::kConfirmed;
  round.form = "newsletter";
  round.form_version = "sha256:" + std::string(64, 'a');
  round.purpose_version = kPurposeVersion;
  round.language = "de";
  round.submission = 3;
  round.mail = MailId{1};
  round.opt_in = {kStart, "2026-11-23"};
  round.expires_at = kStart + std::chrono::hours{24 * 7};
  round.mailed_at = kStart + std::chrono::seconds{10};
  round.opened_at = kStart + std::chrono::seconds{20};
  round.confirmed = Stamp{kStart + std::chrono::seconds{30}, "2026-11-23"};
  return round;
}

std::string raw(const Hash256& hash) { return std::string(as_text(hash)); }

}  // namespace

SigningKey log_key(std::uint8_t seed) {
  return take(SigningKey::from_seed(kLogName, Secret(Bytes(32, seed))));
}

void put_into_log(CaseRecord& record, std::vector<EventDraft> drafts) {
  record.events.clear();
  std::vector<Hash256> log;
  std::string previous;
  std::size_t salts = 0;
  for (EventDraft& draft : drafts) {
    // A stranger's leaf or two before each of ours.
    for (int i = 0; i < 2; ++i) log.push_back(sha256(as_bytes(std::to_string(log.size()))));
    CaseEvent event;
    event.leaf.sequence = log.size() + 1;
    event.leaf.at = kStart + std::chrono::seconds{10} * static_cast<int>(record.events.size());
    event.leaf.type = draft.type;
    event.leaf.facts = draft.facts;
    std::ranges::sort(event.leaf.facts, {}, &Fact::name);
    if (!previous.empty()) draft.values.push_back({"previous:newsletter", {}, previous});
    std::ranges::sort(draft.values, {}, &SaltedValue::name);
    for (SaltedValue& value : draft.values) {
      value.salt = salt_of(++salts);
      event.leaf.commitments.push_back(
          {value.name, commit(value.salt, value.name, as_bytes(value.value))});
    }
    event.values = std::move(draft.values);
    event.leaf_bytes = take(encode_leaf(event.leaf));
    const Hash256 hash = leaf_hash(event.leaf_bytes);
    previous = raw(hash);
    log.push_back(hash);
    record.events.push_back(std::move(event));
  }
  const Leaves tree(log);
  record.checkpoint = {kLogName, log.size(), take(tree_root(tree, log.size())), record.made_at};
  record.checkpoint_note = log_key().sign(checkpoint_text(record.checkpoint));
  for (CaseEvent& event : record.events) {
    event.inclusion = take(inclusion_proof(tree, event.leaf.sequence - 1, log.size()));
  }
  record.growth.clear();
  for (const std::uint64_t size : {std::uint64_t{3}, std::uint64_t{7}}) {
    const Checkpoint head{kLogName, size, take(tree_root(tree, size)), kStart};
    record.growth.push_back(
        {log_key().sign(checkpoint_text(head)), take(consistency_proof(tree, size, log.size()))});
  }
}

CaseRecord made_case() {
  CaseRecord record;
  record.made_at = kStart + std::chrono::hours{1};
  record.zone = "Europe/Berlin";
  record.email = "anna@example.org";
  record.purpose = "newsletter";
  record.language = "de";
  record.keys = {log_key().verifier()};
  record.key_history = {announce_key({1, log_key().verifier(), {}, kStart, 0}, log_key(), nullptr)};
  CaseMail mail;
  mail.file = "mails/1-confirmation.eml";
  mail.submission = 3;
  mail.bytes = kMail;
  mail.links_cut = mail.cut_committed = true;
  mail.message_hash = sha256(as_bytes("with its links"));
  record.mails = {mail};
  record.rounds.resize(1);
  record.rounds.front().round = record.consent.round = confirmed_round();
  const Round& round = record.consent.round;
  const Fact about{"purpose:newsletter", kPurposeVersion};
  put_into_log(record, {{"form_submitted",
                         {about,
                          {"form", "newsletter"},
                          {"form_version", round.form_version},
                          {"language", "de"},
                          {"date", "2026-11-23"},
                          {"zone", "Europe/Berlin"},
                          {"checks", "honeypot"},
                          {"grade", "observed"},
                          {"expires_at", rfc3339(round.expires_at)},
                          {"round:newsletter", "new"}},
                         {{"email", {}, "Anna@example.org"},
                          {"field:first_name", {}, "Anna"},
                          {"ip", {}, "203.0.113.0"},
                          {"page", {}, "https://www.sommer.example/"},
                          {"mail", {}, "0000000000000001"},
                          {"mail_sha256", {}, raw(mail.message_hash)},
                          {"mail_cut_sha256", {}, raw(sha256(as_bytes(kMail)))}}},
                        {"mail_handed_over",
                         {{"code", "250"}},
                         {{"reply", {}, "250 ok"}, {"mail", {}, "0000000000000001"}}},
                        {"link_opened",
                         {about, {"date", "2026-11-23"}},
                         {{"ip", {}, "203.0.113.0"}, {"mail", {}, "0000000000000001"}}},
                        {"consent_confirmed",
                         {about, {"date", "2026-11-23"}, {"by", "button"}},
                         {{"ip", {}, "203.0.113.0"}}},
                        {"dossier_made", {about, {"date", "2026-11-23"}, {"by", "command"}}, {}}});
  if (record.consent.round.confirmed) record.retention.emplace();
  record.items = judge_items(record);
  return record;
}

}  // namespace jawort::testing
