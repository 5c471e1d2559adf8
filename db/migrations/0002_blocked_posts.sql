-- What the protection of a form kept out, as numbers only: nothing of a post itself is kept.

CREATE TABLE blocked_post (
  day TEXT NOT NULL CHECK (day GLOB '????-??-??'),  -- in the controller's time zone
  form TEXT NOT NULL,
  reason TEXT NOT NULL,  -- engine/flow/blocked_posts.h
  posts INTEGER NOT NULL CHECK (posts > 0),
  PRIMARY KEY (day, form, reason)
) STRICT, WITHOUT ROWID;
