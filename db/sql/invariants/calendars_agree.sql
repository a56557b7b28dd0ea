-- After a reconciliation, the appointments and the bookings in the calendar agree, or the calendar is marked as
-- broken.
SELECT a.id::text AS subject,
       'here ' || a.status || ' at ' || a.starts_at || ', but in the calendar ' || b.status || ' at ' || b.starts_at AS detail
  FROM calendar_bookings b
  JOIN appointments a ON a.id = b.appointment_id
  JOIN calendars c ON c.id = b.calendar_id AND c.status = 'active' AND c.kind <> 'ics'
 WHERE a.starts_at > (SELECT clock_timestamp())
   AND b.read_at > '-infinity' AND b.read_at <= (SELECT clock_timestamp()) - CAST(:grace AS interval)
   AND a.updated_at <= (SELECT clock_timestamp()) - CAST(:grace AS interval)
   AND b.not_mirrored IS NULL
   AND ((b.status = 'cancelled' AND a.status IN ('pending_payment', 'booked'))
        OR (b.status = 'booked' AND a.status = 'cancelled')
        OR (b.status = 'booked' AND a.status = 'booked' AND (a.starts_at, a.ends_at) <> (b.starts_at, b.ends_at)))
   AND NOT EXISTS (SELECT FROM appointment_moves m WHERE m.appointment_id = a.id AND m.in_calendar = 'waiting')
   -- No task is waiting that resolves the difference.
   AND NOT EXISTS (SELECT FROM ONLY pending_tasks t
                    WHERE t.settled_at IS NULL
                      AND (t.args ->> 0 = a.id::text OR t.args ->> 0 = c.id::text))
