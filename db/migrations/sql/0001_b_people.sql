-- Shops, their staff and their customers.

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
  -- The number to which a text was sent identifies the shop.
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
-- For the list of performers in a shop's calendar.
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
  -- Customers who give an address with a booking receive e-mails about the booking, each with an unsubscribe link.
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
-- Finds the sender of a text, and all rows with the same number, which are treated as one person.
CREATE INDEX customers_shop_id_phone_e164_idx ON customers (shop_id, phone_e164);
-- For the search for the next customer: customers who can be texted and have no cooldown, in the order of asking.
-- Customers with a cooldown are excluded. Otherwise, a search in a shop that has asked its best 95,000 of 100,000
-- customers would first read the entries of these customers.
CREATE INDEX customers_askable_idx ON customers (shop_id, coalesce(last_settled_at, '-infinity') DESC, id)
  WHERE sms_opt_in AND phone_e164 IS NOT NULL AND cooldown_until IS NULL;
-- Customers with a cooldown, sorted by its end. Finds expired cooldowns that are not cleared yet, and the next
-- cooldown to end.
CREATE INDEX customers_resting_idx ON customers (shop_id, cooldown_until) WHERE cooldown_until IS NOT NULL;
-- For the sweep, which clears expired cooldowns in all shops.
CREATE INDEX customers_rest_over_idx ON customers (cooldown_until) WHERE cooldown_until IS NOT NULL;

-- For the lists of all customers and of ineligible customers, most recent visitors first. The expression differs from
-- that of customers_askable_idx, so that a search never uses this index, which also contains customers with a
-- cooldown.
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
-- For alerts to the staff, and for the team page.
CREATE INDEX staff_shop_id_idx ON staff (shop_id);
-- Finds a member by the e-mail address entered at sign-in.
CREATE INDEX staff_email_idx ON staff (lower(email));
-- Finds a member by the phone number entered at sign-in, in any notation.
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
-- Finds a member's newest code, and counts the member's recent codes.
CREATE INDEX otp_codes_staff_id_created_at_idx ON otp_codes (staff_id, created_at);
-- For the clean-up of expired rows.
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
  -- Every page looks up its session by this hash.
  CONSTRAINT staff_sessions_token_hash_key UNIQUE (token_hash)
);
-- For revoking all sessions of a member.
CREATE INDEX staff_sessions_staff_id_idx ON staff_sessions (staff_id);
-- For the clean-up of expired rows.
CREATE INDEX staff_sessions_expires_at_idx ON staff_sessions (expires_at);

CREATE TABLE suppressions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  phone text NOT NULL,
  reason text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  lifted_at timestamptz
);
-- In each shop, a number has at most one opt-out in effect, which is checked before every text.
CREATE UNIQUE INDEX suppressions_standing_key ON suppressions (shop_id, phone) WHERE lifted_at IS NULL;
