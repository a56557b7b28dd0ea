SELECT s.id::text AS subject, 'filled, but with ' || count(a.id) || ' bookings' AS detail
  FROM slot_openings s
  LEFT JOIN appointments a ON a.source_slot_opening_id = s.id
   -- After the appointment, the booking is settled or voided.
   AND (a.status IN ('pending_payment', 'booked')
        OR (a.status IN ('settled', 'voided') AND a.starts_at <= (SELECT clock_timestamp())))
 WHERE s.status = 'filled'
 GROUP BY s.id
HAVING count(a.id) > 1
    OR count(a.id) = 0
       -- The booking was not cancelled recently: no task that reopens the slot is waiting. Parked tasks are ignored.
       AND NOT EXISTS (SELECT FROM appointments c
                         JOIN ONLY pending_tasks t ON t.name = 'create_slot_opening' AND t.args ->> 0 = c.id::text
                        WHERE c.source_slot_opening_id = s.id AND t.settled_at IS NULL AND t.parked_at IS NULL)
       -- The booking was not moved recently: no task that frees the old time is waiting. Parked tasks are ignored.
       AND NOT EXISTS (SELECT FROM appointment_moves m
                         JOIN ONLY pending_tasks t ON t.name IN ('free_old_time', 'move_in_calendar')
                                             AND t.args ->> 0 = m.id::text
                        WHERE m.slot_opening_id = s.id AND t.settled_at IS NULL AND t.parked_at IS NULL)
UNION ALL
SELECT s.id::text, 'sold to booking ' || a.id || ', but ' || s.status
  FROM appointments a JOIN slot_openings s ON s.id = a.source_slot_opening_id
 WHERE a.status = 'booked' AND s.status <> 'filled'
