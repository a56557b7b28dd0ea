-- Pages can request that customers of their shop be erased or merged.
CREATE POLICY page_adds_forget_customer ON pending_tasks FOR INSERT TO slots_dashboard WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name = 'forget_customer' THEN
    EXISTS (SELECT FROM customers c WHERE c.id = (args ->> 0)::uuid AND c.shop_id = (SELECT this_shop()))
  ELSE false END);
CREATE POLICY page_adds_merge_customers ON pending_tasks FOR INSERT TO slots_dashboard WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name = 'merge_customers' THEN
    EXISTS (SELECT FROM customers c WHERE c.id = (args ->> 0)::uuid AND c.shop_id = (SELECT this_shop()))
    AND EXISTS (SELECT FROM customers c WHERE c.id = (args ->> 1)::uuid AND c.shop_id = (SELECT this_shop()))
  ELSE false END);
