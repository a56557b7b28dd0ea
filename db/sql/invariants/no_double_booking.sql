-- The conditions match the exclusion constraints, so that their indexes are used.
SELECT a.id::text AS subject, 'overlaps ' || b.id AS detail
  FROM appointments a
  JOIN appointments b
    ON uuidrange(coalesce(b.performer_id, b.shop_id), coalesce(b.performer_id, b.shop_id), '[]')
       && uuidrange(coalesce(a.performer_id, a.shop_id), coalesce(a.performer_id, a.shop_id), '[]')
   AND tstzrange(b.starts_at, b.ends_at) && tstzrange(a.starts_at, a.ends_at)
   AND b.status IN ('pending_payment', 'booked') AND b.id > a.id
 WHERE a.status IN ('pending_payment', 'booked')
UNION ALL
SELECT a.id::text, 'the same customer at the same time as ' || b.id
  FROM appointments a
  JOIN appointments b
    ON uuidrange(b.customer_id, b.customer_id, '[]') && uuidrange(a.customer_id, a.customer_id, '[]')
   AND tstzrange(b.starts_at, b.ends_at) && tstzrange(a.starts_at, a.ends_at)
   AND b.status IN ('pending_payment', 'booked') AND b.id > a.id
 WHERE a.status IN ('pending_payment', 'booked')
