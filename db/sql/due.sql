-- Returns all due work by kind. Each part reads a partial index that contains only rows that can become due.
(SELECT CASE WHEN s.status = 'open' THEN 'offer' ELSE 'leftover' END AS what, o.id, o.slot_opening_id
   FROM slot_offers o JOIN slot_openings s ON s.id = o.slot_opening_id
  WHERE o.status IN ('pending', 'sent') AND o.expires_at <= (SELECT clock_timestamp())
  ORDER BY o.expires_at LIMIT :limit)
UNION ALL
(SELECT 'opt_out', o.id, o.slot_opening_id
   FROM slot_offers o
   JOIN customers c ON c.id = o.customer_id
   JOIN suppressions x ON x.shop_id = c.shop_id AND x.phone = c.phone_e164 AND x.lifted_at IS NULL
  WHERE o.status = 'sent' AND o.expires_at > (SELECT clock_timestamp())
  ORDER BY o.expires_at LIMIT :limit)
UNION ALL
(SELECT 'hold', p.id, a.source_slot_opening_id
   FROM payments p JOIN appointments a ON a.id = p.appointment_id
  WHERE p.status IN ('pending', 'processing', 'failed') AND p.expires_at <= (SELECT clock_timestamp())
    AND p.kind = 'deposit' AND p.release_reason IS NULL AND p.needs_human IS NULL
    AND a.status = 'pending_payment' AND a.source_slot_opening_id IS NOT NULL
  ORDER BY p.expires_at LIMIT :limit)
UNION ALL
(SELECT 'search', s.id, s.id
   FROM slot_openings s
  WHERE s.status = 'open' AND s.next_search_at <= (SELECT clock_timestamp())
    AND NOT EXISTS (SELECT 1 FROM slot_offers o WHERE o.slot_opening_id = s.id AND o.status IN ('pending', 'sent'))
    AND NOT EXISTS (SELECT 1 FROM appointments a
                     WHERE a.source_slot_opening_id = s.id AND a.status IN ('pending_payment', 'booked'))
  ORDER BY s.next_search_at LIMIT :limit)
UNION ALL
(SELECT 'outbox_row', t.id, NULL
   FROM ONLY pending_tasks t
  WHERE t.settled_at IS NULL AND t.parked_at IS NULL AND t.next_ring_at <= (SELECT clock_timestamp())
  ORDER BY t.next_ring_at LIMIT :limit)
