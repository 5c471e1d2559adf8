-- Confirmations whose receipt waits for a checkpoint of the log that covers them; the row goes when
-- the receipt is queued, or not wanted any more. Whom it is about says the event.

CREATE TABLE receipt_due (
  confirmation INTEGER PRIMARY KEY CHECK (confirmation > 0)  -- sequence of the consent_confirmed
) STRICT;
