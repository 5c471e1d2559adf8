#include "engine/app/command_line.h"

#include "tests/support/catch.h"

namespace jawort {
namespace {

using Arguments = std::vector<std::string>;

Invocation parsed(const Arguments& arguments) {
  const CommandLine line = parse_command_line(arguments);
  INFO(line.err);
  REQUIRE(line.invocation);
  return *line.invocation;
}

TEST_CASE("global flags stand before or after the verb") {
  const Arguments spellings[] = {
      {"--config", "x.toml", "--json", "contact", "show", "anna@example.org"},
      {"contact", "--config", "x.toml", "show", "--json", "anna@example.org"},
      {"contact", "show", "anna@example.org", "--json", "--config=x.toml"},
      {"contact", "show", "--config=x.toml", "anna@example.org", "--json"},
  };
  for (const Arguments& arguments : spellings) {
    const Invocation invocation = parsed(arguments);
    CHECK(invocation.verb == "contact show");
    CHECK(invocation.arguments == Arguments{"anna@example.org"});
    CHECK(invocation.config == "x.toml");
    CHECK(invocation.json);
  }
}

TEST_CASE("each verb takes what it needs") {
  CHECK(parsed({"serve"}).verb == "serve");
  CHECK(parsed({"init"}).arguments.empty());
  CHECK(parsed({"init", "/srv/x"}).arguments == Arguments{"/srv/x"});
  const Invocation apply = parsed({"apply", "a.toml", "b.toml", "--dry-run"});
  CHECK(apply.arguments == Arguments{"a.toml", "b.toml"});
  CHECK(apply.dry_run);
  CHECK(parsed({"migrate", "--dry-run"}).dry_run);
  const Invocation demo = parsed({"demo", "--dir", "d", "--port", "0"});
  CHECK(demo.folder == "d");
  CHECK(demo.port == 0);
  CHECK(parsed({"demo"}).port == -1);
  const Invocation link = parsed({"link", "revoke", "a@b.example", "--purpose", "newsletter"});
  CHECK(link.verb == "link revoke");
  CHECK(link.purpose == "newsletter");
  CHECK(parsed({"queue", "list", "--state", "failed"}).state == "failed");
  CHECK(parsed({"queue", "drop", "0193f7a2c4d80000", "--yes"}).yes);
  CHECK(parsed({"queue", "retry", "--all"}).all);
  CHECK(parsed({"contact", "list", "--limit", "5"}).limit == 5);
  // A contact may be called like a verb.
  CHECK(parsed({"contact", "show", "demo"}).arguments == Arguments{"demo"});
  // Refused later, with the reason, not as an unknown word.
  CHECK(parsed({"link", "confirm", "a@b.example"}).verb == "link confirm");
}

TEST_CASE("wrong usage ends with status 2 and says why on standard error") {
  struct Wrong {
    Arguments arguments;
    const char* says;
  };
  const Wrong wrongs[] = {
      {{}, "Subcommands"},
      {{"srve"}, "unknown verb \"srve\", did you mean \"serve\"?"},
      {{"newsletter", "a"}, "unknown verb \"newsletter\"\nverbs: demo init serve"},
      {{"dossier", "a@b.example"}, "--output is required"},
      {{"dossier", "a@b.example", "-o", "x", "--lang", "fr"}, "--lang"},
      {{"verify"}, "FILE"},
      {{"--config", "serve", "--json", "sing"}, "unknown verb \"sing\""},
      {{"contact"}, "\"contact\" needs a second word\nverbs: show erase list"},
      {{"contact", "show"}, "WHO"},
      {{"contact", "show", "a", "b"}, "b"},
      {{"contact", "erase"}, "EMAIL"},
      {{"contact", "hold", "a"}, "unknown verb \"contact hold\"\nverbs: show erase list"},
      {{"--json", "queue", "lst"}, "unknown verb \"queue lst\", did you mean \"queue list\"?"},
      {{"serve", "--daemon"}, "--daemon"},
      {{"serve", "now"}, "now"},
      {{"apply"}, "FILE"},
      {{"apply", "x", "--dryrun"}, "--dryrun"},
      {{"demo", "--port", "65536"}, "65536"},
      {{"demo", "--port", "x"}, "x"},
      {{"contact", "list", "--limit", "0"}, "0"},
      {{"link", "revoke", "a@b.example"}, "--purpose is missing"},
      {{"link", "revoke", "--purpose", "x"}, "EMAIL"},
      {{"queue", "retry"}, "name the mails by their ids, or say --all"},
      {{"queue", "drop", "--all", "0193f7a2c4d80000"}, "name the mails"},
      {{"--config"}, "--config"},
      {{"check", "--config", "a", "--config", "b"}, "--config"},
  };
  for (const Wrong& wrong : wrongs) {
    const CommandLine line = parse_command_line(wrong.arguments);
    INFO(line.err);
    CHECK_FALSE(line.invocation);
    CHECK(line.status == kExitUsage);
    CHECK(line.out.empty());
    CHECK(line.err.find(wrong.says) != std::string::npos);
  }
}

TEST_CASE("help stands on standard output, with an example, for every verb") {
  const Arguments verbs[] = {{"demo"},
                             {"init"},
                             {"serve"},
                             {"check"},
                             {"apply"},
                             {"migrate"},
                             {"contact"},
                             {"link"},
                             {"queue"},
                             {"contact", "show"},
                             {"contact", "list"},
                             {"link", "revoke"},
                             {"queue", "list"},
                             {"queue", "retry"},
                             {"queue", "release"},
                             {"queue", "drop"},
                             {"dossier"},
                             {"verify"}};
  for (Arguments arguments : verbs) {
    std::string example = "Example: jawort";
    for (const std::string& word : arguments) example += " " + word;
    arguments.push_back("--help");
    const CommandLine line = parse_command_line(arguments);
    CHECK_FALSE(line.invocation);
    CHECK(line.status == kExitDone);
    CHECK(line.err.empty());
    INFO(line.out);
    CHECK(line.out.find(example) != std::string::npos);
  }
  CHECK(parse_command_line({"--version"}).out.starts_with("jawort "));
}

TEST_CASE("errors become exit statuses") {
  CHECK(exit_status(configuration_error("")) == 78);
  CHECK(exit_status(invalid("")) == 2);
  CHECK(exit_status(not_found("")) == 1);
  CHECK(exit_status(refused("")) == 1);
  CHECK(exit_status(unavailable("")) == 1);
  CHECK(exit_status(storage_error("")) == 1);
  CHECK(exit_status(internal_error("")) == 1);
}

}  // namespace
}  // namespace jawort
