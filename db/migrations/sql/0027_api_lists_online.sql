-- For the API's lists, and for its search by e-mail address.
CREATE INDEX CONCURRENTLY customers_shop_id_created_at_id_idx ON customers (shop_id, created_at, id);
CREATE INDEX CONCURRENTLY customers_shop_id_updated_at_id_idx ON customers (shop_id, updated_at, id);
CREATE INDEX CONCURRENTLY customers_email_idx ON customers (shop_id, lower(email)) WHERE email IS NOT NULL;
CREATE INDEX CONCURRENTLY appointments_shop_id_created_at_id_idx ON appointments (shop_id, created_at, id);
CREATE INDEX CONCURRENTLY appointments_shop_id_updated_at_id_idx ON appointments (shop_id, updated_at, id);
CREATE INDEX CONCURRENTLY appointments_shop_id_status_created_at_id_idx ON appointments (shop_id, status, created_at, id);
