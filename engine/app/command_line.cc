#include "engine/app/command_line.h"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include "engine/app/config_values.h"

namespace jawort {
namespace {

constexpr std::string_view kGlobalFlags = "--config FILE and --json stand before or after a verb.";

class Grammar {
 public:
  explicit Grammar(Invocation& invocation) : invocation_(invocation) {
    app_.name("jawort");
    app_.fallthrough();  // global flags after a verb; verbs inherit it
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "jawort " JAWORT_VERSION);
    app_.add_option("--config", invocation_.config,
                    "the configuration (else ./jawort.toml, then /etc/jawort/jawort.toml)")
        ->type_name("FILE");
    app_.add_flag("--json", invocation_.json, "machine-readable answer on standard output");
    app_.footer(
        "Exit status: 0 done, 1 the answer is no, 2 wrong usage, 78 wrong configuration.\n"
        "A first look: jawort demo");
    add_operation();
    add_backup();
    add_keys();
    add_ledger();
    add_definitions();
    add_templates();
    add_contacts();
    add_links();
    add_queue();
    add_webhooks();
    add_campaigns();
    add_incoming();
    add_proof();
  }

  CLI::App& app() { return app_; }

  // "contact show", as far as it was parsed.
  std::string verb() const {
    std::string name;
    for (const CLI::App* app = &app_; app != chosen();) {
      app = app->get_subcommands().front();
      name += (name.empty() ? "" : " ") + app->get_name();
    }
    return name;
  }

  // What may follow the words that were parsed; empty when nothing needs to.
  std::vector<std::string> verbs() const {
    std::vector<std::string> names;
    for (const CLI::App* verb : chosen()->get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(verb->get_name());
    }
    return names;
  }

 private:
  const CLI::App* chosen() const {
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return app;
  }

  CLI::App* add(CLI::App& parent, const char* name, const char* does, const std::string& example) {
    CLI::App* verb = parent.add_subcommand(name, does);
    verb->footer("Example: " + example + "\n" + std::string(kGlobalFlags));
    return verb;
  }
  CLI::App* add_group(const char* name, const char* does, const std::string& example) {
    CLI::App* group = add(app_, name, does, example);
    group->require_subcommand(1);
    return group;
  }
  void takes(CLI::App* verb, const char* name, const char* what, int least, int most) {
    verb->add_option(name, invocation_.arguments, what)->expected(least, most)->required(least > 0);
  }

  void add_operation() {
    CLI::App* demo =
        add(app_, "demo", "the whole product to try out, with a mailbox of its own", "jawort demo");
    demo->add_option("--dir", invocation_.folder, "its folder (default: ./jawort-demo)")
        ->type_name("DIR");
    demo->add_option("--port", invocation_.port, "its port (default: 8080 or the next free one)")
        ->check(CLI::Range(0, 65535))
        ->type_name("N");
    CLI::App* init = add(app_, "init", "write a commented jawort.toml and fresh keys",
                         "jawort init /srv/jawort");
    takes(init, "DIR", "the folder, new or existing (default: this one)", 0, 1);
    add(app_, "serve", "run the listener, the scheduler and the sender", "jawort serve");
    CLI::App* check =
        add(app_, "check", "examine everything that can be wrong, each with what to do",
            "jawort check");
    check
        ->add_option("--dns", invocation_.dns,
                     "ask this name server about the sender's domain instead of the system's")
        ->check([](const std::string& text) { return text.empty() ? "is empty" : ""; })
        ->type_name("ADDRESS");
    CLI::App* migrate = add(app_, "migrate", "bring the database to this version's schema",
                            "jawort migrate --dry-run");
    migrate->add_flag("--dry-run", invocation_.dry_run, "only say what would be done");
    migrate->add_flag("--no-backup", invocation_.no_backup, "do not make a backup before it");
  }

  void add_backup() {
    takes(add(app_, "backup", "copy the database while it is in use, and verify the copy",
              "jawort backup /backup/jawort-2026-11-25.db"),
          "FILE", "the new file", 1, 1);
    CLI::App* restore = add(app_, "restore", "put a backup in the place of the database",
                            "jawort restore /backup/jawort-2026-11-25.db");
    takes(restore, "FILE", "the backup", 1, 1);
    restore
        ->add_option("--opt-outs", invocation_.opt_outs,
                     "a journal of opt-outs that was kept elsewhere (jawort.db.opt-outs)")
        ->type_name("JOURNAL");
    restore->add_flag("--yes", invocation_.yes, "do not ask");
  }

  void add_keys() {
    CLI::App* keys =
        add_group("keys", "the keys under links, the signed log and mails", "jawort keys list");
    CLI::App* dkim =
        add(*keys, "dkim", "make a key that signs mails (DKIM), and say what to publish in the DNS",
            "jawort keys dkim jawort1");
    takes(dkim, "SELECTOR", "its name in the DNS, below _domainkey and the sender's domain", 1, 1);
    dkim->add_flag("--ed25519", invocation_.ed25519,
                   "an Ed25519 key, which not everybody verifies, instead of RSA");
    add(*keys, "list", "keys with their ids; never a secret", "jawort keys list");
    CLI::App* rotate = add(*keys, "rotate",
                           "make a new token key the current one; links that are out go on working",
                           "jawort keys rotate");
    rotate->add_flag("--ledger", invocation_.ledger,
                     "instead a new key that signs the log; the older public keys stay known");
  }

  void add_ledger() {
    CLI::App* ledger = add_group("ledger", "the log of all events, and its signed head",
                                 "jawort ledger checkpoint");
    add(*ledger, "checkpoint", "the head of the log as of now, signed: keep it elsewhere",
        "jawort ledger checkpoint > checkpoint.txt");
    CLI::App* key = add(*ledger, "key", "the public key that checks checkpoints and dossiers",
                        "jawort ledger key");
    key->add_flag("--history", invocation_.history,
                  "all keys there were, each as the signed note that announced it");
    CLI::App* verify =
        add(*ledger, "verify", "the whole log against its checkpoints and against all records",
            "jawort ledger verify --checkpoint checkpoints.txt");
    verify
        ->add_option("--checkpoint", invocation_.file,
                     "checkpoints that were kept elsewhere: that the log only grew since")
        ->type_name("FILE");
  }

  void add_definitions() {
    CLI::App* apply = add(app_, "apply", "load definitions: forms, purposes, fields, campaigns",
                          "jawort apply sommer.toml --dry-run");
    takes(apply, "FILE", "definitions in TOML", 1, 1000);
    apply->add_flag("--dry-run", invocation_.dry_run, "only say what would change");
  }

  void add_templates() {
    CLI::App* group = add_group("template", "the mails that are sent, as templates",
                                "jawort template preview confirmation --lang en");
    add(*group, "list", "which there are, from where, and who uses them", "jawort template list");
    takes(add(*group, "lint", "what would be unlawful in mails that ask for consent, and why",
              "jawort template lint confirmation"),
          "NAME", "only this one", 0, 1);
    CLI::App* preview =
        add_template(*group, "preview", "a mail with sample data and links that lead nowhere",
                     "jawort template preview confirmation --lang en --html mail.html");
    preview->add_option("--html", invocation_.file, "write the HTML part into this file")
        ->type_name("FILE");
    CLI::App* test = add_template(*group, "send-test", "the same by the mail server, to yourself",
                                  "jawort template send-test confirmation --to me@example.org");
    test->add_option("--to", invocation_.to, "the address")->type_name("ADDRESS")->required();
  }
  CLI::App* add_template(CLI::App& group, const char* name, const char* does,
                         const std::string& example) {
    CLI::App* verb = add(group, name, does, example);
    takes(verb, "NAME", "the template's name", 1, 1);
    verb->add_option("--lang", invocation_.language, "its language")->type_name("LANG");
    verb->add_option("--form", invocation_.form, "whose title and wordings it shows")
        ->type_name("FORM");
    return verb;
  }

  void add_contacts() {
    CLI::App* contact =
        add_group("contact", "the records of persons", "jawort contact show anna@example.org");
    takes(add(*contact, "show", "one contact with consents, stamps and history",
              "jawort contact show anna@example.org --json"),
          "WHO", "an e-mail address, or a contact's id", 1, 1);
    CLI::App* erase =
        add(*contact, "erase", "erase a person: the contact, its values, mails and consents",
            "jawort contact erase anna@example.org");
    takes(erase, "EMAIL", "the person's address", 1, 1);
    erase->add_flag("--with-proof", invocation_.with_proof,
                    "destroy the proof of confirmed consents too");
    erase->add_flag("--yes", invocation_.yes, "do not ask");
    add_limit(add(*contact, "list", "all contacts; with --json one object per line",
                  "jawort contact list --limit 20"));
  }

  void add_links() {
    CLI::App* link = add_group("link", "links for use in any other newsletter tool",
                               "jawort link revoke anna@example.org --purpose newsletter");
    add_link(*link, "revoke", "the link by which a person revokes a consent");
    add_link(*link, "preferences",
             "the link to the page where a person chooses, purpose by purpose");
    add_link(*link, "confirm", "refused: only the mailbox gets a confirmation link");
    CLI::App* links = add(app_, "links", "revocation and preference links of all who are confirmed",
                          "jawort links --purpose newsletter --csv > links.csv");
    links->add_option("--purpose", invocation_.purpose, "the purpose's id")->type_name("P");
    links->add_flag("--csv", invocation_.csv, "RFC 4180 with a header, for a spreadsheet");
  }
  void add_link(CLI::App& link, const char* name, const char* does) {
    CLI::App* verb =
        add(link, name, does,
            "jawort link " + std::string(name) + " anna@example.org --purpose newsletter");
    takes(verb, "EMAIL", "the person's address", 1, 1);
    verb->add_option("--purpose", invocation_.purpose, "the purpose's id")->type_name("P");
  }

  void add_incoming() {
    CLI::App* ingest =
        add(app_, "ingest-bounce", "read a mail that came back, or a complaint, on standard input",
            "jawort ingest-bounce --recipient b-TOKEN@bounce.example.org < MAIL");
    ingest
        ->add_option("--recipient", invocation_.arguments,
                     "to whom it came; else $ORIGINAL_RECIPIENT, and the mail's own headers")
        ->type_name("ADDRESS");
    CLI::App* inbox =
        add_group("inbox", "mails from persons that a human has to read", "jawort inbox list");
    add_limit(add(*inbox, "list", "those that wait", "jawort inbox list"));
    for (const auto& [name, does] :
         {std::pair("show", "one of them, with its text"),
          std::pair("revoke", "it says that the person wants to leave: end the consents"),
          std::pair("dismiss", "it says nothing of the kind: take it off the list")}) {
      takes(add(*inbox, name, does, "jawort inbox " + std::string(name) + " 0193f7a2c4d80000"),
            "ID", "as `inbox list` shows it", 1, 1);
    }
  }

  static CLI::Validator not_empty() {
    return {[](std::string& text) {
              return text.find_first_not_of(" \t") == std::string::npos ? "is empty" : "";
            },
            ""};
  }
  void add_proof() {
    CLI::App* dossier = add(app_, "dossier", "the proof of one person's consent, as one file",
                            "jawort dossier anna@example.org -o anna.zip");
    takes(dossier, "EMAIL", "the person's address", 1, 1);
    dossier
        ->add_option("--purpose", invocation_.purpose, "the purpose's id, where there are several")
        ->type_name("P");
    dossier->add_option("--lang", invocation_.language, "of its pages (default: the consent's)")
        ->check(CLI::IsMember({"de", "en"}))
        ->type_name("LANG");
    dossier->add_option("-o,--output", invocation_.file, "the new file")
        ->check(not_empty())
        ->type_name("FILE")
        ->required();
    dossier
        ->add_option("--checkpoint", invocation_.checkpoint,
                     "a head of the log that was kept elsewhere: shows that it only grew since")
        ->check(not_empty())
        ->type_name("FILE");
    dossier->add_flag("--kept", invocation_.kept,
                      "what an erasure left, though the address is known again (--kept=2: what the "
                      "erasure before that left)");
    CLI::App* verify = add(app_, "verify", "check a dossier, without database or network",
                           "jawort verify anna.zip --key ledger.pub");
    takes(verify, "FILE", "the ZIP, or the folder into which it was unpacked", 1, 1);
    verify
        ->add_option("--key", invocation_.key,
                     "the log's public key, or a file with it or with the history of its keys")
        ->check(not_empty())
        ->type_name("KEY");
    verify
        ->add_option("--checkpoint", invocation_.checkpoint,
                     "a head of the log that you have kept: shows that it only grew since")
        ->check(not_empty())
        ->type_name("FILE");
    verify
        ->add_option("--lang", invocation_.language,
                     "of the answer (default: that of LANG; of --json English)")
        ->check(CLI::IsMember({"de", "en"}))
        ->type_name("LANG");
    verify
        ->add_option("--timestamp-ca", invocation_.timestamp_ca,
                     "certificates (PEM) of the authority that stamped the time")
        ->check(not_empty())
        ->type_name("FILE");
  }

  void add_campaigns() {
    CLI::App* campaign = add_group("campaign", "drip campaigns: steps, people on the way, numbers",
                                   "jawort campaign status newsletter-opt-in");
    add(*campaign, "list", "all campaigns, and which stand still", "jawort campaign list");
    add_campaign(*campaign, "show", "its steps, and who sends it");
    add_campaign(*campaign, "status",
                 "how many wait for which step, and how far people came, by form and step");
    add_campaign(*campaign, "pause",
                 "hold back its due steps and its queued mails; confirmation mails go on");
    add_campaign(*campaign, "resume", "let them go");
  }
  void add_campaign(CLI::App& group, const char* name, const char* does) {
    takes(add(group, name, does, "jawort campaign " + std::string(name) + " newsletter-opt-in"),
          "ID", "the campaign's id", 1, 1);
  }

  void add_queue() {
    CLI::App* queue = add_group("queue", "mails on their way out", "jawort queue list");
    CLI::App* list =
        add(*queue, "list", "mails that wait or are under way", "jawort queue list --state failed");
    list->add_flag("--all", invocation_.all, "sent, failed and dropped ones too");
    list->add_option("--state", invocation_.state, "only those in this state")->type_name("STATE");
    list->add_flag("--uncertain", invocation_.uncertain,
                   "those that perhaps arrived without our knowing, also where they went later");
    add_limit(list);
    add_queue_action(*queue, "retry", "try a waiting mail again at once");
    add_queue_action(*queue, "release",
                     "let a held mail go; while the outbox is paused, all of it");
    CLI::App* drop = add_queue_action(*queue, "drop", "take a mail out; it will never be sent");
    drop->add_flag("--yes", invocation_.yes, "do not ask");
  }
  CLI::App* add_queue_action(CLI::App& queue, const char* name, const char* does) {
    CLI::App* verb =
        add(queue, name, does, "jawort queue " + std::string(name) + " 0193f7a2c4d80000");
    takes(verb, "ID", "ids as `queue list` shows them", 0, 1000);
    verb->add_flag("--all", invocation_.all, "all mails that this can be done to");
    return verb;
  }

  void add_webhooks() {
    CLI::App* webhook =
        add_group("webhook", "other systems that are told what happens", "jawort webhook list");
    add(*webhook, "list", "endpoints, and what waits for them", "jawort webhook list");
    add_webhook(*webhook, "show", "one endpoint");
    add_webhook(*webhook, "secret", "the secret that its receiver verifies with");
    add_webhook(*webhook, "rotate", "a new secret; the one before it signs too for 24 hours");
    add_webhook(*webhook, "test", "post a message of type webhook.test, and show the answer");
    add_webhook(*webhook, "disable", "tell it nothing for now");
    add_webhook(*webhook, "enable", "go on where it stopped")
        ->add_flag("--from-now", invocation_.from_now,
                   "leave out what waits and what happened meanwhile");
    CLI::App* deliveries =
        add_webhook(*webhook, "deliveries", "what it was told in the last 30 days, newest first");
    deliveries
        ->add_option("--state", invocation_.state,
                     "only those: waiting, delivered, failed, skipped")
        ->type_name("STATE");
    deliveries->add_flag("--all", invocation_.all, "not only the newest 50");
    add_limit(deliveries);
    CLI::App* again = add(*webhook, "redeliver", "send again what is over",
                          "jawort webhook redeliver crm msg_17_0_9f86d081884c7d65");
    takes(again, "ID", "the endpoint, then deliveries as `webhook deliveries` shows them", 1, 1000);
    again->add_flag("--all", invocation_.all, "all that were given up");
  }
  CLI::App* add_webhook(CLI::App& webhook, const char* name, const char* does) {
    CLI::App* verb = add(webhook, name, does, "jawort webhook " + std::string(name) + " crm");
    takes(verb, "ID", "the endpoint's id", 1, 1);
    return verb;
  }
  void add_limit(CLI::App* verb) {
    verb->add_option("--limit", invocation_.limit, "at most so many")
        ->check(CLI::Range(1, 1000000000))
        ->type_name("N");
  }

  Invocation& invocation_;
  CLI::App app_{"Jawort: double opt-in that can be proved in court."};
};

// The arguments that are neither global flags nor their values.
std::vector<std::string> words_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--config") {
      ++i;
    } else if (!arguments[i].starts_with('-')) {
      words.push_back(arguments[i]);
    }
  }
  return words;
}

// `group` as far as the words were verbs ("contact"), `word` the first that is none.
std::string unknown_verb(const Grammar& grammar, const std::string& group,
                         const std::string& word) {
  const std::vector<std::string> verbs = grammar.verbs();
  const std::string_view near = nearest_name(word, {verbs.begin(), verbs.end()});
  const std::string before = group.empty() ? "" : group + " ";
  std::string text = word.empty() ? "jawort: \"" + group + "\" needs a second word"
                                  : "jawort: unknown verb \"" + before + word + "\"";
  if (!near.empty()) text += ", did you mean \"" + before + std::string(near) + "\"?";
  text += "\nverbs:";
  for (const std::string& verb : verbs) text += " " + verb;
  return text + "\n`jawort " + before + "VERB --help` explains one.\n";
}

CommandLine wrong_usage(std::string text) {
  CommandLine out;
  out.status = kExitUsage;
  out.err = std::move(text);
  return out;
}

OptionHelp described(const CLI::Option& option) {
  OptionHelp out;
  out.argument = option.get_positional();
  out.name = option.get_name(out.argument);
  if (option.get_items_expected_max() > 0) {  // "N:INT in [0 - 65535]": the name alone
    const std::string type = option.get_type_name();
    out.value = type.substr(0, type.find(':'));
  }
  if (out.argument) out.value = out.name;
  out.does = option.get_description();
  out.required = option.get_required();
  out.repeated = option.get_items_expected_max() > 1;
  return out;
}

void describe(CLI::App& app, const std::string& name, std::vector<VerbHelp>& out) {
  VerbHelp verb{name, app.get_description(), app.get_footer(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option != app.get_help_ptr()) verb.options.push_back(described(*option));
  }
  const auto children = app.get_subcommands([](CLI::App*) { return true; });
  for (const CLI::App* child : children) verb.verbs.push_back(child->get_name());
  out.push_back(std::move(verb));
  for (CLI::App* child : children) {
    describe(*child, (name.empty() ? "" : name + " ") + child->get_name(), out);
  }
}

// What the grammar of options cannot say.
std::string usage_problem(const Invocation& invocation) {
  const auto& names = invocation.arguments;
  const bool queue_action =
      invocation.verb.starts_with("queue ") && invocation.verb != "queue list";
  if (queue_action && invocation.all == !invocation.arguments.empty()) {
    return "name the mails by their ids, or say --all";
  }
  if (invocation.verb == "webhook redeliver" && invocation.all == (names.size() > 1)) {
    return "name the deliveries by their ids, or say --all";
  }
  const bool copy = invocation.verb == "backup" || invocation.verb == "restore";
  const bool load = invocation.verb == "apply";
  if ((copy || load) && std::ranges::find(names, "") != names.end()) {
    return "the name of the file is empty";
  }
  if (invocation.verb == "keys dkim" && !is_host_name(names.front())) {
    return "the selector is a DNS name like jawort1";
  }
  const bool link = invocation.verb == "link revoke" || invocation.verb == "link preferences" ||
                    invocation.verb == "links";
  if (link && invocation.purpose.empty()) return "--purpose is missing";
  return "";
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  CommandLine out;
  Invocation invocation;
  Grammar grammar(invocation);
  try {
    grammar.app().parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Success& wanted) {  // --help, --version
    std::ostringstream text, ignored;
    grammar.app().exit(wanted, text, ignored);
    out.out = text.str();
    return out;
  } catch (const CLI::ParseError& error) {
    if (arguments.empty()) return wrong_usage(grammar.app().help());
    const std::string verb = grammar.verb();
    const std::vector<std::string> words = words_of(arguments);
    const std::size_t known = verb.empty() ? 0 : 1;
    if (!grammar.verbs().empty() && words.size() >= known && (known > 0 || !words.empty())) {
      return wrong_usage(unknown_verb(grammar, verb, words.size() > known ? words[known] : ""));
    }
    return wrong_usage("jawort: " + std::string(error.what()) + "\n`jawort " + verb +
                       (verb.empty() ? "" : " ") + "--help` explains it.\n");
  }
  invocation.verb = grammar.verb();
  const std::string problem = usage_problem(invocation);
  if (!problem.empty()) {
    return wrong_usage("jawort " + invocation.verb + ": " + problem + "\n");
  }
  out.invocation = std::move(invocation);
  return out;
}

std::vector<VerbHelp> describe_grammar() {
  Invocation ignored;
  Grammar grammar(ignored);
  std::vector<VerbHelp> verbs;
  describe(grammar.app(), "", verbs);
  return verbs;
}

}  // namespace jawort
