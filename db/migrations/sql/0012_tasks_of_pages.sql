-- There is a separate policy for each task that a page can add, so that a new page adds a policy and changes none.
-- Postgres combines policies with OR, so `one_shop` is limited to reading. CASE ensures that only the arguments of
-- this task are cast.
DROP POLICY tasks_of_pages ON pending_tasks;
DROP POLICY one_shop ON pending_tasks;
CREATE POLICY one_shop ON pending_tasks FOR SELECT TO slots_dashboard USING (shop_id = (SELECT this_shop()));
CREATE POLICY page_adds_step_in ON pending_tasks FOR INSERT TO slots_dashboard WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name = 'step_in' THEN
    EXISTS (SELECT FROM slot_openings s WHERE s.id = (args ->> 0)::uuid AND s.shop_id = (SELECT this_shop()))
    AND EXISTS (SELECT FROM staff p WHERE p.id = (args ->> 2)::uuid AND p.shop_id = (SELECT this_shop()))
  ELSE false END);
CREATE POLICY page_adds_send_invitation ON pending_tasks FOR INSERT TO slots_dashboard WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name = 'send_invitation' THEN
    EXISTS (SELECT FROM staff_invitations i WHERE i.id = (args ->> 0)::uuid AND i.shop_id = (SELECT this_shop()))
  ELSE false END);
