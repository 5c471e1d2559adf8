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
  explicit Verifier(const VerifyRequest& request) : request_(request), to_(request.language) {}

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
  void add(std::string item, bool ok, std::string_view key,
           std::initializer_list<DossierWords::Put> put = {}) {
    to_.add(std::move(item), ok, key, put);
  }

  bool read_proof() {
    const auto file = request_.files.find(kProofName);
    if (file == request_.files.end()) {
      add("files", false, "no_proof");
      return false;
    }
    auto proof = parse_proof(file->second);
    if (!proof.ok()) {
      add("files", false, "malformed_proof");
      return false;
    }
    proof_ = std::move(*proof);
    return true;
  }

  bool know_keys() {
    for (const std::string& text : proof_.keys) {
      auto key = VerifierKey::parse(text);
      if (!key.ok()) {
        add("keys", false, "malformed_key");
        return false;
      }
      keys_.push_back(std::move(*key));
    }
    const auto history = read_key_history(proof_.key_history);
    if (!history.ok() || !std::ranges::equal(*history, keys_, {}, [](const KnownKey& known) {
          return known.announcement.key;
        })) {
      add("keys", false, "other_history");
      return false;
    }
    say_who_is_not_vouched_for(*history);
    if (request_.key || !request_.key_history.empty()) return trust(*history);
    if (keys_.empty()) {
      add("keys", false, "no_key");
      return false;
    }
    to_.warnings.push_back(to_.say("believed_key", {{"key", keys_.back().text()}}));
    return true;
  }

  void say_who_is_not_vouched_for(const std::vector<KnownKey>& history) {
    for (std::size_t i = 1; i < history.size(); ++i) {
      if (history[i].vouched) continue;
      to_.warnings.push_back(
          to_.say("not_vouched", {{"n", std::to_string(history[i].announcement.number)},
                                  {"key", history[i].announcement.key.text()}}));
    }
  }

  // What was given, and the keys that lead from there to others, by the dossier's own history.
  bool trust(const std::vector<KnownKey>& history) {
    std::vector<VerifierKey> given;
    if (request_.key) given.push_back(*request_.key);
    const auto known = read_key_history(request_.key_history);
    if (!known.ok()) {
      add("keys", false, "no_history", {{"why", known.error().message}});
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
      add("keys", false, "foreign_key", {{"key", given.front().text()}});
      return false;
    }
    add("keys", true, "known_key", {{"key", match->text()}, {"others", others(history, *match)}});
    return true;
  }

  std::string others(const std::vector<KnownKey>& history, const VerifierKey& given) const {
    const auto led_to = trusted_keys(history, given);
    const auto at = std::ranges::find(led_to, given) - led_to.begin();
    const auto after = static_cast<std::ptrdiff_t>(led_to.size()) - at - 1;
    std::string text;
    if (at > 0) text += to_.say("keys_before", {{"n", std::to_string(at)}});
    if (after > 0) text += to_.say("keys_after", {{"n", std::to_string(after)}});
    return text;
  }

  bool check_files() {
    const auto note = request_.files.find(kManifestName);
    if (note == request_.files.end()) {
      add("files", false, "no_manifest");
      return false;
    }
    const auto text = open_single(note->second, keys_);
    if (!text.ok()) {
      add("files", false, "manifest_unsigned", {{"why", text.error().message}});
      return false;
    }
    auto manifest = parse_manifest(*text);
    if (!manifest.ok()) {
      add("files", false, "malformed_manifest", {{"why", manifest.error().message}});
      return false;
    }
    manifest_ = std::move(*manifest);
    // What is there against what is listed: missing, added and changed files all differ.
    const Manifest found = manifest_of(request_.files, manifest_.origin, manifest_.size);
    if (!same_files(found)) return false;
    add("files", true, "files", {{"n", std::to_string(manifest_.files.size())}});
    return true;
  }

  bool wrong_file(std::string_view key, const std::string& name) {
    add("files", false, key, {{"file", name}});
    return false;
  }

  bool same_files(const Manifest& found) {
    for (const auto& file : manifest_.files) {
      const auto there = std::ranges::find(found.files, file.name, &Manifest::File::name);
      if (there == found.files.end()) return wrong_file("file_missing", file.name);
      if (*there != file) return wrong_file("file_changed", file.name);
    }
    const std::set<std::string> named = files_it_needs();
    for (const std::string& name : named) {
      if (!request_.files.contains(name)) return wrong_file("file_missing", name);
    }
    for (const auto& file : found.files) {
      const bool listed = std::ranges::find(manifest_.files, file.name, &Manifest::File::name) !=
                          manifest_.files.end();
      if (!listed || !named.contains(file.name)) return wrong_file("file_foreign", file.name);
    }
    return true;
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
      add("checkpoint", false, "head_unsigned", {{"why", checkpoint.error().message}});
      return false;
    }
    checkpoint_ = std::move(*checkpoint);
    if (checkpoint_.origin != manifest_.origin || checkpoint_.size != manifest_.size) {
      add("checkpoint", false, "other_state");
      return false;
    }
    add("checkpoint", true, "head",
        {{"origin", checkpoint_.origin},
         {"n", std::to_string(checkpoint_.size)},
         {"when", rfc3339(checkpoint_.at)}});
    return true;
  }

  void check_inclusion(const std::vector<ReadEvent>& events) {
    for (const ReadEvent& event : events) {
      if (proves_inclusion(event.hash, event.leaf.sequence - 1, checkpoint_.size,
                           event.proof->inclusion, checkpoint_.root)) {
        continue;
      }
      add("inclusion", false, "not_included", {{"n", std::to_string(event.leaf.sequence)}});
      return;
    }
    add("inclusion", true, "included");
  }

  void check_growth() {
    std::vector<Checkpoint> earlier;
    for (const ProofGrowth& growth : proof_.growth) {
      auto checkpoint = open_single_checkpoint(growth.checkpoint, keys_);
      if (!checkpoint.ok() || checkpoint->origin != checkpoint_.origin ||
          !proves_consistency(checkpoint->size, checkpoint->root, checkpoint_.size,
                              checkpoint_.root, growth.consistency)) {
        return add("growth", false, "no_growth");
      }
      earlier.push_back(std::move(*checkpoint));
    }
    if (request_.older_checkpoint.empty()) {
      to_.add_open("open_rewritten");
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
        why = to_.say("given_unsigned", {{"why", kept.error().message}});
        continue;
      }
      if (kept->origin != checkpoint_.origin) {
        why = to_.say("given_foreign", {{"origin", kept->origin}});
        continue;
      }
      const auto same = std::ranges::find(heads, kept->size, &Checkpoint::size);
      if (same == heads.end()) {
        wanted = std::max(wanted, kept->size);
        continue;
      }
      if (same->root != kept->root) {
        return add("growth", false, "other_log", {{"n", std::to_string(kept->size)}});
      }
      any = true;
      shown = std::max(shown, kept->size);
    }
    if (any) {
      return add("growth", true, "growth", {{"n", std::to_string(shown)}});
    }
    to_.checks.push_back({"growth", false, not_shown(wanted, why, heads), true});
  }

  std::string not_shown(std::uint64_t wanted, const std::string& why,
                        const std::vector<Checkpoint>& heads) const {
    if (wanted == 0) {
      return to_.say("growth_not_shown", {{"why", why.empty() ? to_.say("no_head") : why}});
    }
    std::string sizes;
    for (const Checkpoint& one : heads) {
      sizes += (sizes.empty() ? "" : ", ") + std::to_string(one.size);
    }
    return to_.say("growth_not_there", {{"n", std::to_string(wanted)}, {"sizes", sizes}});
  }

  void check_timestamp() {
    if (proof_.timestamp.empty()) {
      to_.add_open("open_times");
      return;
    }
    const auto read = read_timestamp(proof_.timestamp, proof_.checkpoint);
    if (!read.ok()) return add("timestamp", false, "other_stamp", {{"why", read.error().message}});
    const std::string when = rfc3339(read->at);
    if (request_.timestamp_ca.empty()) {
      add("timestamp", true, "stamp", {{"when", when}, {"authority", read->authority}});
      to_.add_open("open_genuine");
      return;
    }
    const auto sure = verify_timestamp(proof_.timestamp, proof_.checkpoint, request_.timestamp_ca);
    if (!sure.ok())
      return add("timestamp", false, "foreign_stamp", {{"why", sure.error().message}});
    add("timestamp", true, "sure_stamp", {{"when", when}, {"authority", read->authority}});
  }

  void say_unknown_zone() {
    if (TimeZone::find(proof_.zone).ok()) return;
    to_.add_open("open_zone");
  }

  void say_what_is_open() {
    to_.add_open("open_end");
    to_.add_open("open_invented");
    to_.add_open("open_human");
    to_.add_open("open_pages");
  }

  const VerifyRequest& request_;
  Verification to_;
  Proof proof_;
  std::vector<VerifierKey> keys_;
  Manifest manifest_;
  Checkpoint checkpoint_;
};

}  // namespace

std::string Verification::say(std::string_view key,
                              std::initializer_list<DossierWords::Put> put) const {
  return words.text("checked_" + std::string(key), put);
}

void Verification::add(std::string item, bool ok, std::string_view key,
                       std::initializer_list<DossierWords::Put> put) {
  checks.push_back({std::move(item), ok, say(key, put)});
}

void Verification::add_open(std::string_view key, std::initializer_list<DossierWords::Put> put) {
  not_proved.push_back(say(key, put));
}

bool Verification::sound() const {
  return !checks.empty() &&
         std::ranges::all_of(checks, [](const auto& check) { return check.ok || check.not_shown; });
}

bool Verification::ok() const {
  return !checks.empty() && std::ranges::all_of(checks, &DossierCheck::ok);
}

Verification verify_dossier(const VerifyRequest& request) { return Verifier(request).run(); }

}  // namespace jawort
