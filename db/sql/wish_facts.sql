-- Whether one of the person's wishes matches, or null if there are no wishes.
(SELECT bool_or(/* wish matches */) FROM waitlist_entries e
  WHERE e.customer_id = ANY (person.ids) AND e.status = 'active') AS wanted,
-- The matching entry of this customer with the best place on the waiting list.
(SELECT e.id FROM waitlist_entries e
  WHERE e.customer_id = c.id AND e.status = 'active' AND (/* wish matches */)
  ORDER BY e.priority DESC, e.created_at, e.id LIMIT 1) AS place,
