-- Events: a row for each change that is relevant to a shop's other systems. Triggers write the row in the transaction
-- of the change, whichever program makes the change. Outgoing webhooks: the endpoints to which events are sent, and
-- each delivery.

CREATE TABLE events (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  type text NOT NULL,
  -- Ids, statuses, times and amounts. No names, phone numbers or texts.
  data jsonb NOT NULL DEFAULT '{}',
  -- Events are ordered by transaction, then within the transaction. A reader that stops before the oldest running
  -- transaction misses no event that is committed later.
  xid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz NOT NULL DEFAULT clock_now()
);
-- For a shop's events, in order.
CREATE INDEX events_shop_id_xid_seq_idx ON events (shop_id, xid, seq);
-- For the clean-up.
CREATE INDEX events_created_at_idx ON events (created_at);

CREATE TABLE webhook_endpoints (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  url text NOT NULL,
  description text NOT NULL DEFAULT '',
  -- Null means all types.
  types text[],
  status text NOT NULL DEFAULT 'enabled',
  -- Encrypted by the application. During a rotation, the previous secret also signs requests.
  secret text NOT NULL,
  previous_secret text,
  previous_secret_until timestamptz,
  -- The time of the first failure since the last success.
  failing_since timestamptz,
  last_success_at timestamptz,
  disabled_at timestamptz,
  disabled_reason text,
  -- Setting this column sends the event endpoint.test.
  tested_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  updated_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT webhook_endpoints_status_known CHECK (status IN ('enabled', 'disabled')),
  CONSTRAINT webhook_endpoints_disabled_reason_known CHECK (disabled_reason IN ('gone', 'failing', 'by_request'))
);
-- For the page of a shop's endpoints, and for finding the endpoints that receive an event.
CREATE INDEX webhook_endpoints_shop_id_created_at_idx ON webhook_endpoints (shop_id, created_at);
CREATE TRIGGER touch_updated_at BEFORE UPDATE OF url, description, types, status, secret ON webhook_endpoints
  FOR EACH ROW WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION touch_updated_at();

CREATE TABLE webhook_deliveries (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  webhook_endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  event_id uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
  status text NOT NULL DEFAULT 'pending',
  -- A claim sets this column to the end of the lease.
  next_attempt_at timestamptz NOT NULL DEFAULT clock_now(),
  -- The number of attempts in the current series. Resending starts another series.
  tries integer NOT NULL DEFAULT 0,
  -- A list of attempts, each with at, status_code, duration_ms, answer (first 1 KiB) and error.
  attempts jsonb NOT NULL DEFAULT '[]',
  ended_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT webhook_deliveries_status_known CHECK (status IN ('pending', 'delivered', 'failed')),
  CONSTRAINT webhook_deliveries_attempts_is_list CHECK (jsonb_typeof(attempts) = 'array'),
  -- An event has one delivery for each endpoint.
  CONSTRAINT webhook_deliveries_event_id_webhook_endpoint_id_key UNIQUE (event_id, webhook_endpoint_id)
);
-- For the due deliveries of an endpoint.
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (webhook_endpoint_id, next_attempt_at)
  WHERE status = 'pending';
-- For the log of an endpoint, newest first.
CREATE INDEX webhook_deliveries_webhook_endpoint_id_created_at_idx
  ON webhook_deliveries (webhook_endpoint_id, created_at);
-- For the clean-up.
CREATE INDEX webhook_deliveries_created_at_idx ON webhook_deliveries (created_at);

-- Formats a time as RFC 3339, in UTC.
CREATE FUNCTION rfc3339(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS
  $$SELECT (to_json(moment AT TIME ZONE 'UTC') #>> '{}') || 'Z'$$;

-- Writes an event, and a delivery for each endpoint that receives this type. Only triggers call this function. They
-- run with the privileges of the tables' owner, because a page can change a customer but must not be able to forge
-- events. They keep the search path of their caller, because tests shift the clock through it.
CREATE FUNCTION record_event(shop uuid, kind text, content jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  new_id uuid;
BEGIN
  INSERT INTO events (shop_id, type, data) VALUES (shop, kind, content) RETURNING id INTO new_id;
  INSERT INTO webhook_deliveries (shop_id, webhook_endpoint_id, event_id)
  SELECT shop, e.id, new_id FROM webhook_endpoints e
   WHERE e.shop_id = shop AND e.status = 'enabled' AND e.deleted_at IS NULL
     AND (e.types IS NULL OR kind = ANY (e.types));
END $$;
REVOKE EXECUTE ON FUNCTION record_event(uuid, text, jsonb) FROM PUBLIC;

CREATE FUNCTION record_appointment_event(kind text, a appointments, more jsonb) RETURNS void LANGUAGE sql AS $$
  SELECT record_event(a.shop_id, kind, jsonb_build_object(
    'appointment_id', a.id, 'status', a.status, 'customer_id', a.customer_id, 'performer_id', a.performer_id,
    'service_id', a.service_id, 'external_id', a.external_id, 'starts_at', rfc3339(a.starts_at),
    'ends_at', rfc3339(a.ends_at), 'price_cents', a.price_cents, 'deposit_cents', a.deposit_cents,
    'currency', coalesce(a.currency, (SELECT upper(currency) FROM shops WHERE id = a.shop_id)),
    'source_slot_opening_id', a.source_slot_opening_id) || more)
$$;
REVOKE EXECUTE ON FUNCTION record_appointment_event(text, appointments, jsonb) FROM PUBLIC;

-- `reopened`: whether the slot was held, sold or closed before.
CREATE FUNCTION record_slot_event(kind text, s slot_openings, booking appointments, reopened boolean) RETURNS void
LANGUAGE sql AS $$
  SELECT record_event(s.shop_id, kind, jsonb_build_object(
    'slot_opening_id', s.id, 'status', s.status, 'reopened', reopened, 'starts_at', rfc3339(s.starts_at),
    'ends_at', rfc3339(s.ends_at), 'performer_id', s.performer_id, 'service_id', s.service_id,
    'source_appointment_id', s.source_appointment_id, 'recovered_appointment_id', booking.id,
    'customer_id', booking.customer_id, 'reason', CASE WHEN s.status = 'expired' THEN s.closed_as END))
$$;
REVOKE EXECUTE ON FUNCTION record_slot_event(text, slot_openings, appointments, boolean) FROM PUBLIC;

-- A filled slot is held while its booking waits for the deposit, and recovered once the booking is confirmed. The
-- event is recorded when the second of the two rows is written.
CREATE FUNCTION record_filled_slot(s slot_openings, booking appointments) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF booking.status = 'booked' THEN
    PERFORM record_slot_event('slot.recovered', s, booking, false);
  ELSIF booking.status = 'pending_payment' THEN
    PERFORM record_slot_event('slot.held', s, booking, false);
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION record_filled_slot(slot_openings, appointments) FROM PUBLIC;

CREATE FUNCTION record_appointment_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  was text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.status END;
  slot slot_openings;
BEGIN
  IF NEW.status = 'booked' AND coalesce(was, 'pending_payment') IN ('pending_payment', 'cancelled') THEN
    PERFORM record_appointment_event('appointment.booked', NEW, jsonb_build_object('previous_status', was));
  ELSIF NEW.status = 'cancelled' AND was IN ('pending_payment', 'booked') THEN
    PERFORM record_appointment_event('appointment.cancelled', NEW, jsonb_build_object('previous_status', was));
  END IF;
  IF NEW.source_slot_opening_id IS NOT NULL AND NEW.status IN ('pending_payment', 'booked') THEN
    SELECT * INTO slot FROM slot_openings WHERE id = NEW.source_slot_opening_id AND status = 'filled';
    IF FOUND THEN
      PERFORM record_filled_slot(slot, NEW);
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER event_of_new_appointment AFTER INSERT ON appointments FOR EACH ROW
  WHEN (NEW.status IN ('pending_payment', 'booked')) EXECUTE FUNCTION record_appointment_change();
CREATE TRIGGER event_of_appointment AFTER UPDATE OF status ON appointments FOR EACH ROW
  WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION record_appointment_change();

CREATE FUNCTION record_appointment_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM record_appointment_event('appointment.moved', NEW, jsonb_build_object('previous', jsonb_build_object(
    'starts_at', rfc3339(OLD.starts_at), 'ends_at', rfc3339(OLD.ends_at), 'performer_id', OLD.performer_id)));
  RETURN NULL;
END $$;
CREATE TRIGGER event_of_moved_appointment AFTER UPDATE OF starts_at, ends_at, performer_id ON appointments
  FOR EACH ROW WHEN (NEW.status IN ('pending_payment', 'booked') AND
    (NEW.starts_at, NEW.ends_at, NEW.performer_id) IS DISTINCT FROM (OLD.starts_at, OLD.ends_at, OLD.performer_id))
  EXECUTE FUNCTION record_appointment_move();

CREATE FUNCTION record_slot_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  booking appointments;
BEGIN
  IF NEW.status = 'open' THEN
    PERFORM record_slot_event('slot.opened', NEW, NULL, TG_OP = 'UPDATE');
  ELSIF NEW.status = 'expired' THEN
    PERFORM record_slot_event('slot.closed', NEW, NULL, false);
  ELSE
    SELECT * INTO booking FROM appointments
     WHERE source_slot_opening_id = NEW.id AND status IN ('pending_payment', 'booked');
    IF FOUND THEN
      PERFORM record_filled_slot(NEW, booking);
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER event_of_new_slot AFTER INSERT ON slot_openings FOR EACH ROW
  WHEN (NEW.status = 'open') EXECUTE FUNCTION record_slot_change();
CREATE TRIGGER event_of_slot AFTER UPDATE OF status ON slot_openings FOR EACH ROW
  WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION record_slot_change();

CREATE FUNCTION record_offer_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM record_event(NEW.shop_id, 'offer.' || NEW.status, jsonb_build_object(
    'slot_offer_id', NEW.id, 'slot_opening_id', NEW.slot_opening_id, 'customer_id', NEW.customer_id,
    'channel', NEW.channel, 'status', NEW.status, 'sent_at', rfc3339(NEW.sent_at),
    'expires_at', rfc3339(NEW.expires_at), 'ended_at', rfc3339(NEW.ended_at), 'reason', NEW.ended_as));
  RETURN NULL;
END $$;
-- An offer that is inserted with another status is an earlier offer and has no event.
CREATE TRIGGER event_of_new_offer AFTER INSERT ON slot_offers FOR EACH ROW
  WHEN (NEW.status = 'sent') EXECUTE FUNCTION record_offer_change();
CREATE TRIGGER event_of_offer AFTER UPDATE OF status ON slot_offers FOR EACH ROW
  WHEN (NEW.status <> OLD.status AND NEW.status <> 'pending') EXECUTE FUNCTION record_offer_change();

CREATE FUNCTION record_payment_event(kind text, p payments, more jsonb) RETURNS void LANGUAGE sql AS $$
  SELECT record_event(p.shop_id, kind, jsonb_build_object(
    'payment_id', p.id, 'appointment_id', p.appointment_id, 'kind', p.kind, 'status', p.status,
    'amount_cents', p.amount_cents, 'currency', upper(p.currency),
    'stripe_payment_intent_id', p.stripe_payment_intent_id, 'failure_code', p.failure_code) || more)
$$;
REVOKE EXECUTE ON FUNCTION record_payment_event(text, payments, jsonb) FROM PUBLIC;

CREATE FUNCTION record_refund() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  payment payments;
BEGIN
  SELECT * INTO payment FROM payments WHERE id = NEW.payment_id;
  -- For a refund that Stripe reports, the payment may be updated, which records the event, before this row is added
  -- in the same transaction.
  IF NOT EXISTS (SELECT FROM events WHERE shop_id = NEW.shop_id AND xid = pg_current_xact_id()::text::bigint
                    AND type = 'payment.refunded' AND data ->> 'payment_id' = NEW.payment_id::text) THEN
    PERFORM record_payment_event('payment.refunded', payment, jsonb_build_object('refunded_cents', NEW.amount_cents));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER event_of_new_refund AFTER INSERT ON refunds FOR EACH ROW
  WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION record_refund();
CREATE TRIGGER event_of_refund AFTER UPDATE OF status ON refunds FOR EACH ROW
  WHEN (NEW.status = 'succeeded' AND OLD.status <> 'succeeded') EXECUTE FUNCTION record_refund();

CREATE FUNCTION record_payment_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  was text := CASE WHEN TG_OP = 'UPDATE' THEN OLD.status ELSE 'pending' END;
  kind text := CASE
    WHEN NEW.status = 'failed' THEN 'payment.failed'
    WHEN NEW.status = 'refunded' THEN 'payment.refunded'
    WHEN NEW.status = 'disputed' THEN 'payment.disputed'
    -- In the status refunding, the payment arrived too late and is being refunded.
    WHEN NEW.status IN ('succeeded', 'refunding', 'refunded', 'disputed')
      AND was NOT IN ('succeeded', 'refunding', 'refunded', 'disputed')
      THEN 'payment.succeeded' END;
BEGIN
  IF kind = 'payment.refunded' THEN
    -- Refunds that the shop made have rows, whose events contain the refunded amount.
    IF NOT EXISTS (SELECT FROM refunds WHERE payment_id = NEW.id AND status <> 'failed') THEN
      PERFORM record_payment_event(kind, NEW, jsonb_build_object('refunded_cents', NEW.amount_cents));
    END IF;
  ELSIF kind IS NOT NULL THEN
    PERFORM record_payment_event(kind, NEW, '{}');
  END IF;
  RETURN NULL;
END $$;
-- A payment that was taken elsewhere is inserted as succeeded.
CREATE TRIGGER event_of_new_payment AFTER INSERT ON payments FOR EACH ROW
  WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION record_payment_change();
CREATE TRIGGER event_of_payment AFTER UPDATE OF status ON payments FOR EACH ROW
  WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION record_payment_change();

-- An opt-out suppresses the number and changes the customers with that number in one transaction. Each customer gets
-- only one event.
CREATE FUNCTION record_consent_event(kind text, shop uuid, customer uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM events WHERE shop_id = shop AND xid = pg_current_xact_id()::text::bigint AND type = kind
                    AND data ->> 'customer_id' = customer::text) THEN
    PERFORM record_event(shop, kind, jsonb_build_object('customer_id', customer));
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION record_consent_event(text, uuid, uuid) FROM PUBLIC;

CREATE FUNCTION record_opt_in_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM record_consent_event(
    CASE WHEN NEW.sms_opt_in THEN 'customer.opted_in' ELSE 'customer.opted_out' END, NEW.shop_id, NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER event_of_consent AFTER UPDATE OF sms_opt_in ON customers FOR EACH ROW
  WHEN (NEW.sms_opt_in <> OLD.sms_opt_in) EXECUTE FUNCTION record_opt_in_change();

CREATE FUNCTION record_suppression_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM record_consent_event(
            CASE WHEN NEW.lifted_at IS NULL THEN 'customer.opted_out' ELSE 'customer.opted_in' END, c.shop_id, c.id)
     FROM customers c
    WHERE c.shop_id = NEW.shop_id AND c.phone_e164 = NEW.phone AND (NEW.lifted_at IS NULL OR c.sms_opt_in);
  RETURN NULL;
END $$;
CREATE TRIGGER event_of_new_suppression AFTER INSERT ON suppressions FOR EACH ROW
  WHEN (NEW.lifted_at IS NULL) EXECUTE FUNCTION record_suppression_change();
CREATE TRIGGER event_of_suppression AFTER UPDATE OF lifted_at ON suppressions FOR EACH ROW
  WHEN ((NEW.lifted_at IS NULL) <> (OLD.lifted_at IS NULL)) EXECUTE FUNCTION record_suppression_change();

-- The kinds of notification that are also sent to the staff by e-mail.
CREATE FUNCTION record_attention_needed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM record_event(NEW.shop_id, 'attention.needed', jsonb_build_object(
    'notification_id', NEW.id, 'kind', NEW.kind, 'slot_opening_id', NEW.slot_opening_id,
    'appointment_id', NEW.appointment_id));
  RETURN NULL;
END $$;
CREATE TRIGGER event_of_notification AFTER INSERT ON notifications FOR EACH ROW
  WHEN (NEW.customer_id IS NULL AND NEW.kind IN ('needs_human', 'provider_refuses', 'dispute'))
  EXECUTE FUNCTION record_attention_needed();

CREATE FUNCTION record_broken_calendar() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM record_event(NEW.shop_id, 'calendar.broken', jsonb_build_object(
    'calendar_id', NEW.id, 'kind', NEW.kind, 'status', NEW.status));
  RETURN NULL;
END $$;
CREATE TRIGGER event_of_broken_calendar AFTER UPDATE OF status ON calendars FOR EACH ROW
  WHEN (NEW.status = 'broken' AND OLD.status <> 'broken') EXECUTE FUNCTION record_broken_calendar();

-- waitlist.left: the customer left the list or was booked, or the dates have passed. The status shows which.
CREATE FUNCTION record_waitlist_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM record_event(
    NEW.shop_id, CASE WHEN NEW.status = 'active' THEN 'waitlist.joined' ELSE 'waitlist.left' END, jsonb_build_object(
      'waitlist_entry_id', NEW.id, 'customer_id', NEW.customer_id, 'status', NEW.status,
      'service_id', NEW.service_id, 'performer_id', NEW.performer_id));
  RETURN NULL;
END $$;
CREATE TRIGGER event_of_new_waitlist_entry AFTER INSERT ON waitlist_entries FOR EACH ROW
  WHEN (NEW.status = 'active') EXECUTE FUNCTION record_waitlist_change();
CREATE TRIGGER event_of_waitlist_entry AFTER UPDATE OF status ON waitlist_entries FOR EACH ROW
  WHEN ((NEW.status = 'active') <> (OLD.status = 'active')) EXECUTE FUNCTION record_waitlist_change();

-- A test event is delivered only to this endpoint, even if the endpoint does not receive this type.
CREATE FUNCTION test_webhook_endpoint() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  new_id uuid;
BEGIN
  INSERT INTO events (shop_id, type, data)
  VALUES (NEW.shop_id, 'endpoint.test', jsonb_build_object('webhook_endpoint_id', NEW.id)) RETURNING id INTO new_id;
  INSERT INTO webhook_deliveries (shop_id, webhook_endpoint_id, event_id) VALUES (NEW.shop_id, NEW.id, new_id);
  RETURN NULL;
END $$;
CREATE TRIGGER test_webhook_endpoint AFTER UPDATE OF tested_at ON webhook_endpoints FOR EACH ROW
  WHEN (NEW.tested_at IS DISTINCT FROM OLD.tested_at AND NEW.tested_at IS NOT NULL)
  EXECUTE FUNCTION test_webhook_endpoint();

-- Both secrets sign requests for a day, so that a receiver can change its secret without rejecting a request.
CREATE FUNCTION keep_previous_secret() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.previous_secret := OLD.secret;
  NEW.previous_secret_until := clock_timestamp() + interval '24 hours';
  RETURN NEW;
END $$;
CREATE TRIGGER keep_previous_secret BEFORE UPDATE OF secret ON webhook_endpoints FOR EACH ROW
  WHEN (NEW.secret <> OLD.secret AND NEW.deleted_at IS NULL) EXECUTE FUNCTION keep_previous_secret();

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['events', 'webhook_endpoints', 'webhook_deliveries']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY one_shop ON %I TO slots_dashboard, slots_api '
      'USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()))', tenant_table);
  END LOOP;
END $$;
GRANT SELECT ON events, webhook_deliveries TO slots_dashboard, slots_api;
GRANT UPDATE (status, next_attempt_at, tries, ended_at) ON webhook_deliveries TO slots_dashboard, slots_api;
-- Excludes the secrets.
GRANT SELECT (id, shop_id, url, description, types, status, previous_secret_until, failing_since, last_success_at,
  disabled_at, disabled_reason, tested_at, deleted_at, created_at, updated_at) ON webhook_endpoints
  TO slots_dashboard, slots_api;
GRANT INSERT (id, shop_id, url, description, types, secret), UPDATE (url, description, types, status, secret,
  failing_since, disabled_at, disabled_reason, tested_at, deleted_at) ON webhook_endpoints TO slots_dashboard, slots_api;
