// The parts of `jawort check`. Each adds what it found, in words that a beginner understands.
#pragma once

#include <vector>

#include "engine/app/config.h"
#include "engine/app/record_json.h"
#include "engine/base/clock.h"
#include "engine/campaign/definition_set.h"
#include "engine/net/dns.h"
#include "templates/renderer.h"

namespace jawort {

using CheckResults = std::vector<CheckResult>;

// Configuration, keys, who owns what and who else may read or change it, room on the disk.
void check_configuration(const Config& config, CheckResults& results);
void check_keys(const Config& config, CheckResults& results);
void check_permissions(const Config& config, CheckResults& results);
// The journal of opt-outs beside the database has what the database has. Where there is no opt-out,
// or no database that can be read, it says nothing.
void check_opt_outs(const Config& config, CheckResults& results);
void check_disk(const Config& config, CheckResults& results);

// The zone is known, the year is possible. Whether the clock went back, the events tell.
void check_clock(const Config& config, Instant now, CheckResults& results);

// What is in force, what of it is not carried out, and what the law says of it and of the mails.
void check_definitions(const DefinitionSet& set, CheckResults& results);
// `folder`: the operator's, for files in it that nothing uses.
void check_templates(const Templates& templates, const std::string& folder,
                     const DefinitionSet* set, CheckResults& results);

// The relay: connection, TLS, login. Sends nothing.
void check_smtp(const Config& config, CheckResults& results);
// Where mails come back; the login where a mailbox is read.
void check_bounces(const Config& config, CheckResults& results);
// SPF, DMARC and DKIM of the domain in [mail] from; a warning at most where no answer comes.
void check_sender_dns(const Config& config, Dns& dns, CheckResults& results);
// Its part about DKIM: the names to ask for, one for each key of ours, and what their answers mean.
// `strict`: the policy of DMARC wants the very domain of From.
std::vector<std::string> dkim_names(const Config& config);
void add_dkim(const Config& config, const std::vector<TxtAnswer>& answers, bool strict,
              CheckResults& results);
// The settings, and whether this installation answers there. `set` may be null.
void check_addresses(const Config& config, CheckResults& results);
void check_public_url(const Config& config, bool running, const DefinitionSet* set,
                      CheckResults& results);

// "example.org" and all that is reserved for examples (RFC 2606, RFC 6761).
bool is_example(std::string_view host);

}  // namespace jawort
