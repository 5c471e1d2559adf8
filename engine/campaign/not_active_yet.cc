// What this version of the program stores but does not carry out. A line goes as its feature comes.
#include <string>
#include <vector>

#include "engine/campaign/definition_set.h"

namespace jawort {
namespace {

std::string listed(const std::vector<std::string>& items) {  // "a, b and c"
  std::string all;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) all += i + 1 == items.size() ? " and " : ", ";
    all += items[i];
  }
  return all;
}

// `purpose "newsletter": a and b are not active yet`; nothing when `items` is empty.
void name_items(const std::string& subject, const std::vector<std::string>& items,
                std::vector<std::string>& out) {
  if (items.empty()) return;
  out.push_back(subject + ": " + listed(items) +
                (items.size() == 1 ? " is not active yet" : " are not active yet"));
}

std::vector<std::string> of_field(const FieldDefinition& field) {
  std::vector<std::string> items;
  if (field.keep) items.emplace_back("keep");
  if (!field.visible_to.empty()) items.emplace_back("visible_to");
  if (field.audited) items.emplace_back("audited");
  return items;
}

std::vector<std::string> of_purpose(const Purpose& purpose) {
  std::vector<std::string> items;
  if (purpose.keep_proof) items.emplace_back("keep_proof");
  return items;
}

// The confirmation mail and the receipt go in ways of their own. `state`: in which they go anyway,
// so that it may be stated.
bool has_conditions(const CampaignStep& step, std::string_view state) {
  const bool in_state = step.while_state.empty() || step.while_state == state;
  return !in_state || !step.unless_state.empty() || !step.stop_on.empty() ||
         !step.between_from.empty();
}

std::vector<std::string> of_drip(const Campaign& campaign) {
  const CampaignStep* confirmation = campaign.confirmation_step();
  const CampaignStep* receipt = campaign.receipt_step();
  std::vector<std::string> items;
  for (std::size_t i = 0; i < campaign.steps.size(); ++i) {
    const CampaignStep& step = campaign.steps[i];
    if (&step != confirmation && &step != receipt) continue;
    if (!has_conditions(step, &step == receipt ? "confirmed" : "pending")) continue;
    items.push_back("what step " + std::to_string(i + 1) +
                    " is bound to (while, unless, stop_on, between)");
  }
  return items;
}

}  // namespace

std::vector<std::string> DefinitionSet::not_active_yet() const {
  std::vector<std::string> out;
  std::vector<std::string> rules;
  for (const Document& document : documents_) {
    const std::string subject = document.kind + " \"" + document.id + "\"";
    if (const FieldDefinition* found = field(document.id); found && document.kind == "field") {
      name_items(subject, of_field(*found), out);
    } else if (const Purpose* wanted = purpose(document.id); wanted && document.kind == "purpose") {
      name_items(subject, of_purpose(*wanted), out);
    } else if (const Campaign* sent = campaign(document.id); sent && document.kind == "campaign") {
      if (sent->kind == "newsletter") {
        out.push_back(subject + ": newsletters are not active yet");
      } else {
        name_items(subject, of_drip(*sent), out);
      }
    } else if (document.kind == "retention" && document.id != "pending" && document.id != "ip") {
      rules.push_back("\"" + document.id + "\"");
    } else if (document.kind == "processor") {
      out.push_back(subject + ": the register of processors is not active yet");
    }
  }
  if (!rules.empty()) {
    out.push_back("retention: the " + std::string(rules.size() == 1 ? "rule for " : "rules for ") +
                  listed(rules) + (rules.size() == 1 ? " is" : " are") + " not active yet");
  }
  return out;
}

}  // namespace jawort
