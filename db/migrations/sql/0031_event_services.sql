-- A slot has its own service, or the service of the appointment that freed it.
CREATE OR REPLACE FUNCTION record_slot_event(kind text, s slot_openings, booking appointments, reopened boolean)
RETURNS void LANGUAGE sql AS $$
  SELECT record_event(s.shop_id, kind, jsonb_build_object(
    'slot_opening_id', s.id, 'status', s.status, 'reopened', reopened, 'starts_at', rfc3339(s.starts_at),
    'ends_at', rfc3339(s.ends_at), 'performer_id', s.performer_id,
    'service_id', coalesce(s.service_id, (SELECT a.service_id FROM appointments a WHERE a.id = s.source_appointment_id)),
    'source_appointment_id', s.source_appointment_id, 'recovered_appointment_id', booking.id,
    'customer_id', booking.customer_id, 'reason', CASE WHEN s.status = 'expired' THEN s.closed_as END))
$$;
