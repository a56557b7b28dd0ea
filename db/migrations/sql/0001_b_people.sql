-- Shops, who works there, and who comes.

CREATE TABLE shops (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL DEFAULT '',
  timezone text NOT NULL DEFAULT 'UTC',
  currency text NOT NULL DEFAULT 'GBP',
  locale text NOT NULL DEFAULT 'en_GB',
  address text,
  phone text,
  sms_from text,
  whatsapp_from text,
  email_from text,
  deposit_cents integer NOT NULL DEFAULT 0,
  offer_window_minutes integer NOT NULL DEFAULT 15,
  payment_window_minutes integer NOT NULL DEFAULT 15,
  cooldown_hours integer NOT NULL DEFAULT 24,
  payment_attempts integer NOT NULL DEFAULT 1,
  require_prior_booking boolean NOT NULL DEFAULT false,
  min_notice_minutes integer NOT NULL DEFAULT 30,
  recovery_enabled boolean NOT NULL DEFAULT true,
  recover_unpaid boolean NOT NULL DEFAULT false,
  quiet_from time DEFAULT '21:00',
  quiet_until time DEFAULT '08:00',
  template_offer text,
  template_acceptance text,
  template_confirmation text,
  template_too_late text,
  template_ask_back text,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  updated_at timestamptz NOT NULL DEFAULT clock_now(),
  -- The number a text was sent to tells which shop is meant.
  CONSTRAINT shops_sms_from_key UNIQUE (sms_from),
  CONSTRAINT shops_whatsapp_from_key UNIQUE (whatsapp_from),
  CONSTRAINT shops_currency_iso CHECK (currency ~* '^[a-z]{3}$'),
  CONSTRAINT shops_deposit_not_negative CHECK (deposit_cents >= 0),
  CONSTRAINT shops_offer_window_positive CHECK (offer_window_minutes > 0),
  CONSTRAINT shops_payment_window_positive CHECK (payment_window_minutes > 0),
  CONSTRAINT shops_cooldown_not_negative CHECK (cooldown_hours >= 0),
  CONSTRAINT shops_payment_attempts_positive CHECK (payment_attempts > 0),
  CONSTRAINT shops_min_notice_not_negative CHECK (min_notice_minutes >= 0)
);

CREATE TABLE performers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  name text NOT NULL DEFAULT ''
);
-- A shop's calendar lists its performers.
CREATE INDEX performers_shop_id_idx ON performers (shop_id);

CREATE TABLE customers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  name text NOT NULL DEFAULT '',
  phone text,
  phone_e164 text GENERATED ALWAYS AS (e164(phone)) STORED,
  email text,
  sms_opt_in boolean NOT NULL DEFAULT false,
  whatsapp_opt_in boolean NOT NULL DEFAULT false,
  -- Who gives an address with a booking takes e-mails about that booking; a link in each of them ends it.
  email_opt_in boolean NOT NULL DEFAULT true,
  timezone text,
  locale text,
  consent_source text,
  consent_wording text,
  consent_at timestamptz,
  cooldown_until timestamptz,
  last_asked_at timestamptz,
  last_settled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  anonymised_at timestamptz
);
-- Who sent this text; who else has this number, since two rows with one number are one person to ask.
CREATE INDEX customers_shop_id_phone_e164_idx ON customers (shop_id, phone_e164);
-- Whom to ask next: those who can be texted and don't rest, best first, read until a page is full. Those who rest are
-- not in it: with them, a shop that has asked its best 95,000 of 100,000 customers would step over 95,000 entries.
CREATE INDEX customers_askable_idx ON customers (shop_id, coalesce(last_settled_at, '-infinity') DESC, id)
  WHERE sms_opt_in AND phone_e164 IS NOT NULL AND cooldown_until IS NULL;
-- Those who rest, by the end of it: whose rest is over and not yet cleared away, and when the next one's ends.
CREATE INDEX customers_resting_idx ON customers (shop_id, cooldown_until) WHERE cooldown_until IS NOT NULL;
-- The sweep that clears away rests that are over, for all shops.
CREATE INDEX customers_rest_over_idx ON customers (cooldown_until) WHERE cooldown_until IS NOT NULL;

-- The shop's list of customers, and who of them isn't asked and why: whoever was here last first. In other words than
-- the index above, so that the search never takes this one, in which are also those who rest.
CREATE INDEX customers_last_visit_idx ON customers (shop_id, last_settled_at DESC NULLS LAST, id);

CREATE TABLE staff (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  name text NOT NULL DEFAULT '',
  email text,
  phone text,
  role text NOT NULL DEFAULT 'owner',
  email_alerts boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT staff_role_known CHECK (role IN ('owner', 'staff', 'read_only'))
);
-- The staff of a shop, for alerts and the page of people.
CREATE INDEX staff_shop_id_idx ON staff (shop_id);
-- Sign-in: the one field holds an address ...
CREATE INDEX staff_email_idx ON staff (lower(email));
-- ... or a number, however it was typed.
CREATE INDEX staff_phone_idx ON staff (e164(phone));

CREATE TABLE otp_codes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
  channel text NOT NULL DEFAULT 'sms',
  nonce text NOT NULL DEFAULT random_token(),
  browser_hash text NOT NULL DEFAULT '',
  attempts integer NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL DEFAULT clock_now() + interval '10 minutes',
  used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT otp_codes_channel_known CHECK (channel IN ('sms', 'whatsapp', 'email'))
);
-- The newest code of the one who signs in, and how many were asked for of late.
CREATE INDEX otp_codes_staff_id_created_at_idx ON otp_codes (staff_id, created_at);
-- The clean-up removes what has expired.
CREATE INDEX otp_codes_expires_at_idx ON otp_codes (expires_at);

CREATE TABLE staff_sessions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
  token_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  last_seen_at timestamptz NOT NULL DEFAULT clock_now(),
  expires_at timestamptz NOT NULL DEFAULT clock_now() + interval '12 hours',
  revoked_at timestamptz,
  reauthenticated_at timestamptz,
  -- Every page finds its session by this.
  CONSTRAINT staff_sessions_token_hash_key UNIQUE (token_hash)
);
-- Revoke everywhere.
CREATE INDEX staff_sessions_staff_id_idx ON staff_sessions (staff_id);
-- The clean-up removes what has expired.
CREATE INDEX staff_sessions_expires_at_idx ON staff_sessions (expires_at);

CREATE TABLE suppressions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  phone text NOT NULL,
  reason text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  lifted_at timestamptz
);
-- One standing opt-out per number; asked before every text.
CREATE UNIQUE INDEX suppressions_standing_key ON suppressions (shop_id, phone) WHERE lifted_at IS NULL;
