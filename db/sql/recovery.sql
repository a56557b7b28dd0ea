-- Returns a recovery in one row: the slot, its shop's policy, the current attempt, and the attempt that an event
-- refers to.
SELECT
  s.id, s.shop_id, s.performer_id, s.starts_at, s.ends_at, s.status, s.freed_at, s.next_search_at, s.closed_as,
  source.cancelled_at,
  coalesce(source.deposit_cents, s.deposit_cents, service.deposit_cents, shop.deposit_cents) AS deposit_cents,
  -- Amounts of the appointment are in its own currency, and all other amounts in the shop's currency.
  CASE WHEN source.deposit_cents IS NULL THEN shop.currency ELSE coalesce(source.currency, shop.currency) END
    AS currency,
  CASE WHEN source.price_cents IS NULL THEN shop.currency ELSE coalesce(source.currency, shop.currency) END
    AS price_currency,
  /* policy */,
  -- A waiting list without entries is treated as off, because the statements without a list are planned faster.
  CASE WHEN shop.waitlist = 'first' AND NOT EXISTS (
         SELECT 1 FROM waitlist_entries e WHERE e.shop_id = s.shop_id AND e.status = 'active') THEN 'off'
       ELSE shop.waitlist END AS waitlist,
  coalesce(source.price_cents, service.price_cents) AS price_cents,
  clock_timestamp() AS now,
  past_offers.ended AS offers_ended, past_offers.accepted AS offers_accepted,
  -- The conditions match the exclusion constraints, so that their indexes are used.
  EXISTS (
    SELECT 1 FROM appointments a
     WHERE uuidrange(coalesce(a.performer_id, a.shop_id), coalesce(a.performer_id, a.shop_id), '[]')
           && uuidrange(coalesce(s.performer_id, s.shop_id), coalesce(s.performer_id, s.shop_id), '[]')
       AND tstzrange(a.starts_at, a.ends_at) && tstzrange(s.starts_at, s.ends_at)
       AND a.status IN ('pending_payment', 'booked')
       AND a.source_slot_opening_id IS DISTINCT FROM s.id
  ) AS taken,
  CASE WHEN shop.sell_rest THEN (
    SELECT min(v.duration_minutes) FROM services v
     WHERE v.shop_id = s.shop_id AND v.active
       AND (NOT EXISTS (SELECT 1 FROM performer_services d WHERE d.performer_id = s.performer_id)
            OR EXISTS (SELECT 1 FROM performer_services d WHERE d.performer_id = s.performer_id AND d.service_id = v.id))
  ) END AS shortest_service_minutes,
  calendar.id IS NOT NULL AS write_back,
  (SELECT h.customer_id FROM slot_choices h WHERE h.slot_opening_id = s.id AND h.choice = 'next') AS picked_customer_id,
  to_jsonb(booking) AS current_booking,
  to_jsonb(offer) AS current_offer,
  to_jsonb(payment) AS current_payment,
  to_jsonb(past_offer) AS past_offer,
  to_jsonb(past_booking) AS past_booking,
  to_jsonb(past_payment) AS past_payment,
  EXISTS (
    SELECT 1 FROM appointments a
     WHERE uuidrange(a.customer_id, a.customer_id, '[]') && uuidrange(offer.customer_id, offer.customer_id, '[]')
       AND tstzrange(a.starts_at, a.ends_at) && tstzrange(s.starts_at, s.ends_at)
       AND a.status IN ('pending_payment', 'booked')
       AND a.source_slot_opening_id IS DISTINCT FROM s.id
       AND offer.customer_id IS NOT NULL
  ) AS current_busy,
  EXISTS (
    SELECT 1 FROM appointments a
     WHERE uuidrange(a.customer_id, a.customer_id, '[]')
           && uuidrange(past_offer.customer_id, past_offer.customer_id, '[]')
       AND tstzrange(a.starts_at, a.ends_at) && tstzrange(s.starts_at, s.ends_at)
       AND a.status IN ('pending_payment', 'booked')
       AND a.source_slot_opening_id IS DISTINCT FROM s.id
       AND past_offer.customer_id IS NOT NULL
  ) OR EXISTS (
    SELECT 1 FROM customers c
     WHERE c.id = past_offer.customer_id
       AND (c.anonymised_at IS NOT NULL
            OR EXISTS (SELECT 1 FROM suppressions x
                        WHERE x.shop_id = c.shop_id AND x.phone = c.phone_e164 AND x.lifted_at IS NULL))
  ) AS past_busy
FROM slot_openings s
JOIN shops shop ON shop.id = s.shop_id
LEFT JOIN appointments source ON source.id = s.source_appointment_id
LEFT JOIN services service ON service.id = CASE WHEN source.service_id IS NULL THEN s.service_id ELSE source.service_id END
LEFT JOIN performers performer ON performer.id = s.performer_id
LEFT JOIN calendars calendar ON calendar.status IN ('active', 'broken')
  AND calendar.id = coalesce(source.calendar_id, performer.calendar_id,
      (SELECT whole.calendar_id FROM appointments whole
            WHERE s.source_appointment_id IS NULL AND whole.id = source_of_rest(s.freed_by_slot_opening_id)))
LEFT JOIN LATERAL (
  SELECT a.id, a.customer_id, a.status, a.ends_at, a.external_id, a.moved_from_appointment_id FROM appointments a
   WHERE a.source_slot_opening_id = s.id AND a.status IN ('pending_payment', 'booked')
) booking ON true
LEFT JOIN LATERAL (
  SELECT o.id, o.customer_id, o.status, o.expires_at, o.sent_at, o.accepted_at, o.ended_at, o.late_yes_at, o.ended_as,
         o.window_minutes, o.channel, o.books_until, o.service_id, o.deposit_cents, o.currency, /* move */,
         EXISTS (SELECT 1 FROM messages m WHERE m.slot_offer_id = o.id AND m.purpose = 'offer' AND m.status = 'queued')
           AS untried
    FROM slot_offers o
   WHERE o.slot_opening_id = s.id
     AND (CASE WHEN booking.id IS NULL THEN o.status IN ('pending', 'sent')
               ELSE o.customer_id = booking.customer_id END)
) offer ON true
LEFT JOIN LATERAL (
  SELECT p.id, p.status, p.amount_cents, p.currency, p.expires_at, p.failures, p.release_reason, p.needs_human,
         p.stripe_payment_intent_id IS NULL
           AND (p.create_claimed_at IS NOT NULL OR calendar.id IS NOT NULL AND booking.external_id IS NULL)
           AS link_pending
    FROM payments p
   WHERE p.appointment_id = booking.id AND p.kind = 'deposit'
   ORDER BY p.attempt DESC LIMIT 1
) payment ON true
LEFT JOIN LATERAL (
  SELECT p.id, p.status, p.amount_cents, p.currency, p.expires_at, p.failures, p.release_reason, p.needs_human,
         false AS link_pending, p.appointment_id
    FROM payments p
   WHERE p.id = CAST(:payment_id AS uuid) AND p.id IS DISTINCT FROM payment.id
) past_payment ON true
LEFT JOIN LATERAL (
  SELECT a.id, a.customer_id, a.status, a.ends_at, a.moved_from_appointment_id FROM appointments a
   WHERE a.id = past_payment.appointment_id AND a.source_slot_opening_id = s.id
) past_booking ON true
LEFT JOIN LATERAL (
  SELECT o.id, o.customer_id, o.status, o.expires_at, o.sent_at, o.accepted_at, o.ended_at, o.late_yes_at, o.ended_as,
         o.window_minutes, o.channel, o.books_until, o.service_id, o.deposit_cents, o.currency, /* move */, false AS untried
    FROM slot_offers o
   WHERE o.slot_opening_id = s.id AND o.id IS DISTINCT FROM offer.id
     AND (o.id = ANY(CAST(:offer_ids AS uuid[])) OR o.customer_id = past_booking.customer_id)
   LIMIT 1
) past_offer ON true
LEFT JOIN LATERAL (
  -- Offers that reached no customer or that staff ended are not counted. The condition on the pace is in the innermost
  -- query, because as a condition of the join, Postgres would check it after it has read the offers.
  SELECT count(*) AS ended, count(*) FILTER (WHERE o.status = 'accepted' OR o.late_yes_at IS NOT NULL) AS accepted
    FROM (SELECT r.id FROM slot_openings r WHERE shop.pace = 'adaptive' AND r.shop_id = s.shop_id
           ORDER BY r.created_at DESC LIMIT 60) recent
    JOIN slot_offers o ON o.slot_opening_id = recent.id
   WHERE o.status IN ('accepted', 'expired', 'declined') AND o.ended_as IS DISTINCT FROM 'staff'
) past_offers ON true
WHERE /* these */
