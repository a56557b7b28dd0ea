-- Returns for each recovery the slot, its shop, the current customer, and the stage as in `domain.state.stage_of`.
SELECT
  s.id AS slot_opening_id, s.shop_id, shop.name AS shop, shop.timezone, shop.locale,
  CASE WHEN source.deposit_cents IS NULL THEN shop.currency ELSE coalesce(source.currency, shop.currency) END
    AS currency,
  performer.name AS performer, coalesce(source.service, service.name) AS service, s.starts_at, s.ends_at, s.status, stage.stage, s.closed_as,
  /* outcome */ AS reason,
  s.created_at, (SELECT clock_timestamp()) AS now,
  (SELECT count(*) FROM slot_offers o WHERE o.slot_opening_id = s.id) AS asked,
  customer.id AS customer_id, customer.name AS customer, customer.phone,
  CASE stage.stage
    WHEN 'Offering' THEN offer.expires_at
    WHEN 'Holding' THEN payment.expires_at
    WHEN 'Looking' THEN s.next_search_at
  END AS until,
  coalesce(source.deposit_cents, s.deposit_cents, service.deposit_cents, shop.deposit_cents) AS deposit_cents,
  coalesce(booking.deposit_cents, offer.deposit_cents) AS agreed_cents,
  CASE WHEN booking.deposit_cents IS NULL THEN offer.currency ELSE coalesce(booking.currency, shop.currency) END
    AS agreed_currency,
  CASE WHEN source.price_cents IS NULL THEN
         CASE WHEN source.deposit_cents IS NULL OR coalesce(source.currency, shop.currency) = shop.currency
              THEN service.price_cents END
       WHEN source.deposit_cents IS NOT NULL OR coalesce(source.currency, shop.currency) = shop.currency
       THEN source.price_cents END AS price_cents,
  coalesce((SELECT sum(p.amount_cents - p.refunded_cents) FROM payments p
             WHERE p.appointment_id = booking.id AND p.status IN ('succeeded', 'disputed')), 0)::int AS paid_cents,
  s.source_appointment_id,
  s.freed_by_slot_opening_id IS NOT NULL
    OR EXISTS (SELECT 1 FROM slot_openings freed WHERE freed.freed_by_slot_opening_id = s.id) AS in_chain
FROM slot_openings s
JOIN shops shop ON shop.id = s.shop_id
LEFT JOIN performers performer ON performer.id = s.performer_id
LEFT JOIN appointments source ON source.id = s.source_appointment_id
LEFT JOIN services service ON service.id = CASE WHEN source.service_id IS NULL THEN s.service_id ELSE source.service_id END
LEFT JOIN LATERAL (
  SELECT a.id, a.customer_id, a.status, a.deposit_cents, a.currency FROM appointments a
   WHERE a.source_slot_opening_id = s.id AND a.status IN ('pending_payment', 'booked')
) booking ON true
LEFT JOIN LATERAL (
  SELECT o.customer_id, o.expires_at, o.deposit_cents, o.currency FROM slot_offers o
   WHERE o.slot_opening_id = s.id AND o.status IN ('pending', 'sent')
) offer ON true
LEFT JOIN LATERAL (
  SELECT p.expires_at FROM payments p
   WHERE p.appointment_id = booking.id AND p.kind = 'deposit' ORDER BY p.attempt DESC LIMIT 1
) payment ON true
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN booking.status = 'booked' THEN 'Recovered'
    WHEN booking.status = 'pending_payment' THEN 'Holding'
    WHEN s.status = 'expired' THEN 'Closed'
    WHEN s.status = 'filled' THEN 'Recovered'
    WHEN offer.customer_id IS NOT NULL THEN 'Offering'
    ELSE 'Looking'
  END AS stage
) stage
LEFT JOIN LATERAL (
  -- The customer of a filled slot is also shown after the appointment was settled.
  SELECT a.customer_id FROM appointments a
   WHERE a.source_slot_opening_id = s.id AND a.status = 'settled' AND booking.id IS NULL
   ORDER BY a.created_at DESC LIMIT 1
) former ON true
-- CASE replaces coalesce, which is not leakproof and therefore prevents the use of an index under row-level security.
LEFT JOIN customers customer ON customer.id = CASE
  WHEN booking.customer_id IS NOT NULL THEN booking.customer_id
  WHEN offer.customer_id IS NOT NULL THEN offer.customer_id
  ELSE former.customer_id END
