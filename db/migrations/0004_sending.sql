-- The outbox row is the journal of sending; see engine/flow/send_due.cc for its transactions.

ALTER TABLE outbox ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;   -- MailPriority of engine/queue
-- Attempts that do not count towards giving up: the relay refused us, not the mail.
ALTER TABLE outbox ADD COLUMN excused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN handed_over_at INTEGER;  -- last bytes of the last attempt
-- How often the last bytes were handed over and no word came back.
ALTER TABLE outbox ADD COLUMN uncertain INTEGER NOT NULL DEFAULT 0;

DROP INDEX outbox_queued;
CREATE INDEX outbox_due ON outbox (priority, next_at) WHERE state = 'queued';
CREATE INDEX outbox_uncertain ON outbox (mail_id) WHERE uncertain > 0;

-- Addresses that get no mail, or only a confirmation mail; under a keyed hash like mail_limit. Few
-- compared with the contacts, and never pruned.
CREATE TABLE suppression (
  address_key INTEGER PRIMARY KEY,
  reason TEXT NOT NULL CHECK (reason <> ''),
  since INTEGER NOT NULL
) STRICT;
