-- The limit is never reached. Not knowing it, Postgres plans for a part of the rows: it reads an index in order, and
-- does not sort.
SELECT e.id, e.customer_id, e.priority, e.created_at FROM waitlist_entries e
 WHERE e.shop_id = slot.shop_id AND e.status = 'active' AND (/* wish matches */)
 ORDER BY e.priority DESC, e.created_at, e.customer_id
 LIMIT (SELECT 2147483647)
