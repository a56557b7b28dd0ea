-- This is a separate transaction, which reads the table without blocking writers.
ALTER TABLE payments VALIDATE CONSTRAINT payments_release_reason_known;
