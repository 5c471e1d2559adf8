#include "engine/flow/preview_mail.h"

#include <algorithm>

#include "engine/flow/compose_mail.h"

namespace jawort {

// As long as a token, so that lines break where they will; it cannot be one.
const std::string_view kSampleToken =
    "SAMPLE-link-that-leads-nowhere-SAMPLE-link-that-leads-nowhere-SAMPLE-lin";
const std::string_view kSampleWordingGerman = "MUSTER: Hier steht der Wortlaut der Einwilligung.";
const std::string_view kSampleWording = "SAMPLE: here stands the wording of the consent.";
const std::string_view kSampleController = "Muster / Sample Ltd";
const std::string_view kSampleCheckpoint =
    "optin.example.org\n1234\nSAMPLESAMPLESAMPLESAMPLESAMPLESAMPLESAMPLESA=\n"
    "time 2026-11-30T12:00:00.000Z\n\n"
    "\u2014 optin.example.org SAMPLESAMPLESAMPLESAMPLESAMPLESAMPLESAMPLESAMPLESAMPLESAMPLESAMPLESA"
    "MPLESAMPLESAMPLE";

namespace {

const std::string kSampleVersion = "sha256:" + std::string(64, '0');

Controller sample_controller(bool bare) {
  Controller controller;
  controller.name = kSampleController;
  controller.address = "Musterweg 1, 12345 Musterstadt";
  if (bare) return controller;
  controller.imprint_url = "https://www.example.org/imprint";
  controller.privacy_url = "https://www.example.org/privacy";
  return controller;
}

View sample_purpose(bool german) {
  View purpose;
  purpose.set("id", "sample").set("label", german ? "Muster" : "Sample");
  purpose.set("wording", std::string(german ? kSampleWordingGerman : kSampleWording));
  purpose.set("version", kSampleVersion);
  return purpose;
}

std::vector<View> purposes_of(const PreviewRequest& request, bool german) {
  if (request.form == nullptr || request.form->purposes.empty()) return {sample_purpose(german)};
  std::vector<View> list;
  for (const Purpose& purpose : request.form->purposes) {
    View view;
    view.set("id", purpose.id)
        .set("label", text_for(purpose.label, request.language))
        .set("wording", text_for(purpose.wording, request.language))
        .set("version", kSampleVersion);
    list.push_back(std::move(view));
  }
  return list;
}

std::string wordings_of(const PreviewRequest& request, bool german) {
  if (request.form == nullptr || request.form->purposes.empty()) {
    return std::get<std::string>(sample_purpose(german).values().at("wording"));
  }
  std::string all;
  for (const Purpose& purpose : request.form->purposes) {
    all += (all.empty() ? "" : "\n\n") + text_for(purpose.wording, request.language);
  }
  return all;
}

View sample_view(const Templates& templates, const TimeZone& zone, const PreviewRequest& request) {
  const bool german = request.language.starts_with("de");
  const LocalTime local = zone.local(request.at);
  const LocalTime until = zone.local(request.at + std::chrono::days(7));
  const std::string mark = german ? "MUSTER" : "SAMPLE";
  const auto link = [&](std::string_view path) {
    return request.public_url + "/" + std::string(path) + "/" + std::string(kSampleToken);
  };
  View view;
  view.set("controller",
           controller_view(request.form != nullptr ? request.form->controller
                                                   : sample_controller(request.bare)));
  view.set("form.title",
           request.form != nullptr ? text_for(request.form->form.title, request.language) : mark);
  view.set("contact.email", mark + "@example.org");
  for (const std::string& field : templates.contact_fields(request.name, request.language)) {
    view.set("contact." + field, mark + " " + field);
  }
  view.set("purposes", purposes_of(request, german));
  view.set("purpose.wording", wordings_of(request, german));
  set_moment(view, "opt_in", local, request.language);
  set_moment(view, "confirm", local, request.language);
  set_moment(view, "revoked", local, request.language);
  view.set("opt_in.page", request.bare ? "" : request.public_url);
  view.set("receipt.checkpoint", std::string(kSampleCheckpoint))
      .set("receipt.leaf_hash", std::string(64, '0'))
      .set("receipt.sequence", "1234")
      .set("receipt.form_version", kSampleVersion);
  view.set("confirm.url", link("confirm"))
      .set("confirm.valid_until", written_date(until, request.language) + " " +
                                      until.time.substr(0, 5) + " " + until.abbreviation);
  view.set("deny.url", link("confirm") + "?deny=1#not-me")
      .set("revoke.url", link("revoke"))
      .set("preferences.url", link("preferences"));
  return view;
}

bool sends(const DefinitionSet& set, const Form& form, std::string_view mail) {
  const Campaign* campaign = set.campaign(form.campaign);
  return campaign != nullptr && std::ranges::any_of(campaign->steps, [&](const CampaignStep& step) {
           return step.mail == mail;
         });
}

}  // namespace

Result<RenderedMail> preview_mail(const Templates& templates, const TimeZone& zone,
                                  const PreviewRequest& request) {
  return templates.mail(request.name, request.language, sample_view(templates, zone, request));
}

std::shared_ptr<const ShownForm> form_for_preview(const DefinitionSet& set, std::string_view mail,
                                                  const std::string& wanted) {
  if (!wanted.empty()) return set.shown_form(wanted);
  const std::vector<std::string> ids = set.form_ids();
  for (const std::string& id : ids) {
    if (sends(set, *set.form(id), mail)) return set.shown_form(id);
  }
  return ids.empty() ? nullptr : set.shown_form(ids.front());
}

}  // namespace jawort
