-- External tools insert codes with only a shop and an expiry. A code without a member cannot be used to sign in.
ALTER TABLE otp_codes ALTER COLUMN staff_id DROP NOT NULL;
-- External tools write to the audit log with the five usual log levels.
ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_severity_known;
ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_severity_known
  CHECK (severity IN ('debug', 'info', 'warning', 'error', 'critical'));
