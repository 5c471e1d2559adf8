// WebhookPoster over libcurl.
#pragma once

#include "webhooks/outgoing/poster.h"

namespace jawort {

inline constexpr std::chrono::seconds kWebhookPatience{15};

// Connects only where `guard` lets it, follows no redirect, asks no proxy; TLS is verified against
// `ca_file`, empty for the system's certificates. A post ends within `patience`. `clock` and
// `guard` outlive it. Null when libcurl cannot be used.
std::unique_ptr<WebhookPoster> make_curl_poster(const Clock& clock, const AddressGuard& guard,
                                                const std::string& ca_file,
                                                milliseconds patience = kWebhookPatience);

}  // namespace jawort
