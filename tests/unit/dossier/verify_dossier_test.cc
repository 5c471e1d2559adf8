// A dossier that is sound, and the many ways in which one is not, each signed anew: so that not
// only the manifest finds it.
#include "engine/dossier/verify_dossier.h"

#include <algorithm>
#include <filesystem>

#include "engine/dossier/case_items.h"
#include "engine/dossier/manifest.h"
#include "engine/dossier/pack_dossier.h"
#include "engine/dossier/proof.h"
#include "engine/dossier/zip_file.h"
#include "engine/evidence/key_history.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"
#include "tests/support/world.h"
#include "tests/unit/dossier/made_case.h"

using namespace jawort;
using jawort::testing::log_key;
using jawort::testing::made_case;
using jawort::testing::source_file;
using jawort::testing::source_path;
using jawort::testing::take;

namespace {

DossierFiles files_of(const CaseRecord& record) {
  return take(read_zip(take(pack_dossier(record, log_key())).zip));
}

Verification verify(DossierFiles files) {
  return verify_dossier({std::move(files), log_key().verifier(), "", ""});
}

// The first thing that is wrong: "leaves", "stamps"; empty when nothing is.
std::string wrong(const Verification& result) {
  for (const DossierCheck& check : result.checks) {
    INFO(check.item);
    CHECK_FALSE(check.detail.empty());
    if (!check.ok) return check.item;
  }
  return "";
}

// The proof changed, and all of it signed again by the log's own key.
template <typename Change>
std::string wrong_after(const Change& change) {
  DossierFiles files = files_of(made_case());
  Proof proof = take(parse_proof(files.at("proof.json")));
  change(proof);
  files.at("proof.json") = proof_json(proof);
  const Verification result = verify(bind_files(std::move(files), log_key(), 15));
  CHECK(result.ok() == wrong(result).empty());
  return wrong(result);
}

}  // namespace

TEST_CASE("a dossier is sound, and says what it does not prove") {
  const DossierFiles files = files_of(made_case());
  const Verification result = verify(files);
  for (const DossierCheck& check : result.checks) {
    INFO(check.item << ": " << check.detail);
    CHECK(check.ok);
  }
  CHECK(result.ok());
  CHECK(result.warnings.empty());
  CHECK(result.not_proved.size() >= 4);
  CHECK(take(pack_dossier(made_case(), log_key())).zip == zip_bytes(files));
  // Without a key it believes the one inside, and says so; another key has not signed it.
  CHECK(verify_dossier({files, {}, "", ""}).ok());
  CHECK(verify_dossier({files, {}, "", ""}).warnings.size() == 1);
  CHECK(wrong(verify_dossier({files, log_key(9).verifier(), "", ""})) == "keys");
}

TEST_CASE("what is said of a dossier is said in its reader's language") {
  const DossierFiles files = files_of(made_case());
  VerifyRequest request{files, {}, "", ""};
  const Verification english = verify_dossier(request);
  request.language = "de";
  const Verification german = verify_dossier(request);
  REQUIRE(german.checks.size() == english.checks.size());
  for (std::size_t i = 0; i < german.checks.size(); ++i) {
    CHECK(german.checks[i].item == english.checks[i].item);
    CHECK(german.checks[i].ok == english.checks[i].ok);
    CHECK_FALSE(german.checks[i].detail.empty());
    CHECK(german.checks[i].detail != english.checks[i].detail);
  }
  REQUIRE(german.not_proved.size() == english.not_proved.size());
  for (const std::string& line : german.not_proved) {
    CHECK_FALSE(line.empty());
    CHECK(std::ranges::find(english.not_proved, line) == english.not_proved.end());
  }
  CHECK(german.warnings.front().starts_with("Es wurde kein Schlüssel angegeben"));
}

TEST_CASE("every text that a check names is there") {
  int named = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("engine/dossier"))) {
    const std::string file = entry.path().filename().string();
    if (!file.starts_with("verify_") || !file.ends_with(".cc")) continue;
    const std::string source = source_file("engine/dossier/" + file);
    for (const std::string_view call :
         {"say(\"", "add_open(\"", "wrong(\"", "fails(event, \"", "wrong_file(\""}) {
      for (std::size_t at = 0; (at = source.find(call, at)) != std::string::npos;) {
        at += call.size();
        const std::string key = "checked_" + source.substr(at, source.find('"', at) - at);
        INFO(key);
        CHECK((dossier_texts().keys().contains(key) || key.ends_with('_')));
        ++named;
      }
    }
  }
  CHECK(named > 30);
}

TEST_CASE("a link that is gone is a place where something may have been left out") {
  CaseRecord record = made_case();
  const auto of = [&] { return verify(files_of(record)); };
  for (const std::size_t at : {std::size_t{2}, record.events.size() - 1}) {
    record = made_case();
    CaseEvent& event = record.events[at];
    std::erase_if(event.values, [](const auto& v) { return v.name == "previous:newsletter"; });
    event.erased = {"previous:newsletter"};
    CHECK(wrong(of()) == "history");
    record.events.erase(record.events.begin() + static_cast<std::ptrdiff_t>(at) - 1);
    CHECK(wrong(of()) == "history");
  }
}

TEST_CASE("a dossier has all its files") {
  const DossierFiles whole = files_of(made_case());
  for (const auto& [name, bytes] : whole) {
    if (name == "manifest.txt") continue;
    CAPTURE(name);
    DossierFiles files = whole;
    files.erase(name);
    CHECK(wrong(verify(bind_files(std::move(files), log_key(), 15))) == "files");
  }
  DossierFiles files = whole;
  std::string& receipt = files.at("receipt.json");
  receipt.insert(1, "\"@type\":\"dpv:Other\",");
  CHECK(wrong(verify(bind_files(std::move(files), log_key(), 15))) == "receipt");
}

TEST_CASE("mails that are not there are said, and none comes twice") {
  CHECK(wrong_after([](Proof& p) { p.mails.push_back(p.mails.front()); }) == "mails");
  CHECK(wrong_after([](Proof& p) { p.mails.front().kind = "welcome"; }) == "files");
  CHECK(wrong_after([](Proof& p) { p.mails.front().file = "README.txt"; }) == "files");
  CaseRecord record = made_case();
  record.mails.clear();
  CHECK(wrong(verify(files_of(record))) == "items");
  record.items = judge_items(record);
  const Verification result = verify(files_of(record));
  CHECK(result.ok());
  for (const DossierCheck& check : result.checks) CHECK(check.item != "mails");
  CHECK(std::ranges::any_of(result.not_proved, [](const std::string& line) {
    return line.starts_with("what the mail of event 3 said");
  }));
}

TEST_CASE("the 21 items are what the rest shows") {
  const auto changed = [](std::size_t item, ItemState state) {
    return wrong_after([&](Proof& p) { p.items.at(item - 1).state = state; });
  };
  CHECK(changed(16, ItemState::kPresent) == "items");
  CHECK(changed(20, ItemState::kPresent) == "items");
  CHECK(changed(12, ItemState::kErased) == "items");
  CHECK(wrong_after([](Proof& p) { p.items.front().reason = "values_erased"; }) == "items");
  CHECK(wrong_after([](Proof& p) { p.items.clear(); }) == "items");
}

TEST_CASE("nonsense is refused") {
  CHECK(wrong_after([](Proof& p) { p.made_at = "99999"; }) == "history");
  CHECK(wrong_after([](Proof& p) { p.renewal_of = "999"; }) == "stamps");
  CHECK(wrong_after([](Proof& p) { p.renewal_of = "3"; }) == "stamps");
  CHECK(wrong_after([](Proof& p) { p.forms.push_back(p.forms.front()); }) == "wording");
  CHECK(wrong_after([](Proof& p) {
          p.forms.push_back({"", "sha256:" + std::string(64, '0'), p.forms.front().version});
        }) == "wording");
  CHECK(wrong_after([](Proof& p) { p.rounds.push_back(p.rounds.front()); }) == "stamps");
  CHECK(wrong_after([](Proof& p) { p.growth.resize(kGrowthLimit + 1, p.growth.front()); }) ==
        "files");
  CHECK(wrong_after([](Proof& p) { p.zone = "No/Such"; }).empty());
}

TEST_CASE("a changed, added or missing file is found") {
  const DossierFiles whole = files_of(made_case());
  for (const auto& [name, bytes] : whole) {
    CAPTURE(name);
    DossierFiles files = whole;
    files.at(name) += "x";
    CHECK(!verify(files).ok());
    files.erase(name);
    CHECK(!verify(files).ok());
    files = whole;
    files.emplace(name + ".x", bytes);
    CHECK(!verify(files).ok());
  }
  DossierFiles listed = whole;
  listed.emplace("mails/9.eml", "not named in proof.json");
  CHECK(wrong(verify(bind_files(listed, log_key(), 15))) == "files");
  CHECK(wrong(verify(bind_files(whole, log_key(), 14))) == "checkpoint");
  CHECK(wrong(verify(bind_files(whole, log_key(2), 15))) == "files");
}

TEST_CASE("what was signed anew is still found") {
  using Events = std::vector<ProofEvent>;
  CHECK(wrong_after([](Proof&) {}).empty());
  CHECK(wrong_after([](Proof& p) { p.events.front().leaf.back() ^= 1; }) == "inclusion");
  CHECK(wrong_after([](Proof& p) { p.events.front().leaf.pop_back(); }) == "leaves");
  CHECK(wrong_after([](Proof& p) { p.events.front().inclusion.pop_back(); }) == "inclusion");
  CHECK(wrong_after([](Proof& p) { std::swap(p.events[1], p.events[2]); }) == "leaves");
  CHECK(wrong_after([](Proof& p) { p.events = Events(); }) == "leaves");
  CHECK(wrong_after([](Proof& p) { p.events.erase(p.events.begin()); }) == "history");
  CHECK(wrong_after([](Proof& p) { p.events.erase(p.events.begin() + 1); }) == "history");
  CHECK(wrong_after([](Proof& p) { p.events.pop_back(); }) == "history");
  CHECK(wrong_after([](Proof& p) { p.events.front().open.front().value = "eve"; }) == "values");
  CHECK(wrong_after([](Proof& p) { p.events.front().open.front().salt[0] ^= 1; }) == "values");
  CHECK(wrong_after([](Proof& p) { p.events.front().open.pop_back(); }) == "values");
  CHECK(wrong_after([](Proof& p) { p.events.front().erased = {"nothing"}; }) == "values");
  CHECK(wrong_after([](Proof& p) {
          for (auto& event : p.events) event.open.clear();
        }) == "values");
  CHECK(wrong_after([](Proof& p) { p.email = "eve@example.org"; }) == "address");
  CHECK(wrong_after([](Proof& p) { p.purpose = "phone"; }) == "history");
  CHECK(wrong_after([](Proof& p) { p.made_at = "2026-11-23T09:15:02.114Z"; }) == "history");
  CHECK(wrong_after([](Proof& p) { p.checkpoint = p.growth.front().checkpoint; }) == "checkpoint");
  CHECK(wrong_after([](Proof& p) { p.growth.front().consistency.pop_back(); }) == "growth");
  CHECK(wrong_after([](Proof& p) { p.mails.front().hash[0] ^= 1; }) == "mails");
  CHECK(wrong_after([](Proof& p) { p.mails.front().links_cut = false; }) == "mails");
  CHECK(wrong_after([](Proof& p) { p.mails.front().cut_committed = false; }) == "mails");
  CHECK(wrong_after([](Proof& p) { p.mails.front().submission = 6; }) == "mails");
  CHECK(wrong_after([](Proof& p) { p.forms.clear(); }) == "wording");
  CHECK(wrong_after([](Proof& p) { p.rounds.clear(); }) == "wording");
  CHECK(wrong_after([](Proof& p) { p.items.erase(p.items.begin() + 15); }) == "items");
}

TEST_CASE("no stamp can be moved, taken away or made up") {
  using std::chrono::milliseconds;
  const auto changed = [](const auto& change) {
    return wrong_after([&](Proof& proof) { change(proof.rounds.front()); });
  };
  CHECK(changed([](Round& r) { r.opt_in.at += milliseconds{1}; }) == "stamps");
  CHECK(changed([](Round& r) { r.opt_in.date = "2026-11-24"; }) == "stamps");
  CHECK(changed([](Round& r) { r.confirmed->at -= milliseconds{1}; }) == "stamps");
  CHECK(changed([](Round& r) { r.confirmed->date = "2026-11-22"; }) == "stamps");
  CHECK(changed([](Round& r) { r.mailed_at = r.opt_in.at; }) == "stamps");
  CHECK(changed([](Round& r) { r.opened_at = r.opt_in.at; }) == "stamps");
  CHECK(changed([](Round& r) { r.mailed_at.reset(); }) == "stamps");
  CHECK(changed([](Round& r) { r.opened_at.reset(); }) == "stamps");
  CHECK(changed([](Round& r) { r.grade = Grade::kClick; }) == "stamps");
  CHECK(changed([](Round& r) { r.status = ConsentStatus::kExpired; }) == "stamps");
  CHECK(changed([](Round& r) { r.language = "en"; }) == "stamps");
  CHECK(changed([](Round& r) { r.form = "contact"; }) == "stamps");
  CHECK(changed([](Round& r) { r.submission = 6; }) == "stamps");
  CHECK(changed([](Round& r) { r.expires_at += milliseconds{1}; }) == "stamps");
  CHECK(changed([](Round& r) { r.revoked_by = RevokedBy::kLink; }) == "stamps");
  CHECK(changed([](Round& r) {
          r.confirmed.reset();
          r.status = ConsentStatus::kPending;
        }) == "stamps");
  CHECK(changed([](Round& r) {
          r.revoked = Stamp{r.confirmed->at, "2026-11-23"};
          r.revoked_by = RevokedBy::kLink;
          r.status = ConsentStatus::kRevoked;
        }) == "stamps");
}

TEST_CASE("an older head shows that the log only grew") {
  const CaseRecord record = made_case();
  const DossierFiles files = files_of(record);
  const auto older = [&](const std::string& note) {
    return verify_dossier({files, log_key().verifier(), note, ""});
  };
  CHECK(older(record.growth.front().checkpoint_note).ok());
  CHECK(older(record.checkpoint_note).ok());
  Checkpoint other = record.checkpoint;
  other.root[0] ^= 1;
  CHECK(wrong(older(log_key().sign(checkpoint_text(other)))) == "growth");
  other = record.checkpoint;
  other.size = 4;
  CHECK(wrong(older(log_key().sign(checkpoint_text(other)))) == "growth");
  // What it cannot show is not held against it.
  other.root = record.checkpoint.root;
  const Verification open = older(log_key().sign(checkpoint_text(other)));
  CHECK(!open.ok());
  CHECK(open.sound());
  other.size = record.checkpoint.size;
  other.root[0] ^= 1;
  CHECK(!older(log_key().sign(checkpoint_text(other))).sound());
  // Several, as a checkpoint_file has them, by way of an editor.
  std::string file = "\xEF\xBB\xBF" + log_key(2).sign(checkpoint_text(other)) + "\n" +
                     record.growth.front().checkpoint_note;
  CHECK(older(file).ok());
  std::string returns;
  for (const char c : file) returns += c == '\n' ? "\r\n" : std::string(1, c);
  CHECK(older(returns).ok());
  CHECK(!older(file + log_key().sign(checkpoint_text(other))).sound());
  CHECK(wrong(older("no note")) == "growth");
  CHECK(wrong(older(log_key(2).sign(checkpoint_text(record.checkpoint)))) == "growth");
}

TEST_CASE("a key leads to the keys that it vouches for") {
  CaseRecord record = made_case();
  const Instant since = record.made_at;
  const auto first = log_key(), second = log_key(2), third = log_key(3);
  const auto announce = [&](unsigned number, const SigningKey& key, const SigningKey& before,
                            bool vouched) {
    record.keys.push_back(key.verifier());
    record.key_history.push_back(announce_key(
        {number, key.verifier(), before.verifier(), since, 15}, key, vouched ? &before : nullptr));
  };
  announce(2, second, first, true);
  announce(3, third, second, false);
  const auto by = [&](const SigningKey& signer, const SigningKey& trusted) {
    record.checkpoint_note = signer.sign(checkpoint_text(record.checkpoint));
    DossierFiles files = files_of(record);
    files.at("proof.json") = proof_json(proof_of(record));
    files = bind_files(std::move(files), signer, 15);
    return wrong(verify_dossier({std::move(files), trusted.verifier(), "", ""}));
  };
  CHECK(by(first, first).empty());
  CHECK(by(second, first).empty());
  CHECK(by(second, second).empty());
  CHECK(by(third, second) == "files");  // nobody vouched for it
  CHECK(by(third, third).empty());
  {
    DossierFiles files = files_of(record);
    const auto unvouched = verify_dossier({files, first.verifier(), "", ""}).warnings;
    REQUIRE(unvouched.size() == 1);
    CHECK(unvouched.front().starts_with("Nobody vouches for key 3 of the log"));
    CHECK(verify_dossier({files, {}, "", ""}).warnings.size() == 2);
  }
  // A dossier from before the second key: the history that was given leads back to the first.
  const DossierFiles before = files_of(made_case());
  CHECK(wrong(verify_dossier({before, second.verifier(), "", ""})) == "keys");
  CHECK(verify_dossier({before, {}, "", "", record.key_history}).ok());
  const auto follow = verify_dossier({files_of(record), second.verifier(), "", ""});
  REQUIRE(!follow.checks.empty());
  CHECK(follow.checks.front().detail.ends_with(", 1 came before it"));
  record.key_history.pop_back();
  CHECK(by(third, third) == "keys");
}

TEST_CASE("proof.json has one spelling") {
  const std::string json = files_of(made_case()).at("proof.json");
  const auto proof = take(parse_proof(json));
  CHECK(proof_json(proof) == json);
  CHECK(!parse_proof(json + " ").ok());
  CHECK(!parse_proof(" " + json).ok());
  std::string twice = json;
  twice.insert(1, "\"email\":\"eve@example.org\",");
  CHECK(!parse_proof(twice).ok());
  std::string more = json;
  more.insert(more.size() - 1, ",\"zz\":1");
  CHECK(!parse_proof(more).ok());
}
