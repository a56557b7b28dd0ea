-- Returns a page of the customers with a later appointment who may be asked about a slot, earliest appointment first.
-- The page begins after the customer in the parameters, unless :first is true.
WITH slot AS MATERIALIZED (/* slot */)
SELECT id, name, phone_e164, timezone, agreed_to, last_settled_at, suppressed, asked_for_this_slot, skipped, cancelled_this_slot,
       overlapping_booking, live_until, cooldown_until, same_shop, priority, since, /* of the found */
  FROM (
    SELECT booking.*
      FROM slot
     CROSS JOIN LATERAL (
       SELECT 0 AS priority, a.starts_at AS since, c.id, c.name, e164(c.phone) AS phone_e164, c.timezone, c.last_settled_at, f.*
         FROM appointments a
        CROSS JOIN LATERAL (SELECT * FROM customers WHERE id = a.customer_id OFFSET 0) c
        CROSS JOIN LATERAL (/* facts */) f
        WHERE a.shop_id = slot.shop_id AND /* could move */ AND NOT (/* moved lately */)
          AND (:first OR (a.starts_at, a.customer_id)
                                  > (CAST(:after_since AS timestamptz), CAST(:after_id AS uuid)))
          AND c.shop_id = slot.shop_id AND (/* reachable */)
          AND coalesce(c.last_settled_at, '-infinity') >= CAST(:lowest AS timestamptz)
          AND (NOT :cooldown_counts OR c.cooldown_until IS NULL OR c.cooldown_until <= (SELECT clock_timestamp()))
          AND f.move = a.id AND f.place IS NULL AND (/* may be asked */)
        ORDER BY a.starts_at, a.customer_id
        LIMIT :limit
     ) booking
     WHERE slot.move_up_until IS NOT NULL
  ) found
 ORDER BY since, id
