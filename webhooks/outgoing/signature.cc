#include "webhooks/outgoing/signature.h"

#include "engine/base/text.h"
#include "engine/evidence/digest.h"

namespace jawort {
namespace {

constexpr std::string_view kIdPrefix = "msg_";
constexpr std::size_t kLeafBytes = 8;
constexpr std::uint64_t kMostParts = 1000;

}  // namespace

Secret webhook_secret(const Secret& key, std::string_view endpoint, std::int64_t generation) {
  const std::string subject = "webhook/" + std::string(endpoint) + "/" + std::to_string(generation);
  const Hash256 secret = hmac_sha256(key.reveal(), as_bytes(subject));
  return Secret(Bytes(secret.begin(), secret.end()));
}

std::string secret_text(const Secret& secret) { return "whsec_" + to_base64(secret.reveal()); }

std::string webhook_id(std::int64_t sequence, int part, const Hash256& leaf_hash) {
  return std::string(kIdPrefix) + std::to_string(sequence) + "_" + std::to_string(part) + "_" +
         to_hex(ByteView(leaf_hash).first(kLeafBytes));
}

std::optional<WebhookId> parse_webhook_id(std::string_view text) {
  if (!text.starts_with(kIdPrefix)) return std::nullopt;
  const auto parts = split(text.substr(kIdPrefix.size()), '_');
  if (parts.size() != 3 || parts[2].size() != 2 * kLeafBytes || !from_hex(parts[2])) {
    return std::nullopt;
  }
  const auto sequence = parse_decimal(parts[0]);
  const auto part = parse_decimal(parts[1]);
  if (!sequence || !part || *sequence > INT64_MAX || *part >= kMostParts) return std::nullopt;
  return WebhookId{static_cast<std::int64_t>(*sequence), static_cast<int>(*part),
                   std::string(parts[2])};
}

std::string webhook_signatures(const std::vector<Secret>& secrets, std::string_view id,
                               std::int64_t timestamp, std::string_view body) {
  std::string content = std::string(id) + "." + std::to_string(timestamp) + ".";
  content += body;
  std::string header;
  for (const Secret& secret : secrets) {
    header += (header.empty() ? "v1," : " v1,") +
              to_base64(hmac_sha256(secret.reveal(), as_bytes(content)));
  }
  return header;
}

}  // namespace jawort
