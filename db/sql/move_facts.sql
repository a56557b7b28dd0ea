-- The customer's earliest appointment that can be moved to the slot, and whether an appointment cannot be moved
-- because it was moved recently.
CASE WHEN slot.move_up_until IS NOT NULL THEN (
  SELECT a.id FROM appointments a WHERE a.customer_id = c.id AND /* could move */ AND NOT (/* moved lately */)
   ORDER BY a.starts_at, a.id LIMIT 1) END AS move,
slot.move_up_until IS NOT NULL AND EXISTS (
  SELECT 1 FROM appointments a WHERE a.customer_id = c.id AND /* could move */ AND (/* moved lately */) OFFSET 0
) AS moved_lately,
