-- Services, external ids, gaps without a cancellation, and moved appointments.

-- A connected booking system. `credentials` are encrypted by the application.
CREATE TABLE calendars (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  kind text NOT NULL,
  name text NOT NULL DEFAULT '',
  status text NOT NULL DEFAULT 'active',
  credentials text,
  settings jsonb NOT NULL DEFAULT '{}',
  synced_until timestamptz,
  last_error text,
  last_synced_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT calendars_kind_known CHECK (kind IN ('calcom', 'square', 'acuity', 'google', 'ics')),
  CONSTRAINT calendars_status_known CHECK (status IN ('active', 'paused', 'broken', 'disconnected'))
);
CREATE INDEX calendars_shop_id_idx ON calendars (shop_id);

CREATE TABLE services (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  name text NOT NULL DEFAULT '',
  duration_minutes integer NOT NULL DEFAULT 60,
  -- In minor units of the shop's currency.
  price_cents integer,
  deposit_cents integer,
  active boolean NOT NULL DEFAULT true,
  calendar_id uuid REFERENCES calendars (id),
  external_id text,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  updated_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT services_duration_positive CHECK (duration_minutes > 0),
  CONSTRAINT services_price_not_negative CHECK (price_cents >= 0),
  CONSTRAINT services_deposit_not_negative CHECK (deposit_cents >= 0)
);
CREATE INDEX services_shop_id_created_at_idx ON services (shop_id, created_at);
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON services FOR EACH ROW
  WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION touch_updated_at();

-- A performer without rows in this table provides all services.
CREATE TABLE performer_services (
  performer_id uuid NOT NULL REFERENCES performers (id) ON DELETE CASCADE,
  service_id uuid NOT NULL REFERENCES services (id) ON DELETE CASCADE,
  shop_id uuid NOT NULL REFERENCES shops (id),
  PRIMARY KEY (performer_id, service_id)
);
CREATE INDEX performer_services_service_id_idx ON performer_services (service_id);

-- `external_id` is the id of the row in a calendar or, if `calendar_id` is null, in the system that calls the API.
ALTER TABLE performers ADD COLUMN calendar_id uuid REFERENCES calendars (id), ADD COLUMN external_id text,
  ADD COLUMN active boolean NOT NULL DEFAULT true, ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
-- lock-safe: now() is the same for every row, so that no table is rewritten
ALTER TABLE customers ADD COLUMN calendar_id uuid REFERENCES calendars (id), ADD COLUMN external_id text,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
-- New rows use the clock that tests can shift.
ALTER TABLE performers ALTER COLUMN created_at SET DEFAULT clock_now(), ALTER COLUMN updated_at SET DEFAULT clock_now();
ALTER TABLE customers ALTER COLUMN updated_at SET DEFAULT clock_now();
ALTER TABLE appointments ADD COLUMN calendar_id uuid REFERENCES calendars (id), ADD COLUMN external_id text,
  ADD COLUMN service_id uuid REFERENCES services (id);
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON performers FOR EACH ROW
  WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION touch_updated_at();
-- The columns that offers and visits update are not listed, because their updates do not count as changes of the
-- customer.
CREATE TRIGGER touch_updated_at BEFORE UPDATE OF name, phone, email, sms_opt_in, whatsapp_opt_in, email_opt_in, timezone,
  locale, external_id, calendar_id, anonymised_at ON customers FOR EACH ROW
  WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION touch_updated_at();

CREATE UNIQUE INDEX services_external_id_key ON services (shop_id, calendar_id, external_id) NULLS NOT DISTINCT
  WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX performers_external_id_key ON performers (shop_id, calendar_id, external_id) NULLS NOT DISTINCT
  WHERE external_id IS NOT NULL;

-- A gap that did not result from a cancellation has no source appointment, so its service and deposit are stored
-- here.
ALTER TABLE slot_openings ADD COLUMN service_id uuid REFERENCES services (id), ADD COLUMN deposit_cents integer,
  ADD CONSTRAINT slot_openings_deposit_not_negative CHECK (deposit_cents >= 0) NOT VALID;

-- The old time of each moved appointment. The task `free_old_time` sells this time.
CREATE TABLE appointment_moves (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  appointment_id uuid NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
  performer_id uuid REFERENCES performers (id),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  -- The slot opening that the appointment had filled, if it was a recovered booking. The move frees this slot.
  slot_opening_id uuid REFERENCES slot_openings (id) ON DELETE SET NULL,
  moved_by text NOT NULL DEFAULT 'api',
  created_at timestamptz NOT NULL DEFAULT clock_now()
);
CREATE INDEX appointment_moves_appointment_id_created_at_idx ON appointment_moves (appointment_id, created_at);
CREATE INDEX appointment_moves_slot_opening_id_idx ON appointment_moves (slot_opening_id)
  WHERE slot_opening_id IS NOT NULL;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['calendars', 'services', 'performer_services', 'appointment_moves']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY one_shop ON %I TO slots_dashboard '
      'USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()))', tenant_table);
  END LOOP;
END $$;
GRANT SELECT ON services, performer_services, appointment_moves TO slots_dashboard;
