-- A page of the customers who may be asked for a slot, in the order of domain.ranking, after the customer described by
-- the parameters. Each line of customers is read only if the lines before it do not fill the page, and each
-- branch has its own LIMIT, so that Postgres reads an index in order and stops when the page is full.
WITH slot AS MATERIALIZED (/* slot */),
-- The waiting list: for each service that fits and each performer, any included, the entries in order.
waiting AS MATERIALIZED (
  SELECT 1 AS line, entry.*
    FROM slot
   CROSS JOIN unnest(array_prepend(CAST(:nobody AS uuid), slot.fitting_services)) service (id)
   CROSS JOIN unnest(ARRAY[CAST(:nobody AS uuid), slot.performer_id]) performer (id)
   CROSS JOIN LATERAL (
     SELECT e.priority, e.created_at AS since, CAST('-infinity' AS timestamptz) AS rank,
            c.id, c.name, e164(c.phone) AS phone_e164, c.timezone, c.sms_opt_in, c.last_settled_at, f.*
       FROM waitlist_entries e
      CROSS JOIN LATERAL (SELECT * FROM customers WHERE id = e.customer_id OFFSET 0) c
      CROSS JOIN LATERAL (/* facts */) f
      WHERE e.shop_id = slot.shop_id AND e.status = 'active'
        AND coalesce(e.service_id, '00000000-0000-0000-0000-000000000000') = service.id
        AND coalesce(e.performer_id, '00000000-0000-0000-0000-000000000000') = performer.id
        AND (:after_line = 0 OR e.priority < :after_priority OR (e.priority = :after_priority
             AND (e.created_at, e.customer_id) > (CAST(:after_since AS timestamptz), CAST(:after_id AS uuid))))
        AND (/* wish matches */)
        AND c.shop_id = slot.shop_id AND c.sms_opt_in AND c.phone_e164 IS NOT NULL
        AND coalesce(c.last_settled_at, '-infinity') >= CAST(:lowest AS timestamptz)
        AND (NOT :cooldown_counts OR c.cooldown_until IS NULL OR c.cooldown_until <= (SELECT clock_timestamp()))
        -- Of several entries of one customer, the best one counts.
        AND f.place = e.id AND (/* may be asked */)
      ORDER BY e.priority DESC, e.created_at, e.customer_id
      LIMIT :limit
   ) entry
   WHERE CAST(:waitlist AS text) <> 'off' AND :after_line <= 1
   ORDER BY entry.priority DESC, entry.since, entry.id
   LIMIT :limit
),
-- Customers with a later appointment, the next one first.
moving AS MATERIALIZED (
  SELECT 2 AS line, booking.*
    FROM slot
   CROSS JOIN LATERAL (
     SELECT 0 AS priority, a.starts_at AS since, CAST('-infinity' AS timestamptz) AS rank,
            c.id, c.name, e164(c.phone) AS phone_e164, c.timezone, c.sms_opt_in, c.last_settled_at, f.*
       FROM appointments a
      CROSS JOIN LATERAL (SELECT * FROM customers WHERE id = a.customer_id OFFSET 0) c
      CROSS JOIN LATERAL (/* facts */) f
      WHERE a.shop_id = slot.shop_id AND /* could move */ AND NOT (/* moved lately */)
        AND (:after_line < 2 OR (a.starts_at, a.customer_id)
                                > (CAST(:after_since AS timestamptz), CAST(:after_id AS uuid)))
        AND c.shop_id = slot.shop_id AND c.sms_opt_in AND c.phone_e164 IS NOT NULL
        AND coalesce(c.last_settled_at, '-infinity') >= CAST(:lowest AS timestamptz)
        AND (NOT :cooldown_counts OR c.cooldown_until IS NULL OR c.cooldown_until <= (SELECT clock_timestamp()))
        AND f.move = a.id AND (f.place IS NULL OR CAST(:waitlist AS text) = 'off') AND (/* may be asked */)
      ORDER BY a.starts_at, a.customer_id
      LIMIT :limit
   ) booking
   WHERE slot.move_up_until IS NOT NULL AND :after_line <= 2 AND (SELECT count(*) FROM waiting) < :limit
),
-- Everybody else, in two branches: customers without a cooldown; and those whose expired cooldown is not cleared yet,
-- who are few and are sorted.
others AS MATERIALIZED (
  (
    SELECT 3 AS line, 0 AS priority, CAST('-infinity' AS timestamptz) AS since,
           coalesce(c.last_settled_at, '-infinity') AS rank,
           c.id, c.name, e164(c.phone) AS phone_e164, c.timezone, c.sms_opt_in, c.last_settled_at, f.*
      FROM customers c CROSS JOIN LATERAL (/* facts */) f
     WHERE c.shop_id = (SELECT shop_id FROM slot)
       AND c.sms_opt_in AND c.phone_e164 IS NOT NULL AND c.cooldown_until IS NULL
       AND coalesce(c.last_settled_at, '-infinity') BETWEEN CAST(:lowest AS timestamptz)
               AND CAST(:highest AS timestamptz)
       AND (/* unlisted */) AND (/* next of the others */) AND f.move IS NULL AND (/* may be asked */)
       AND CAST(:waitlist AS text) <> 'only' AND (SELECT count(*) FROM waiting) + (SELECT count(*) FROM moving) < :limit
     ORDER BY rank DESC, id
     LIMIT :limit
  )
  UNION ALL
  (
    SELECT 3, 0, '-infinity', c.rank,
           c.id, c.name, e164(c.phone) AS phone_e164, c.timezone, c.sms_opt_in, c.last_settled_at, f.*
      FROM (
        -- Must use the index on cooldown_until: no other condition here, which could make another index look better.
        SELECT *, coalesce(last_settled_at, '-infinity') AS rank FROM customers
         WHERE shop_id = (SELECT shop_id FROM slot)
           AND cooldown_until <= (SELECT CASE WHEN :cooldown_counts THEN clock_timestamp() ELSE 'infinity' END)
           AND CAST(:waitlist AS text) <> 'only' AND (SELECT count(*) FROM waiting) + (SELECT count(*) FROM moving) < :limit
        OFFSET 0
      ) c CROSS JOIN LATERAL (/* facts */) f
     WHERE c.sms_opt_in AND c.phone_e164 IS NOT NULL
       AND c.rank BETWEEN CAST(:lowest AS timestamptz) AND CAST(:highest AS timestamptz)
       AND (/* unlisted */) AND (/* next of the others */) AND f.move IS NULL AND (/* may be asked */)
     ORDER BY rank DESC, id
     LIMIT :limit
  )
)
SELECT id, name, phone_e164, timezone, sms_opt_in, last_settled_at, suppressed, asked_for_this_slot, cancelled_this_slot,
       overlapping_booking, live_until, cooldown_until, same_shop, line, priority, nullif(since, '-infinity') AS since,
       /* wishes */
  FROM (
    SELECT * FROM (SELECT * FROM waiting UNION ALL SELECT * FROM moving UNION ALL SELECT * FROM others) line
     ORDER BY line, priority DESC, since, rank DESC, id
     LIMIT :limit
  ) found
 ORDER BY found.line, found.priority DESC, found.since, found.rank DESC, found.id
