-- Run by the next migration, without blocking writers.
CREATE UNIQUE INDEX CONCURRENTLY customers_external_id_key ON customers (shop_id, calendar_id, external_id) NULLS NOT DISTINCT
  WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX CONCURRENTLY appointments_external_id_key ON appointments (shop_id, calendar_id, external_id) NULLS NOT DISTINCT
  WHERE external_id IS NOT NULL;
-- Finds the appointments of a service that is deleted or changed.
CREATE INDEX CONCURRENTLY appointments_service_id_idx ON appointments (service_id) WHERE service_id IS NOT NULL;
ALTER TABLE slot_openings VALIDATE CONSTRAINT slot_openings_deposit_not_negative;
