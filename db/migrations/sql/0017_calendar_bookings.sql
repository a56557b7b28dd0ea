-- The bookings of connected calendars as last read, our holds in the calendars, and the tasks that write to the
-- calendars.

-- A booking of a calendar, mirrored or not. The result of a read replaces the results of reads that began earlier.
CREATE TABLE calendar_bookings (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  calendar_id uuid NOT NULL REFERENCES calendars (id),
  external_id text NOT NULL,
  appointment_id uuid REFERENCES appointments (id) ON DELETE SET NULL,
  status text NOT NULL DEFAULT 'booked',
  starts_at timestamptz,
  ends_at timestamptz,
  -- A hash of all data that was read. If the hash is unchanged, the booking is not compared.
  fingerprint text NOT NULL DEFAULT '',
  read_at timestamptz NOT NULL DEFAULT clock_now(),
  -- The time of the first listing that should have contained the booking but did not.
  missing_since timestamptz,
  -- The reason why the booking has no appointment, as a sentence for the shop.
  not_mirrored text,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT calendar_bookings_calendar_id_external_id_key UNIQUE (calendar_id, external_id)
);
CREATE INDEX calendar_bookings_calendar_id_starts_at_idx ON calendar_bookings (calendar_id, starts_at);
CREATE INDEX calendar_bookings_appointment_id_idx ON calendar_bookings (appointment_id) WHERE appointment_id IS NOT NULL;

-- A hold on the time of a slot in its calendar while the slot is offered. The row is deleted when the hold is
-- released.
CREATE TABLE calendar_holds (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  slot_opening_id uuid NOT NULL UNIQUE REFERENCES slot_openings (id) ON DELETE CASCADE,
  calendar_id uuid NOT NULL REFERENCES calendars (id),
  -- Null until the provider has responded.
  external_id text,
  created_at timestamptz NOT NULL DEFAULT clock_now()
);
CREATE INDEX calendar_holds_calendar_id_idx ON calendar_holds (calendar_id);

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['calendar_bookings', 'calendar_holds']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY one_shop ON %I TO slots_dashboard '
      'USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()))', tenant_table);
  END LOOP;
END $$;
GRANT SELECT ON calendar_bookings TO slots_dashboard;

-- Adds the reason for a hold that ends because the time was taken in the calendar.
ALTER TABLE payments DROP CONSTRAINT payments_release_reason_known;
ALTER TABLE payments ADD CONSTRAINT payments_release_reason_known
  CHECK (release_reason IN ('failed', 'abandoned', 'declined', 'taken')) NOT VALID;

-- Triggers add the tasks, so that every change adds its tasks, whichever program makes the change.
CREATE FUNCTION add_calendar_task(task text, id uuid, shop uuid) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
  INSERT INTO pending_tasks (shop_id, name, args, key)
  VALUES (shop, task, jsonb_build_array(id::text), task || ':' || id)
  ON CONFLICT (key) WHERE settled_at IS NULL DO NOTHING
$$;
REVOKE EXECUTE ON FUNCTION add_calendar_task(text, uuid, uuid) FROM PUBLIC;

-- An appointment that may be in a calendar is also cancelled in the calendar, unless the cancellation came from the
-- calendar.
CREATE FUNCTION cancel_in_calendar() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM add_calendar_task('cancel_in_calendar', NEW.id, NEW.shop_id);
  RETURN NULL;
END $$;
CREATE TRIGGER calendar_1_cancelled AFTER UPDATE OF status ON appointments FOR EACH ROW
  WHEN (NEW.calendar_id IS NOT NULL AND NEW.status = 'cancelled' AND OLD.status IN ('pending_payment', 'booked')
        AND NEW.cancel_reason IS DISTINCT FROM 'calendar') EXECUTE FUNCTION cancel_in_calendar();

-- A freed time is held in its calendar while it is offered, and released when it is sold or no longer offered.
CREATE FUNCTION hold_in_calendar() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NEW.status = 'open' THEN
    IF EXISTS (
      SELECT 1 FROM calendars c
       WHERE c.status IN ('active', 'broken') AND c.id = coalesce(
         (SELECT a.calendar_id FROM appointments a WHERE a.id = NEW.source_appointment_id),
         (SELECT p.calendar_id FROM performers p WHERE p.id = NEW.performer_id))) THEN
      PERFORM add_calendar_task('hold_in_calendar', NEW.id, NEW.shop_id);
    END IF;
  ELSIF EXISTS (SELECT 1 FROM calendar_holds h WHERE h.slot_opening_id = NEW.id) THEN
    PERFORM add_calendar_task('release_in_calendar', NEW.id, NEW.shop_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER calendar_1_opened AFTER INSERT ON slot_openings FOR EACH ROW
  WHEN (NEW.status = 'open') EXECUTE FUNCTION hold_in_calendar();
CREATE TRIGGER calendar_1_changed AFTER UPDATE OF status ON slot_openings FOR EACH ROW
  WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION hold_in_calendar();

-- A deposit that was paid through this system is recorded in the calendar's booking.
CREATE FUNCTION note_paid_in_calendar() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM appointments a
              WHERE a.id = NEW.appointment_id AND a.calendar_id IS NOT NULL AND a.external_id IS NOT NULL) THEN
    PERFORM add_calendar_task('mark_paid_in_calendar', NEW.appointment_id, NEW.shop_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER calendar_1_paid AFTER UPDATE OF status ON payments FOR EACH ROW
  WHEN (NEW.status = 'succeeded' AND OLD.status <> 'succeeded') EXECUTE FUNCTION note_paid_in_calendar();
