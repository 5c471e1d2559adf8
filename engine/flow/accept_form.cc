#include "engine/flow/accept_form.h"

#include "engine/flow/brake_mails.h"
#include "engine/flow/check_post.h"
#include "engine/flow/count_blocked.h"
#include "engine/flow/sign_up.h"

namespace jawort {

Result<FormAnswer> accept_form(const Context& context, const FormPost& post) {
  const auto checked = check_post(context, post);
  if (!checked.ok()) return checked.error();
  FormAnswer answer{checked->errors, !checked->purposes.empty(), checked->language};
  if (!answer.errors.empty()) return answer;

  if (!post.honeypot.empty()) {  // answered alike, and as late; nothing but a number is stored
    JAWORT_TRY(context.store.write([&](Tables& tables) {
      return tables.blocked_posts().add(one_blocked(context, post.form, BlockReason::kHoneypot));
    }));
    show_blocked(context, post.form, BlockReason::kHoneypot);
    count_post(context, "honeypot");
    return answer;
  }

  SignUp sign_up(context, post, *checked);
  JAWORT_TRY(sign_up.compose());
  JAWORT_TRY(context.store.write_if_room([&](Tables& tables) { return sign_up.write(tables); }));
  answer.mailed = sign_up.mailed();
  if (answer.mailed) count_mail(context, context.clock.now());
  if (const auto why = sign_up.blocked(); why == BlockReason::kDenied) {
    show_blocked(context, post.form, *why);
  } else if (why) {
    count_blocked(context, post.form, *why);
  }
  count_post(context, answer.mailed ? "mailed" : "stored");
  return answer;
}

}  // namespace jawort
