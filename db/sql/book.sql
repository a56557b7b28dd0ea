-- Books an appointment if the rows that it refers to belong to the shop, which is checked here because foreign keys
-- are not subject to row-level security. If the customer is being erased, waits for the end. Copies the price and name
-- of the service, so that the appointment keeps them when the service changes. Records the booking in the audit log.
WITH named AS (
  SELECT EXISTS (SELECT FROM customers c
                  WHERE c.id = :customer_id AND c.shop_id = :shop_id AND c.anonymised_at IS NULL
                    FOR KEY SHARE) AS knows_customer,
         CAST(:performer_id AS uuid) IS NULL OR EXISTS (SELECT FROM performers p
           WHERE p.id = CAST(:performer_id AS uuid) AND p.shop_id = :shop_id) AS knows_performer,
         CAST(:service_id AS uuid) IS NULL OR s.id IS NOT NULL AS knows_service,
         s.name AS service_name, s.price_cents AS service_price
    FROM (SELECT) one LEFT JOIN services s ON s.id = CAST(:service_id AS uuid) AND s.shop_id = :shop_id
), booked AS (
  INSERT INTO appointments (id, shop_id, customer_id, starts_at, ends_at, performer_id, service_id, service,
                            price_cents, deposit_cents, payment_required, calendar_id, external_id, note, status)
  SELECT coalesce(CAST(:id AS uuid), gen_random_uuid()), :shop_id, :customer_id, :starts_at, :ends_at,
         CAST(:performer_id AS uuid), CAST(:service_id AS uuid), service_name,
         coalesce(CAST(:price_cents AS integer), service_price), :deposit_cents, :payment_required,
         :calendar_id, :external_id, :note, 'booked'
    FROM named WHERE knows_customer AND knows_performer AND knows_service
  RETURNING /* columns */
), noted AS (
  INSERT INTO audit_logs (shop_id, appointment_id, actor, event, because)
  SELECT :shop_id, id, :actor, 'AppointmentBooked', :reason FROM booked
)
SELECT knows_customer, knows_performer, knows_service, booked.* FROM named LEFT JOIN booked ON true
