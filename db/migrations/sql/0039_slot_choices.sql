-- A decision of staff about one customer for one slot: skip the customer, or ask the customer next.
CREATE TABLE slot_choices (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  slot_opening_id uuid NOT NULL REFERENCES slot_openings (id) ON DELETE CASCADE,
  customer_id uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  choice text NOT NULL,
  chosen_by text,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT slot_choices_choice_known CHECK (choice IN ('skip', 'next'))
);
CREATE INDEX slot_choices_slot_opening_id_customer_id_idx ON slot_choices (slot_opening_id, customer_id);
CREATE UNIQUE INDEX slot_choices_one_next_per_slot_key ON slot_choices (slot_opening_id) WHERE choice = 'next';
CREATE INDEX slot_choices_customer_id_idx ON slot_choices (customer_id);
-- Only the worker writes rows, so that the rules are checked under the slot's lock.
ALTER TABLE slot_choices ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON slot_choices TO slots_dashboard, slots_api
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));
GRANT SELECT ON slot_choices TO slots_dashboard, slots_api;
CREATE POLICY page_adds_choose_customer ON pending_tasks FOR INSERT TO slots_dashboard WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name = 'choose_customer' THEN
    EXISTS (SELECT FROM slot_openings s WHERE s.id = (args ->> 0)::uuid AND s.shop_id = (SELECT this_shop()))
    AND EXISTS (SELECT FROM customers c WHERE c.id = (args ->> 2)::uuid AND c.shop_id = (SELECT this_shop()))
    AND EXISTS (SELECT FROM staff p WHERE p.id = (args ->> 3)::uuid AND p.shop_id = (SELECT this_shop()))
  ELSE false END);
