-- Checks the booking or the refund of each deposit that arrived, according to its payment or to a webhook from
-- Stripe.
WITH reported AS (
  SELECT payload #>> '{data,object,id}' AS intent_id,
         payload #>> '{data,object,metadata,appointment_id}' AS appointment_id
    FROM webhook_events
   WHERE provider = 'stripe' AND type = 'payment_intent.succeeded'
     AND received_at <= (SELECT clock_timestamp()) - CAST(:grace AS interval)
), arrived AS (
  SELECT p.*, a.status AS booking
    FROM payments p JOIN appointments a ON a.id = p.appointment_id
   WHERE (p.status IN ('succeeded', 'refunding', 'refunded', 'disputed') OR p.succeeded_at IS NOT NULL
          OR p.stripe_payment_intent_id IN (SELECT intent_id FROM reported))
     AND greatest(p.updated_at, a.updated_at) <= (SELECT clock_timestamp()) - CAST(:grace AS interval)
)
SELECT id::text AS subject,
       'the money arrived, but the payment is ' || status || ' and the booking ' || booking AS detail
  FROM arrived
 WHERE needs_human IS NULL AND status <> 'refunded'
   AND NOT (status IN ('succeeded', 'disputed') AND booking IN ('booked', 'settled'))
   AND NOT (status IN ('succeeded', 'disputed') AND booking = 'cancelled' AND deposit_kept_at IS NOT NULL)
UNION ALL
SELECT appointment_id::text, count(*) || ' deposits kept for one booking'
  FROM arrived WHERE kind = 'deposit' AND status = 'succeeded' AND needs_human IS NULL
 GROUP BY appointment_id HAVING count(*) > 1
UNION ALL
SELECT reported.intent_id,
       'money arrived for appointment ' || reported.appointment_id || ', but no payment has this intent'
  FROM reported JOIN appointments a ON a.id::text = reported.appointment_id
 WHERE NOT EXISTS (SELECT 1 FROM payments p WHERE p.stripe_payment_intent_id = reported.intent_id)
