-- What an erasure leaves, and what it cuts.

-- A consent that was once confirmed can still be proved until `until`, although its contact is
-- gone: its events keep their values. Found by the keyed hash of the address alone.
CREATE TABLE kept_proof (
  consent_id INTEGER PRIMARY KEY,  -- as its events name it, and its contact
  contact_id INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  address_key INTEGER NOT NULL,
  erased_at INTEGER NOT NULL,
  erasure INTEGER NOT NULL,        -- event.sequence
  until INTEGER NOT NULL
) STRICT;

CREATE INDEX kept_proof_address ON kept_proof (address_key);
CREATE INDEX kept_proof_until ON kept_proof (until);

-- How far work that walks along the log has come, and the highest id that was erased: it must not
-- be given to somebody else.
CREATE TABLE progress (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whom an event is about is no part of its leaf. It may be forgotten, and nothing else.
DROP TRIGGER event_update;
CREATE TRIGGER event_update BEFORE UPDATE ON event
WHEN NEW.contact_id IS NOT NULL OR NEW.consents IS NOT NULL OR NEW.sequence <> OLD.sequence
  OR NEW.at <> OLD.at OR NEW.type <> OLD.type OR NEW.leaf <> OLD.leaf
  OR NEW.nodes IS NOT OLD.nodes
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- The same holds for whom a mail went to, once it is blank.
DROP TRIGGER mail_update;
CREATE TRIGGER mail_update BEFORE UPDATE ON mail
WHEN NEW.recipient <> '' OR NEW.message <> '' OR NEW.slots <> ''
  OR NEW.id <> OLD.id OR NEW.kind <> OLD.kind
  OR (NEW.contact_id <> OLD.contact_id AND NEW.contact_id <> 0)
  OR NEW.submission <> OLD.submission OR NEW.sender <> OLD.sender OR NEW.language <> OLD.language
  OR NEW.template_version <> OLD.template_version OR NEW.message_hash <> OLD.message_hash
  OR NEW.token_key <> OLD.token_key OR NEW.queued_at <> OLD.queued_at
  OR NEW.expires_at <> OLD.expires_at
  OR (NEW.consents IS NOT OLD.consents AND NEW.consents IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'mails are never changed'); END;

-- A kind more, for which SQLite wants the table written anew: an erasure, by the address alone.
-- `contact_id` of those who were erased becomes 0.
DROP TRIGGER opt_out_revoked;
DROP TRIGGER opt_out_denied;
DROP TRIGGER opt_out_denied_again;
DROP TRIGGER opt_out_suppressed;
DROP TRIGGER opt_out_suppressed_again;
DROP TRIGGER opt_out_update;
DROP TRIGGER opt_out_delete;

CREATE TABLE opt_out_9 (
  number INTEGER PRIMARY KEY,  -- from 1, growing
  at INTEGER NOT NULL,         -- revoked, suppressed, erased: since when; denied: until when
  kind TEXT NOT NULL CHECK (kind = 'revoked' OR kind = 'denied' OR kind = 'suppressed'
    OR kind = 'erased'),
  address_key INTEGER,         -- of the address, where that is how it is known; else
  contact_id INTEGER,          -- whose address it is
  subject TEXT NOT NULL,       -- revoked: purpose; denied: form; suppressed: reason; erased: ground
  detail TEXT NOT NULL,        -- revoked: by what; erased: with_proof; else empty
  CHECK ((address_key IS NULL) <> (contact_id IS NULL))
) STRICT;
INSERT INTO opt_out_9 SELECT number, at, kind, address_key, contact_id, subject, detail
FROM opt_out ORDER BY number;
DROP TABLE opt_out;
ALTER TABLE opt_out_9 RENAME TO opt_out;

CREATE INDEX opt_out_contact ON opt_out (contact_id) WHERE contact_id > 0;

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
WHEN NEW.number <> OLD.number OR NEW.at <> OLD.at OR NEW.kind <> OLD.kind
  OR NEW.address_key IS NOT OLD.address_key OR NEW.contact_id IS NOT 0
  OR NEW.subject <> OLD.subject OR NEW.detail <> OLD.detail
BEGIN SELECT RAISE(ABORT, 'opt-outs are append-only'); END;

CREATE TRIGGER opt_out_delete BEFORE DELETE ON opt_out
BEGIN SELECT RAISE(ABORT, 'opt-outs are append-only'); END;
