-- Adds a delivery for each endpoint, instead of an INSERT ... SELECT, because Postgres prepares the insert into a
-- partitioned table even if there is no endpoint, as in most shops.
CREATE OR REPLACE FUNCTION record_event(shop uuid, kind text, content jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  new_id uuid;
  new_at timestamptz;
  endpoint uuid;
BEGIN
  INSERT INTO events (shop_id, type, data) VALUES (shop, kind, content) RETURNING id, created_at INTO new_id, new_at;
  FOR endpoint IN
    SELECT e.id FROM webhook_endpoints e
     WHERE e.shop_id = shop AND e.status = 'enabled' AND e.deleted_at IS NULL
       AND (e.types IS NULL OR kind = ANY (e.types))
  LOOP
    -- An event and its deliveries have the same creation time, so they belong to the same month.
    INSERT INTO webhook_deliveries (shop_id, webhook_endpoint_id, event_id, created_at)
    VALUES (shop, endpoint, new_id, new_at);
  END LOOP;
END $$;
