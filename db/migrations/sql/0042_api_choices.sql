CREATE POLICY api_adds_choose_customer ON pending_tasks FOR INSERT TO slots_api WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name = 'choose_customer' THEN
    EXISTS (SELECT FROM slot_openings s WHERE s.id = (args ->> 0)::uuid AND s.shop_id = (SELECT this_shop()))
    AND EXISTS (SELECT FROM customers c WHERE c.id = (args ->> 2)::uuid AND c.shop_id = (SELECT this_shop()))
  ELSE false END);
