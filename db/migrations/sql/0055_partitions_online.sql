-- A unique index of a partitioned table must include the partition key.
CREATE UNIQUE INDEX CONCURRENTLY audit_logs_before_pkey ON audit_logs (id, created_at);
CREATE UNIQUE INDEX CONCURRENTLY events_before_pkey ON events (id, created_at);
CREATE UNIQUE INDEX CONCURRENTLY webhook_deliveries_before_pkey ON webhook_deliveries (id, created_at);
CREATE UNIQUE INDEX CONCURRENTLY webhook_deliveries_before_event_key
  ON webhook_deliveries (event_id, webhook_endpoint_id, created_at);
