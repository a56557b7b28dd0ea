-- Run by the next migration, without blocking writers.
UPDATE payments SET refunded_cents = amount_cents WHERE status = 'refunded' AND refunded_cents = 0;
ALTER TABLE payments VALIDATE CONSTRAINT payments_refunded_not_negative;
