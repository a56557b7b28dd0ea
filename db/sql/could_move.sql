-- Whether the later appointment `a` can be moved to the slot by the rules of domain.move_up, except the rule about
-- recent moves. `slot.move_up_until` is null if no customer is moved up.
a.status = 'booked' AND a.starts_at >= slot.ends_at AND a.starts_at <= slot.move_up_until
AND a.ends_at - a.starts_at <= slot.length
AND (a.performer_id IS NULL OR a.performer_id = slot.performer_id)
AND CASE WHEN a.service_id IS NOT NULL AND slot.service_id IS NOT NULL THEN a.service_id = slot.service_id
         WHEN a.service IS NOT NULL AND slot.service IS NOT NULL THEN a.service = slot.service
         ELSE coalesce(a.service_id::text, a.service, slot.service_id::text, slot.service) IS NULL
              AND a.ends_at - a.starts_at = slot.length END
AND a.cancel_requested_at IS NULL
AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.appointment_id = a.id AND p.kind = 'deposit'
                   AND p.status IN ('pending', 'processing', 'failed') OFFSET 0)
AND NOT EXISTS (SELECT 1 FROM appointments n
                 WHERE n.moved_from_appointment_id = a.id AND n.status IN ('pending_payment', 'booked') OFFSET 0)
