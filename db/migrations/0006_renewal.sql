-- Who is confirmed and signs up again under a newer wording: what waits for the press stands beside
-- the consent, whose stamps it never touches. Confirmed, it takes the row's place in `consent`, as
-- the next round; ended, it goes.

CREATE TABLE renewal (
  consent_id INTEGER PRIMARY KEY REFERENCES consent (id) ON DELETE CASCADE,
  grade TEXT NOT NULL,
  form TEXT NOT NULL,
  form_version TEXT NOT NULL,
  purpose_version TEXT NOT NULL,
  language TEXT NOT NULL,
  submission INTEGER NOT NULL,  -- event.sequence of the form post
  mail_id INTEGER,
  expires_at INTEGER NOT NULL,
  opt_in_at TEXT NOT NULL CHECK (opt_in_at GLOB '????-??-??T??:??:??.???Z'),
  opt_in_date TEXT NOT NULL,
  mailed_at TEXT CHECK (mailed_at GLOB '????-??-??T??:??:??.???Z'),
  opened_at TEXT CHECK (opened_at GLOB '????-??-??T??:??:??.???Z')
) STRICT;

CREATE INDEX renewal_expires ON renewal (expires_at);
