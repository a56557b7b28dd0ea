-- Returns the data for the page of an offer in one row: the time, the shop, the offer, and the booking after a YES.
SELECT o.id AS offer_id, o.shop_id, o.status, o.expires_at, o.late_yes_at IS NOT NULL AS said_late_yes,
       o.move_from_starts_at AS moving_from, s.status AS slot_status, s.closed_as, s.starts_at, s.ends_at,
       coalesce(source.service, service.name) AS service, performer.name AS performer,
       coalesce(source.price_cents, service.price_cents) AS price_cents,
       CASE WHEN source.price_cents IS NULL THEN shop.currency ELSE coalesce(source.currency, shop.currency) END
         AS price_currency,
       coalesce(source.deposit_cents, s.deposit_cents, service.deposit_cents, shop.deposit_cents) AS deposit_cents,
       CASE WHEN source.deposit_cents IS NULL THEN shop.currency ELSE coalesce(source.currency, shop.currency) END
         AS currency,
       o.deposit_cents AS offered_cents, o.currency AS offered_currency,
       shop.name AS shop_name, shop.timezone, shop.currency AS shop_currency, shop.address, shop.phone,
       coalesce(c.locale, shop.locale) AS locale,
       booking.status AS booking_status, booking.manage_token, payment.pay_token, payment.expires_at AS pay_until,
       EXISTS (SELECT 1 FROM ONLY pending_tasks task
                WHERE task.key = 'answer_offer:' || o.id AND task.settled_at IS NULL) AS answering,
       (SELECT clock_timestamp()) AS now
  FROM slot_offers o
  JOIN slot_openings s ON s.id = o.slot_opening_id AND s.shop_id = o.shop_id
  JOIN shops shop ON shop.id = o.shop_id
  JOIN customers c ON c.id = o.customer_id AND c.shop_id = o.shop_id
  LEFT JOIN appointments source ON source.id = s.source_appointment_id AND source.shop_id = o.shop_id
  LEFT JOIN services service ON service.id = coalesce(source.service_id, s.service_id) AND service.shop_id = o.shop_id
  LEFT JOIN performers performer ON performer.id = s.performer_id AND performer.shop_id = o.shop_id
  LEFT JOIN LATERAL (
    SELECT a.id, a.status, a.manage_token FROM appointments a
     WHERE a.source_slot_opening_id = s.id AND a.customer_id = o.customer_id AND a.shop_id = o.shop_id
     ORDER BY a.created_at DESC LIMIT 1) booking ON true
  LEFT JOIN LATERAL (
    SELECT p.pay_token, p.expires_at FROM payments p
     WHERE p.appointment_id = booking.id AND p.shop_id = o.shop_id AND p.kind = 'deposit'
       AND p.status IN ('pending', 'processing', 'failed') AND p.release_requested_at IS NULL
       AND (p.expires_at IS NULL OR p.expires_at > (SELECT clock_timestamp()))
     ORDER BY p.attempt DESC LIMIT 1) payment ON true
 WHERE o.token = :token
