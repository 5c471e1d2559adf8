// GET /forms/{form}/challenge: a proof of work to solve, as the ALTCHA widget reads it. Answered
// for every form, so that a widget goes on working when a form stops asking for it.
#include "engine/base/text.h"
#include "engine/evidence/proof_of_work.h"
#include "webhooks/incoming/answers.h"
#include "webhooks/incoming/form_request.h"
#include "webhooks/incoming/form_shield.h"

namespace jawort {
namespace {

std::string challenge_json(const Challenge& challenge) {
  return R"({"algorithm":"SHA-256","challenge":)" + json_quote(challenge.challenge) +
         ",\"maxnumber\":" + std::to_string(kHardestNumber) +
         ",\"salt\":" + json_quote(challenge.salt) +
         ",\"signature\":" + json_quote(challenge.signature) + "}";
}

}  // namespace

HttpResponse serve_challenge(Site& site, const Call& call) {
  return for_own_sites(site, call, [&](const ShownForm& shown) {
    if (call.request.method == "OPTIONS") return preflight(call);
    const Context& context = site.context;
    return json_answer(200,
                       challenge_json(make_challenge(context.keys, context.random, shown.form.id,
                                                     context.clock.now() + kChallengeValid)));
  });
}

}  // namespace jawort
