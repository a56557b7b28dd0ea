SELECT slot_opening_id::text AS subject, count(*) || ' live offers for one slot' AS detail
  FROM slot_offers WHERE status IN ('pending', 'sent') GROUP BY slot_opening_id HAVING count(*) > 1
UNION ALL
SELECT customer_id::text, count(*) || ' live offers for one customer'
  FROM slot_offers WHERE status IN ('pending', 'sent') GROUP BY customer_id HAVING count(*) > 1
