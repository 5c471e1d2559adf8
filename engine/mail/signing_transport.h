// Signs every mail on its way out, whoever hands it over: the outbox, checkpoints for the officer,
// test mails. A mail is kept without signatures; they are the same again while the keys stay.
#pragma once

#include <memory>

#include "engine/mail/dkim.h"
#include "engine/mail/transport.h"

namespace jawort {

// Puts dkim_signatures() before each message and names the selectors in Delivery::dkim. Without a
// key it is `inner` itself. `signer` outlives it.
std::unique_ptr<MailTransport> make_signing_transport(const DkimSigner& signer,
                                                      std::unique_ptr<MailTransport> inner);

}  // namespace jawort
