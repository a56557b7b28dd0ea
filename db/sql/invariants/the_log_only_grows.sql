-- The trigger that protects the audit log exists and is enabled.
SELECT 'audit_logs' AS subject, 'its trigger keep_the_log is missing or disabled' AS detail
 WHERE NOT EXISTS (
   SELECT 1 FROM pg_trigger
    WHERE tgrelid = 'audit_logs'::regclass AND tgname = 'keep_the_log' AND tgenabled <> 'D')
