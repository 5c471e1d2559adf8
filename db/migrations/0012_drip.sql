-- Drip campaigns: who is on the way through one, and what a consent was used for.

-- One row per event that began a sequence of steps, with the step that comes next; waiting costs
-- nothing. Whom it is about says the event, so that erasing the person leaves nothing here either.
CREATE TABLE enrolment (
  begun_by INTEGER NOT NULL,       -- event.sequence
  campaign TEXT NOT NULL,
  follows TEXT NOT NULL,           -- opt_in, confirmed, revoked, field_changed:NAME, date:NAME
  campaign_version BLOB NOT NULL CHECK (length(campaign_version) = 32),  -- definition.version
  anchor INTEGER NOT NULL,         -- from when the steps' `after` counts
  step INTEGER NOT NULL CHECK (step > 0),  -- number in the campaign of the next one
  due_at INTEGER NOT NULL,
  PRIMARY KEY (begun_by, campaign, follows)
) STRICT, WITHOUT ROWID;

-- By campaign, so that what waits for a paused one is not in the way of the others.
CREATE INDEX enrolment_due ON enrolment (campaign, due_at);

-- Campaigns of which nothing goes for now.
CREATE TABLE campaign_pause (
  campaign TEXT PRIMARY KEY,
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When a consent was used for a mail that its purpose's highest frequency counts; pruned with each
-- new one.
CREATE TABLE consent_use (
  consent_id INTEGER NOT NULL REFERENCES consent (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  PRIMARY KEY (consent_id, at)
) STRICT, WITHOUT ROWID;

-- A reminder takes the place of the confirmation mail: both are the round's.
ALTER TABLE consent ADD COLUMN first_mail_id INTEGER;
ALTER TABLE renewal ADD COLUMN first_mail_id INTEGER;

-- How far people came, by form, campaign and step (0: the sign-up itself). Nothing of the people.
CREATE TABLE funnel (
  campaign TEXT NOT NULL,
  form TEXT NOT NULL,
  step INTEGER NOT NULL,
  what TEXT NOT NULL,
  people INTEGER NOT NULL,
  PRIMARY KEY (campaign, form, step, what)
) STRICT, WITHOUT ROWID;
