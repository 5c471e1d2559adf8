-- Mails from persons that no rule could understand: somebody has to read them.
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  contact_id INTEGER NOT NULL,
  mail_id INTEGER NOT NULL,        -- the mail of ours that it answers
  by_token INTEGER NOT NULL,       -- 1: known by a signed token, 0: by a Message-ID alone
  sender TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  message_hash BLOB NOT NULL,      -- SHA-256 of the mail as it came: the same is not listed twice
  done INTEGER NOT NULL DEFAULT 0  -- 1: what it said is gone
) STRICT;

CREATE INDEX inbox_contact ON inbox (contact_id);
CREATE INDEX inbox_at ON inbox (at);
CREATE UNIQUE INDEX inbox_message ON inbox (message_hash);

CREATE TRIGGER inbox_contact_gone AFTER DELETE ON contact
BEGIN DELETE FROM inbox WHERE contact_id = OLD.id; END;
