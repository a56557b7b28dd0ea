-- The later appointment that a YES to the offer `o` moves, if any.
(SELECT jsonb_build_object(
          'appointment_id', old.id, 'starts_at', o.move_from_starts_at, 'live', old.status = 'booked',
          'standing', old.status = 'booked' AND old.starts_at = o.move_from_starts_at AND old.cancel_requested_at IS NULL,
          'unpaid', old.payment_required AND NOT EXISTS (
            SELECT 1 FROM payments p WHERE p.appointment_id = old.id AND p.kind = 'deposit'
               AND p.status IN ('succeeded', 'disputed')))
   FROM appointments old WHERE old.id = o.move_from_appointment_id) AS move
