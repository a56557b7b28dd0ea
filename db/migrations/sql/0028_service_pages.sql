-- On the pages, owners add and change services and performers, and choose the services that each performer provides.
GRANT INSERT (id, shop_id, name, duration_minutes, price_cents, deposit_cents),
  UPDATE (name, duration_minutes, price_cents, deposit_cents, active) ON services TO slots_dashboard;
GRANT INSERT (id, shop_id, name), UPDATE (name, active) ON performers TO slots_dashboard;
GRANT INSERT, DELETE ON performer_services TO slots_dashboard;
-- The foreign keys do not check that the two rows belong to the shop.
CREATE POLICY page_joins_own_rows ON performer_services AS RESTRICTIVE FOR INSERT TO slots_dashboard WITH CHECK (
  EXISTS (SELECT FROM performers p WHERE p.id = performer_id AND p.shop_id = (SELECT this_shop()))
  AND EXISTS (SELECT FROM services s WHERE s.id = service_id AND s.shop_id = (SELECT this_shop())));
