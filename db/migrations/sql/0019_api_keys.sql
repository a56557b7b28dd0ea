-- Keys of the HTTP API, the answers kept for Idempotency-Key, and the role that the API works as.

-- A role belongs to the whole server: another database of it may have created it already, even at this moment.
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
  -- Whether the key was made for real providers; the prefix of the key says the same.
  live boolean NOT NULL DEFAULT false,
  -- SHA-256 of the secret part, in hexadecimal. The secret itself is shown once and stored nowhere.
  secret_hash text NOT NULL,
  created_by text NOT NULL DEFAULT 'cli',
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT api_keys_scope_known CHECK (scope IN ('read', 'write'))
);
CREATE INDEX api_keys_shop_id_created_at_idx ON api_keys (shop_id, created_at);

-- The first answer to each Idempotency-Key of a shop, whichever of its API keys sent it.
CREATE TABLE idempotency_records (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  key text NOT NULL,
  -- SHA-256 of method, path and body, in hexadecimal.
  request_hash text NOT NULL,
  status integer NOT NULL,
  body text NOT NULL DEFAULT '',
  headers jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT idempotency_records_shop_id_key_key UNIQUE (shop_id, key)
);
-- The clean-up removes what is older than a day.
CREATE INDEX idempotency_records_created_at_idx ON idempotency_records (created_at);

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON api_keys TO slots_dashboard
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));
ALTER TABLE idempotency_records ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON idempotency_records TO slots_api
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));

-- Without the hash.
GRANT SELECT (id, shop_id, label, scope, live, created_by, expires_at, revoked_at, last_used_at, created_at),
  INSERT (id, shop_id, label, scope, live, secret_hash, created_by, expires_at), UPDATE (revoked_at)
  ON api_keys TO slots_dashboard;

-- The API sees the rows of one shop by the same policies as the pages.
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
-- For the names of members in a timeline.
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

-- One policy for each task that the API may add, as for the pages: what the task acts on must be the shop's own.
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
