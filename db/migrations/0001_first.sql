-- Times are INTEGER, milliseconds since 1970 in UTC, but for the stamps in `consent`, which a judge
-- may have to read: RFC 3339 text in UTC with milliseconds. Ids are those of engine/base/ids.h:
-- they grow with time, so a new row lands at the right edge of its b-trees. The one index on a
-- random key that grows for ever is the address in `contact`.
-- Checks say OR and not IN: for IN, SQLite builds a b-tree of the names on every insert, which made
-- a form post a third slower.

CREATE TABLE migration (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum BLOB NOT NULL CHECK (length(checksum) = 32)  -- SHA-256 of the file
) STRICT;

-- ---- The record of a person -------------------------------------------------------------------

CREATE TABLE contact (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL,
  email_normalised TEXT NOT NULL UNIQUE,
  language TEXT NOT NULL,
  source TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE contact_field (
  contact_id INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  source TEXT NOT NULL,
  set_at INTEGER NOT NULL,
  PRIMARY KEY (contact_id, name)
) STRICT, WITHOUT ROWID;

-- The current round of each consent: a cache of the fold of its events. No trigger guards the
-- stamps, because the fold may have to bring an earlier round back.
CREATE TABLE consent (
  id INTEGER PRIMARY KEY,
  contact_id INTEGER NOT NULL REFERENCES contact (id),
  purpose TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status = 'pending' OR status = 'confirmed' OR status = 'revoked'
    OR status = 'denied' OR status = 'expired'),
  grade TEXT NOT NULL CHECK (grade = 'observed' OR grade = 'asserted' OR grade = 'click'
    OR grade = 'imported' OR grade = 'staff'),
  form TEXT NOT NULL,
  form_version TEXT NOT NULL,
  purpose_version TEXT NOT NULL,
  language TEXT NOT NULL,
  submission INTEGER NOT NULL,  -- event.sequence of the form post
  mail_id INTEGER,              -- the mail that can confirm it
  expires_at INTEGER NOT NULL,
  opt_in_at TEXT NOT NULL CHECK (opt_in_at GLOB '????-??-??T??:??:??.???Z'),
  opt_in_date TEXT NOT NULL,
  mailed_at TEXT CHECK (mailed_at GLOB '????-??-??T??:??:??.???Z'),
  opened_at TEXT CHECK (opened_at GLOB '????-??-??T??:??:??.???Z'),
  confirmed_at TEXT CHECK (confirmed_at GLOB '????-??-??T??:??:??.???Z'),
  confirmed_date TEXT,
  revoked_at TEXT CHECK (revoked_at GLOB '????-??-??T??:??:??.???Z'),
  revoked_date TEXT,
  revoked_by TEXT CHECK (revoked_by = 'link' OR revoked_by = 'one_click'
    OR revoked_by = 'preferences' OR revoked_by = 'mail' OR revoked_by = 'staff'
    OR revoked_by = 'complaint' OR revoked_by = 'api'),
  UNIQUE (contact_id, purpose),
  CHECK ((confirmed_at IS NULL) = (confirmed_date IS NULL)),
  CHECK ((revoked_at IS NULL) = (revoked_date IS NULL)),
  CHECK (revoked_by IS NULL OR revoked_at IS NOT NULL),
  CHECK (status <> 'confirmed' OR confirmed_at IS NOT NULL),
  CHECK (status <> 'revoked' OR revoked_at IS NOT NULL)
) STRICT;

CREATE INDEX consent_pending ON consent (expires_at) WHERE status = 'pending';

-- ---- The log ----------------------------------------------------------------------------------
-- Contacts and consents go, events stay: no foreign key leads from here to them.

CREATE TABLE event (
  sequence INTEGER PRIMARY KEY,  -- from 1, without gaps
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  leaf BLOB NOT NULL
) STRICT;

CREATE TABLE event_value (
  sequence INTEGER NOT NULL REFERENCES event (sequence),
  name TEXT NOT NULL,
  salt BLOB NOT NULL CHECK (length(salt) = 32),
  value BLOB NOT NULL,
  PRIMARY KEY (sequence, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_subject (
  subject_id INTEGER NOT NULL,  -- id of a contact or of a consent; the two never meet
  sequence INTEGER NOT NULL REFERENCES event (sequence),
  PRIMARY KEY (subject_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX event_subject_sequence ON event_subject (sequence);

CREATE TRIGGER event_insert BEFORE INSERT ON event
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM event)
BEGIN SELECT RAISE(ABORT, 'events follow one another without gaps'); END;

CREATE TRIGGER event_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER event_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER event_value_update BEFORE UPDATE ON event_value
BEGIN SELECT RAISE(ABORT, 'values of events are never changed'); END;

CREATE TRIGGER event_subject_update BEFORE UPDATE ON event_subject
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER event_subject_delete BEFORE DELETE ON event_subject
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- ---- Mails ------------------------------------------------------------------------------------
-- `message` stands last, so that no query but the one that wants it reads its overflow pages.
-- `kind` has no list of names to be checked against: kinds will come, and SQLite cannot change a
-- check without writing the whole table again. The reader refuses a kind that it does not know.

CREATE TABLE mail (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind <> ''),
  contact_id INTEGER NOT NULL,
  submission INTEGER NOT NULL,  -- event.sequence of the form post it answers
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  language TEXT NOT NULL,
  template_version BLOB NOT NULL CHECK (length(template_version) = 32),
  message_hash BLOB NOT NULL CHECK (length(message_hash) = 32),
  token_key INTEGER NOT NULL CHECK (token_key BETWEEN 0 AND 255),
  queued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  slots TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;

-- What it asks for, in the order in which it asks.
CREATE TABLE mail_consent (
  mail_id INTEGER NOT NULL REFERENCES mail (id),
  position INTEGER NOT NULL,
  consent_id INTEGER NOT NULL,
  PRIMARY KEY (mail_id, position)
) STRICT, WITHOUT ROWID;

-- A mail is composed once. What may be done to it afterwards is to blank it.
CREATE TRIGGER mail_update BEFORE UPDATE ON mail
WHEN NEW.recipient <> '' OR NEW.message <> '' OR NEW.slots <> ''
  OR NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.contact_id <> OLD.contact_id
  OR NEW.submission <> OLD.submission OR NEW.sender <> OLD.sender OR NEW.language <> OLD.language
  OR NEW.template_version <> OLD.template_version OR NEW.message_hash <> OLD.message_hash
  OR NEW.token_key <> OLD.token_key OR NEW.queued_at <> OLD.queued_at
  OR NEW.expires_at <> OLD.expires_at
BEGIN SELECT RAISE(ABORT, 'mails are never changed'); END;

CREATE TABLE outbox (
  mail_id INTEGER PRIMARY KEY REFERENCES mail (id),
  state TEXT NOT NULL CHECK (state = 'queued' OR state = 'attempting' OR state = 'handing_over'
    OR state = 'sent' OR state = 'failed' OR state = 'dropped' OR state = 'held'),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  next_at INTEGER NOT NULL,
  last_attempt_at INTEGER,
  last_code INTEGER NOT NULL,
  last_reply TEXT NOT NULL
) STRICT;

CREATE INDEX outbox_queued ON outbox (next_at) WHERE state = 'queued';
-- All but what was sent, which is nearly everything.
CREATE INDEX outbox_state ON outbox (state, mail_id) WHERE state <> 'sent';

-- ---- What outlives a contact, under a keyed hash of the address -------------------------------

CREATE TABLE mail_limit (
  address_key INTEGER NOT NULL,
  at INTEGER NOT NULL,
  mails INTEGER NOT NULL CHECK (mails > 0),  -- queued in that millisecond
  PRIMARY KEY (address_key, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_limit_at ON mail_limit (at);

CREATE TABLE form_denial (
  address_key INTEGER NOT NULL,
  form TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (address_key, form)
) STRICT, WITHOUT ROWID;

CREATE INDEX form_denial_until ON form_denial (until);

-- ---- Definitions ------------------------------------------------------------------------------

CREATE TABLE definition (
  version BLOB NOT NULL PRIMARY KEY CHECK (length(version) = 32),
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE definition_current (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version BLOB NOT NULL REFERENCES definition (version),
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER definition_update BEFORE UPDATE ON definition
BEGIN SELECT RAISE(ABORT, 'definitions are append-only'); END;

CREATE TRIGGER definition_delete BEFORE DELETE ON definition
BEGIN SELECT RAISE(ABORT, 'definitions are append-only'); END;
