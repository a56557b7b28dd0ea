-- Only recovered bookings are checked, which are sold for their deposit. The shop sets the amount of other bookings.
SELECT a.id::text AS subject, a.status || ' with a deposit of ' || a.deposit_cents || ' that was not paid' AS detail
  FROM appointments a
 WHERE a.status IN ('booked', 'settled') AND a.payment_required AND a.deposit_cents > 0
   AND a.source_slot_opening_id IS NOT NULL
   AND NOT EXISTS (
     SELECT 1 FROM payments p
      WHERE p.appointment_id = a.id AND p.kind = 'deposit' AND p.amount_cents = a.deposit_cents
        AND p.status IN ('succeeded', 'refunding', 'refunded', 'disputed'))
