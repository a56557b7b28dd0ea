-- The active waiting-list entries of the person `found`, and the slot, for domain.wishes. Not among the facts, which
-- are computed for every customer that a search looks at.
(SELECT jsonb_agg(jsonb_build_object(
          'id', e.id, 'customer_id', e.customer_id, 'since', e.created_at, 'priority', e.priority,
          'service_id', e.service_id, 'possible', coalesce(e.service_id = ANY (slot.possible_services), true),
          'service_minutes', (SELECT v.duration_minutes FROM services v WHERE v.id = e.service_id),
          'performer_id', e.performer_id, 'weekdays', to_jsonb(e.weekdays), 'time_from', e.time_from,
          'time_until', e.time_until, 'date_from', e.date_from, 'date_until', e.date_until,
          'notice_minutes', e.notice_minutes) ORDER BY e.created_at, e.id)
   FROM waitlist_entries e CROSS JOIN slot
  WHERE e.customer_id = ANY (found.person_ids) AND e.status = 'active') AS wishes,
(SELECT jsonb_build_object('starts_at', slot.starts_at, 'local_start', slot.local_start,
                           'seconds', extract(epoch FROM slot.length), 'performer_id', slot.performer_id,
                           'service_id', slot.service_id, 'service', slot.service, 'chain_depth', slot.chain_depth)
   FROM slot) AS slot,
-- The appointments after the slot, for domain.move_up.
(SELECT jsonb_agg(jsonb_build_object(
          'id', a.id, 'starts_at', a.starts_at, 'seconds', extract(epoch FROM a.ends_at - a.starts_at),
          'performer_id', a.performer_id, 'service_id', a.service_id, 'service', a.service,
          'moved_at', greatest(CASE WHEN a.moved_from_appointment_id IS NOT NULL THEN a.created_at END,
                               (SELECT max(m.created_at) FROM appointment_moves m WHERE m.appointment_id = a.id)),
          'being_paid', EXISTS (SELECT 1 FROM payments p WHERE p.appointment_id = a.id AND p.kind = 'deposit'
                                   AND p.status IN ('pending', 'processing', 'failed')),
          'being_moved', a.cancel_requested_at IS NOT NULL OR EXISTS (
            SELECT 1 FROM appointments n
             WHERE n.moved_from_appointment_id = a.id AND n.status IN ('pending_payment', 'booked')))
          ORDER BY a.starts_at, a.id)
   FROM (SELECT a.* FROM appointments a CROSS JOIN slot
          WHERE a.customer_id = found.id AND a.status = 'booked' AND a.starts_at >= slot.ends_at
          ORDER BY a.starts_at LIMIT 20) a) AS later
