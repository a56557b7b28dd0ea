-- After a move-up, the customer has exactly one of the two appointments, and the deposit belongs to it.
SELECT old.id::text AS subject, 'cancelled for a move, but no booking replaced it' AS detail
  FROM appointments old
 WHERE old.status = 'cancelled' AND old.cancel_reason = 'moved up'
   AND NOT EXISTS (SELECT 1 FROM appointments new
                    WHERE new.moved_from_appointment_id = old.id AND new.confirmed_at IS NOT NULL)
UNION ALL
SELECT new.id::text, 'booked in place of ' || old.id || ', which is still booked'
  FROM appointments new JOIN appointments old ON old.id = new.moved_from_appointment_id
 WHERE new.status = 'booked' AND old.status = 'booked'
UNION ALL
SELECT p.id::text, 'the deposit was not transferred to the new appointment'
  FROM appointments old JOIN payments p ON p.appointment_id = old.id
 WHERE old.cancel_reason = 'moved up' AND p.status IN ('succeeded', 'disputed') AND p.deposit_kept_at IS NULL
