-- A waiting-list entry is fulfilled when its customer has a matching booking, whichever program makes the booking.
CREATE FUNCTION fulfil_wishes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  local timestamp;
BEGIN
  IF NOT EXISTS (SELECT FROM waitlist_entries WHERE customer_id = NEW.customer_id AND status = 'active') THEN
    RETURN NULL;
  END IF;
  SELECT local_time(NEW.starts_at, timezone) INTO local FROM shops WHERE id = NEW.shop_id;
  UPDATE waitlist_entries e SET status = 'fulfilled', ended_at = clock_timestamp()
   WHERE e.customer_id = NEW.customer_id AND e.status = 'active'
     -- A booking without a service matches if it is at least as long as the wanted service.
     AND (e.service_id IS NULL OR e.service_id = NEW.service_id
          OR NEW.service_id IS NULL AND NEW.ends_at - NEW.starts_at >= (
               SELECT duration_minutes * interval '1 minute' FROM services WHERE id = e.service_id))
     AND (e.performer_id IS NULL OR e.performer_id = NEW.performer_id)
     AND (e.weekdays IS NULL OR e.weekdays = '{}' OR extract(isodow FROM local)::smallint = ANY (e.weekdays))
     AND (e.date_from IS NULL OR local::date >= e.date_from) AND (e.date_until IS NULL OR local::date <= e.date_until)
     AND (e.time_from IS NULL OR local::time >= e.time_from) AND (e.time_until IS NULL OR local::time < e.time_until);
  RETURN NULL;
END $$;
CREATE TRIGGER wishes_fulfilled AFTER INSERT OR UPDATE OF status, starts_at, ends_at, performer_id, service_id, customer_id
  ON appointments FOR EACH ROW WHEN (NEW.status = 'booked') EXECUTE FUNCTION fulfil_wishes();

-- The API can access every column except the secret of the customer's page.
ALTER POLICY one_shop ON waitlist_entries TO slots_dashboard, slots_api;
GRANT SELECT (id, shop_id, customer_id, service_id, performer_id, weekdays, time_from, time_until, date_from, date_until,
  notice_minutes, priority, priority_reason, note, status, source, consent_wording, consent_version, consent_at,
  consent_address, ended_at, created_at, updated_at) ON waitlist_entries TO slots_api;
GRANT INSERT (id, shop_id, customer_id, service_id, performer_id, weekdays, time_from, time_until, date_from, date_until,
  notice_minutes, priority, priority_reason, note, source),
  UPDATE (service_id, performer_id, weekdays, time_from, time_until, date_from, date_until, notice_minutes, priority,
  priority_reason, note, status, ended_at) ON waitlist_entries TO slots_api;
-- The API writes these columns when it sells a gap.
GRANT INSERT (chain_depth, freed_by_slot_opening_id), UPDATE (chain_depth, freed_by_slot_opening_id) ON slot_openings
  TO slots_api;
