-- Partitions three growing tables by month. The existing tables become the first partitions. They are attached
-- without being read, because the constraint `until_first_month` is already valid.

-- Replaces the identity column with a default, because Postgres versions differ in how partitions inherit identity
-- columns.
CREATE FUNCTION move_identity(sequence text, grown_table text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE SEQUENCE %I', sequence);
  PERFORM setval(sequence, nextval(pg_get_serial_sequence(grown_table, 'seq')));
  EXECUTE format('ALTER TABLE %I ALTER seq DROP IDENTITY', grown_table);
END $$;

-- Audit log.
SELECT move_identity('audit_logs_order', 'audit_logs');
-- lock-safe: a table with the old name follows in the same transaction
ALTER TABLE audit_logs RENAME TO audit_logs_before;
ALTER TABLE audit_logs_before DROP CONSTRAINT audit_logs_pkey;
ALTER TABLE audit_logs_before ADD CONSTRAINT audit_logs_before_pkey PRIMARY KEY USING INDEX audit_logs_before_pkey;
ALTER INDEX audit_logs_slot_opening_id_seq_idx RENAME TO audit_logs_before_slot_opening_id_seq_idx;
ALTER INDEX audit_logs_appointment_id_seq_idx RENAME TO audit_logs_before_appointment_id_seq_idx;
ALTER INDEX audit_logs_shop_id_seq_idx RENAME TO audit_logs_before_shop_id_seq_idx;
ALTER INDEX audit_logs_passing_idx RENAME TO audit_logs_before_passing_idx;
CREATE TABLE audit_logs (LIKE audit_logs_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (created_at);
ALTER TABLE audit_logs ADD CONSTRAINT audit_logs_pkey PRIMARY KEY (id, created_at);
ALTER TABLE audit_logs ALTER seq SET DEFAULT nextval('audit_logs_order');
ALTER SEQUENCE audit_logs_order OWNED BY audit_logs.seq;
-- For the timeline of a recovery.
CREATE INDEX audit_logs_slot_opening_id_seq_idx ON audit_logs (slot_opening_id, seq);
-- For the timeline of an appointment.
CREATE INDEX audit_logs_appointment_id_seq_idx ON audit_logs (appointment_id, seq);
-- For the shop's audit log, newest first.
CREATE INDEX audit_logs_shop_id_seq_idx ON audit_logs (shop_id, seq);
-- For the clean-up. Entries that are kept forever are excluded. Otherwise, every run would read all of them.
CREATE INDEX audit_logs_passing_idx ON audit_logs (created_at)
  WHERE severity <> 'critical' AND event !~* 'payment|refund|deposit|dispute';
CREATE TRIGGER keep_the_log BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_logs
  FOR EACH STATEMENT EXECUTE FUNCTION keep_the_log();
GRANT SELECT, INSERT ON audit_logs TO slots_dashboard, slots_api;
GRANT USAGE ON audit_logs_order TO slots_dashboard, slots_api;

-- Events.
SELECT move_identity('events_order', 'events');
-- A delivery is kept as long as its event, because both have the same creation time. With a foreign key, the clean-up
-- would have to check each row of a month.
ALTER TABLE webhook_deliveries DROP CONSTRAINT webhook_deliveries_event_id_fkey;
-- lock-safe: a table with the old name follows in the same transaction
ALTER TABLE events RENAME TO events_before;
ALTER TABLE events_before DROP CONSTRAINT events_pkey;
ALTER TABLE events_before ADD CONSTRAINT events_before_pkey PRIMARY KEY USING INDEX events_before_pkey;
ALTER INDEX events_shop_id_xid_seq_idx RENAME TO events_before_shop_id_xid_seq_idx;
ALTER INDEX events_created_at_idx RENAME TO events_before_created_at_idx;
CREATE TABLE events (LIKE events_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (created_at);
ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY (id, created_at);
-- lock-safe: the new table is empty
ALTER TABLE events ADD CONSTRAINT events_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shops (id);
ALTER TABLE events ALTER seq SET DEFAULT nextval('events_order');
ALTER SEQUENCE events_order OWNED BY events.seq;
-- For a shop's events, in order.
CREATE INDEX events_shop_id_xid_seq_idx ON events (shop_id, xid, seq);
-- For the clean-up.
CREATE INDEX events_created_at_idx ON events (created_at);
GRANT SELECT ON events TO slots_dashboard, slots_api;

-- Deliveries.
-- lock-safe: a table with the old name follows in the same transaction
ALTER TABLE webhook_deliveries RENAME TO webhook_deliveries_before;
ALTER TABLE webhook_deliveries_before DROP CONSTRAINT webhook_deliveries_pkey;
ALTER TABLE webhook_deliveries_before ADD CONSTRAINT webhook_deliveries_before_pkey
  PRIMARY KEY USING INDEX webhook_deliveries_before_pkey;
ALTER TABLE webhook_deliveries_before DROP CONSTRAINT webhook_deliveries_event_id_webhook_endpoint_id_key;
ALTER TABLE webhook_deliveries_before ADD CONSTRAINT webhook_deliveries_before_event_key
  UNIQUE USING INDEX webhook_deliveries_before_event_key;
ALTER INDEX webhook_deliveries_due_idx RENAME TO webhook_deliveries_before_due_idx;
ALTER INDEX webhook_deliveries_webhook_endpoint_id_created_at_idx
  RENAME TO webhook_deliveries_before_endpoint_idx;
ALTER INDEX webhook_deliveries_created_at_idx RENAME TO webhook_deliveries_before_created_at_idx;
CREATE TABLE webhook_deliveries (LIKE webhook_deliveries_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
  PARTITION BY RANGE (created_at);
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id, created_at);
-- An event has one delivery for each endpoint, because an event and its deliveries have the same creation time.
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_event_id_webhook_endpoint_id_created_at_key
  UNIQUE (event_id, webhook_endpoint_id, created_at);
-- lock-safe: the new table is empty
ALTER TABLE webhook_deliveries
  ADD CONSTRAINT webhook_deliveries_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shops (id),
  ADD CONSTRAINT webhook_deliveries_webhook_endpoint_id_fkey FOREIGN KEY (webhook_endpoint_id)
    REFERENCES webhook_endpoints (id) ON DELETE CASCADE;
-- For the due deliveries of an endpoint.
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (webhook_endpoint_id, next_attempt_at)
  WHERE status = 'pending';
-- For the log of an endpoint, newest first.
CREATE INDEX webhook_deliveries_webhook_endpoint_id_created_at_idx
  ON webhook_deliveries (webhook_endpoint_id, created_at);
-- For the clean-up.
CREATE INDEX webhook_deliveries_created_at_idx ON webhook_deliveries (created_at);
GRANT SELECT, UPDATE (status, next_attempt_at, tries, ended_at) ON webhook_deliveries TO slots_dashboard, slots_api;

DROP FUNCTION move_identity(text, text);

DO $$
DECLARE
  grown_table text;
  ends text;
BEGIN
  FOREACH grown_table IN ARRAY ARRAY['audit_logs', 'events', 'webhook_deliveries']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', grown_table);
    EXECUTE format('CREATE POLICY one_shop ON %I TO slots_dashboard, slots_api '
      'USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()))', grown_table);
    EXECUTE format('REVOKE ALL ON %I FROM slots_dashboard, slots_api', grown_table || '_before');
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT until_first_month', grown_table);
    -- CHECK ((created_at < '...'::timestamp with time zone))
    SELECT substring(pg_get_constraintdef(oid) FROM '''([^'']+)''') INTO STRICT ends FROM pg_constraint
     WHERE conrelid = (grown_table || '_before')::regclass AND conname = 'until_first_month';
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)',
      grown_table, grown_table || '_before', ends);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT until_first_month', grown_table || '_before');
    -- For rows of months without a partition.
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', grown_table || '_default', grown_table);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', grown_table || '_default');
  END LOOP;
  ALTER TABLE webhook_deliveries_default SET (autovacuum_vacuum_scale_factor = 0.02);
END $$;

-- An event and its deliveries have the same creation time, so they belong to the same month.
CREATE OR REPLACE FUNCTION record_event(shop uuid, kind text, content jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  new events;
BEGIN
  INSERT INTO events (shop_id, type, data) VALUES (shop, kind, content) RETURNING * INTO new;
  INSERT INTO webhook_deliveries (shop_id, webhook_endpoint_id, event_id, created_at)
  SELECT shop, e.id, new.id, new.created_at FROM webhook_endpoints e
   WHERE e.shop_id = shop AND e.status = 'enabled' AND e.deleted_at IS NULL
     AND (e.types IS NULL OR kind = ANY (e.types));
END $$;

CREATE OR REPLACE FUNCTION test_webhook_endpoint() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  new_event events;
BEGIN
  INSERT INTO events (shop_id, type, data)
  VALUES (NEW.shop_id, 'endpoint.test', jsonb_build_object('webhook_endpoint_id', NEW.id)) RETURNING * INTO new_event;
  INSERT INTO webhook_deliveries (shop_id, webhook_endpoint_id, event_id, created_at)
  VALUES (NEW.shop_id, NEW.id, new_event.id, new_event.created_at);
  RETURN NULL;
END $$;
