-- If two refunds of a payment are recorded at the same time, the second one waits for the first and then includes it
-- in the sum. The lock is a separate statement, because a statement that waits computes the sum as of its own start.
CREATE OR REPLACE FUNCTION sum_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM payments WHERE id = NEW.payment_id FOR UPDATE;
  UPDATE payments SET refunded_cents = least(amount_cents, (
    SELECT coalesce(sum(amount_cents), 0) FROM refunds WHERE payment_id = NEW.payment_id AND status = 'succeeded'))
   WHERE id = NEW.payment_id;
  RETURN NULL;
END $$;
