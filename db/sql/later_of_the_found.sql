-- The customer's appointments after the slot, for domain.move_up.
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
