// The tables of drip campaigns; part of db/store.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "db/rows.h"
#include "engine/base/result.h"

namespace jawort {

// Who is on the way through a drip campaign, and which campaigns stand still.
class EnrolmentTable {
 public:
  virtual ~EnrolmentTable() = default;
  virtual Status add(const EnrolmentRow& row) = 0;  // REQUIRES: none of its key is there
  virtual Result<std::optional<EnrolmentRow>> find(const EnrolmentRow& key) const = 0;
  // due_at <= now, of campaigns that are not paused, campaign by campaign in order of due_at, by an
  // index.
  virtual Result<std::vector<EnrolmentRow>> due(Instant now, int limit) const = 0;
  // The earliest due_at of campaigns that are not paused, also in the past, by an index.
  virtual Result<std::optional<Instant>> next_due() const = 0;
  virtual Status move(const EnrolmentRow& row) = 0;  // to its step and due_at
  virtual Status remove(const EnrolmentRow& key) = 0;
  virtual Status remove_begun_by(std::int64_t sequence) = 0;
  // Reads every row of the campaign.
  virtual Result<std::vector<EnrolmentCount>> counts(std::string_view campaign) const = 0;

  virtual Result<std::vector<CampaignPause>> pauses() const = 0;  // by campaign
  // Setting it again keeps the older time; nothing: it goes on.
  virtual Status set_pause(std::string_view campaign, std::optional<Instant> since) = 0;
};

// When consents were used, for the highest frequency and the idle rule of their purposes. Goes with
// the consent.
class ConsentUseTable {
 public:
  virtual ~ConsentUseTable() = default;
  virtual Result<std::vector<Instant>> of(ConsentId consent) const = 0;  // newest first
  // Forgets what is older than `forget_before`, but for the newest of it.
  virtual Status add(ConsentId consent, Instant at, Instant forget_before) = 0;
  virtual Status remove(ConsentId consent, Instant at) = 0;  // ok also where there is none
};

// Numbers of what became of people, by campaign, form and step.
class FunnelTable {
 public:
  virtual ~FunnelTable() = default;
  virtual Status add(const FunnelRow& row) = 0;            // to what is there
  virtual Result<std::vector<FunnelRow>> all() const = 0;  // in order of the key
};

// Confirmations whose receipt is not queued yet, by the sequence of their event.
class ReceiptTable {
 public:
  virtual ~ReceiptTable() = default;
  virtual Status add(std::int64_t confirmation) = 0;
  // Those up to and with `covered`, oldest first.
  virtual Result<std::vector<std::int64_t>> due(std::int64_t covered, int limit) const = 0;
  // Answers whether it was there.
  virtual Result<bool> take(std::int64_t confirmation) = 0;
};

}  // namespace jawort
