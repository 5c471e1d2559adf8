// Brings checkpoints out of the house, where nobody here can change them: appended to a file,
// posted to an address, mailed to the data-protection officer; and has them stamped by somebody
// else (RFC 3161). Of several that wait only the newest goes: it covers the others. What fails is
// tried again, and is in nobody's way. Where the log does not go on from what is out already,
// nothing more goes.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/flow/context.h"
#include "engine/mail/transport.h"

namespace jawort {

// One thread at a time; blocks while the network does.
class CheckpointPublisher {
 public:
  // `transports` may be empty: no mail goes.
  CheckpointPublisher(const Context& context, TransportFactory transports)
      : context_(context), transports_(std::move(transports)) {}

  // Every place that is set and has not had the newest checkpoint. `cancelled` ends it early.
  void round(const std::function<bool()>& cancelled);

 private:
  using Work = std::function<Status(const CheckpointRow&)>;
  void at_place(const std::string& place, const CheckpointRow& newest, const Work& work);
  bool due(const std::string& place) const;
  Status append_to_file(const CheckpointRow& row) const;
  Status post(const CheckpointRow& row, const std::function<bool()>& cancelled) const;
  Status mail(const CheckpointRow& row) const;

  struct Failure {
    milliseconds again{0};  // monotonic: not before
    milliseconds pause{0};
  };
  const Context& context_;
  const TransportFactory transports_;
  std::map<std::string, Failure> failures_;
};

// Asks [ledger] timestamp_url for a stamp of that checkpoint and keeps it. kUnavailable: the
// authority does not answer as it should, with the reason; nothing was kept. Thread-safe.
Status timestamp_checkpoint(const Context& context, const CheckpointRow& row, milliseconds patience,
                            const std::function<bool()>& cancelled);

// For a dossier: seal_now, and a time stamp where an authority is set and answers within a few
// seconds. Errors as seal_now.
Result<CheckpointRow> seal_with_timestamp(const Context& context);

}  // namespace jawort
