SELECT a.id::text AS subject, 'the booking of a customer who was erased at ' || c.anonymised_at AS detail
  FROM customers c JOIN appointments a ON a.customer_id = c.id AND a.status IN ('pending_payment', 'booked')
 WHERE c.anonymised_at IS NOT NULL
UNION ALL
SELECT o.id::text, 'the offer to a customer who was erased at ' || c.anonymised_at
  FROM customers c JOIN slot_offers o ON o.customer_id = c.id AND o.status IN ('pending', 'sent')
 WHERE c.anonymised_at IS NOT NULL
