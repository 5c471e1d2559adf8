#include "tests/support/world.h"

#include <fstream>
#include <sstream>

#include "db/sqlite/sqlite_store.h"
#include "engine/flow/consent_events.h"
#include "tests/support/catch.h"
#include "tests/support/take.h"

namespace jawort::testing {
namespace {

Instant start_of_world() { return *parse_rfc3339("2026-11-23T09:15:02.114Z"); }

}  // namespace

std::string source_path(std::string_view path) {
  return std::string(JAWORT_SOURCE_FOLDER) + "/" + std::string(path);
}

std::string source_file(std::string_view path) {
  std::ifstream in(source_path(path), std::ios::binary);
  REQUIRE(in.good());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

World::World(std::string definitions, std::uint64_t seed, const std::filesystem::path& folder)
    : clock(start_of_world()), random(seed), folder_(folder) {
  settings.public_url = "https://optin.sommer.example";
  settings.ledger.origin = "optin.sommer.example/jawort";
  settings.from = {"Bäckerei Sommer", "post@sommer.example"};
  keys_.token.emplace(std::uint8_t{1}, Secret(Bytes(32, 7)));
  keys_.ledger.emplace(std::uint8_t{1}, Secret(Bytes(32, 8)));
  keys_.address = Secret(Bytes(32, 9));
  tokens_ = std::make_unique<TokenBox>(keys_);
  templates_ = take(Templates::load(""));
  zone_ = std::make_unique<TimeZone>(take(TimeZone::find("Europe/Berlin")));
  open({});
  relay = std::make_unique<FakeTransport>([this](const DeliveredMail& mail) {
    const auto known = contact(mail.recipient);
    const std::string text = readable(mail.message);
    const auto says = [&](std::string_view words) { return text.find(words) != std::string::npos; };
    const bool asks = says("/confirm/");
    const bool notice =
        says("Widerruf der Einwilligung eingetragen") || says("The withdrawal is in force");
    return known && std::ranges::any_of(known->consents, [&](const auto& view) {
             if (asks) return view.consent.waiting() != nullptr;
             if (notice) return view.consent.round.status == ConsentStatus::kRevoked;
             return view.consent.round.status == ConsentStatus::kConfirmed;
           });
  });
  if (definitions.empty()) definitions = source_file("tests/golden/sommer.toml");
  definition_text_ = std::move(definitions);
  take(apply_definitions(*context_, {{"test.toml", definition_text_}}, false));
}

World::~World() = default;

void World::open(const StoreAround& around) {
  store_ = take(open_sqlite_store({folder_.file("jawort.db"), true}, log));
  if (around) store_ = around(std::move(store_));
  ids_ = std::make_unique<IdSource>(clock, take(store_->highest_id()));
  context_ = std::unique_ptr<Context>(new Context{clock, random, *ids_, *store_, keys_, *tokens_,
                                                  *templates_, *zone_, settings, definitions_, log,
                                                  metrics, shield, ledger, [this] { ++woken; }});
  take(load_definitions(*context_));
}

Status World::restart(const StoreAround& around) {
  context_.reset();
  store_.reset();
  open(around);
  const auto recovered = recover_outbox(*context_);
  return recovered.ok() ? Status{} : recovered.error();
}

Visit World::visit() { return {"203.0.113.77", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}; }

FormPost World::post(std::string_view email) const {
  FormPost post;
  post.form = "newsletter";
  post.email = email;
  post.consents = {"newsletter"};
  post.language = "de";
  post.page = "https://www.sommer.example/anmeldung?utm=x";
  post.visit = visit();
  return post;
}

FormAnswer World::accept(const FormPost& post) {
  FormAnswer answer = take(accept_form(*context_, post));
  if (answer.mailed) context_->mail_queued();
  return answer;
}

void World::sign_up_and_confirm(std::string_view email) {
  sign_up(email);
  deliver();
  confirm(confirm_token(email));
}

int World::deliver() {
  int attempts = 0;
  for (;;) {
    for (const DueMail& mail : take(due_mails(*context_, dispatcher.wanted())).mails) {
      dispatcher.offer(mail);
    }
    const auto first = dispatcher.next(clock.monotonic());
    if (first) {
      take(send_mails(*context_, *relay, *first, [&](MailId mail, const AttemptEnd& end) {
        ++attempts;
        dispatcher.ended(mail, end, clock.monotonic());
        return dispatcher.next(clock.monotonic());
      }));
    }
    const auto postponed = dispatcher.take_postponed();
    take(postpone_mails(*context_, postponed));
    if (!first && postponed.empty()) return attempts;
  }
}

std::size_t World::mails_to(std::string_view email) const {
  return static_cast<std::size_t>(
      std::ranges::count(relay->delivered(), std::string(email), &DeliveredMail::recipient));
}

std::string readable(std::string_view message) {
  std::string out;
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] == '=' && message.substr(i + 1, 2) == "\r\n") {
      i += 2;
      continue;
    }
    const auto byte = message[i] == '=' ? from_hex(ascii_lower(message.substr(i + 1, 2)))
                                        : std::optional<Bytes>{};
    if (byte && byte->size() == 1) {
      out += static_cast<char>(byte->front());
      i += 2;
    } else {
      out += message[i];
    }
  }
  return out;
}

std::vector<OutboxRow> rows_of(World& world) {
  std::vector<OutboxRow> rows;
  take(world.store().read([&](const Tables& tables) -> Status {
    rows = take(tables.outbox().page({}, MailId{}, 100'000));
    return {};
  }));
  return rows;
}

OutboxRow only_row(World& world) {
  const auto rows = rows_of(world);
  REQUIRE(rows.size() == 1);
  return rows.front();
}

std::int64_t last_sequence(World& world) {
  std::int64_t last = 0;
  take(world.store().read([&](const Tables& tables) -> Status {
    last = take(tables.events().last_sequence());
    return {};
  }));
  return last;
}

std::string token_after(std::string_view message, std::string_view before) {
  const std::string text = readable(message);
  const auto at = text.find(before);
  if (at == std::string::npos) return {};
  return text.substr(at + before.size(), kTokenLength);
}

const DeliveredMail& World::newest_mail(std::string_view email) const {
  for (auto mail = relay->delivered().rbegin(); mail != relay->delivered().rend(); ++mail) {
    if (mail->recipient == email) return *mail;
  }
  FAIL("no mail went to this address");
  return relay->delivered().front();
}

std::string World::confirm_token(std::string_view email) const {
  return token_after(newest_mail(email).message, "/confirm/");
}

std::string World::revoke_token(std::string_view email) const {
  return token_after(newest_mail(email).message, "/revoke/");
}

std::string World::preferences_token(std::string_view email) const {
  return token_after(newest_mail(email).message, "/preferences/");
}

void World::new_wording() {
  const std::string changed = replace_all(definition_text_, "Ja, ich möchte",
                                          "Ja (" + std::to_string(++wordings_) + "), ich möchte");
  take(apply_definitions(*context_, {{"test.toml", changed}}, false));
}

ConfirmPage World::confirm(std::string_view token) {
  return take(confirm_consent(*context_, token, std::nullopt, false, visit()));
}

RevokePage World::revoke(std::string_view token, RevokedBy by) {
  return take(revoke_consent(*context_, token, by, visit()));
}

int World::run_steps() { return take(jawort::run_steps(*context_, 1000)); }

int World::expire() { return take(expire_pending(*context_, 1000)); }

std::optional<ContactRecord> World::contact(std::string_view email) {
  auto record = show_contact(*context_, email);
  if (record.ok()) return std::move(*record);
  CHECK(record.error().kind == ErrorKind::kNotFound);
  return std::nullopt;
}

std::optional<Round> World::round(std::string_view email, std::string_view purpose) {
  const auto record = contact(email);
  if (!record) return std::nullopt;
  for (const auto& view : record->consents) {
    if (view.consent.purpose == purpose) return view.consent.round;
  }
  return std::nullopt;
}

LedgerReport World::verify() const {
  const LinkKeys links{keys_.token, *tokens_};
  LedgerRequest request{*store_};
  request.own_keys = &keys_.ledger;
  request.links = &links;
  request.threads = 1;
  return take(verify_ledger(request));
}

void World::check_invariants() {
  for (const LedgerCheck& check : verify().checks) {
    if (!check.ok) FAIL("ledger verify: " << check.item << ": " << check.detail);
  }
  CHECK(relay->wrong().empty());
  take(store_->read([&](const Tables& tables) -> Status {
    const auto last = take(tables.events().last_sequence());
    for (std::int64_t sequence = 1; sequence <= last; ++sequence) {
      const auto event = take(tables.events().find(sequence));
      REQUIRE(event);
      const Leaf leaf = take(decode_leaf(event->leaf));
      CHECK(static_cast<std::int64_t>(leaf.sequence) == sequence);
      for (const EventValueRow& value : take(tables.events().values(sequence))) {
        const auto commitment = std::ranges::find(leaf.commitments, value.name, &Commitment::name);
        REQUIRE(commitment != leaf.commitments.end());
        CHECK(commitment->hash == commit(value.salt, value.name, as_bytes(value.value)));
      }
    }
    for (const ContactRow& row : take(tables.contacts().page(ContactId{}, 100000))) {
      for (const Consent& consent : take(tables.consents().of_contact(row.id))) {
        const Standing standing{consent.round, consent.renewal};
        CHECK(standing == take(folded_standing(tables, consent)));
      }
    }
    return {};
  }));
}

}  // namespace jawort::testing
