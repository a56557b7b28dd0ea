-- In a transaction of its own: it reads the table without blocking writers.
ALTER TABLE payments VALIDATE CONSTRAINT payments_release_reason_known;
