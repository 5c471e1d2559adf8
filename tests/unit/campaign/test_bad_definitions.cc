// Files with one mistake each: the message names file, line, definition and key.
#include <algorithm>

#include "tests/unit/campaign/sample_definitions.h"

namespace jawort {
namespace {

using testing::edited;

// Valid definitions to break; the numbers of their lines stand in the tables below.
const std::string kController =
    "[controller]\n"
    "id = \"c\"\n"
    "name = \"C GmbH\"\n"
    "address = \"Weg 1, Ort\"\n"
    "email = \"info@c.example\"\n"
    "privacy_url = \"https://c.example/privacy\"\n"
    "[controller.data_protection_officer]\n"
    "email = \"dpo@c.example\"\n";
const std::string kProcessor =
    "[[processor]]\n"
    "name = \"Host\"\n"
    "service = \"hosting\"\n"
    "location = \"DE\"\n"
    "signed = 2026-03-14\n";
const std::string kField =
    "[[field]]\n"
    "name = \"a\"\n"
    "type = \"text\"\n"
    "label = { de = \"A\" }\n"
    "personal = true\n"
    "category = \"name\"\n"
    "used_for = [\"p\"]\n"
    "keep = \"P3Y\"\n";
const std::string kChoice =
    "[[field]]\n"
    "name = \"a\"\n"
    "type = \"choice\"\n"
    "label = { de = \"A\" }\n"
    "options = [\"x\", \"y\"]\n"
    "personal = false\n";
const std::string kPurpose =
    "[[purpose]]\n"
    "id = \"p\"\n"
    "channel = \"email\"\n"
    "label = { de = \"P\" }\n"
    "wording = { de = \"Ja\" }\n"
    "[purpose.scope]\n"
    "companies = [\"C GmbH\"]\n"
    "products = { de = \"Brot\" }\n"
    "frequency_max = \"1 per P7D\"\n"
    "idle_after = \"P24M\"\n";
const std::string kForm =
    "[[form]]\n"
    "id = \"f\"\n"
    "title = { de = \"F\" }\n"
    "languages = [\"de\"]\n"
    "fields = [{ name = \"a\" }]\n"
    "purposes = [{ id = \"p\", required = true }]\n"
    "confirm = \"button\"\n"
    "link_valid = \"P7D\"\n"
    "campaign = \"k\"\n"
    "allowed_origins = [\"https://c.example\"]\n"
    "submitted_url = { de = \"https://c.example/danke\" }\n"
    "referrer_null_ok = false\n"
    "[form.protect]\n"
    "honeypot = \"fax\"\n"
    "min_seconds = 2\n"
    "per_client = \"20 per PT1H\"\n";
const std::string kDrip =
    "[[campaign]]\n"
    "id = \"k\"\n"
    "kind = \"drip\"\n"
    "[[campaign.step]]\n"
    "on = \"opt_in\"\n"
    "after = \"PT0S\"\n"
    "mail = \"confirmation\"\n"
    "[[campaign.step]]\n"
    "on = \"confirmed\"\n"
    "after = \"P3D\"\n"
    "mail = \"recipes\"\n"
    "while = \"confirmed\"\n"
    "between = { from = \"08:00\", to = \"20:00\" }\n";
const std::string kNewsletter =
    "[[campaign]]\n"
    "id = \"n\"\n"
    "kind = \"newsletter\"\n"
    "purpose = \"p\"\n"
    "subject = { de = \"Neu\" }\n"
    "mail = \"neu\"\n"
    "audience = { language = \"de\", field.a = [\"x\"] }\n"
    "least_grade = \"observed\"\n";
const std::string kPending =
    "[[retention]]\n"
    "applies_to = \"pending\"\n"
    "delete_after = \"P7D\"\n";
const std::string kLead =
    "[[retention]]\n"
    "applies_to = \"lead\"\n"
    "after_last_activity = \"P24M\"\n";
const std::string kWebhook =
    "[[webhook]]\n"
    "id = \"w\"\n"
    "url = \"https://w.example/hook\"\n"
    "events = [\"consent.confirmed\"]\n"
    "include_personal = true\n";

struct Bad {
  const std::string& base;
  const char* from;
  const char* to;
  const char* message;  // what the one line of the error starts with, after the file's name
};

const std::vector<Bad> kBadControllersAndProcessors{
    {kController, "id = \"c\"\n", "", "1: controller: id: missing"},
    {kController, "\"c\"", "\"C\"", "2: controller \"C\": id: must be 1 to 64 of a-z"},
    {kController, "\"c\"", "\"-c\"", "2: controller \"-c\": id: must be"},
    {kController, "\"c\"", "7", "2: controller: id: must be a text in quotes, not a number"},
    {kController, "name = \"C GmbH\"\n", "", "1: controller \"c\": name: missing"},
    {kController, "\"C GmbH\"", "\" \"", "3: controller \"c\": name: must not be empty"},
    {kController, "\"C GmbH\"", "\"C\\nGmbH\"", "3: controller \"c\": name: must be one line"},
    {kController, "\"C GmbH\"", "\"C\\u202EGmbH\"", "3: controller \"c\": name: must be one line"},
    {kController, "address =", "adress =",
     "1: controller \"c\": address: missing\n"
     "bad.toml:4: controller \"c\": adress: unknown key; did you mean \"address\"?"},
    {kController, "privacy_url =", "colour = \"red\"\nprivacy_url =",
     "6: controller \"c\": colour: must be a colour like \"#17654f\""},
    {kController, "info@c.example", "info.c.example", "5: controller \"c\": email: must be an"},
    {kController, "https://c.example/p", "http://c.example/p",
     "6: controller \"c\": privacy_url: must start with https://"},
    {kController, "https://c.example/p", "c.example/p",
     "6: controller \"c\": privacy_url: must be a URL"},
    {kController, "example/privacy", "example/our privacy",
     "6: controller \"c\": privacy_url: must be percent-encoded"},
    {kController, "https://c.", "https://büro.", "6: controller \"c\": privacy_url: must be a URL"},
    {kController, "https://c.", "https://me@c.", "6: controller \"c\": privacy_url: must be a URL"},
    {kController, "https://c.", "javascript:c.", "6: controller \"c\": privacy_url: must be a URL"},
    {kController, "example/privacy", "example:99999/privacy",
     "6: controller \"c\": privacy_url: must have a port"},
    {kController, "email = \"dpo@c.example\"\n", "",
     "7: controller \"c\": data_protection_officer.email: missing"},
    {kController, "email = \"dpo@c.example\"\n", "email = \"dpo@c.example\"\nfax = \"1\"\n",
     "9: controller \"c\": data_protection_officer.fax: unknown key; known here: \"name\" or"},
    {kController, "[controller.data_protection_officer]\nemail = \"dpo@c.example\"\n",
     "data_protection_officer = \"dpo@c.example\"\n",
     "7: controller \"c\": data_protection_officer: must be a table, not a text"},
    {kProcessor, "\"DE\"", "\"Germany\"", "4: processor \"Host\": location: must be a country's"},
    {kProcessor, "\"DE\"", "\"XX\"", "4: processor \"Host\": location: must be a country's"},
    {kProcessor, "2026-03-14", "\"14.03.2026\"", "5: processor \"Host\": signed: must be a date"},
    {kProcessor, "2026-03-14", "2026-03-14T10:00:00Z", "5: processor \"Host\": signed: must be a"},
    {kProcessor, "name = \"Host\"\n", "", "1: processor: name: missing"},
};

const std::vector<Bad> kBadFields{
    {kField, "name = \"a\"", "name = \"A\"", "2: field \"A\": name: must be 1 to 64"},
    {kField, "name = \"a\"", "name = \"1a\"", "2: field \"1a\": name: must be 1 to 64"},
    {kField, "name = \"a\"", "name = \"email\"", "2: field \"email\": name: \"email\" has a mean"},
    {kField, "name = \"a\"", "name = \"consent\"", "2: field \"consent\": name: \"consent\" has"},
    {kField, "name = \"a\"", "name = \"lang\"", "2: field \"lang\": name: \"lang\" has"},
    {kField, "name = \"a\"", "name = \"page\"", "2: field \"page\": name: \"page\" has"},
    {kField, "name = \"a\"", "name = \"version\"", "2: field \"version\": name: \"version\" has"},
    {kField, "name = \"a\"", "name = \"altcha\"", "2: field \"altcha\": name: \"altcha\" has"},
    {kField, "\"text\"", "\"txt\"",
     "3: field \"a\": type: \"txt\" is none of \"text\", \"textarea\", \"email\", \"phone\", "
     "\"date\", \"number\", \"boolean\", \"choice\" or \"country\"; did you mean \"text\"?"},
    {kField, "type = \"text\"\n", "", "1: field \"a\": type: missing"},
    {kField, "{ de = \"A\" }", "\"A\"", "4: field \"a\": label: must be a table of languages"},
    {kField, "{ de = \"A\" }", "{}", "4: field \"a\": label: must not be empty"},
    {kField, "{ de = \"A\" }", "{ de = \"\" }", "4: field \"a\": label.de: must not be empty"},
    {kField, "{ de = \"A\" }", "{ german = \"A\" }", "4: field \"a\": label.german: is not a lang"},
    {kField, "{ de = \"A\" }", "{ de_DE = \"A\" }", "4: field \"a\": label.de_DE: is not a lang"},
    {kField, "{ de = \"A\" }", "{ de = 1 }", "4: field \"a\": label.de: must be a text in quotes"},
    {kField, "personal = true\n", "", "1: field \"a\": personal: missing"},
    {kField, "personal = true", "personal = \"yes\"",
     "5: field \"a\": personal: must be true or false, not a text"},
    {kField, "\"name\"", "\"health\"", "6: field \"a\": category: \"health\" is none of"},
    {kField, "used_for = [\"p\"]\n", "",
     "1: field \"a\": used_for: missing; a field without purpose (used_for) and period (keep) "
     "cannot be personal"},
    {kField, "[\"p\"]", "[]", "1: field \"a\": used_for: missing; a field without purpose"},
    {kField, "[\"p\"]", "\"p\"", "7: field \"a\": used_for: must be a list, not a text"},
    {kField, "[\"p\"]", "[\"p\", \"p\"]", "7: field \"a\": used_for[2]: \"p\" is listed twice"},
    {kField, "[\"p\"]", "[\"form:\"]", "7: field \"a\": used_for[1]: must be a purpose's id"},
    {kField, "keep = \"P3Y\"\n", "", "1: field \"a\": keep: missing; a field without purpose"},
    {kField, "\"P3Y\"", "\"3 years\"", "8: field \"a\": keep: must be an ISO 8601 duration"},
    {kField, "\"P3Y\"", "\"-P3Y\"", "8: field \"a\": keep: must be an ISO 8601 duration"},
    {kField, "\"P3Y\"", "\"P0D\"", "8: field \"a\": keep: must be longer than nothing"},
    {kField, "\"P3Y\"", "\"P101Y\"", "8: field \"a\": keep: must be at most 100 years"},
    {kField, "keep =", "audited = false\nkeep =", "8: field \"a\": audited: a personal field is"},
    {kField, "keep =", "visible_to = [\"marketin\"]\nkeep =",
     "8: field \"a\": visible_to[1]: \"marketin\" is none of"},
    {kField, "keep =", "max_length = 0\nkeep =", "8: field \"a\": max_length: must be from 1 to"},
    {kField, "keep =", "max_length = 1.5\nkeep =",
     "8: field \"a\": max_length: must be a whole number, not a fraction"},
    {kField, "keep =", "max_length = 1001\nkeep =", "8: field \"a\": max_length: must be at most"},
    {kField, "keep =", "max_lenght = 10\nkeep =",
     "8: field \"a\": max_lenght: unknown key; did you mean \"max_length\"?"},
    {kField, "keep =", "options = [\"x\"]\nkeep =", "8: field \"a\": options: only a choice has"},
    {kChoice, "options = [\"x\", \"y\"]\n", "", "1: field \"a\": options: missing; a choice needs"},
    {kChoice, "\"x\", \"y\"", "\"x\", \"x\"", "5: field \"a\": options[2]: \"x\" is listed twice"},
    {kChoice, "\"x\", \"y\"", "1, 2",
     "5: field \"a\": options[1]: must be a text in quotes, not a number\n"
     "bad.toml:5: field \"a\": options[2]: must be"},
    {kChoice, "personal", "max_length = 3\npersonal",
     "6: field \"a\": max_length: only text and textarea have it"},
    {kChoice, "personal", "category = \"special\"\npersonal",
     "1: field \"a\": personal: must be true for category \"special\""},
};

const std::vector<Bad> kBadPurposesAndForms{
    {kPurpose, "\"email\"", "\"mail\"",
     "3: purpose \"p\": channel: \"mail\" is none of \"email\", \"phone\", \"sms\" or \"post\"; "
     "did you mean \"email\"?"},
    {kPurpose, "wording = { de = \"Ja\" }\n", "", "1: purpose \"p\": wording: missing"},
    {kPurpose, "{ de = \"Ja\" }", "{ de = \"Ja\\u0007\" }", "5: purpose \"p\": wording.de: holds"},
    {kPurpose, "wording =", "words =",
     "1: purpose \"p\": wording: missing\n"
     "bad.toml:5: purpose \"p\": words: unknown key; known here: \"id\""},
    {kPurpose, "[\"C GmbH\"]", "[[\"C\"]]", "7: purpose \"p\": scope.companies[1]: must be a text"},
    {kPurpose, "{ de = \"Brot\" }", "[\"Brot\"]", "8: purpose \"p\": scope.products: must be a ta"},
    {kPurpose, "\"1 per P7D\"", "\"weekly\"",
     "9: purpose \"p\": scope.frequency_max: must be like"},
    {kPurpose, "\"1 per P7D\"", "\"0 per P7D\"", "9: purpose \"p\": scope.frequency_max: must be"},
    {kPurpose, "\"1 per P7D\"", "\"1 per P7D,\"", "9: purpose \"p\": scope.frequency_max: must be"},
    {kPurpose, "\"P24M\"", "24", "10: purpose \"p\": scope.idle_after: must be a text in quotes"},
    {kPurpose, "idle_after = \"P24M\"", "keep_proof = \"P5Y\"",
     "10: purpose \"p\": scope.keep_proof: unknown key"},
    {kForm, "id = \"f\"\n", "", "1: form: id: missing"},
    {kForm, "id = \"f\"", "id = \"../f\"", "2: form \"../f\": id: must be 1 to 64"},
    {kForm, "id = \"f\"", "id = \"\"", "2: form: id: must be 1 to 64"},
    {kForm, "title = { de = \"F\" }", "title = { en = \"F\" }",
     "3: form \"f\": title: has no text in \"de\""},
    {kForm, "languages = [\"de\"]\n", "", "1: form \"f\": languages: missing"},
    {kForm, "languages = [\"de\"]", "languages = [\"de\", \"de\"]",
     "4: form \"f\": languages[2]: \"de\" is listed twice"},
    {kForm, "languages = [\"de\"]", "languages = [\"de\", \"Deutsch\"]",
     "3: form \"f\": title: has no text in \"Deutsch\"\n"
     "bad.toml:4: form \"f\": languages[2]: must be a language tag"},
    {kForm, "[{ name = \"a\" }]", "[\"a\"]", "5: form \"f\": fields[1]: must be a table, not a te"},
    {kForm, "[{ name = \"a\" }]", "[{ name = \"a\" }, { name = \"a\" }]",
     "5: form \"f\": fields: \"a\" is listed twice"},
    {kForm, "[{ name = \"a\" }]", "[{ name = \"a\", mandatory = true }]",
     "5: form \"f\": fields[1].mandatory: unknown key; known here: \"name\" or \"required\""},
    {kForm, "[{ name = \"a\" }]", "[{ name = \"a\" }, { name = \"fax\" }]",
     "13: form \"f\": protect.honeypot: \"fax\" is a field of this form"},
    {kForm, "required = true", "required = \"true\"",
     "6: form \"f\": purposes[1].required: must be true or false, not a text"},
    {kForm, "id = \"p\", ", "", "6: form \"f\": purposes[1].id: missing"},
    {kForm, "{ id = \"p\", required = true }", "{ id = \"p\" }, { id = \"p\" }",
     "6: form \"f\": purposes: \"p\" is listed twice"},
    {kForm, "\"button\"", "\"link\"", "7: form \"f\": confirm: \"link\" is none of \"button\" or"},
    {kForm, "\"P7D\"", "\"P15D\"", "8: form \"f\": link_valid: must be at most P14D"},
    {kForm, "\"P7D\"", "\"P1M\"", "8: form \"f\": link_valid: must be at most P14D"},
    {kForm, "\"P7D\"", "\"PT0S\"", "8: form \"f\": link_valid: must be longer than nothing"},
    {kForm, "\"P7D\"", "\"7D\"", "8: form \"f\": link_valid: must be an ISO 8601 duration"},
    {kForm, "campaign = \"k\"\n", "", "1: form \"f\": campaign: missing; a form with purposes"},
    {kForm, "[\"https://c.example\"]", "[\"https://c.example/\"]",
     "10: form \"f\": allowed_origins[1]: must end after the host"},
    {kForm, "[\"https://c.example\"]", "[\"https://c.example:443\"]",
     "10: form \"f\": allowed_origins[1]: must leave out the port"},
    {kForm, "[\"https://c.example\"]", "[\"*\"]",
     "10: form \"f\": allowed_origins[1]: must be a URL"},
    {kForm, "[\"https://c.example\"]", "[\"http://192.0.2.1\"]",
     "10: form \"f\": allowed_origins[1]: must start with https://"},
    {kForm, "[\"https://c.example\"]", "[\"https://c.example\", \"HTTPS://C.example\"]",
     "10: form \"f\": allowed_origins[2]: \"https://c.example\" is listed twice"},
    {kForm, "{ de = \"https://c.example/danke\" }", "\"https://c.example/danke\"",
     "11: form \"f\": submitted_url: must be a table of languages"},
    {kForm, "{ de = \"https://c.example/danke\" }", "{ en = \"https://c.example/danke\" }",
     "11: form \"f\": submitted_url.en: is not one of the form's languages"},
    {kForm, "https://c.example/danke", "/danke", "11: form \"f\": submitted_url.de: must be a URL"},
    {kForm, "referrer_null_ok = false", "referer_null_ok = false",
     "12: form \"f\": referer_null_ok: unknown key; did you mean \"referrer_null_ok\"?"},
    {kForm, "\"fax\"", "\"email\"", "14: form \"f\": protect.honeypot: \"email\" has a meaning"},
    {kForm, "\"fax\"", "\"Fax\"", "14: form \"f\": protect.honeypot: must be 1 to 64"},
    {kForm, "min_seconds = 2", "min_seconds = -1",
     "15: form \"f\": protect.min_seconds: must be from 0 to 3600"},
    {kForm, "\"20 per PT1H\"", "20", "16: form \"f\": protect.per_client: must be a text in quot"},
    {kForm, "\"20 per PT1H\"", "\"20/h\"", "16: form \"f\": protect.per_client: must be like"},
    {kForm, "per_client =", "per_ip =", "16: form \"f\": protect.per_ip: unknown key"},
};

const std::vector<Bad> kBadCampaignsAndRules{
    {kDrip, "kind = \"drip\"\n", "", "1: campaign \"k\": kind: missing"},
    {kDrip, "\"drip\"", "\"Drip\"",
     "3: campaign \"k\": kind: \"Drip\" is none of \"drip\" or \"newsletter\"; did you mean "
     "\"drip\"?"},
    {kDrip, "\"opt_in\"", "\"opt-in\"",
     "5: campaign \"k\": step[1].on: \"opt-in\" is none of \"opt_in\", \"confirmed\", \"revoked\", "
     "\"field_changed\" or \"date\"; did you mean \"opt_in\"?"},
    {kDrip, "after = \"PT0S\"\n", "", "4: campaign \"k\": step[1].after: missing"},
    {kDrip, "\"confirmation\"", "\"../../etc/passwd\"", "7: campaign \"k\": step[1].mail: must be"},
    {kDrip, "on = \"confirmed\"\nafter = \"P3D\"", "on = \"opt_in\"\nafter = \"P0D\"",
     "8: campaign \"k\": step: only one step can be the confirmation mail"},
    {kDrip, "while = \"confirmed\"", "while = \"sleepy\"",
     "12: campaign \"k\": step[2].while: \"s"},
    {kDrip, "while = \"confirmed\"", "unless = 1", "12: campaign \"k\": step[2].unless: must be a"},
    {kDrip, "while = \"confirmed\"", "stop_on = [\"never\"]",
     "12: campaign \"k\": step[2].stop_on[1]: \"never\" is none of"},
    {kDrip, "while = \"confirmed\"", "until = \"x\"", "12: campaign \"k\": step[2].until: unknown"},
    {kDrip, "\"08:00\"", "\"8:00\"", "13: campaign \"k\": step[2].between.from: must be a time of"},
    {kDrip, "\"08:00\"", "\"24:00\"", "13: campaign \"k\": step[2].between.from: must be a time"},
    {kDrip, "\"08:00\"", "\"20:00\"", "13: campaign \"k\": step: between: from and to must differ"},
    {kDrip, "mail = \"recipes\"", "mail = \"recipes\"\nfield = \"a\"",
     "12: campaign \"k\": step: field: only steps on \"field_changed\" and \"date\" have it"},
    {kDrip, "on = \"confirmed\"", "on = \"date\"",
     "8: campaign \"k\": step: field: missing; a step on \"date\" says of which field"},
    {kDrip, "on = \"confirmed\"", "purpose = \"p\"\non = \"opt_in\"",
     "9: campaign \"k\": step: purpose: a step on \"opt_in\" rests on no consent"},
    {kDrip, "on = \"confirmed\"",
     "on = \"opt_in\"\nafter = \"P1D\"\nmail = \"reminder\"\n[[campaign.step]]\non = \"opt_in\"",
     "12: campaign \"k\": step: a sign-up is reminded of once"},
    {kDrip, "\"08:00\"", "08:00:00",
     "13: campaign \"k\": step[2].between.from: must be a text in quotes, not a time"},
    {kDrip, ", to = \"20:00\"", "", "13: campaign \"k\": step[2].between.to: missing"},
    {kDrip, "kind = \"drip\"", "kind = \"drip\"\nsubject = { de = \"S\" }",
     "4: campaign \"k\": subject: a drip campaign does not have it"},
    {kNewsletter, "purpose = \"p\"\n", "",
     "1: campaign \"n\": purpose: missing; a newsletter campaign needs it"},
    {kNewsletter, "language = \"de\"", "language = \"DE\"",
     "7: campaign \"n\": audience.language[1]: must be a language tag"},
    {kNewsletter, "field.a = [\"x\"]", "branch = [\"x\"]",
     "7: campaign \"n\": audience.branch: unknown key; known here: \"language\" or \"field\""},
    {kNewsletter, "field.a = [\"x\"]", "field.a = []",
     "7: campaign \"n\": audience.field.a: must not be empty"},
    {kNewsletter, "\"observed\"", "\"obseved\"",
     "8: campaign \"n\": least_grade: \"obseved\" is none of"},
    {kPending, "\"pending\"", "\"everything\"", "2: retention \"everything\": applies_to: \"every"},
    {kPending, "\"P7D\"", "\"P15D\"",
     "3: retention \"pending\": delete_after: must be at most P14"},
    {kPending, "delete_after = \"P7D\"\n", "", "1: retention \"pending\": delete_after: missing"},
    {kPending, "delete_after =", "delete_afer =",
     "1: retention \"pending\": delete_after: missing; a rule for \"pending\" states it\n"
     "bad.toml:3: retention \"pending\": delete_afer: unknown key; did you mean \"delete_after\"?"},
    {kLead, "after_last_activity =", "delete_after = \"P7D\"\nafter_last_activity =",
     "3: retention \"lead\": delete_after: a rule for \"lead\" has after_last_activity instead"},
    {kWebhook, "https://w.example", "http://w.example", "3: webhook \"w\": url: must start with"},
    {kWebhook, "https://w.example", "http://127.1", "3: webhook \"w\": url: must be a URL"},
    {kWebhook, "[\"consent.confirmed\"]", "[]", "4: webhook \"w\": events: must not be empty"},
    {kWebhook, "consent.confirmed", "consent.confirm",
     "4: webhook \"w\": events[1]: \"consent.confirm\" is none of"},
    {kWebhook, "include_personal = true", "include_personal = 1",
     "5: webhook \"w\": include_personal: must be true or false, not a number"},
    {kWebhook, "[[webhook]]", "[[webhooks]]",
     "1: webhooks: unknown kind of definition; did you mean \"webhook\"?"},
    {kWebhook, "[[webhook]]", "[[zzz]]", "1: zzz: unknown kind of definition; there are \"contro"},
    {kWebhook, "[[webhook]]", "webhook = 3\n[other]",
     "1: webhook: must be a table, written [[webhook]]\nbad.toml:2: other: unknown kind"},
    {kWebhook, "[[webhook]]", "webhook = [3]\n[zzz]",
     "1: webhook: must be a table, not a number\nbad.toml:2: zzz: unknown kind"},
    {kWebhook, "id = \"w\"", "id = \"w\"\nid = \"v\"", "3: TOML: "},
    {kWebhook, "id = \"w\"", "id = w", "2: TOML: "},
    {kWebhook, "id = \"w\"", "id = \"w", "2: TOML: "},
    {kWebhook, "id = \"w\"", "id = \"\xff\"", "2: TOML: "},
    {kWebhook, "id = \"w\"", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r = 1", "2: TOML: a key has more"},
};

void check_message(const Bad& bad) {
  INFO(bad.from << " → " << bad.to);
  REQUIRE(read_definitions(bad.base, "bad.toml").ok());
  const auto result = read_definitions(edited(bad.base, bad.from, bad.to), "bad.toml");
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().kind == ErrorKind::kConfiguration);
  const std::string expected = "bad.toml:" + std::string(bad.message);
  const std::string& message = result.error().message;
  // The expected start, and no more lines than expected: one mistake is reported once.
  CHECK(message.substr(0, expected.size()) == expected);
  CHECK(std::count(message.begin(), message.end(), '\n') ==
        std::count(expected.begin(), expected.end(), '\n'));
}

TEST_CASE("A bad definition is refused with file, line, name and key") {
  std::size_t count = 0;
  for (const auto* table : {&kBadControllersAndProcessors, &kBadFields, &kBadPurposesAndForms,
                            &kBadCampaignsAndRules}) {
    for (const Bad& bad : *table) check_message(bad);
    count += table->size();
  }
  CHECK(count >= 100);
}

TEST_CASE("A name is declared once in a file") {
  const auto twice = read_definitions(kWebhook + kPending + kWebhook, "bad.toml");
  REQUIRE_FALSE(twice.ok());
  CHECK(twice.error().message == "bad.toml:9: webhook \"w\": id: is declared already in line 1");
  REQUIRE(read_definitions(kPending + kLead, "bad.toml").ok());
  REQUIRE_FALSE(read_definitions(kPending + kPending, "bad.toml").ok());
}

TEST_CASE("All mistakes of a file come at once, in the order of the file") {
  const std::string file = edited(kWebhook, "consent.confirmed", "x") +
                           edited(kField, "\"P3Y\"", "3") + edited(kPending, "\"P7D\"", "\"7\"");
  const auto result = read_definitions(file, "bad.toml");
  REQUIRE_FALSE(result.ok());
  const std::string& message = result.error().message;
  const std::size_t first = message.find("bad.toml:4: webhook");
  const std::size_t second = message.find("\nbad.toml:13: field");
  const std::size_t third = message.find("\nbad.toml:16: retention");
  CHECK(first == 0);
  CHECK(second != std::string::npos);
  CHECK(third != std::string::npos);
  CHECK(second < third);
}

TEST_CASE("A hostile file is refused and does not crash") {
  std::string dotted = "a";
  for (int i = 0; i < 100000; ++i) dotted += ".a";
  CHECK_FALSE(read_definitions(dotted + " = 1", "bad.toml").ok());
  CHECK_FALSE(read_definitions("[" + dotted + "]", "bad.toml").ok());
  CHECK_FALSE(read_definitions("x = \"\"\"\n\"\"\"\n" + dotted + " = 1", "bad.toml").ok());
  CHECK_FALSE(read_definitions("x = 'a\\'\n" + dotted + " = 1", "bad.toml").ok());
  CHECK_FALSE(read_definitions("x = " + std::string(100000, '['), "bad.toml").ok());
  CHECK_FALSE(read_definitions("x = " + std::string(100000, '{'), "bad.toml").ok());
  std::string nested = "field = ";
  for (int i = 0; i < 200; ++i) nested += "{ a.a.a.a.a.a.a.a = ";
  nested += "1" + std::string(200, '}');
  CHECK_FALSE(read_definitions(nested, "bad.toml").ok());
  CHECK_FALSE(read_definitions(std::string(5U << 20U, '\n'), "bad.toml").ok());
  CHECK_FALSE(read_definitions(std::string("a = \0", 5), "bad.toml").ok());
  // Many dots in a text are no key.
  REQUIRE(read_definitions(edited(kController, "Weg 1", "Weg ..............................."),
                           "good.toml")
              .ok());
}

TEST_CASE("What a message repeats from the file is short and on one line") {
  const auto long_key = read_definitions(
      edited(kWebhook, "id = \"w\"", "id = \"w\"\n" + std::string(5000, 'k') + " = 1"), "bad.toml");
  REQUIRE_FALSE(long_key.ok());
  CHECK(long_key.error().message.size() < 400);
  const auto line_break =
      read_definitions(edited(kWebhook, "consent.confirmed", "a\\nbad.toml:1: forged"), "bad.toml");
  REQUIRE_FALSE(line_break.ok());
  CHECK(line_break.error().message.find('\n') == std::string::npos);
}

}  // namespace
}  // namespace jawort
