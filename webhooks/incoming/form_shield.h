// What a post has to pass before the flow: the form's minimum time and its proof of work. Nothing
// here depends on the address.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/campaign/definitions.h"
#include "engine/flow/accept_form.h"
#include "webhooks/incoming/site.h"

namespace jawort {

// How long a challenge can be answered, and a page of ours be left open.
inline constexpr std::chrono::minutes kChallengeValid{30};
inline constexpr std::chrono::hours kPageValid{12};

// The proof that a post brought, spent while this lives, and for good once it is kept.
class SpentProof {
 public:
  SpentProof() = default;
  SpentProof(Site& site, std::string challenge) : site_(&site), challenge_(std::move(challenge)) {}
  ~SpentProof() {
    if (site_) site_->spent.give_back(challenge_);
  }
  SpentProof(const SpentProof&) = delete;
  SpentProof& operator=(const SpentProof&) = delete;
  SpentProof(SpentProof&& other) noexcept
      : site_(std::exchange(other.site_, nullptr)), challenge_(std::move(other.challenge_)) {}
  SpentProof& operator=(SpentProof&& other) noexcept {
    std::swap(site_, other.site_);
    std::swap(challenge_, other.challenge_);
    return *this;
  }
  void keep() { site_ = nullptr; }

 private:
  Site* site_ = nullptr;
  std::string challenge_;
};

struct ShieldVerdict {
  std::vector<FieldError> errors;   // of "form_token" and "altcha"; empty: passed
  std::vector<std::string> passed;  // for FormPost::checks
  SpentProof proof;
};

// By the form in force, not the version that was shown: an old version must not be a way around.
ShieldVerdict check_shield(Site& site, const Form& form, const FormPost& post);

// When the page was made that this post came from; nothing without a token of ours for this form in
// the version that the post states.
std::optional<Instant> shown_at(const Site& site, const FormPost& post);

// The form_token of a page: it shows that the page was ours, and when. `typed`: it is shown again
// after this post, whose time counts: nobody has to wait twice.
std::string page_token(const Site& site, const ShownForm& shown, const FormPost* typed,
                       const std::vector<FieldError>& errors);

}  // namespace jawort
