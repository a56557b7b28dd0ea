-- Cancels a live appointment, notes this in the audit log, and marks its payments as kept by the shop, which decides
-- about refunds.
WITH cancelled AS (
  UPDATE appointments
     SET status = 'cancelled', cancelled_from = status, cancelled_at = (SELECT clock_timestamp()), cancel_reason = :by,
         tell_customer = tell_customer OR :tell
   WHERE id = :id AND status IN ('booked', 'pending_payment')
  RETURNING id, shop_id
), noted AS (
  INSERT INTO audit_logs (shop_id, appointment_id, actor, event, because)
  SELECT shop_id, id, :actor, 'AppointmentCancelled', :reason FROM cancelled
), kept AS (
  UPDATE payments SET deposit_kept_at = (SELECT clock_timestamp())
   WHERE appointment_id = (SELECT id FROM cancelled) AND status IN ('succeeded', 'disputed')
     AND deposit_kept_at IS NULL
)
SELECT id FROM cancelled
