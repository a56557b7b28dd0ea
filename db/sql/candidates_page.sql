-- Returns a page of the customers who may be asked about a slot, are not on the waiting list and can't be moved up,
-- in the order of domain.ranking, from (:highest, :after_id) on.
--
-- The first branch reads customers without a cooldown in the order of an index, and stops when the page is full. The
-- second branch reads and sorts the few customers whose cooldown has expired but is not cleared yet.
WITH slot AS MATERIALIZED (/* slot */)
SELECT id, name, phone_e164, timezone, agreed_to, last_settled_at, suppressed, asked_for_this_slot, skipped, cancelled_this_slot,
       overlapping_booking, live_until, cooldown_until, same_shop, 0 AS priority, NULL::timestamptz AS since,
       /* of the found */
  FROM (
    SELECT * FROM (
      (
        SELECT c.id, c.name, e164(c.phone) AS phone_e164, c.timezone, c.last_settled_at, f.*,
               coalesce(c.last_settled_at, '-infinity') AS rank
          FROM customers c CROSS JOIN LATERAL (/* facts */) f
         WHERE c.shop_id = (SELECT shop_id FROM slot)
           AND (/* reachable */) AND c.cooldown_until IS NULL
           AND coalesce(c.last_settled_at, '-infinity') BETWEEN CAST(:lowest AS timestamptz)
                   AND CAST(:highest AS timestamptz)
           AND (/* unlisted */) AND (/* next of the others */) AND f.move IS NULL AND (/* may be asked */)
         ORDER BY rank DESC, id
         LIMIT :limit
      )
      UNION ALL
      (
        SELECT c.id, c.name, e164(c.phone) AS phone_e164, c.timezone, c.last_settled_at, f.*, c.rank
          FROM (
            -- There is no other condition, so that Postgres uses the index on cooldown_until and no other index.
            SELECT *, coalesce(last_settled_at, '-infinity') AS rank FROM customers
             WHERE shop_id = (SELECT shop_id FROM slot)
               AND cooldown_until <= (SELECT CASE WHEN :cooldown_counts THEN clock_timestamp() ELSE 'infinity' END)
            OFFSET 0
          ) c CROSS JOIN LATERAL (/* facts */) f
         WHERE (/* reachable */)
           AND c.rank BETWEEN CAST(:lowest AS timestamptz) AND CAST(:highest AS timestamptz)
           AND (/* unlisted */) AND (/* next of the others */) AND f.move IS NULL AND (/* may be asked */)
         ORDER BY rank DESC, id
         LIMIT :limit
      )
    ) candidate
    ORDER BY rank DESC, id
    LIMIT :limit
  ) found
 ORDER BY rank DESC, id
