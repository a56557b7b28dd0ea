-- Sign-in: codes and invitations are bound to the address to which they were sent, and become invalid when the member
-- no longer has it.

-- Null if the member was invited on a page and has confirmed no address yet. Members who are added with SQL or by a
-- command are confirmed immediately.
ALTER TABLE staff ADD COLUMN confirmed_at timestamptz DEFAULT clock_now();

-- Returns a member's address on a channel, in the form that codes and invitations store.
CREATE FUNCTION staff_address(channel text, phone text, email text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$SELECT CASE channel WHEN 'email' THEN lower(email) ELSE e164(phone) END$$;

ALTER TABLE otp_codes ADD COLUMN address text;
-- The limit that was reached: 'person' or 'shop'. Such a code is never sent, and triggers an alert.
ALTER TABLE otp_codes ADD COLUMN refused text;
ALTER TABLE otp_codes ADD CONSTRAINT otp_codes_refused_known CHECK (refused IN ('person', 'shop'));
-- For counting a shop's codes in the last hour.
CREATE INDEX otp_codes_shop_id_created_at_idx ON otp_codes (shop_id, created_at);

-- A code that is inserted without an address is bound to the member's current address.
CREATE FUNCTION bind_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.address := (SELECT staff_address(NEW.channel, phone, email) FROM staff WHERE id = NEW.staff_id);
  RETURN NEW;
END $$;
CREATE TRIGGER bind_code BEFORE INSERT ON otp_codes FOR EACH ROW
  WHEN (NEW.address IS NULL) EXECUTE FUNCTION bind_code();
UPDATE otp_codes o SET address = staff_address(o.channel, p.phone, p.email) FROM staff p WHERE p.id = o.staff_id;

-- The level of a member rises with each code that is sent and not used, and determines the wait before the next code.
-- Browsers in which the member has signed in before (`known`) have a separate level, so that strangers cannot lock
-- the member out.
CREATE TABLE sign_in_limits (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
  channel text NOT NULL,
  known boolean NOT NULL DEFAULT false,
  shop_id uuid NOT NULL REFERENCES shops (id),
  address text NOT NULL DEFAULT '',
  level double precision NOT NULL DEFAULT 0,
  asked_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT sign_in_limits_staff_id_channel_known_key UNIQUE (staff_id, channel, known)
);

CREATE TABLE staff_invitations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
  channel text NOT NULL DEFAULT 'sms',
  address text NOT NULL DEFAULT '',
  -- The token of the link is derived from a key, the id and the nonce. Only its hash is stored.
  nonce text NOT NULL DEFAULT random_token(),
  token_hash text NOT NULL,
  expires_at timestamptz NOT NULL DEFAULT clock_now() + interval '7 days',
  used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT staff_invitations_token_hash_key UNIQUE (token_hash),
  CONSTRAINT staff_invitations_channel_known CHECK (channel IN ('sms', 'email'))
);
-- Finds a member's open invitations, which become invalid when the member leaves.
CREATE INDEX staff_invitations_staff_id_idx ON staff_invitations (staff_id);
-- For counting a shop's recent invitations.
CREATE INDEX staff_invitations_shop_id_created_at_idx ON staff_invitations (shop_id, created_at);
-- For counting the recent invitations to an address, from all shops.
CREATE INDEX staff_invitations_address_created_at_idx ON staff_invitations (address, created_at);
-- For the clean-up of expired rows.
CREATE INDEX staff_invitations_expires_at_idx ON staff_invitations (expires_at);

-- When a member's address changes, access that was granted with the former address ends, whichever program changes
-- the row. Sessions do not end if the member had no address of this kind before.
CREATE FUNCTION end_access() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  phone_changed boolean := e164(NEW.phone) IS DISTINCT FROM e164(OLD.phone);
  email_changed boolean := lower(NEW.email) IS DISTINCT FROM lower(OLD.email);
  unconfirmed boolean := NEW.confirmed_at IS NULL AND OLD.confirmed_at IS NOT NULL;
  has_left boolean := NEW.phone IS NULL AND NEW.email IS NULL OR unconfirmed OR NEW.shop_id <> OLD.shop_id;
BEGIN
  -- These codes are already invalid, because they are bound to the former address. The new expiry makes this visible.
  UPDATE otp_codes SET expires_at = least(expires_at, clock_timestamp())
   WHERE staff_id = NEW.id AND used_at IS NULL AND expires_at > clock_timestamp()
     AND (has_left OR CASE channel WHEN 'email' THEN email_changed ELSE phone_changed END);
  IF has_left OR (phone_changed AND OLD.phone IS NOT NULL) OR (email_changed AND OLD.email IS NOT NULL) THEN
    UPDATE staff_sessions SET revoked_at = clock_timestamp() WHERE staff_id = NEW.id AND revoked_at IS NULL;
  END IF;
  UPDATE staff_invitations SET used_at = clock_timestamp()
   WHERE staff_id = NEW.id AND used_at IS NULL
     AND (has_left OR OLD.confirmed_at IS NOT NULL
                      AND CASE channel WHEN 'email' THEN email_changed ELSE phone_changed END);
  RETURN NULL;
END $$;
CREATE TRIGGER end_access AFTER UPDATE OF shop_id, phone, email, confirmed_at ON staff FOR EACH ROW
  WHEN ((NEW.shop_id, NEW.phone, NEW.email, NEW.confirmed_at)
        IS DISTINCT FROM (OLD.shop_id, OLD.phone, OLD.email, OLD.confirmed_at)) EXECUTE FUNCTION end_access();

-- A page can add an unconfirmed address only to an unconfirmed member, and cannot confirm a member. Both require the
-- link in an invitation.
CREATE FUNCTION leave_confirming_to_invitations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'slots_dashboard' AND (
       NEW.confirmed_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.confirmed_at IS NULL)
       OR TG_OP = 'UPDATE' AND NEW.confirmed_at IS NOT NULL
          AND (NEW.phone IS NOT NULL AND NEW.phone IS DISTINCT FROM OLD.phone
               OR NEW.email IS NOT NULL AND NEW.email IS DISTINCT FROM OLD.email)) THEN
    RAISE EXCEPTION 'an address counts when its invitation is confirmed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER leave_confirming_to_invitations BEFORE INSERT OR UPDATE ON staff
  FOR EACH ROW EXECUTE FUNCTION leave_confirming_to_invitations();

-- Sign-in codes are now derived when they are sent. Codes that were stored before are removed.
UPDATE messages SET body = '', subject = NULL WHERE purpose = 'sign_in_code';

-- The dashboard's role gets only the privileges that its pages need. Sign-in itself does not use this role.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM slots_dashboard;
GRANT SELECT ON shops, performers, customers, staff, suppressions, appointments, slot_openings, slot_offers,
  messages, notifications, audit_logs, pending_tasks, job_runs TO slots_dashboard;
-- These grants exclude the secrets of sessions and links.
GRANT SELECT (id, shop_id, staff_id, created_at, last_seen_at, expires_at, revoked_at, reauthenticated_at)
  ON staff_sessions TO slots_dashboard;
GRANT SELECT (id, shop_id, staff_id, channel, address, expires_at, used_at, created_at)
  ON staff_invitations TO slots_dashboard;
-- For the trigger end_access.
GRANT SELECT (id, shop_id, staff_id, channel, expires_at, used_at), UPDATE (expires_at) ON otp_codes
  TO slots_dashboard;
GRANT UPDATE (revoked_at) ON staff_sessions TO slots_dashboard;
GRANT INSERT ON customers, suppressions, audit_logs TO slots_dashboard;
GRANT UPDATE ON customers TO slots_dashboard;
GRANT INSERT (id, shop_id, staff_id, channel, address, nonce, token_hash), UPDATE (used_at)
  ON staff_invitations TO slots_dashboard;
GRANT INSERT (id, shop_id, name, email, phone, role, confirmed_at),
  UPDATE (name, email, phone, role, email_alerts, confirmed_at) ON staff TO slots_dashboard;
GRANT UPDATE (read_at) ON notifications TO slots_dashboard;
GRANT INSERT (id, shop_id, name, args, key, webhook_event_id, due_at, next_ring_at) ON pending_tasks
  TO slots_dashboard;
-- Excludes the id and the sending addresses, which identify a shop.
GRANT UPDATE (name, country, timezone, currency, locale, address, phone, deposit_cents, offer_window_minutes,
  payment_window_minutes, cooldown_hours, payment_attempts, require_prior_booking, min_notice_minutes,
  recovery_enabled, recover_unpaid, quiet_from, quiet_until, template_offer, template_acceptance,
  template_confirmation, template_too_late, template_ask_back) ON shops TO slots_dashboard;
DO $$
BEGIN
  EXECUTE (SELECT format('GRANT SELECT (%s) ON payments TO slots_dashboard', string_agg(quote_ident(attname), ', '))
             FROM pg_attribute
            WHERE attrelid = 'payments'::regclass AND attnum > 0 AND NOT attisdropped
              AND attname NOT IN ('client_secret', 'pay_token'));
END $$;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['sign_in_limits', 'staff_invitations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY one_shop ON %I TO slots_dashboard '
      'USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()))', tenant_table);
  END LOOP;
END $$;

-- The row of a task contains its shop, but the arguments refer to other rows, which must belong to the same shop. The
-- task must have no key and no webhook. With the key or webhook of another task, that task would be considered
-- requested or done.
CREATE POLICY tasks_of_pages ON pending_tasks AS RESTRICTIVE FOR INSERT TO slots_dashboard WITH CHECK (
  key IS NULL AND webhook_event_id IS NULL AND CASE name
    WHEN 'step_in' THEN
      EXISTS (SELECT FROM slot_openings s WHERE s.id = (args ->> 0)::uuid AND s.shop_id = (SELECT this_shop()))
      AND EXISTS (SELECT FROM staff p WHERE p.id = (args ->> 2)::uuid AND p.shop_id = (SELECT this_shop()))
    WHEN 'send_invitation' THEN
      EXISTS (SELECT FROM staff_invitations i WHERE i.id = (args ->> 0)::uuid AND i.shop_id = (SELECT this_shop()))
    ELSE false END);
