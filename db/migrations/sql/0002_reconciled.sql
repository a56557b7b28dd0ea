-- How far the lists of the providers have been read, so that what never reached our doors is found, however long
-- they were shut. `source` names the list: the texts to one number, or Stripe's events.
CREATE TABLE reconciled (
  source text PRIMARY KEY,
  until timestamptz NOT NULL
);
-- Nobody's page.
ALTER TABLE reconciled ENABLE ROW LEVEL SECURITY;
