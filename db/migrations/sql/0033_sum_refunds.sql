-- Of two refunds of one payment at a time, the second one waits for the first and then sees it: the lock is a statement
-- of its own, since the sum of a statement that waited would still be that of its beginning.
CREATE OR REPLACE FUNCTION sum_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM payments WHERE id = NEW.payment_id FOR UPDATE;
  UPDATE payments SET refunded_cents = least(amount_cents, (
    SELECT coalesce(sum(amount_cents), 0) FROM refunds WHERE payment_id = NEW.payment_id AND status = 'succeeded'))
   WHERE id = NEW.payment_id;
  RETURN NULL;
END $$;
