-- The channels on which the workers of this installation can make offers. Each worker records them when it starts. A
-- channel without a row is usable.
CREATE TABLE usable_channels (
  channel text PRIMARY KEY,
  usable boolean NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT clock_now()
);
ALTER TABLE usable_channels ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON usable_channels FOR SELECT TO slots_dashboard USING (true);
GRANT SELECT ON usable_channels TO slots_dashboard;

-- The wording of each ticked box, by channel. Earlier rows have only consent_wording, for texts.
ALTER TABLE join_requests ADD COLUMN consents jsonb NOT NULL DEFAULT '{}', ADD COLUMN email text;
-- For counting the recent e-mails to an address. Rows are kept for a day.
CREATE INDEX join_requests_email_idx ON join_requests (lower(email), created_at) WHERE email IS NOT NULL;

-- Consent to e-mails that was given on the join page. It becomes valid when the customer confirms it with the link in
-- an e-mail to this address, at the time email_consent_at.
ALTER TABLE waitlist_entries
  ADD COLUMN email text, ADD COLUMN email_consent_wording text, ADD COLUMN email_consent_at timestamptz;
