-- What was said, heard, noted and promised.

CREATE TABLE messages (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  customer_id uuid REFERENCES customers (id) ON DELETE SET NULL,
  staff_id uuid REFERENCES staff (id) ON DELETE SET NULL,
  slot_offer_id uuid REFERENCES slot_offers (id) ON DELETE SET NULL,
  appointment_id uuid REFERENCES appointments (id) ON DELETE SET NULL,
  slot_opening_id uuid REFERENCES slot_openings (id) ON DELETE SET NULL,
  direction text NOT NULL DEFAULT 'outbound',
  channel text NOT NULL DEFAULT 'sms',
  purpose text NOT NULL DEFAULT '',
  purpose_key text,
  to_address text NOT NULL DEFAULT '',
  from_address text NOT NULL DEFAULT '',
  subject text,
  body text NOT NULL DEFAULT '',
  html text,
  -- WhatsApp's approved template with its variables; `body` says in our words what it says.
  template jsonb,
  status text NOT NULL DEFAULT 'queued',
  carrier_status text,
  provider_id text,
  error_code text,
  claimed_at timestamptz,
  send_before timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  segments integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  updated_at timestamptz NOT NULL DEFAULT clock_now(),
  -- One text per purpose: the carrier has no idempotency key.
  CONSTRAINT messages_purpose_key_key UNIQUE (purpose_key),
  CONSTRAINT messages_provider_id_key UNIQUE (provider_id),
  CONSTRAINT messages_direction_known CHECK (direction IN ('inbound', 'outbound')),
  CONSTRAINT messages_channel_known CHECK (channel IN ('sms', 'whatsapp', 'email')),
  CONSTRAINT messages_status_known CHECK (status IN (
    'queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'unknown', 'suppressed', 'expired', 'received'))
);
-- The sweep: what is on its way and has a deadline or an unknown outcome.
CREATE INDEX messages_under_way_idx ON messages (created_at) WHERE status IN ('queued', 'sending', 'unknown');
-- A customer's conversation, and how many answers were sent in the last hour.
CREATE INDEX messages_customer_id_created_at_idx ON messages (customer_id, created_at);
-- The texts of an offer and of a recovery, for its page.
CREATE INDEX messages_slot_offer_id_idx ON messages (slot_offer_id) WHERE slot_offer_id IS NOT NULL;
CREATE INDEX messages_slot_opening_id_idx ON messages (slot_opening_id) WHERE slot_opening_id IS NOT NULL;
CREATE INDEX messages_appointment_id_idx ON messages (appointment_id) WHERE appointment_id IS NOT NULL;
-- The shop's log of messages, newest first.
CREATE INDEX messages_shop_id_created_at_idx ON messages (shop_id, created_at);

CREATE TABLE notifications (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  customer_id uuid REFERENCES customers (id) ON DELETE CASCADE,
  text text NOT NULL DEFAULT '',
  kind text NOT NULL DEFAULT 'info',
  slot_opening_id uuid REFERENCES slot_openings (id) ON DELETE SET NULL,
  appointment_id uuid REFERENCES appointments (id) ON DELETE SET NULL,
  dedupe_key text,
  read_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT notifications_dedupe_key_key UNIQUE (dedupe_key)
);
-- The bell on the dashboard, newest first.
CREATE INDEX notifications_shop_id_created_at_idx ON notifications (shop_id, created_at);
-- How many the staff have not read: counted on every page.
CREATE INDEX notifications_unread_idx ON notifications (shop_id, created_at)
  WHERE customer_id IS NULL AND read_at IS NULL;
-- The clean-up of what was read.
CREATE INDEX notifications_read_idx ON notifications (created_at) WHERE read_at IS NOT NULL;

CREATE TABLE audit_logs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- Rows of one transaction share a time: their order is this.
  seq bigint GENERATED ALWAYS AS IDENTITY,
  -- No foreign keys: the log outlives what it tells of and is never rewritten.
  shop_id uuid,
  slot_opening_id uuid,
  slot_offer_id uuid,
  appointment_id uuid,
  actor text NOT NULL DEFAULT 'system',
  event text NOT NULL DEFAULT '',
  severity text NOT NULL DEFAULT 'info',
  because text NOT NULL DEFAULT '',
  detail jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT audit_logs_severity_known CHECK (severity IN ('info', 'warning', 'critical'))
);
-- The story of one recovery, in order.
CREATE INDEX audit_logs_slot_opening_id_seq_idx ON audit_logs (slot_opening_id, seq);
-- The story of one appointment, in order.
CREATE INDEX audit_logs_appointment_id_seq_idx ON audit_logs (appointment_id, seq);
-- The shop's log, newest first.
CREATE INDEX audit_logs_shop_id_seq_idx ON audit_logs (shop_id, seq);
-- The clean-up's retention. What is kept for good is not in it, or every night would step over all of it.
CREATE INDEX audit_logs_passing_idx ON audit_logs (created_at)
  WHERE severity <> 'critical' AND event !~* 'payment|refund|deposit|dispute';

CREATE TABLE webhook_events (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  provider text NOT NULL,
  event_id text NOT NULL,
  shop_id uuid REFERENCES shops (id),
  type text NOT NULL DEFAULT '',
  payload jsonb NOT NULL DEFAULT '{}',
  received_at timestamptz NOT NULL DEFAULT clock_now(),
  handled_at timestamptz,
  outcome text,
  -- A provider sends again: the second one finds the first.
  CONSTRAINT webhook_events_provider_event_id_key UNIQUE (provider, event_id)
);
-- What was recorded and has had no effect yet.
CREATE INDEX webhook_events_unhandled_idx ON webhook_events (received_at) WHERE handled_at IS NULL;
-- The clean-up's retention.
CREATE INDEX webhook_events_received_at_idx ON webhook_events (received_at);
-- The story of one payment: what was told of its intent, and of the refunds and disputes that name it.
CREATE INDEX webhook_events_about_intent_idx
  ON webhook_events (coalesce(payload #>> '{data,object,payment_intent}', payload #>> '{data,object,id}'))
  WHERE provider = 'stripe';

CREATE TABLE pending_tasks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid REFERENCES shops (id),
  name text NOT NULL,
  args jsonb NOT NULL DEFAULT '[]',
  key text,
  webhook_event_id uuid REFERENCES webhook_events (id) ON DELETE SET NULL,
  due_at timestamptz NOT NULL DEFAULT clock_now(),
  -- When a sweep rings for it (again): one column, so that an idle tick reads one index.
  next_ring_at timestamptz NOT NULL DEFAULT clock_now(),
  lease_until timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  outcome jsonb,
  settled_at timestamptz,
  parked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT pending_tasks_args_is_list CHECK (jsonb_typeof(args) = 'array')
);
-- One unsettled task per key: asking twice for the same thing is asking once.
CREATE UNIQUE INDEX pending_tasks_unsettled_key ON pending_tasks (key) WHERE settled_at IS NULL;
-- The sweep: what waits for its bell.
CREATE INDEX pending_tasks_ring_idx ON pending_tasks (next_ring_at) WHERE settled_at IS NULL AND parked_at IS NULL;
-- What needs a human, for the dashboard and the alarm.
CREATE INDEX pending_tasks_parked_idx ON pending_tasks (parked_at) WHERE settled_at IS NULL AND parked_at IS NOT NULL;
-- The task behind a recorded webhook.
CREATE INDEX pending_tasks_webhook_event_id_idx ON pending_tasks (webhook_event_id)
  WHERE webhook_event_id IS NOT NULL;
-- The clean-up removes what was settled long ago.
CREATE INDEX pending_tasks_settled_at_idx ON pending_tasks (settled_at) WHERE settled_at IS NOT NULL;

-- Each regular job's last run, for operators and the alarm about a job that no longer runs.
CREATE TABLE job_runs (
  job text PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT clock_now(),
  ended_at timestamptz,
  done integer NOT NULL DEFAULT 0,
  errors jsonb NOT NULL DEFAULT '[]',
  next_run_at timestamptz,
  overdue_at timestamptz,
  CONSTRAINT job_runs_errors_is_list CHECK (jsonb_typeof(errors) = 'array')
);

-- Up to which local day a nightly job is done in a time zone: an hour without beat is made up for by the next.
CREATE TABLE job_days (
  job text NOT NULL,
  timezone text NOT NULL,
  done_for date NOT NULL,
  PRIMARY KEY (job, timezone)
);
