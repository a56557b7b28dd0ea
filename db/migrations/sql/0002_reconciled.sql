-- How far each list of a provider has been read, so that events whose webhooks never arrived are found, however long
-- the endpoints were unavailable. `source` identifies the list: the texts to one number, or Stripe's events.
CREATE TABLE reconciled (
  source text PRIMARY KEY,
  until timestamptz NOT NULL
);
-- No page shows this table.
ALTER TABLE reconciled ENABLE ROW LEVEL SECURITY;
