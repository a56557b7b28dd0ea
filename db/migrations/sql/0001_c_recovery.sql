-- Appointments, slot openings, offers and payments.

CREATE TABLE appointments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  performer_id uuid REFERENCES performers (id),
  customer_id uuid NOT NULL REFERENCES customers (id),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'booked',
  payment_required boolean NOT NULL DEFAULT false,
  price_cents integer,
  deposit_cents integer,
  source_slot_opening_id uuid,
  service text,
  cancelled_at timestamptz,
  cancelled_from text,
  cancel_reason text,
  cancel_requested_at timestamptz,
  confirmed_at timestamptz,
  manage_token text NOT NULL DEFAULT random_token(),
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  updated_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT appointments_manage_token_key UNIQUE (manage_token),
  CONSTRAINT appointments_status_known CHECK (status IN ('pending_payment', 'booked', 'cancelled', 'settled', 'voided')),
  CONSTRAINT appointments_cancelled_from_known CHECK (cancelled_from IN ('pending_payment', 'booked')),
  -- An appointment of zero length would overlap no other appointment.
  CONSTRAINT appointments_ends_after_start CHECK (ends_at > starts_at),
  CONSTRAINT appointments_price_not_negative CHECK (price_cents >= 0),
  CONSTRAINT appointments_deposit_not_negative CHECK (deposit_cents >= 0),
  -- Appointments without a performer use the shop's id, because a range with a null bound is infinite.
  CONSTRAINT no_double_booking_of_a_performer EXCLUDE USING gist (
    uuidrange(coalesce(performer_id, shop_id), coalesce(performer_id, shop_id), '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&
  ) WHERE (status IN ('pending_payment', 'booked')),
  CONSTRAINT no_double_booking_of_a_customer EXCLUDE USING gist (
    uuidrange(customer_id, customer_id, '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&
  ) WHERE (status IN ('pending_payment', 'booked'))
);
-- For the shop's calendar, newest first or by day.
CREATE INDEX appointments_shop_id_starts_at_idx ON appointments (shop_id, starts_at);
-- For a customer's page, and for finding the latest settled booking after another booking is no longer settled.
CREATE INDEX appointments_customer_id_starts_at_idx ON appointments (customer_id, starts_at);
-- For reminders and outcomes: the live appointments of all shops, sorted by start.
CREATE INDEX appointments_live_idx ON appointments (starts_at) WHERE status IN ('pending_payment', 'booked');
-- For the job that cancels bookings whose deposit was never paid.
CREATE INDEX appointments_unpaid_idx ON appointments (created_at) WHERE status = 'pending_payment';
-- A slot opening is sold to only one customer.
CREATE UNIQUE INDEX appointments_one_live_per_opening_key ON appointments (source_slot_opening_id)
  WHERE status IN ('pending_payment', 'booked');
-- All bookings of a slot opening, for its page and for excluding the customers who cancelled such a booking.
CREATE INDEX appointments_source_slot_opening_id_idx ON appointments (source_slot_opening_id)
  WHERE source_slot_opening_id IS NOT NULL;
-- Cancellations that have been requested but not made yet.
CREATE INDEX appointments_cancel_requested_idx ON appointments (cancel_requested_at)
  WHERE cancel_requested_at IS NOT NULL AND status IN ('pending_payment', 'booked');

CREATE TABLE slot_openings (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  performer_id uuid REFERENCES performers (id),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  source_appointment_id uuid REFERENCES appointments (id) ON DELETE SET NULL,
  status text NOT NULL DEFAULT 'open',
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  updated_at timestamptz NOT NULL DEFAULT clock_now(),
  -- An insert starts no search. A tick starts the search of an opening that has been idle for a minute.
  next_search_at timestamptz NOT NULL,
  freed_at timestamptz,
  closed_as text,
  because text,
  CONSTRAINT slot_openings_closed_as_known
    CHECK (closed_as IN ('nobody_left', 'too_near', 'stopped', 'sold_by_hand')),
  CONSTRAINT slot_openings_status_known CHECK (status IN ('open', 'filled', 'expired')),
  CONSTRAINT slot_openings_ends_after_start CHECK (ends_at > starts_at),
  -- If the same time is cancelled again, the row is reopened, so that no customer is asked twice about this time.
  CONSTRAINT slot_openings_one_per_time_key UNIQUE NULLS NOT DISTINCT (shop_id, performer_id, starts_at)
);
-- For the tick: open slots whose search is due.
CREATE INDEX slot_openings_search_due_idx ON slot_openings (next_search_at) WHERE status = 'open';
-- For the shop's list of recoveries, newest first.
CREATE INDEX slot_openings_shop_id_created_at_idx ON slot_openings (shop_id, created_at);
-- Finds the recovery of a cancelled appointment.
CREATE INDEX slot_openings_source_appointment_id_idx ON slot_openings (source_appointment_id);

ALTER TABLE appointments ADD CONSTRAINT appointments_source_slot_opening_id_fkey
  FOREIGN KEY (source_slot_opening_id) REFERENCES slot_openings (id) ON DELETE SET NULL;

CREATE TABLE slot_offers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  slot_opening_id uuid NOT NULL REFERENCES slot_openings (id),
  customer_id uuid NOT NULL REFERENCES customers (id),
  channel text NOT NULL DEFAULT 'sms',
  status text NOT NULL DEFAULT 'pending',
  sent_at timestamptz,
  expires_at timestamptz,
  accepted_at timestamptz,
  ended_at timestamptz,
  late_yes_at timestamptz,
  cooldown_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT slot_offers_channel_known CHECK (channel IN ('sms', 'whatsapp', 'email')),
  CONSTRAINT slot_offers_status_known
    CHECK (status IN ('pending', 'sent', 'accepted', 'expired', 'declined', 'failed')),
  -- A customer is asked at most once about a slot.
  CONSTRAINT slot_offers_slot_opening_id_customer_id_key UNIQUE (slot_opening_id, customer_id)
);
-- Only one customer at a time is asked about a slot.
CREATE UNIQUE INDEX slot_offers_one_live_per_slot_key ON slot_offers (slot_opening_id)
  WHERE status IN ('pending', 'sent');
-- A customer is asked about only one slot at a time, so that a YES is unambiguous.
CREATE UNIQUE INDEX slot_offers_one_live_per_customer_key ON slot_offers (customer_id)
  WHERE status IN ('pending', 'sent');
-- For the tick: live offers whose window has ended.
CREATE INDEX slot_offers_expiry_idx ON slot_offers (expires_at) WHERE status IN ('pending', 'sent');
-- Finds the customers of a shop who are being asked now, and until when.
CREATE INDEX slot_offers_live_of_shop_idx ON slot_offers (shop_id, expires_at) WHERE status IN ('pending', 'sent');
-- All offers of a customer, for finding the offer that a late YES answers and for recomputing the cooldown after a
-- failed offer.
CREATE INDEX slot_offers_customer_id_created_at_idx ON slot_offers (customer_id, created_at);

CREATE TABLE payments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  appointment_id uuid NOT NULL REFERENCES appointments (id),
  kind text NOT NULL DEFAULT 'deposit',
  attempt integer NOT NULL DEFAULT 1,
  amount_cents integer NOT NULL DEFAULT 0,
  currency text NOT NULL DEFAULT 'GBP',
  status text NOT NULL DEFAULT 'pending',
  stripe_payment_intent_id text,
  client_secret text,
  pay_token text NOT NULL DEFAULT random_token(),
  expires_at timestamptz,
  failures integer NOT NULL DEFAULT 0,
  failure_code text,
  create_claimed_at timestamptz,
  release_requested_at timestamptz,
  release_reason text,
  succeeded_at timestamptz,
  refund_id text,
  refunded_at timestamptz,
  deposit_kept_at timestamptz,
  needs_human text,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  updated_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT payments_appointment_id_kind_attempt_key UNIQUE (appointment_id, kind, attempt),
  -- Webhooks contain the id of the intent.
  CONSTRAINT payments_stripe_payment_intent_id_key UNIQUE (stripe_payment_intent_id),
  CONSTRAINT payments_pay_token_key UNIQUE (pay_token),
  CONSTRAINT payments_kind_known CHECK (kind IN ('deposit', 'balance')),
  CONSTRAINT payments_status_known CHECK (status IN (
    'pending', 'processing', 'succeeded', 'failed', 'cancelled', 'refunding', 'refunded', 'disputed')),
  CONSTRAINT payments_release_reason_known CHECK (release_reason IN ('failed', 'abandoned', 'declined')),
  CONSTRAINT payments_attempt_positive CHECK (attempt > 0),
  CONSTRAINT payments_amount_not_negative CHECK (amount_cents >= 0),
  CONSTRAINT payments_currency_iso CHECK (currency ~* '^[a-z]{3}$')
);
-- For the tick: holds that were not paid in time.
CREATE INDEX payments_hold_over_idx ON payments (expires_at) WHERE status IN ('pending', 'processing', 'failed');
-- For the sweep: releases and refunds in progress.
CREATE INDEX payments_release_idx ON payments (release_requested_at)
  WHERE release_requested_at IS NOT NULL AND status NOT IN ('cancelled', 'refunded');
-- For the shop's list of payments, newest first.
CREATE INDEX payments_shop_id_created_at_idx ON payments (shop_id, created_at);
