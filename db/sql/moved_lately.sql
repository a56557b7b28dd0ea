-- Whether the appointment `a` was moved during the last week.
(a.moved_from_appointment_id IS NOT NULL AND a.created_at > (SELECT clock_timestamp()) - interval '7 days')
OR EXISTS (SELECT 1 FROM appointment_moves m
            WHERE m.appointment_id = a.id AND m.created_at > (SELECT clock_timestamp()) - interval '7 days' OFFSET 0)
