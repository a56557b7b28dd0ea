-- The channels that the workers of this installation can make offers by, as each worker notes when it starts. A channel
-- without a row counts as usable.
CREATE TABLE usable_channels (
  channel text PRIMARY KEY,
  usable boolean NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT clock_now()
);
ALTER TABLE usable_channels ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON usable_channels FOR SELECT TO slots_dashboard USING (true);
GRANT SELECT ON usable_channels TO slots_dashboard;

-- The ticked boxes: the wording that was shown, by channel. Rows from before have only consent_wording, about texts.
ALTER TABLE join_requests ADD COLUMN consents jsonb NOT NULL DEFAULT '{}', ADD COLUMN email text;
-- How many e-mails an address was sent of late. Rows live for a day.
CREATE INDEX join_requests_email_idx ON join_requests (lower(email), created_at) WHERE email IS NOT NULL;

-- Consent to e-mails that was ticked on the page to join. It counts once the link in an e-mail to this address is
-- confirmed; email_consent_at is that time.
ALTER TABLE waitlist_entries
  ADD COLUMN email text, ADD COLUMN email_consent_wording text, ADD COLUMN email_consent_at timestamptz;
