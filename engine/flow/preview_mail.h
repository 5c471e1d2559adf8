// A mail as it would look, with data that is nobody's and links that lead nowhere.
#pragma once

#include <string>

#include "engine/base/time_zone.h"
#include "engine/campaign/definition_set.h"
#include "templates/renderer.h"

namespace jawort {

struct PreviewRequest {
  std::string name, language;
  const ShownForm* form = nullptr;  // null: a sample controller and purpose
  std::string public_url;           // what the dead links begin with
  Instant at;
  bool bare = false;  // without what may be absent: the page, and most of the controller
};
// What stands for a token, the wording and the controller in a preview without a form.
// (kSampleCheckpoint: the footer of a receipt.)
extern const std::string_view kSampleCheckpoint;
extern const std::string_view kSampleToken, kSampleWordingGerman, kSampleWording, kSampleController;

// Whatever stands where a person's data would stand says SAMPLE or MUSTER. kNotFound: there is no
// such template. kConfiguration: it does not render.
Result<RenderedMail> preview_mail(const Templates& templates, const TimeZone& zone,
                                  const PreviewRequest& request);

// The form that shows this mail best: `wanted`, else the first whose campaign sends it, else the
// first. Null where there is none, or no form `wanted`.
std::shared_ptr<const ShownForm> form_for_preview(const DefinitionSet& set, std::string_view mail,
                                                  const std::string& wanted);

}  // namespace jawort
