-- Cancels a live appointment, records this in the audit log, and marks its payments as kept by the shop, which decides
-- about refunds. Adds the task that offers its time again, unless `task_id` is null.
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
), task AS (
  INSERT INTO pending_tasks (id, shop_id, name, args, due_at, next_ring_at)
  SELECT CAST(:task_id AS uuid), shop_id, :task, jsonb_build_array(id), now, now + CAST(:patience AS interval)
    FROM cancelled, (SELECT clock_timestamp() AS now) moment
   WHERE CAST(:task_id AS uuid) IS NOT NULL
)
SELECT id FROM cancelled
