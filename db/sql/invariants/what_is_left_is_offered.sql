-- Finds slots that were not shortened to a confirmed shorter booking. Their remaining time is not offered.
SELECT s.id::text AS subject, 'sold until ' || a.ends_at || ', but the remaining time is not offered' AS detail
  FROM slot_openings s
  JOIN appointments a ON a.source_slot_opening_id = s.id AND a.status = 'booked' AND a.starts_at = s.starts_at
  JOIN slot_offers o ON o.slot_opening_id = s.id AND o.customer_id = a.customer_id AND o.books_until = a.ends_at
 WHERE s.status = 'filled' AND a.ends_at < s.ends_at
