// The thread: form post → confirmation mail → press → stamp → revocation.
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/world.h"

using namespace jawort;
using jawort::testing::readable;
using jawort::testing::World;
using std::chrono::hours;
using std::chrono::minutes;

namespace {
constexpr std::string_view kAnna = "anna@example.org";
}

TEST_CASE("sign up, mail, press, stamp, revoke") {
  World world;
  auto post = world.post("Anna@Example.org");
  post.fields = {{"first_name", "Anna"}, {"branch", "Tübingen"}};
  const FormAnswer answer = world.accept(post);
  REQUIRE(answer.errors.empty());
  CHECK(answer.asked);
  CHECK(answer.mailed);
  CHECK(world.round(kAnna)->status == ConsentStatus::kPending);
  CHECK(world.contact(kAnna)->fields.empty());  // posted values wait for the press

  CHECK(world.deliver() == 1);
  REQUIRE(world.mails_to("Anna@Example.org") == 1);  // as typed
  CHECK(world.round(kAnna)->mailed_at == world.clock.now());
  const std::string token = world.confirm_token("Anna@Example.org");
  const std::string revoke_token = world.revoke_token("Anna@Example.org");

  world.clock.advance(minutes{2});
  const auto page = open_link(world.context(), token, World::visit());
  REQUIRE(page.ok());
  CHECK(page->state == LinkState::kOpen);
  CHECK(page->masked_address == "a***@e***.org");
  CHECK(page->purposes.at(0).wording.starts_with("Ja, ich möchte den Newsletter"));
  CHECK(world.round(kAnna)->status == ConsentStatus::kPending);

  world.clock.advance(minutes{1});
  CHECK(world.confirm(token).state == LinkState::kConfirmed);
  const auto record = world.contact(kAnna);
  REQUIRE(record);
  const Round& round = record->consents.at(0).consent.round;
  CHECK(round.status == ConsentStatus::kConfirmed);
  CHECK(round.grade == Grade::kObserved);
  CHECK(rfc3339(round.opt_in.at) == "2026-11-23T09:15:02.114Z");
  CHECK(round.opt_in.date == "2026-11-23");
  CHECK(rfc3339(*round.opened_at) == "2026-11-23T09:17:02.114Z");
  CHECK(rfc3339(round.confirmed->at) == "2026-11-23T09:18:02.114Z");
  CHECK(record->consents.at(0).wording.starts_with("Ja, ich möchte den Newsletter"));
  REQUIRE(record->fields.size() == 2);
  CHECK(record->fields.at(1).value == "Anna");
  CHECK(record->fields.at(1).source == "form:newsletter");
  CHECK(record->fields.at(1).set_at == round.opt_in.at);

  world.clock.advance(hours{24 * 400});
  CHECK(world.revoke(revoke_token, RevokedBy::kOneClick).state == RevokeState::kRevoked);
  const auto revoked = world.round(kAnna);
  CHECK(revoked->status == ConsentStatus::kRevoked);
  CHECK(revoked->revoked_by == RevokedBy::kOneClick);
  CHECK(revoked->confirmed == round.confirmed);
  CHECK(look_up_link(world.context(), token)->state == LinkState::kDead);
  world.check_invariants();
}

TEST_CASE("the mail names what it must, and holds no live link where it is stored") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const std::string text = readable(world.relay->delivered().at(0).message);
  for (const std::string_view part :
       {"anna@example.org", "23.11.2026", "10:15", "CET", "https://www.sommer.example",
        "höchstens einmal pro Woche", "Bäckerei Sommer GmbH", "Marktplatz 1", "#not-me",
        "Auto-Submitted: auto-generated", "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "List-Unsubscribe: <https://optin.sommer.example/revoke/"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find("utm=x") == std::string::npos);  // the page's origin only

  const std::string token = world.confirm_token(kAnna);
  REQUIRE(token.size() == kTokenLength);
  const auto mail_id = world.round(kAnna)->mail;
  REQUIRE(world.store().read([&](const Tables& tables) -> Status {
    const auto mail = tables.outbox().mail(mail_id);
    CHECK((*mail)->message.find(token) == std::string::npos);
    CHECK((*mail)->message.find(world.revoke_token(kAnna)) == std::string::npos);
    return {};
  }));
}

TEST_CASE("a second press, and fifty at once, change nothing") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const std::string token = world.confirm_token(kAnna);
  std::vector<std::thread> people;
  for (int i = 0; i < 50; ++i) {
    people.emplace_back([&] {
      (void)confirm_consent(world.context(), token, std::nullopt, false, World::visit());
    });
  }
  for (auto& person : people) person.join();
  const auto first = world.round(kAnna);
  world.clock.advance(hours{1});
  CHECK(world.confirm(token).state == LinkState::kConfirmed);
  CHECK(world.round(kAnna) == first);
  const auto record = world.contact(kAnna);
  CHECK(std::ranges::count(record->history, "consent_confirmed",
                           &ContactRecord::HistoryEntry::type) == 1);
  // Past its expiry the spent link still shows that it worked.
  world.clock.advance(hours{24 * 30});
  CHECK(look_up_link(world.context(), token)->state == LinkState::kConfirmed);
  world.check_invariants();
}

TEST_CASE("that was not me: all that came is gone, and the form is deaf for 30 days") {
  World world;
  auto post = world.post(kAnna);
  post.fields = {{"first_name", "Canary"}};
  world.accept(post);
  world.deliver();
  const std::string token = world.confirm_token(kAnna);
  const auto page = deny_consent(world.context(), token, World::visit());
  REQUIRE(page.ok());
  CHECK(page->state == LinkState::kDenied);
  CHECK(page->language == "de");
  CHECK_FALSE(world.contact(kAnna));
  CHECK(look_up_link(world.context(), token)->state == LinkState::kDead);

  REQUIRE(world.store().read([&](const Tables& tables) -> Status {
    for (std::int64_t i = 1; i <= *tables.events().last_sequence(); ++i) {
      CHECK(tables.events().values(i)->empty());
    }
    const auto rows = tables.outbox().page({}, MailId{}, 10);
    for (const OutboxRow& row : *rows) {
      CHECK(row.recipient.empty());
      CHECK(row.last_reply.empty());
      CHECK((*tables.outbox().mail(row.mail))->message.empty());
    }
    return {};
  }));

  world.clock.advance(hours{24 * 29});
  CHECK(world.sign_up(kAnna).errors.empty());
  CHECK_FALSE(world.contact(kAnna));
  CHECK(world.deliver() == 0);
  world.clock.advance(hours{24 * 2});
  world.sign_up(kAnna);
  CHECK(world.deliver() == 1);
  world.check_invariants();
}

TEST_CASE("what nobody confirms expires, and leaves only events without personal data") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const std::string token = world.confirm_token(kAnna);
  world.clock.advance(hours{24 * 7} - minutes{1});
  CHECK(world.expire() == 0);
  CHECK(look_up_link(world.context(), token)->state == LinkState::kOpen);
  world.clock.advance(minutes{1} + milliseconds{1000});
  CHECK(look_up_link(world.context(), token)->state == LinkState::kExpired);
  CHECK(world.confirm(token).state == LinkState::kExpired);
  CHECK(world.expire() == 1);
  CHECK_FALSE(world.contact(kAnna));
  CHECK(look_up_link(world.context(), token)->state == LinkState::kExpired);
  CHECK(world.revoke(world.revoke_token(kAnna)).state == RevokeState::kOnNoList);
  world.check_invariants();
}

TEST_CASE("one mail a day, three in thirty days, and the older link stays alive") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const std::string first = world.confirm_token(kAnna);
  world.clock.advance(hours{1});
  for (int i = 0; i < 20; ++i) world.sign_up(kAnna);
  CHECK(world.deliver() == 0);
  CHECK(look_up_link(world.context(), first)->state == LinkState::kOpen);

  world.clock.advance(hours{24});
  world.sign_up(kAnna);
  CHECK(world.deliver() == 1);
  const std::string second = world.confirm_token(kAnna);
  CHECK(look_up_link(world.context(), first)->state == LinkState::kSuperseded);
  CHECK(world.confirm(first).state == LinkState::kSuperseded);
  CHECK(world.round(kAnna)->status == ConsentStatus::kPending);

  for (int day = 0; day < 10; ++day) {
    world.clock.advance(hours{25});
    world.expire();
    world.sign_up(kAnna);
    world.deliver();
  }
  CHECK(world.mails_to(kAnna) == 3);
  CHECK(look_up_link(world.context(), second)->state != LinkState::kOpen);
  world.check_invariants();
}

TEST_CASE("the case of 2016: nine addresses, nine thousand posts each", "[long]") {
  World world;
  for (int i = 0; i < 9000; ++i) {
    for (int n = 0; n < 9; ++n) world.sign_up("person" + std::to_string(n) + "@example.org");
    if (i % 100 == 0) world.deliver();
    world.clock.advance(milliseconds{hours{24 * 3}} / 9000);
  }
  world.deliver();
  CHECK(world.relay->delivered().size() <= 27);
  CHECK(world.relay->delivered().size() >= 9);
}

TEST_CASE("a confirmed person who signs up again stays confirmed") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  const auto before = world.round(kAnna);
  world.clock.advance(hours{48});
  auto post = world.post(kAnna);
  post.fields = {{"first_name", "Mallory"}};
  world.accept(post);
  CHECK(world.deliver() == 1);  // which says so, and asks nothing
  CHECK(world.round(kAnna) == before);
  CHECK(world.contact(kAnna)->fields.empty());  // a stranger overwrites nothing
  world.check_invariants();
}

TEST_CASE("revoked, back again, not confirmed: the revocation stays as it was") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  const std::string leave = world.revoke_token(kAnna);
  world.clock.advance(hours{48});
  world.revoke(leave);
  const auto revoked = world.round(kAnna);
  world.clock.advance(hours{48});
  world.sign_up(kAnna);
  CHECK(world.round(kAnna)->status == ConsentStatus::kPending);
  world.deliver();

  SECTION("by time") {
    world.clock.advance(hours{24 * 8});
    CHECK(world.expire() == 1);
  }
  SECTION("by denial") {
    REQUIRE(deny_consent(world.context(), world.confirm_token(kAnna), World::visit()).ok());
  }
  SECTION("by the old revocation link, which counts as denial") {
    CHECK(world.revoke(leave).state == RevokeState::kRevoked);
  }
  CHECK(world.round(kAnna) == revoked);
  world.check_invariants();
}

TEST_CASE("an optional box left empty stores the lead and mails nothing") {
  World world;
  FormPost post;
  post.form = "contact";
  post.email = kAnna;
  post.fields = {{"first_name", "Anna"}, {"message", "Grüß Gott,\nhaben Sie Brezeln?"}};
  post.visit = World::visit();
  const auto answer = world.accept(post);
  CHECK(answer.errors.empty());
  CHECK_FALSE(answer.asked);
  CHECK(world.deliver() == 0);
  auto record = world.contact(kAnna);
  REQUIRE(record);
  CHECK(record->consents.empty());
  CHECK(record->fields.size() == 2);

  post.fields["first_name"] = "Mallory";
  world.accept(post);
  CHECK(world.contact(kAnna)->fields.at(0).value == "Anna");
  // A sign-up that expires takes nothing of the lead with it.
  world.sign_up(kAnna);
  world.deliver();
  world.clock.advance(hours{24 * 8});
  CHECK(world.expire() == 1);
  record = world.contact(kAnna);
  REQUIRE(record);
  CHECK(record->consents.empty());
  CHECK(record->fields.size() == 2);
  world.check_invariants();
}

TEST_CASE("two purposes in one mail: what is unticked on the page is let go") {
  World world;
  auto post = world.post(kAnna);
  post.consents = {"newsletter", "phone"};
  world.accept(post);
  CHECK(world.deliver() == 1);
  const std::string token = world.confirm_token(kAnna);
  CHECK(look_up_link(world.context(), token)->purposes.size() == 2);
  const auto none = confirm_consent(world.context(), token, std::vector<std::string>{"other"},
                                    false, World::visit());
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().kind == ErrorKind::kInvalid);
  const auto page = confirm_consent(world.context(), token, std::vector<std::string>{"phone"},
                                    false, World::visit());
  REQUIRE(page.ok());
  CHECK(page->state == LinkState::kConfirmed);
  CHECK(world.round(kAnna, "phone")->status == ConsentStatus::kConfirmed);
  CHECK_FALSE(world.round(kAnna, "newsletter"));
  CHECK(world.revoke(world.revoke_token(kAnna)).state == RevokeState::kRevoked);
  CHECK(world.round(kAnna, "phone")->status == ConsentStatus::kRevoked);
  world.check_invariants();
}

TEST_CASE("the post is bound to the version that was shown") {
  World world;
  const auto shown = world.context().definitions.get()->shown_form("newsletter")->version;
  std::string changed = jawort::testing::source_file("tests/golden/sommer.toml");
  changed.replace(changed.find("Brot und Gebäck höchstens"), 4, "Torten");
  REQUIRE(apply_definitions(world.context(), {{"new.toml", changed}}, false).ok());

  auto post = world.post(kAnna);
  post.version = "sha256:" + to_hex(shown);
  world.accept(post);
  auto record = world.contact(kAnna);
  CHECK(record->consents.at(0).wording.find("Brot und Gebäck höchstens") != std::string::npos);

  post.email = "bea@example.org";
  post.version = "sha256:" + std::string(64, '0');
  auto answer = world.accept(post);
  REQUIRE(answer.errors.size() == 1);
  CHECK(answer.errors[0].code == "unknown_version");
  CHECK_FALSE(world.contact("bea@example.org"));

  post.version.clear();
  world.accept(post);
  record = world.contact("bea@example.org");
  CHECK(record->consents.at(0).wording.find("Torten") != std::string::npos);
  CHECK(record->history.at(0).facts.back().name == "zone");
}

TEST_CASE("the honeypot is answered alike and stores nothing") {
  World world;
  auto post = world.post(kAnna);
  post.honeypot = "+49 7071 1";
  const auto answer = world.accept(post);
  CHECK(answer.errors.empty());
  CHECK(answer.asked);
  CHECK_FALSE(world.contact(kAnna));
}

TEST_CASE("nonsense in every field is named, and nothing is stored") {
  World world;
  auto post = world.post("anna@localhost");
  post.fields = {{"first_name", std::string(81, 'x')}, {"branch", "Berlin"}};
  post.consents = {"newsletters"};
  const auto answer = world.accept(post);
  std::vector<std::string> found;
  for (const FieldError& error : answer.errors) found.push_back(error.field + ":" + error.code);
  CHECK(found == std::vector<std::string>{"email:invalid_address", "first_name:too_long",
                                          "branch:not_an_option", "consent:required",
                                          "consent:unknown_purpose"});
  REQUIRE(world.store().read([](const Tables& tables) -> Status {
    CHECK(*tables.events().last_sequence() == 0);
    return {};
  }));
  CHECK(accept_form(world.context(), FormPost{}).error().kind == ErrorKind::kNotFound);
}

TEST_CASE("a click may confirm where the form says so, and is graded lower") {
  std::string definitions = jawort::testing::source_file("tests/golden/sommer.toml");
  const std::string_view button = "confirm   = \"button\"";
  definitions.replace(definitions.find(button), button.size(), "confirm   = \"click\"");
  World world(definitions);
  world.sign_up(kAnna);
  world.deliver();
  const auto page = confirm_consent(world.context(), world.confirm_token(kAnna), std::nullopt, true,
                                    World::visit());
  REQUIRE(page.ok());
  CHECK(page->mode == ConfirmMode::kClick);
  CHECK(world.round(kAnna)->grade == Grade::kClick);
  world.check_invariants();
}

TEST_CASE("openings are recorded, but not without end") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const std::string token = world.confirm_token(kAnna);
  for (int i = 0; i < 60; ++i) REQUIRE(open_link(world.context(), token, World::visit()).ok());
  const auto record = world.contact(kAnna);
  CHECK(std::ranges::count(record->history, "link_opened", &ContactRecord::HistoryEntry::type) ==
        50);
  world.check_invariants();
}

TEST_CASE("foreign and crossed tokens open nothing") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  const std::string confirm = world.confirm_token(kAnna), revoke = world.revoke_token(kAnna);
  CHECK(world.confirm(revoke).state == LinkState::kDead);
  CHECK(world.revoke(confirm).state == RevokeState::kDead);
  CHECK(world.confirm("").state == LinkState::kDead);
  CHECK(world.confirm(std::string(72, 'A')).state == LinkState::kDead);
  CHECK(world.round(kAnna)->status == ConsentStatus::kPending);
}

TEST_CASE("a link made for a newsletter tool revokes, for ever") {
  World world;
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  const auto link = revocation_link(world.context(), "ANNA@example.org", "newsletter");
  REQUIRE(link.ok());
  const std::string base = "https://optin.sommer.example/revoke/";
  REQUIRE(link->starts_with(base));
  world.clock.advance(hours{24 * 365 * 30});
  CHECK(look_up_revocation(world.context(), link->substr(base.size()))->state ==
        RevokeState::kOpen);
  CHECK(world.revoke(link->substr(base.size())).state == RevokeState::kRevoked);
  CHECK(world.round(kAnna)->status == ConsentStatus::kRevoked);
  CHECK(revocation_link(world.context(), "bea@example.org", "newsletter").error().kind ==
        ErrorKind::kNotFound);
}

TEST_CASE("a new controller takes the old one's place; older consents keep what they were shown") {
  World world;
  world.sign_up(kAnna);
  const auto before = world.contact(kAnna)->consents.at(0).wording;
  const auto applied = apply_definitions(
      world.context(), {{"q.toml", jawort::testing::source_file("examples/quickstart.toml")}},
      false);
  REQUIRE(applied.ok());
  CHECK(applied->warnings.at(0).find("takes the place of \"sommer\"") != std::string::npos);
  CHECK(world.context().definitions.get()->controller()->id == "ebbe-und-flut");
  CHECK(world.contact(kAnna)->consents.at(0).wording == before);
  REQUIRE(load_definitions(world.context()));
  CHECK(world.context().definitions.get()->controller()->id == "ebbe-und-flut");
}

namespace {

// Two forms that share the newsletter: sommer's own, and "b", whose link needs the button.
std::string two_forms(std::string_view mode_of_first) {
  std::string text = jawort::testing::source_file("tests/golden/sommer.toml");
  const std::string_view button = "confirm   = \"button\"";
  text.replace(text.find(button), button.size(),
               "confirm   = \"" + std::string(mode_of_first) + "\"");
  const std::string_view strict = "per_address   = \"1 per P1D, 3 per P30D\"";
  text.replace(text.find(strict), strict.size(), "per_address   = \"9 per P1D\"");
  return text + R"(
[[form]]
id        = "b"
title     = { de = "Alles", en = "All" }
languages = ["de", "en"]
fields    = [{ name = "first_name" }]
purposes  = [{ id = "newsletter" }, { id = "phone" }]
campaign  = "newsletter-opt-in"
[form.protect]
per_address = "9 per P1D"
[[form]]
id        = "contact"
title     = { de = "Kontakt", en = "Contact" }
languages = ["de", "en"]
fields    = [{ name = "message" }]
[form.protect]
per_address = "9 per P1D"
)";
}

std::string without_contact_form(std::string text) {
  const auto from = text.find("[[form]]\nid        = \"contact\"  ");
  const auto to = text.find("[[field]]\nname      = \"message\"");
  return text.erase(from, to - from);
}

World world_of_two_forms(std::string_view mode) {
  return World(without_contact_form(two_forms(mode)));
}

}  // namespace

TEST_CASE("a link shows and confirms by the form of its own round, whatever took another over") {
  World world = world_of_two_forms("click");
  auto post = world.post(kAnna);
  post.form = "b";
  post.language = "en";
  post.consents = {"newsletter", "phone"};
  world.accept(post);
  world.deliver();
  const std::string token = world.confirm_token(kAnna);
  world.sign_up(kAnna);  // the newsletter's round is now another form's, confirmed by a click
  world.deliver();
  const auto page = open_link(world.context(), token, World::visit());
  REQUIRE(page.ok());
  CHECK(page->mode == ConfirmMode::kButton);
  CHECK(page->language == "en");
  REQUIRE(page->purposes.size() == 1);
  CHECK(page->purposes.at(0).wording.starts_with("Yes, Bäckerei Sommer GmbH may call me"));
  CHECK(world.round(kAnna, "phone")->status == ConsentStatus::kPending);
  world.check_invariants();
}

TEST_CASE("a stranger's values go with the denial, also beside a confirmed purpose") {
  World world = world_of_two_forms("button");
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  auto post = world.post(kAnna);
  post.form = "b";
  post.consents = {"newsletter", "phone"};
  post.fields = {{"first_name", "Mallory"}};
  world.accept(post);
  world.deliver();
  REQUIRE(deny_consent(world.context(), world.confirm_token(kAnna), World::visit()).ok());
  CHECK(world.round(kAnna)->status == ConsentStatus::kConfirmed);
  REQUIRE(world.store().read([&](const Tables& tables) -> Status {
    for (std::int64_t i = 1; i <= *tables.events().last_sequence(); ++i) {
      const auto values = tables.events().values(i);
      for (const auto& value : *values) CHECK(value.value != "Mallory");
    }
    return {};
  }));
  world.check_invariants();
}

TEST_CASE("the revocation link of a mail that expired still ends the consent that came back") {
  World world;
  FormPost lead;  // keeps the contact
  lead.form = "contact";
  lead.email = kAnna;
  lead.fields = {{"first_name", "Anna"}};
  lead.visit = World::visit();
  world.accept(lead);
  world.sign_up(kAnna);
  world.deliver();
  const std::string old_link = world.revoke_token(kAnna);
  world.clock.advance(hours{24 * 8});
  CHECK(world.expire() == 1);
  world.sign_up(kAnna);
  world.deliver();
  world.confirm(world.confirm_token(kAnna));
  CHECK(world.revoke(old_link).state == RevokeState::kRevoked);
  CHECK(world.round(kAnna)->status == ConsentStatus::kRevoked);
  world.check_invariants();
}

TEST_CASE("a denial of what came from two forms holds for both") {
  World world = world_of_two_forms("button");
  auto post = world.post(kAnna);
  post.form = "b";
  post.consents = {"newsletter", "phone"};
  world.accept(post);
  world.deliver();
  const std::string leave = world.revoke_token(kAnna);
  world.sign_up(kAnna);
  world.deliver();
  world.revoke(leave);
  CHECK_FALSE(world.contact(kAnna));
  world.accept(post);
  world.sign_up(kAnna);
  CHECK_FALSE(world.contact(kAnna));
  CHECK(world.deliver() == 0);
}

TEST_CASE("the end of one purpose leaves what an earlier round of another rests on") {
  World world;
  auto post = world.post(kAnna);
  post.consents = {"newsletter", "phone"};
  for (const auto& chosen :
       {std::vector<std::string>{"newsletter", "phone"}, {"newsletter"}, {"newsletter"}}) {
    world.accept(post);
    world.deliver();
    REQUIRE(
        confirm_consent(world.context(), world.confirm_token(kAnna), chosen, false, World::visit())
            .ok());
    world.revoke(world.revoke_token(kAnna));
    world.clock.advance(hours{48});
  }
  // The phone's third round ended while the newsletter's third stood; its second had come with the
  // newsletter's second, which a fold still goes over.
  CHECK(world.round(kAnna, "phone")->status == ConsentStatus::kRevoked);
  CHECK(world.round(kAnna)->status == ConsentStatus::kRevoked);
  world.check_invariants();
}
