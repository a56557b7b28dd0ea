-- Returns a page of the customers on the waiting list who may be asked about a slot, in the order of domain.ranking.
-- The page begins after the customer in the parameters, unless :first is true. Postgres reads the entries in the
-- order of an index, and stops when the page is full. If few entries match, db/recoveries/candidates.py reads only
-- these.
WITH slot AS MATERIALIZED (/* slot */)
SELECT id, name, phone_e164, timezone, agreed_to, last_settled_at, suppressed, asked_for_this_slot, skipped, cancelled_this_slot,
       overlapping_booking, live_until, cooldown_until, same_shop, priority, since, /* of the found */
  FROM (
    SELECT entry.*
      FROM slot
     CROSS JOIN LATERAL (
       SELECT e.priority, e.created_at AS since, c.id, c.name, e164(c.phone) AS phone_e164, c.timezone, c.last_settled_at, f.*
         FROM (/* entries */) e
        CROSS JOIN LATERAL (SELECT * FROM customers WHERE id = e.customer_id OFFSET 0) c
        CROSS JOIN LATERAL (/* facts */) f
        WHERE (:first OR e.priority < :after_priority OR (e.priority = :after_priority
               AND (e.created_at, e.customer_id) > (CAST(:after_since AS timestamptz), CAST(:after_id AS uuid))))
          AND c.shop_id = slot.shop_id AND (/* reachable */)
          AND coalesce(c.last_settled_at, '-infinity') >= CAST(:lowest AS timestamptz)
          AND (NOT :cooldown_counts OR c.cooldown_until IS NULL OR c.cooldown_until <= (SELECT clock_timestamp()))
          -- Only the best entry of each customer is used.
          AND f.place = e.id AND (/* may be asked */)
        ORDER BY e.priority DESC, e.created_at, e.customer_id
        LIMIT :limit
     ) entry
  ) found
 ORDER BY priority DESC, since, id
