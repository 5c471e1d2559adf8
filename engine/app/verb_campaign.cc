#include <algorithm>

#include "engine/app/record_text.h"
#include "engine/app/store_verbs.h"
#include "engine/evidence/digest.h"
#include "engine/flow/campaign_status.h"

namespace jawort {
namespace {

std::string joined(const std::vector<std::string>& items, std::string_view between) {
  std::string all;
  for (const std::string& item : items) all += (all.empty() ? "" : std::string(between)) + item;
  return all;
}

std::string json_list(const std::vector<std::string>& items) {
  std::vector<std::string> quoted;
  for (const std::string& item : items) quoted.push_back(json_quote(item));
  return "[" + joined(quoted, ",") + "]";
}

std::string duration_text(const Duration& duration) {
  const auto seconds = duration.seconds.count();
  std::string text = "P";
  if (duration.months > 0) text += std::to_string(duration.months) + "M";
  if (seconds % 86400 == 0 && seconds > 0) return text + std::to_string(seconds / 86400) + "D";
  if (seconds > 0 || duration.months == 0) text += "T";
  if (seconds > 0 && seconds % 3600 == 0) return text + std::to_string(seconds / 3600) + "H";
  return seconds > 0 || duration.months == 0 ? text + std::to_string(seconds) + "S" : text;
}

std::string paused_json(const CampaignStatus& status) {
  return status.paused_since ? json_quote(rfc3339(*status.paused_since)) : "null";
}

std::string head_json(const CampaignStatus& status) {
  return "\"id\":" + json_quote(status.id) + ",\"kind\":" + json_quote(status.kind) +
         ",\"version\":" + json_quote(version_text(status.version)) +
         ",\"forms\":" + json_list(status.forms) + ",\"paused_since\":" + paused_json(status);
}

std::string step_json(const CampaignStep& step, std::size_t number) {
  std::string out = "{\"step\":" + std::to_string(number) + ",\"on\":" + json_quote(step.on) +
                    ",\"after\":" + json_quote(duration_text(step.after)) +
                    ",\"mail\":" + json_quote(step.mail);
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += ",\"" + std::string(name) + "\":" + json_quote(value);
  };
  add("while", step.while_state);
  add("unless", step.unless_state);
  add("field", step.field);
  add("purpose", step.purpose);
  if (!step.stop_on.empty()) out += ",\"stop_on\":" + json_list(step.stop_on);
  if (!step.between_from.empty()) {
    out += ",\"between\":{\"from\":" + json_quote(step.between_from) +
           ",\"to\":" + json_quote(step.between_to) + "}";
  }
  return out + "}";
}

std::string steps_json(const Campaign& campaign) {
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < campaign.steps.size(); ++i) {
    steps.push_back(step_json(campaign.steps[i], i + 1));
  }
  return "\"steps\":[" + joined(steps, ",") + "]";
}

std::vector<std::string> step_cells(const CampaignStep& step, std::size_t number) {
  std::vector<std::string> when{step.on + (step.field.empty() ? "" : " " + step.field),
                                duration_text(step.after)};
  if (!step.between_from.empty()) when.push_back(step.between_from + "–" + step.between_to);
  if (!step.while_state.empty()) when.push_back("while " + step.while_state);
  if (!step.unless_state.empty()) when.push_back("unless " + step.unless_state);
  if (!step.stop_on.empty()) when.push_back("stops on " + joined(step.stop_on, ", "));
  return {"  step " + std::to_string(number), step.mail, joined(when, ", ")};
}

std::string head_text(const CampaignStatus& status) {
  std::string text = status.id + "  " + status.kind;
  if (!status.forms.empty()) text += ", form " + joined(status.forms, ", ");
  if (status.paused_since) text += ", paused since " + rfc3339(*status.paused_since);
  return text + "\n";
}

std::string waiting_json(const CampaignStatus& status) {
  std::vector<std::string> rows;
  for (const EnrolmentCount& count : status.waiting) {
    rows.push_back("{\"version\":" + json_quote(version_text(count.campaign_version)) +
                   ",\"step\":" + std::to_string(count.step) +
                   ",\"people\":" + std::to_string(count.people) + "}");
  }
  return "\"waiting\":[" + joined(rows, ",") + "]";
}

std::string funnel_json(const CampaignStatus& status) {
  std::vector<std::string> rows;
  for (const FunnelRow& row : status.funnel) {
    rows.push_back("{\"form\":" + json_quote(row.form) + ",\"step\":" + std::to_string(row.step) +
                   ",\"what\":" + json_quote(row.what) +
                   ",\"people\":" + std::to_string(row.people) + "}");
  }
  return "\"funnel\":[" + joined(rows, ",") +
         "],\"uncounted_events\":" + std::to_string(status.uncounted);
}

std::string status_text(const CampaignStatus& status) {
  std::string text = head_text(status);
  std::vector<std::vector<std::string>> waiting;
  for (const EnrolmentCount& count : status.waiting) {
    const bool older = count.campaign_version != status.version;
    waiting.push_back({"  step " + std::to_string(count.step), std::to_string(count.people),
                       older ? "in an older version" : ""});
  }
  text += waiting.empty() ? "Nobody waits for a step.\n" : "Waiting for\n" + aligned(waiting);
  std::vector<std::vector<std::string>> rows;
  for (const FunnelRow& row : status.funnel) {
    rows.push_back({"  " + row.form, row.step == 0 ? "sign-up" : "step " + std::to_string(row.step),
                    row.what, std::to_string(row.people)});
  }
  text += rows.empty() ? "Nobody came yet.\n" : "So far\n" + aligned(rows);
  if (status.uncounted > 0) {
    text += "Not counted yet: " + std::to_string(status.uncounted) + " events.\n";
  }
  return text;
}

}  // namespace

int verb_campaign_list(const Context& context, const Invocation& invocation, Console& console) {
  const auto campaigns = list_campaigns(context);
  if (!campaigns.ok()) return report(console, campaigns.error());
  std::vector<std::string> rows;
  std::string text;
  for (const CampaignStatus& status : *campaigns) {
    rows.push_back("{" + head_json(status) + "}");
    text += head_text(status);
  }
  if (text.empty()) text = "no campaigns; `jawort apply` loads them\n";
  console.out(invocation.json ? "{\"campaigns\":[" + joined(rows, ",") + "]}\n" : text);
  return kExitDone;
}

int verb_campaign_show(const Context& context, const Invocation& invocation, Console& console) {
  const auto status = campaign_status(context, invocation.arguments.front(), false);
  if (!status.ok()) return report(console, status.error());
  if (invocation.json) {
    console.out("{" + head_json(*status) + "," + steps_json(status->campaign) + "}\n");
    return kExitDone;
  }
  std::vector<std::vector<std::string>> cells;
  for (std::size_t i = 0; i < status->campaign.steps.size(); ++i) {
    cells.push_back(step_cells(status->campaign.steps[i], i + 1));
  }
  console.out(head_text(*status) + aligned(cells));
  return kExitDone;
}

int verb_campaign_status(const Context& context, const Invocation& invocation, Console& console) {
  const auto status = campaign_status(context, invocation.arguments.front(), true);
  if (!status.ok()) return report(console, status.error());
  console.out(invocation.json ? "{" + head_json(*status) + "," + waiting_json(*status) + "," +
                                    funnel_json(*status) + "}\n"
                              : status_text(*status));
  return kExitDone;
}

int verb_campaign_pause(const Context& context, const Invocation& invocation, Console& console) {
  const bool pause = invocation.verb == "campaign pause";
  const std::string& id = invocation.arguments.front();
  const auto changed = pause ? pause_campaign(context, id) : resume_campaign(context, id);
  if (!changed.ok()) return report(console, changed.error());
  if (invocation.json) {
    console.out(std::string("{\"changed\":") + (*changed ? "true" : "false") + "}\n");
    return kExitDone;
  }
  const std::string what = pause ? "is paused" : "goes on";
  console.out("campaign " + id + " " + (*changed ? what : what + " already") + "\n");
  return kExitDone;
}

}  // namespace jawort
