-- Keys of the HTTP API, the responses stored for Idempotency-Key, and the database role of the API.

-- Roles belong to the whole server. A migration of another database may have created this role, or be creating it
-- now.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'slots_api') THEN
    CREATE ROLE slots_api NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END $$;
DO $$
DECLARE
  needed text := CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  IF NOT pg_has_role(current_user, 'slots_api', needed) THEN
    GRANT slots_api TO CURRENT_USER;
  END IF;
END $$;

CREATE TABLE api_keys (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  label text NOT NULL DEFAULT '',
  scope text NOT NULL DEFAULT 'read',
  -- Whether the key is for real providers. The prefix of the key contains the same information.
  live boolean NOT NULL DEFAULT false,
  -- The SHA-256 of the secret part, in hexadecimal. The secret itself is shown once and never stored.
  secret_hash text NOT NULL,
  created_by text NOT NULL DEFAULT 'cli',
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT api_keys_scope_known CHECK (scope IN ('read', 'write'))
);
CREATE INDEX api_keys_shop_id_created_at_idx ON api_keys (shop_id, created_at);

-- The first response to each Idempotency-Key of a shop, whichever of its API keys was used.
CREATE TABLE idempotency_records (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  key text NOT NULL,
  -- The SHA-256 of the method, path and body, in hexadecimal.
  request_hash text NOT NULL,
  status integer NOT NULL,
  body text NOT NULL DEFAULT '',
  headers jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT idempotency_records_shop_id_key_key UNIQUE (shop_id, key)
);
-- For the clean-up of records that are older than a day.
CREATE INDEX idempotency_records_created_at_idx ON idempotency_records (created_at);

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON api_keys TO slots_dashboard
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));
ALTER TABLE idempotency_records ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON idempotency_records TO slots_api
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));

-- SELECT excludes the hash.
GRANT SELECT (id, shop_id, label, scope, live, created_by, expires_at, revoked_at, last_used_at, created_at),
  INSERT (id, shop_id, label, scope, live, secret_hash, created_by, expires_at), UPDATE (revoked_at)
  ON api_keys TO slots_dashboard;

-- The policies of the pages' role also restrict the API's role to the rows of one shop.
DO $$
DECLARE
  shops_table text;
BEGIN
  FOREACH shops_table IN ARRAY ARRAY['shops', 'performers', 'customers', 'services', 'performer_services',
    'suppressions', 'appointments', 'appointment_moves', 'slot_openings', 'slot_offers', 'payments', 'messages',
    'audit_logs', 'pending_tasks', 'staff']
  LOOP
    EXECUTE format('ALTER POLICY one_shop ON %I TO slots_dashboard, slots_api', shops_table);
  END LOOP;
END $$;

GRANT SELECT ON shops, performers, customers, services, performer_services, suppressions, appointments,
  appointment_moves, slot_openings, slot_offers, messages, audit_logs, pending_tasks, idempotency_records
  TO slots_api;
-- For the names of staff in a timeline.
GRANT SELECT (id, shop_id, name) ON staff TO slots_api;
DO $$
BEGIN
  EXECUTE (SELECT format('GRANT SELECT (%s) ON payments TO slots_api', string_agg(quote_ident(attname), ', '))
             FROM pg_attribute
            WHERE attrelid = 'payments'::regclass AND attnum > 0 AND NOT attisdropped
              AND attname NOT IN ('client_secret', 'pay_token'));
END $$;
GRANT INSERT ON performers, customers, services, suppressions, appointments, appointment_moves, audit_logs,
  idempotency_records TO slots_api;
GRANT UPDATE ON idempotency_records TO slots_api;
GRANT INSERT (id, shop_id, appointment_id, amount_cents, currency, status, stripe_payment_intent_id, succeeded_at),
  UPDATE (deposit_kept_at) ON payments TO slots_api;
GRANT UPDATE (name, phone, email, sms_opt_in, email_opt_in, whatsapp_opt_in, timezone, locale, consent_source,
  consent_wording, consent_at, external_id) ON customers TO slots_api;
GRANT UPDATE (name, external_id, active) ON performers TO slots_api;
GRANT UPDATE (name, duration_minutes, price_cents, deposit_cents, active, external_id) ON services TO slots_api;
GRANT UPDATE (starts_at, ends_at, performer_id, customer_id, service_id, service, price_cents, deposit_cents,
  payment_required, source_slot_opening_id, external_id, status, cancelled_from, cancelled_at, cancel_reason,
  cancel_requested_at) ON appointments TO slots_api;
GRANT INSERT (id, shop_id, performer_id, starts_at, ends_at, source_appointment_id, service_id, deposit_cents,
  freed_at, next_search_at), UPDATE (ends_at, source_appointment_id, service_id, deposit_cents)
  ON slot_openings TO slots_api;
GRANT INSERT (id, shop_id, name, args, key, webhook_event_id, due_at, next_ring_at) ON pending_tasks TO slots_api;

-- As for the pages, there is a separate policy for each task that the API can add. The rows to which a task refers
-- must belong to the shop.
CREATE POLICY api_adds_appointment_tasks ON pending_tasks FOR INSERT TO slots_api WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name IN ('create_slot_opening', 'cancel_appointment') THEN
    EXISTS (SELECT FROM appointments a WHERE a.id = (args ->> 0)::uuid AND a.shop_id = (SELECT this_shop()))
  ELSE false END);
CREATE POLICY api_adds_cancel_payment ON pending_tasks FOR INSERT TO slots_api WITH CHECK (
  shop_id = (SELECT this_shop()) AND webhook_event_id IS NULL
  AND CASE WHEN name = 'cancel_payment' THEN
    key = 'cancel_payment:' || (args ->> 0)
    AND EXISTS (SELECT FROM payments p WHERE p.id = (args ->> 0)::uuid AND p.shop_id = (SELECT this_shop()))
  ELSE false END);
CREATE POLICY api_adds_free_old_time ON pending_tasks FOR INSERT TO slots_api WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name = 'free_old_time' THEN
    EXISTS (SELECT FROM appointment_moves m WHERE m.id = (args ->> 0)::uuid AND m.shop_id = (SELECT this_shop()))
  ELSE false END);
CREATE POLICY api_adds_slot_tasks ON pending_tasks FOR INSERT TO slots_api WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name IN ('send_next_offer', 'step_in') THEN
    EXISTS (SELECT FROM slot_openings s WHERE s.id = (args ->> 0)::uuid AND s.shop_id = (SELECT this_shop()))
  ELSE false END);
