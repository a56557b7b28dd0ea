-- The facts for domain.eligibility about a customer `c` and the only row of `slot`, for a LATERAL join.
--
-- Each fact is an index lookup for each candidate. OFFSET 0 prevents Postgres from replacing a lookup with a join or
-- a hash over a whole table. The last OFFSET 0 prevents it from making `slot` the outer side of the join, which would
-- lose the order of the candidates.
SELECT
  EXISTS (
    SELECT 1 FROM suppressions x
     WHERE x.shop_id = c.shop_id AND x.phone = c.phone_e164 AND x.lifted_at IS NULL OFFSET 0
  ) AS suppressed,
  EXISTS (
    SELECT 1 FROM slot_offers o WHERE o.slot_opening_id = slot.id AND o.customer_id = ANY (person.ids) OFFSET 0
  ) AS asked_for_this_slot,
  slot.skipped && person.ids AS skipped,
  -- The customer cancelled the booking that opened the slot, a booking sold from it, or an earlier booking at its
  -- time.
  EXISTS (
    SELECT 1 FROM appointments a
     WHERE a.customer_id = ANY (person.ids)
       AND (a.id = slot.source_appointment_id
            OR (a.status = 'cancelled' AND a.source_slot_opening_id = slot.id)
            OR (a.status = 'cancelled' AND a.cancelled_from IS DISTINCT FROM 'pending_payment'
                AND a.starts_at = slot.starts_at AND a.performer_id IS NOT DISTINCT FROM slot.performer_id))
    OFFSET 0
  ) AS cancelled_this_slot,
  -- The range condition matches the exclusion constraint, so that its index is used. The customer's id is compared
  -- too, because no range index is used under row-level security.
  EXISTS (
    SELECT 1 FROM appointments a
     WHERE a.customer_id = c.id AND uuidrange(a.customer_id, a.customer_id, '[]') && uuidrange(c.id, c.id, '[]')
       AND tstzrange(a.starts_at, a.ends_at) && tstzrange(slot.starts_at, slot.ends_at)
       AND a.status IN ('pending_payment', 'booked') OFFSET 0
  ) AS overlapping_booking,
  -- The deadline of a live offer for this or another slot. An expired offer is live until the next tick ends it.
  (SELECT max(CASE WHEN o.expires_at > clock_timestamp() THEN o.expires_at
              ELSE clock_timestamp() + interval '10 seconds' END)
     FROM slot_offers o WHERE o.customer_id = ANY (person.ids) AND o.status IN ('pending', 'sent')
  ) AS live_until,
  person.cooldown_until,
  c.shop_id = slot.shop_id AS same_shop,
  /* agreed to */ AS agreed_to,
  CASE WHEN c.email LIKE '%_@_%' THEN c.email END AS email_address,
  /* wish facts */
  /* move facts */
  person.ids AS person_ids
FROM slot
CROSS JOIN (
  -- Customers of this shop with the same number are considered one person.
  SELECT array_agg(same.id) AS ids, max(same.cooldown_until) AS cooldown_until
    FROM (
      SELECT c.id, c.cooldown_until
      UNION ALL
      SELECT twin.id, twin.cooldown_until FROM customers twin
       WHERE twin.shop_id = c.shop_id AND twin.phone_e164 = c.phone_e164 AND twin.id <> c.id
    ) same
) person
OFFSET 0
