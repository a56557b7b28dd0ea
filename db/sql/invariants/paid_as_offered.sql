-- Payments from before a move-up and deposits that the shop recorded belong to no offer. The deposit of an offer that
-- Stripe refused to charge was replaced, and this payment has no intent.
SELECT p.id::text AS subject,
       'a payment of ' || p.amount_cents || ' ' || upper(p.currency) || ' for an offer of ' || o.deposit_cents || ' '
         || upper(o.currency) AS detail
  FROM payments p
  JOIN appointments a ON a.id = p.appointment_id AND p.created_at >= a.created_at
  JOIN slot_offers o ON o.slot_opening_id = a.source_slot_opening_id AND o.customer_id = a.customer_id
 WHERE p.kind = 'deposit' AND p.expires_at IS NOT NULL AND p.stripe_payment_intent_id IS NOT NULL
   AND o.accepted_at IS NOT NULL AND o.deposit_cents IS NOT NULL
   AND (p.amount_cents, upper(p.currency)) IS DISTINCT FROM (o.deposit_cents, upper(o.currency))
