-- Returns each cancelled slot of a shop with its result, for statistics. The parameters are shop_id, since and before
-- (timestamptz).
--
-- A slot is counted at the time of its result. For a slot that was sold again, that is when its booking was confirmed
-- (paid, or made without a deposit); for a closed slot, when it was closed; for an open slot, when it was cancelled.
-- The start of the slot is used if it is earlier.
SELECT * FROM (
  SELECT s.id, s.performer_id, s.status, s.closed_as, source.service AS source_service,
         CASE WHEN source.service_id IS NULL THEN s.service_id ELSE source.service_id END AS service_id,
         coalesce(source.cancelled_at, s.created_at) AS cancelled_at,
         -- Amounts in a former currency of the shop can't be added to amounts in the current one.
         CASE WHEN source.currency IS DISTINCT FROM (SELECT currency FROM shops WHERE id = :shop_id)
                AND source.currency IS NOT NULL THEN 0
              ELSE coalesce(source.price_cents, source.deposit_cents, 0) END AS source_price,
         booking.price_cents AS booking_price, booking.recovered_at, result.recovered,
         s.status = 'expired' AND s.closed_as IS DISTINCT FROM 'sold_by_hand' AND booking.id IS NULL AS lost,
         s.status = 'expired' AND s.closed_as = 'sold_by_hand' AND booking.id IS NULL AS by_hand,
         least(CASE WHEN result.recovered THEN booking.recovered_at
                    WHEN s.status = 'expired' AND booking.id IS NULL THEN s.updated_at
                    ELSE coalesce(source.cancelled_at, s.created_at) END,
               s.starts_at) AS counted_at
    FROM slot_openings s
    -- Because of LIMIT, each cancelled appointment is found by its id. Otherwise Postgres would read all appointments of
    -- the shop.
    LEFT JOIN LATERAL (
      SELECT a.service, a.service_id, a.cancelled_at, a.currency, a.price_cents, a.deposit_cents FROM appointments a
       WHERE a.id = s.source_appointment_id AND a.shop_id = s.shop_id LIMIT 1
    ) source ON true
    LEFT JOIN (
      SELECT DISTINCT ON (a.source_slot_opening_id) a.source_slot_opening_id, a.id, a.status,
             coalesce(a.confirmed_at, a.created_at) AS recovered_at,
             CASE WHEN a.currency IS DISTINCT FROM (SELECT currency FROM shops WHERE id = :shop_id)
                    AND a.currency IS NOT NULL THEN 0
                  ELSE coalesce(a.price_cents, a.deposit_cents, 0) END AS price_cents
        FROM appointments a
       WHERE a.shop_id = :shop_id AND a.source_slot_opening_id IS NOT NULL AND a.status <> 'cancelled'
         AND a.starts_at >= :since
       ORDER BY a.source_slot_opening_id, a.created_at DESC
    ) booking ON booking.source_slot_opening_id = s.id
   CROSS JOIN LATERAL (
      SELECT booking.id IS NOT NULL AND booking.status <> 'pending_payment' AS recovered
    ) result
   WHERE s.shop_id = :shop_id AND s.starts_at >= :since
  /* once */
) slot
WHERE counted_at >= :since AND counted_at < :before
