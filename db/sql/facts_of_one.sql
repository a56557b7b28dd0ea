-- Returns the facts about one customer and one slot, which may belong to different shops.
WITH slot AS MATERIALIZED (/* slot */)
SELECT found.*, /* of the found */
  FROM (
    SELECT c.id, c.name, e164(c.phone) AS phone_e164, c.timezone, c.last_settled_at, f.*
      FROM customers c
      CROSS JOIN LATERAL (/* facts */) f
     WHERE c.id = :customer_id
  ) found
