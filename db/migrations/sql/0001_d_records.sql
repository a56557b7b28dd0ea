-- Messages, notifications, the audit log, webhooks, pending tasks and runs of periodic jobs.

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
  -- The approved WhatsApp template and its variables. `body` contains the same message as text.
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
  -- There is one message per purpose, because the carrier has no idempotency keys.
  CONSTRAINT messages_purpose_key_key UNIQUE (purpose_key),
  CONSTRAINT messages_provider_id_key UNIQUE (provider_id),
  CONSTRAINT messages_direction_known CHECK (direction IN ('inbound', 'outbound')),
  CONSTRAINT messages_channel_known CHECK (channel IN ('sms', 'whatsapp', 'email')),
  CONSTRAINT messages_status_known CHECK (status IN (
    'queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'unknown', 'suppressed', 'expired', 'received'))
);
-- For the sweep: messages that are being sent, and messages with an unknown outcome.
CREATE INDEX messages_under_way_idx ON messages (created_at) WHERE status IN ('queued', 'sending', 'unknown');
-- For a customer's messages, and for counting the replies sent in the last hour.
CREATE INDEX messages_customer_id_created_at_idx ON messages (customer_id, created_at);
-- For the pages of recoveries and appointments: the messages about an offer, a slot or an appointment.
CREATE INDEX messages_slot_offer_id_idx ON messages (slot_offer_id) WHERE slot_offer_id IS NOT NULL;
CREATE INDEX messages_slot_opening_id_idx ON messages (slot_opening_id) WHERE slot_opening_id IS NOT NULL;
CREATE INDEX messages_appointment_id_idx ON messages (appointment_id) WHERE appointment_id IS NOT NULL;
-- For the shop's log of messages, newest first.
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
-- For the notifications on the dashboard, newest first.
CREATE INDEX notifications_shop_id_created_at_idx ON notifications (shop_id, created_at);
-- For the number of unread notifications, which every page shows.
CREATE INDEX notifications_unread_idx ON notifications (shop_id, created_at)
  WHERE customer_id IS NULL AND read_at IS NULL;
-- For the clean-up of read notifications.
CREATE INDEX notifications_read_idx ON notifications (created_at) WHERE read_at IS NOT NULL;

CREATE TABLE audit_logs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- Orders the rows of a transaction, which may have the same time.
  seq bigint GENERATED ALWAYS AS IDENTITY,
  -- There are no foreign keys, because entries outlive the rows to which they refer and are never changed.
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
-- For the timeline of a recovery.
CREATE INDEX audit_logs_slot_opening_id_seq_idx ON audit_logs (slot_opening_id, seq);
-- For the timeline of an appointment.
CREATE INDEX audit_logs_appointment_id_seq_idx ON audit_logs (appointment_id, seq);
-- For the shop's audit log, newest first.
CREATE INDEX audit_logs_shop_id_seq_idx ON audit_logs (shop_id, seq);
-- For the clean-up. Entries that are kept forever are excluded. Otherwise, every run would read all of them.
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
  -- Recognises repeated webhooks.
  CONSTRAINT webhook_events_provider_event_id_key UNIQUE (provider, event_id)
);
-- Webhooks that are recorded but not handled yet.
CREATE INDEX webhook_events_unhandled_idx ON webhook_events (received_at) WHERE handled_at IS NULL;
-- For the clean-up.
CREATE INDEX webhook_events_received_at_idx ON webhook_events (received_at);
-- For the timeline of a payment: the webhooks about its intent, refunds and disputes.
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
  -- When a sweep publishes the row (again). There is only one such column, so that an idle tick reads one index.
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
-- There is at most one unsettled task per key, so that a repeated request adds no second task.
CREATE UNIQUE INDEX pending_tasks_unsettled_key ON pending_tasks (key) WHERE settled_at IS NULL;
-- For the sweep: rows to publish.
CREATE INDEX pending_tasks_ring_idx ON pending_tasks (next_ring_at) WHERE settled_at IS NULL AND parked_at IS NULL;
-- Parked tasks, for the dashboard and for alerts.
CREATE INDEX pending_tasks_parked_idx ON pending_tasks (parked_at) WHERE settled_at IS NULL AND parked_at IS NOT NULL;
-- Finds the task of a recorded webhook.
CREATE INDEX pending_tasks_webhook_event_id_idx ON pending_tasks (webhook_event_id)
  WHERE webhook_event_id IS NOT NULL;
-- For the clean-up of settled tasks.
CREATE INDEX pending_tasks_settled_at_idx ON pending_tasks (settled_at) WHERE settled_at IS NOT NULL;

-- The last run of each periodic job, for operators and for alerts about jobs that no longer run.
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

-- The last local day for which a nightly job is done in a time zone. If beat is down for an hour, the next run makes
-- up for the missed run.
CREATE TABLE job_days (
  job text NOT NULL,
  timezone text NOT NULL,
  done_for date NOT NULL,
  PRIMARY KEY (job, timezone)
);
