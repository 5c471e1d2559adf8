-- What an operator's doings need: opt-outs that outlive the restore of an older backup, and an
-- outbox that waits after one.

-- Filled by triggers, so that no way of opting out goes past it. The store copies each row to the
-- journal beside the database, which no backup holds (db/README.md).
CREATE TABLE opt_out (
  number INTEGER PRIMARY KEY,  -- from 1, growing
  at INTEGER NOT NULL,         -- revoked, suppressed: since when; denied: until when
  kind TEXT NOT NULL CHECK (kind = 'revoked' OR kind = 'denied' OR kind = 'suppressed'),
  address_key INTEGER,         -- of the address, where that is how it is known; else
  contact_id INTEGER,          -- whose address it is
  subject TEXT NOT NULL,       -- revoked: purpose; denied: form; suppressed: reason
  detail TEXT NOT NULL,        -- revoked: by what; else empty
  CHECK ((address_key IS NULL) <> (contact_id IS NULL))
) STRICT;

CREATE TRIGGER opt_out_revoked AFTER UPDATE OF status ON consent
WHEN NEW.status = 'revoked' AND OLD.status <> 'revoked'
BEGIN
  INSERT INTO opt_out (at, kind, contact_id, subject, detail)
  VALUES (CAST(strftime('%s', NEW.revoked_at) AS INTEGER) * 1000
            + CAST(substr(NEW.revoked_at, 21, 3) AS INTEGER),
          'revoked', NEW.contact_id, NEW.purpose, coalesce(NEW.revoked_by, ''));
END;

CREATE TRIGGER opt_out_denied AFTER INSERT ON form_denial
BEGIN
  INSERT INTO opt_out (at, kind, address_key, subject, detail)
  VALUES (NEW.until, 'denied', NEW.address_key, NEW.form, '');
END;

CREATE TRIGGER opt_out_denied_again AFTER UPDATE OF until ON form_denial
BEGIN
  INSERT INTO opt_out (at, kind, address_key, subject, detail)
  VALUES (NEW.until, 'denied', NEW.address_key, NEW.form, '');
END;

CREATE TRIGGER opt_out_suppressed AFTER INSERT ON suppression
BEGIN
  INSERT INTO opt_out (at, kind, address_key, subject, detail)
  VALUES (NEW.since, 'suppressed', NEW.address_key, NEW.reason, '');
END;

CREATE TRIGGER opt_out_suppressed_again AFTER UPDATE OF reason ON suppression
BEGIN
  INSERT INTO opt_out (at, kind, address_key, subject, detail)
  VALUES (NEW.since, 'suppressed', NEW.address_key, NEW.reason, '');
END;

CREATE TRIGGER opt_out_update BEFORE UPDATE ON opt_out
BEGIN SELECT RAISE(ABORT, 'opt-outs are append-only'); END;

CREATE TRIGGER opt_out_delete BEFORE DELETE ON opt_out
BEGIN SELECT RAISE(ABORT, 'opt-outs are append-only'); END;

-- One row while no mail may go at all.
CREATE TABLE outbox_pause (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  since INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
