-- What belongs to one event or one mail lies in one row. A form post wrote to sixteen b-trees, and
-- ten rows of values into one of them. Lists of ids and packed values are bytes: db/README.md,
-- engine/evidence/FORMAT.md. `||` makes a text of two blobs and keeps their bytes.

-- SQLite 3.40 has no function that makes a byte of a number.
CREATE TABLE octet (n INTEGER PRIMARY KEY, byte BLOB NOT NULL) STRICT;

WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 255)
INSERT INTO octet SELECT n, substr(CAST(
    x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
    || x'202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f'
    || x'404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f'
    || x'606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f'
    || x'808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'
    || x'a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf'
    || x'c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf'
    || x'e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff' AS BLOB), n + 1, 1)
FROM number;

-- ---- The values of an event: one row, which may only get shorter ------------------------------

CREATE TABLE event_values (
  sequence INTEGER PRIMARY KEY REFERENCES event (sequence),
  packed BLOB NOT NULL CHECK (length(packed) > 0)
) STRICT;

-- Names are spelled out: 0, length, name; then salt, length (255: four more bytes), value.
INSERT INTO event_values (sequence, packed)
SELECT sequence, CAST(x'00' || (SELECT byte FROM octet WHERE n = length(name))
    || CAST(name AS BLOB) || salt
    || CASE WHEN length(value) < 255 THEN (SELECT byte FROM octet WHERE n = length(value))
       ELSE x'ff' || (SELECT byte FROM octet WHERE n = (length(value) >> 24 & 255))
         || (SELECT byte FROM octet WHERE n = (length(value) >> 16 & 255))
         || (SELECT byte FROM octet WHERE n = (length(value) >> 8 & 255))
         || (SELECT byte FROM octet WHERE n = (length(value) >> 0 & 255)) END
    || value AS BLOB)
FROM event_value WHERE true ORDER BY sequence, name
ON CONFLICT (sequence) DO UPDATE SET packed = CAST(event_values.packed || excluded.packed AS BLOB);

DROP TABLE event_value;

CREATE TRIGGER event_values_update BEFORE UPDATE ON event_values
WHEN NEW.sequence <> OLD.sequence OR length(NEW.packed) >= length(OLD.packed)
BEGIN SELECT RAISE(ABORT, 'values of events are only taken out'); END;

-- ---- Whom an event is about: columns of the event ---------------------------------------------

ALTER TABLE event ADD COLUMN contact_id INTEGER;  -- NULL: nobody that was found any more
ALTER TABLE event ADD COLUMN consents BLOB;       -- ids, 8 bytes each

-- The contact gets its id before its consents, so it is the least; unless that one is a consent.
CREATE TABLE subject (sequence INTEGER PRIMARY KEY, contact_id INTEGER, consents BLOB) STRICT;

INSERT INTO subject (sequence, contact_id)
SELECT sequence, coalesce((SELECT contact_id FROM consent WHERE id = least), least)
FROM (SELECT sequence, min(subject_id) AS least FROM event_subject GROUP BY sequence);

INSERT INTO subject (sequence, consents)
SELECT e.sequence, CAST((SELECT byte FROM octet WHERE n = (e.subject_id >> 56 & 255))
    || (SELECT byte FROM octet WHERE n = (e.subject_id >> 48 & 255))
    || (SELECT byte FROM octet WHERE n = (e.subject_id >> 40 & 255))
    || (SELECT byte FROM octet WHERE n = (e.subject_id >> 32 & 255))
    || (SELECT byte FROM octet WHERE n = (e.subject_id >> 24 & 255))
    || (SELECT byte FROM octet WHERE n = (e.subject_id >> 16 & 255))
    || (SELECT byte FROM octet WHERE n = (e.subject_id >> 8 & 255))
    || (SELECT byte FROM octet WHERE n = (e.subject_id >> 0 & 255)) AS BLOB)
FROM event_subject e JOIN subject s ON s.sequence = e.sequence
WHERE e.subject_id <> s.contact_id ORDER BY e.sequence, e.subject_id
ON CONFLICT (sequence) DO UPDATE
SET consents = CAST(coalesce(subject.consents, x'') || excluded.consents AS BLOB);

DROP TRIGGER event_update;
UPDATE event SET contact_id = subject.contact_id, consents = subject.consents
FROM subject WHERE subject.sequence = event.sequence;

DROP TABLE subject;
DROP TABLE event_subject;

CREATE INDEX event_contact ON event (contact_id) WHERE contact_id IS NOT NULL;

CREATE TRIGGER event_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- ---- What a mail asks for, in the order in which it asks: a column of the mail ----------------

ALTER TABLE mail ADD COLUMN consents BLOB;  -- ids, 8 bytes each

DROP TRIGGER mail_update;

CREATE TABLE asked (mail_id INTEGER PRIMARY KEY, consents BLOB NOT NULL) STRICT;

INSERT INTO asked (mail_id, consents)
SELECT mail_id, CAST((SELECT byte FROM octet WHERE n = (consent_id >> 56 & 255))
    || (SELECT byte FROM octet WHERE n = (consent_id >> 48 & 255))
    || (SELECT byte FROM octet WHERE n = (consent_id >> 40 & 255))
    || (SELECT byte FROM octet WHERE n = (consent_id >> 32 & 255))
    || (SELECT byte FROM octet WHERE n = (consent_id >> 24 & 255))
    || (SELECT byte FROM octet WHERE n = (consent_id >> 16 & 255))
    || (SELECT byte FROM octet WHERE n = (consent_id >> 8 & 255))
    || (SELECT byte FROM octet WHERE n = (consent_id >> 0 & 255)) AS BLOB)
FROM mail_consent WHERE true ORDER BY mail_id, position
ON CONFLICT (mail_id) DO UPDATE SET consents = CAST(asked.consents || excluded.consents AS BLOB);

UPDATE mail SET consents = asked.consents FROM asked WHERE asked.mail_id = mail.id;

DROP TABLE asked;
DROP TABLE mail_consent;
DROP TABLE octet;

-- A mail is composed once. What may be done to it afterwards is to blank it.
CREATE TRIGGER mail_update BEFORE UPDATE ON mail
WHEN NEW.recipient <> '' OR NEW.message <> '' OR NEW.slots <> ''
  OR NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.contact_id <> OLD.contact_id
  OR NEW.submission <> OLD.submission OR NEW.sender <> OLD.sender OR NEW.language <> OLD.language
  OR NEW.template_version <> OLD.template_version OR NEW.message_hash <> OLD.message_hash
  OR NEW.token_key <> OLD.token_key OR NEW.queued_at <> OLD.queued_at
  OR NEW.expires_at <> OLD.expires_at OR NEW.consents IS NOT OLD.consents
BEGIN SELECT RAISE(ABORT, 'mails are never changed'); END;
