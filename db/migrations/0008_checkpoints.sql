-- Signed heads of the log, and which keys sign them (engine/evidence/FORMAT.md §10 and §11).
-- Public: nothing of them is personal, and no private key is here.

CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY CHECK (size > 0),  -- leaves
  at INTEGER NOT NULL,
  note TEXT NOT NULL,
  timestamp BLOB                              -- RFC 3161, DER; NULL: none was had
) STRICT;

CREATE TRIGGER checkpoint_insert BEFORE INSERT ON checkpoint
WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM checkpoint)
BEGIN SELECT RAISE(ABORT, 'a checkpoint is never smaller than the last'); END;

CREATE TRIGGER checkpoint_update BEFORE UPDATE ON checkpoint
WHEN NEW.size <> OLD.size OR NEW.at <> OLD.at OR NEW.note <> OLD.note
  OR OLD.timestamp IS NOT NULL OR NEW.timestamp IS NULL
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only, a time stamp is set once'); END;

CREATE TRIGGER checkpoint_delete BEFORE DELETE ON checkpoint
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;

-- The newest one that has a time stamp.
CREATE INDEX checkpoint_timestamped ON checkpoint (size) WHERE timestamp IS NOT NULL;

CREATE TABLE ledger_key (
  number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 255),
  note TEXT NOT NULL                          -- announces it
) STRICT;

CREATE TRIGGER ledger_key_insert BEFORE INSERT ON ledger_key
WHEN NEW.number <= (SELECT coalesce(max(number), 0) FROM ledger_key)
BEGIN SELECT RAISE(ABORT, 'a key of the log comes after the last'); END;

CREATE TRIGGER ledger_key_update BEFORE UPDATE ON ledger_key
BEGIN SELECT RAISE(ABORT, 'the key history is append-only'); END;

CREATE TRIGGER ledger_key_delete BEFORE DELETE ON ledger_key
BEGIN SELECT RAISE(ABORT, 'the key history is append-only'); END;

-- Up to which size each place outside the house was given checkpoints: file, url, mail.
CREATE TABLE checkpoint_sent (
  place TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
