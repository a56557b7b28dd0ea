-- Returns the earliest time before :cut_off at which a customer becomes eligible, because a cooldown or an offer of
-- another slot ends that alone excludes the customer.
WITH slot AS MATERIALIZED (/* slot */),
resting AS (
  -- Sorted by the end of the cooldown. `t` is the row with the person's last cooldown, and `c` the customer to ask.
  SELECT f.cooldown_until AS free_at
    FROM (
      SELECT * FROM customers
       WHERE shop_id = (SELECT shop_id FROM slot) AND :cooldown_counts
         AND cooldown_until > (SELECT clock_timestamp()) AND cooldown_until < :cut_off
    ) t
    CROSS JOIN LATERAL (
      SELECT t.*
      UNION ALL
      SELECT twin.* FROM customers twin
       WHERE twin.shop_id = t.shop_id AND twin.phone_e164 = t.phone_e164 AND twin.id <> t.id
    ) c
    CROSS JOIN LATERAL (/* facts */) f
   WHERE (/* reachable */) AND (c.last_settled_at IS NOT NULL OR NOT :prior_booking)
     AND NOT (f.suppressed OR f.asked_for_this_slot OR f.skipped OR f.cancelled_this_slot OR f.overlapping_booking)
     AND (f.move IS NOT NULL OR NOT f.moved_lately) AND (/* wanted */) AND f.live_until IS NULL AND f.cooldown_until = t.cooldown_until
   ORDER BY t.cooldown_until
   LIMIT 1
),
being_asked AS (
  SELECT greatest(f.live_until, CASE WHEN :cooldown_counts THEN f.cooldown_until END) AS free_at
    FROM slot
    JOIN slot_offers o ON o.shop_id = slot.shop_id AND o.status IN ('pending', 'sent')
     AND o.slot_opening_id <> slot.id
    JOIN customers t ON t.id = o.customer_id
    CROSS JOIN LATERAL (
      SELECT t.*
      UNION ALL
      SELECT twin.* FROM customers twin
       WHERE twin.shop_id = t.shop_id AND twin.phone_e164 = t.phone_e164 AND twin.id <> t.id
    ) c
    CROSS JOIN LATERAL (/* facts */) f
   WHERE (/* reachable */) AND (c.last_settled_at IS NOT NULL OR NOT :prior_booking)
     AND f.same_shop AND NOT (f.suppressed OR f.asked_for_this_slot OR f.skipped OR f.cancelled_this_slot OR f.overlapping_booking)
     AND (f.move IS NOT NULL OR NOT f.moved_lately) AND (/* wanted */)
)
SELECT min(free_at) FROM (SELECT free_at FROM resting UNION ALL SELECT free_at FROM being_asked) chances
 WHERE free_at < :cut_off
