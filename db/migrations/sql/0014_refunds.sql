-- Full and partial refunds that the shop makes in this system or at Stripe.
ALTER TABLE payments ADD COLUMN refunded_cents integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT payments_refunded_not_negative CHECK (refunded_cents >= 0) NOT VALID;

CREATE TABLE refunds (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  payment_id uuid NOT NULL REFERENCES payments (id),
  amount_cents integer NOT NULL,
  status text NOT NULL DEFAULT 'requested',
  reason text NOT NULL DEFAULT '',
  -- The id of a member of staff, or 'stripe' for a refund that was made at Stripe.
  requested_by text NOT NULL DEFAULT 'stripe',
  stripe_refund_id text,
  failure text,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  ended_at timestamptz,
  CONSTRAINT refunds_stripe_refund_id_key UNIQUE (stripe_refund_id),
  CONSTRAINT refunds_amount_positive CHECK (amount_cents > 0),
  CONSTRAINT refunds_status_known CHECK (status IN ('requested', 'succeeded', 'failed'))
);
CREATE INDEX refunds_payment_id_idx ON refunds (payment_id);

-- Limits the refunds to the paid amount. The payment's row is locked, so that two simultaneous requests cannot exceed
-- the amount. Refunds that Stripe reports are not checked, because they have already been made. The function runs
-- with the privileges of its owner, because the pages' role can neither lock payments nor see other shops.
CREATE FUNCTION refund_within_payment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  paid payments%ROWTYPE;
  promised bigint;
BEGIN
  SELECT * INTO paid FROM payments WHERE id = NEW.payment_id AND shop_id = NEW.shop_id FOR UPDATE;
  SELECT coalesce(sum(amount_cents), 0) INTO promised FROM refunds
   WHERE payment_id = NEW.payment_id AND status <> 'failed';
  IF paid.id IS NULL OR paid.status <> 'succeeded' OR promised + NEW.amount_cents > paid.amount_cents THEN
    RAISE EXCEPTION 'a refund of more than what was paid' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'refunds_within_payment';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refund_within_payment BEFORE INSERT ON refunds FOR EACH ROW
  WHEN (NEW.status = 'requested') EXECUTE FUNCTION refund_within_payment();

CREATE FUNCTION sum_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE payments SET refunded_cents = least(amount_cents, (
    SELECT coalesce(sum(amount_cents), 0) FROM refunds WHERE payment_id = NEW.payment_id AND status = 'succeeded'))
   WHERE id = NEW.payment_id;
  RETURN NULL;
END $$;
CREATE TRIGGER sum_refunds AFTER UPDATE OF status ON refunds FOR EACH ROW EXECUTE FUNCTION sum_refunds();
CREATE TRIGGER sum_new_refunds AFTER INSERT ON refunds FOR EACH ROW
  WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION sum_refunds();

ALTER TABLE refunds ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON refunds TO slots_dashboard
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));
GRANT SELECT, INSERT (id, shop_id, payment_id, amount_cents, reason, requested_by) ON refunds TO slots_dashboard;
GRANT SELECT (refunded_cents) ON payments TO slots_dashboard;
CREATE POLICY page_adds_send_refund ON pending_tasks FOR INSERT TO slots_dashboard WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name = 'send_refund' THEN
    EXISTS (SELECT FROM refunds r WHERE r.id = (args ->> 0)::uuid AND r.shop_id = (SELECT this_shop()))
  ELSE false END);
