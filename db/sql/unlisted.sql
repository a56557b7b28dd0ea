-- Whether the customer `c` has no active waiting-list entry, or the waiting list is off.
CAST(:waitlist AS text) = 'off'
OR NOT EXISTS (SELECT 1 FROM waitlist_entries e WHERE e.customer_id = c.id AND e.status = 'active' OFFSET 0)
