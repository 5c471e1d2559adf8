#include "engine/dossier/verify_dossier.h"

#include <algorithm>
#include <set>

#include "engine/base/text.h"
#include "engine/base/time_zone.h"
#include "engine/dossier/manifest.h"
#include "engine/dossier/proof.h"
#include "engine/dossier/verify_events.h"
#include "engine/evidence/checkpoint.h"
#include "engine/evidence/digest.h"
#include "engine/evidence/key_history.h"
#include "engine/evidence/merkle.h"
#include "engine/evidence/note_list.h"
#include "engine/evidence/timestamp.h"

namespace jawort {
namespace {

constexpr std::string_view kSignature = "\n— ";

// A note with one signature and nothing else, by one of the keys.
Result<std::string> open_single(std::string_view note, const std::vector<VerifierKey>& keys) {
  const auto opened = open_note(note, keys);
  if (!opened.ok()) return opened.error();
  const std::string_view rest = note.substr(opened->text.size());
  if (!rest.starts_with(kSignature) || std::ranges::count(rest, '\n') != 2) {
    return invalid("it is signed more than once");
  }
  return opened->text;
}

Result<Checkpoint> open_single_checkpoint(std::string_view note,
                                          const std::vector<VerifierKey>& keys) {
  const auto text = open_single(note, keys);
  if (!text.ok()) return text.error();
  return parse_checkpoint(*text);
}

class Verifier {
 public:
  explicit Verifier(const VerifyRequest& request) : request_(request) {}

  Verification run() {
    if (read_proof() && know_keys() && check_files()) {
      const auto events = check_leaves(proof_, to_);
      if (check_checkpoint() && !events.empty()) {
        check_inclusion(events);
        check_values(proof_, events, to_);
        check_chain(proof_, events, to_);
        check_forms(proof_, request_.files, to_);
        check_rounds(proof_, events, to_);
        check_receipt(proof_, request_.files, to_);
        check_mails(proof_, events, request_.files, to_);
        check_growth();
        check_timestamp();
        check_items(proof_, events, request_.files, checkpoint_, to_);
        say_unknown_zone();
      }
    }
    say_what_is_open();
    return std::move(to_);
  }

 private:
  void add(std::string item, bool ok, std::string detail) {
    to_.checks.push_back({std::move(item), ok, std::move(detail)});
  }

  bool read_proof() {
    const auto file = request_.files.find(kProofName);
    if (file == request_.files.end()) {
      add("files", false, "proof.json is not there");
      return false;
    }
    auto proof = parse_proof(file->second);
    if (!proof.ok()) {
      add("files", false, proof.error().message);
      return false;
    }
    proof_ = std::move(*proof);
    return true;
  }

  bool know_keys() {
    for (const std::string& text : proof_.keys) {
      auto key = VerifierKey::parse(text);
      if (!key.ok()) {
        add("keys", false, "a key in the dossier is malformed");
        return false;
      }
      keys_.push_back(std::move(*key));
    }
    const auto history = read_key_history(proof_.key_history);
    if (!history.ok() || !std::ranges::equal(*history, keys_, {}, [](const KnownKey& known) {
          return known.announcement.key;
        })) {
      add("keys", false, "the history of the keys is not that of the keys in the dossier");
      return false;
    }
    say_who_is_not_vouched_for(*history);
    if (request_.key || !request_.key_history.empty()) return trust(*history);
    if (keys_.empty()) {
      add("keys", false, "the dossier names no key");
      return false;
    }
    to_.warnings.push_back(
        "No key was given, so the one inside the dossier is believed: " + keys_.back().text() +
        ". Whoever forges a dossier puts a key of their own into it. Get the key from the "
        "operator by another way, and give it with --key.");
    return true;
  }

  void say_who_is_not_vouched_for(const std::vector<KnownKey>& history) {
    for (std::size_t i = 1; i < history.size(); ++i) {
      if (history[i].vouched) continue;
      to_.warnings.push_back("Nobody vouches for key " +
                             std::to_string(history[i].announcement.number) + " of the log, " +
                             history[i].announcement.key.text() +
                             ": the key before it has not signed that it follows. Either that key "
                             "was lost, or this one is somebody else's. Ask the operator.");
    }
  }

  // What was given, and the keys that lead from there to others, by the dossier's own history.
  bool trust(const std::vector<KnownKey>& history) {
    std::vector<VerifierKey> given;
    if (request_.key) given.push_back(*request_.key);
    const auto known = read_key_history(request_.key_history);
    if (!known.ok()) {
      add("keys", false, "the given history of keys is none: " + known.error().message);
      return false;
    }
    for (const KnownKey& one : *known) given.push_back(one.announcement.key);
    keys_ = given;
    const VerifierKey* match = nullptr;
    for (const VerifierKey& key : given) {
      const auto led_to = trusted_keys(history, key);
      if (!led_to.empty()) match = &key;
      for (const VerifierKey& one : led_to) {
        if (std::ranges::find(keys_, one) == keys_.end()) keys_.push_back(one);
      }
    }
    if (match == nullptr) {
      add("keys", false,
          "the given key is none of the log's: " + given.front().text() +
              ". If the dossier is from before that key was made, give with --key the output of "
              "`jawort ledger key --history`");
      return false;
    }
    add("keys", true,
        "the given key is one of the log's: " + match->text() + others(history, *match));
    return true;
  }

  static std::string others(const std::vector<KnownKey>& history, const VerifierKey& given) {
    const auto led_to = trusted_keys(history, given);
    const auto at = std::ranges::find(led_to, given) - led_to.begin();
    const auto after = static_cast<std::ptrdiff_t>(led_to.size()) - at - 1;
    std::string text;
    if (at > 0) text += ", " + std::to_string(at) + " came before it";
    if (after > 0) text += ", " + std::to_string(after) + " more follow";
    return text;
  }

  bool check_files() {
    const auto note = request_.files.find(kManifestName);
    if (note == request_.files.end()) {
      add("files", false, "manifest.txt is not there");
      return false;
    }
    const auto text = open_single(note->second, keys_);
    if (!text.ok()) {
      add("files", false, "manifest.txt is not signed by the key: " + text.error().message);
      return false;
    }
    auto manifest = parse_manifest(*text);
    if (!manifest.ok()) {
      add("files", false, manifest.error().message);
      return false;
    }
    manifest_ = std::move(*manifest);
    // What is there against what is listed: missing, added and changed files all differ.
    const Manifest found = manifest_of(request_.files, manifest_.origin, manifest_.size);
    const std::string wrong = difference(found);
    if (!wrong.empty()) {
      add("files", false, wrong);
      return false;
    }
    add("files", true,
        std::to_string(manifest_.files.size()) +
            " files are those that were signed, byte for byte");
    return true;
  }

  std::string difference(const Manifest& found) const {
    for (const auto& file : manifest_.files) {
      const auto there = std::ranges::find(found.files, file.name, &Manifest::File::name);
      if (there == found.files.end()) return file.name + " is missing";
      if (*there != file) return file.name + " has been changed";
    }
    const std::set<std::string> named = files_it_needs();
    for (const std::string& name : named) {
      if (!request_.files.contains(name)) return name + " is missing";
    }
    for (const auto& file : found.files) {
      const bool listed = std::ranges::find(manifest_.files, file.name, &Manifest::File::name) !=
                          manifest_.files.end();
      if (!listed || !named.contains(file.name)) return file.name + " does not belong to it";
    }
    return "";
  }

  std::set<std::string> files_it_needs() const {
    std::set<std::string> named = {"README.txt", "dossier.html", "dossier.pdf", "proof.json",
                                   "receipt.json"};
    for (const ProofMail& mail : proof_.mails) {
      if (!mail.file.empty()) named.insert(mail.file);
    }
    for (std::size_t i = 0; i < proof_.forms.size(); ++i) {
      if (proof_.forms[i].file.empty()) continue;
      const std::string stem = "form/" + std::to_string(i + 1);
      named.insert({stem + ".json", stem + ".txt", stem + ".html"});
    }
    return named;
  }

  bool check_checkpoint() {
    auto checkpoint = open_single_checkpoint(proof_.checkpoint, keys_);
    if (!checkpoint.ok()) {
      add("checkpoint", false, "the head of the log is not signed: " + checkpoint.error().message);
      return false;
    }
    checkpoint_ = std::move(*checkpoint);
    if (checkpoint_.origin != manifest_.origin || checkpoint_.size != manifest_.size) {
      add("checkpoint", false, "the manifest was signed for another state of the log");
      return false;
    }
    add("checkpoint", true,
        "the head of the log " + checkpoint_.origin + " with " + std::to_string(checkpoint_.size) +
            " events was signed " + rfc3339(checkpoint_.at) + " (by the operator's clock)");
    return true;
  }

  void check_inclusion(const std::vector<ReadEvent>& events) {
    for (const ReadEvent& event : events) {
      if (proves_inclusion(event.hash, event.leaf.sequence - 1, checkpoint_.size,
                           event.proof->inclusion, checkpoint_.root)) {
        continue;
      }
      add("inclusion", false,
          "event " + std::to_string(event.leaf.sequence) + " is not in the log at its place");
      return;
    }
    add("inclusion", true, "every event is in the log, at the place it names");
  }

  void check_growth() {
    std::vector<Checkpoint> earlier;
    for (const ProofGrowth& growth : proof_.growth) {
      auto checkpoint = open_single_checkpoint(growth.checkpoint, keys_);
      if (!checkpoint.ok() || checkpoint->origin != checkpoint_.origin ||
          !proves_consistency(checkpoint->size, checkpoint->root, checkpoint_.size,
                              checkpoint_.root, growth.consistency)) {
        return add("growth", false, "an earlier head of the log does not lead to this one");
      }
      earlier.push_back(std::move(*checkpoint));
    }
    if (request_.older_checkpoint.empty()) {
      to_.not_proved.push_back(
          "that the log was not rewritten before this head was signed: give a head that you have "
          "kept from earlier with --checkpoint");
      return;
    }
    earlier.push_back(checkpoint_);
    add_older(earlier);
  }

  // Each of those that were kept: one that is not as it was is enough for a no, one that leads here
  // for a yes.
  void add_older(const std::vector<Checkpoint>& heads) {
    std::string why;
    std::uint64_t shown = 0, wanted = 0;
    bool any = false;
    for (const std::string& note : notes_in(request_.older_checkpoint)) {
      const auto kept = open_single_checkpoint(note, keys_);
      if (!kept.ok()) {
        why = "a given head is not signed by the key: " + kept.error().message;
        continue;
      }
      if (kept->origin != checkpoint_.origin) {
        why = "a given head is of another log, " + kept->origin;
        continue;
      }
      const auto same = std::ranges::find(heads, kept->size, &Checkpoint::size);
      if (same == heads.end()) {
        wanted = std::max(wanted, kept->size);
        continue;
      }
      if (same->root != kept->root) {
        return add("growth", false,
                   "the log is not the one of the given head: something before event " +
                       std::to_string(kept->size) + " was changed afterwards");
      }
      any = true;
      shown = std::max(shown, kept->size);
    }
    if (any) {
      return add(
          "growth", true,
          "the log has only grown since the given head of " + std::to_string(shown) + " events");
    }
    to_.checks.push_back({"growth", false, not_shown(wanted, why, heads), true});
  }

  static std::string not_shown(std::uint64_t wanted, const std::string& why,
                               const std::vector<Checkpoint>& heads) {
    if (wanted == 0) return "not shown: " + (why.empty() ? "no head was given" : why);
    std::string sizes;
    for (const Checkpoint& one : heads) {
      sizes += (sizes.empty() ? "" : ", ") + std::to_string(one.size);
    }
    return "not shown: the given head has " + std::to_string(wanted) +
           " events, and this dossier has proofs from heads of " + sizes +
           " only. Ask the operator for one that has it: jawort dossier EMAIL -o FILE --checkpoint "
           "HEAD";
  }

  void check_timestamp() {
    if (proof_.timestamp.empty()) {
      to_.not_proved.push_back(
          "the times, by anybody but the operator: the head of the log has no external time stamp");
      return;
    }
    const auto read = read_timestamp(proof_.timestamp, proof_.checkpoint);
    if (!read.ok())
      return add("timestamp", false, "it is for something else: " + read.error().message);
    const std::string when = rfc3339(read->at) + " by " + read->authority;
    if (request_.timestamp_ca.empty()) {
      add("timestamp", true, "the head of the log has a time stamp of " + when);
      to_.not_proved.push_back(
          "that this time stamp is genuine: give the certificates of its authority with "
          "--timestamp-ca");
      return;
    }
    const auto sure = verify_timestamp(proof_.timestamp, proof_.checkpoint, request_.timestamp_ca);
    add("timestamp", sure.ok(),
        sure.ok() ? "the head of the log existed at " + when + ", by its certificate"
                  : "it is not from the given authority: " + sure.error().message);
  }

  void say_unknown_zone() {
    if (TimeZone::find(proof_.zone).ok()) return;
    to_.not_proved.push_back(
        "by which calendar the dates are: this machine does not know the time zone that is named");
  }

  void say_what_is_open() {
    to_.not_proved.push_back(
        "that nothing came after the last event, a revocation for example: the end is open. Only "
        "`jawort ledger verify` on the operator's side, or a newer dossier, closes it");
    to_.not_proved.push_back(
        "that the operator did not invent an event at the time: a log shows that nothing was "
        "changed afterwards");
    to_.not_proved.push_back("that a human being pressed the button, and who it was");
    to_.not_proved.push_back(
        "the pages for reading (dossier.pdf, dossier.html, form/*.txt and *.html, README.txt), and "
        "all of receipt.json but its times: the signature binds them; what was checked event by "
        "event is proof.json");
  }

  const VerifyRequest& request_;
  Verification to_;
  Proof proof_;
  std::vector<VerifierKey> keys_;
  Manifest manifest_;
  Checkpoint checkpoint_;
};

}  // namespace

bool Verification::sound() const {
  return !checks.empty() &&
         std::ranges::all_of(checks, [](const auto& check) { return check.ok || check.not_shown; });
}

bool Verification::ok() const {
  return !checks.empty() && std::ranges::all_of(checks, &DossierCheck::ok);
}

Verification verify_dossier(const VerifyRequest& request) { return Verifier(request).run(); }

}  // namespace jawort
