-- What other systems are told, and what came of it.

-- Where each endpoint stands. What it is to be told is in its definition.
CREATE TABLE webhook_endpoint (
  id TEXT PRIMARY KEY,
  cursor INTEGER NOT NULL,      -- event.sequence up to which the log was gone through for it
  generation INTEGER NOT NULL CHECK (generation > 0),  -- of its secret, which no table holds
  rotated_at INTEGER,           -- since when the generation before is on its way out
  disabled_at INTEGER,          -- NULL: it is told
  disabled_because TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- An endpoint begins at the end of the log. Those that were declared before this version too.
INSERT INTO webhook_endpoint (id, cursor, generation, disabled_because)
SELECT id, (SELECT coalesce(max(sequence), 0) FROM event), 1, ''
FROM definition_current WHERE kind = 'webhook';

-- Nothing personal, but the contact's id; rows go some time after they are over.
CREATE TABLE webhook_delivery (
  endpoint TEXT NOT NULL,
  sequence INTEGER NOT NULL,    -- of the event
  part INTEGER NOT NULL,        -- an event may say several things
  contact_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  purpose TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state = 'waiting' OR state = 'delivered' OR state = 'failed'
    OR state = 'skipped'),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  next_at INTEGER,              -- NULL: over, or one about the same contact comes first
  last_at INTEGER,
  last_status INTEGER NOT NULL,
  last_problem TEXT NOT NULL,
  PRIMARY KEY (endpoint, sequence, part),
  CHECK (state = 'waiting' OR next_at IS NULL),
  CHECK (state = 'waiting' OR last_at IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_due ON webhook_delivery (endpoint, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_contact ON webhook_delivery (endpoint, contact_id, sequence, part)
WHERE state = 'waiting';
CREATE INDEX webhook_oldest ON webhook_delivery (endpoint, sequence) WHERE state = 'waiting';
CREATE INDEX webhook_over ON webhook_delivery (last_at) WHERE state <> 'waiting';
