-- Whether a customer `c` has no wishes of their own, unless wishes are ignored.
CAST(:waitlist AS text) = 'off'
OR NOT EXISTS (SELECT 1 FROM waitlist_entries e WHERE e.customer_id = c.id AND e.status = 'active' OFFSET 0)
