-- The limit is never reached. Postgres does not know its value when it plans, and therefore reads an index in order
-- instead of sorting all rows.
SELECT e.id, e.customer_id, e.priority, e.created_at FROM waitlist_entries e
 WHERE e.shop_id = slot.shop_id AND e.status = 'active' AND (/* wish matches */)
 ORDER BY e.priority DESC, e.created_at, e.customer_id
 LIMIT (SELECT 2147483647)
