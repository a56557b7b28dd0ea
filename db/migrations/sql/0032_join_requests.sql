-- Requests to join a waiting list, with a row for each code that is texted. A shop's pages and its API cannot read
-- them.
CREATE TABLE join_requests (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  name text NOT NULL DEFAULT '',
  phone text NOT NULL,
  -- The phone line, for which codes are limited across all shops.
  line text NOT NULL GENERATED ALWAYS AS (coalesce(phone_line(phone), phone)) STORED,
  locale text,
  -- Columns of waitlist_entries, as JSON.
  wishes jsonb NOT NULL DEFAULT '{}',
  consent_wording text NOT NULL DEFAULT '',
  consent_version text NOT NULL DEFAULT '',
  consent_address text NOT NULL DEFAULT '',
  -- The visitor for rate limits: an IPv4 address, or the /64 prefix of an IPv6 address.
  visitor text NOT NULL DEFAULT '',
  browser_hash text NOT NULL DEFAULT '',
  -- The code is derived from a key, the id and the nonce, and is never stored.
  nonce text NOT NULL DEFAULT random_token(),
  attempts integer NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL DEFAULT clock_now() + interval '10 minutes',
  used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now()
);
-- For counting the recent codes of a phone line, of a visitor, of a shop and of all shops.
CREATE INDEX join_requests_line_created_at_idx ON join_requests (line, created_at);
CREATE INDEX join_requests_visitor_created_at_idx ON join_requests (visitor, created_at);
CREATE INDEX join_requests_shop_id_created_at_idx ON join_requests (shop_id, created_at);
CREATE INDEX join_requests_created_at_idx ON join_requests (created_at);
-- For the clean-up of expired rows.
CREATE INDEX join_requests_expires_at_idx ON join_requests (expires_at);

ALTER TABLE join_requests ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON join_requests TO slots_dashboard
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));
