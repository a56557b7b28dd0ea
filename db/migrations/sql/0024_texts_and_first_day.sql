-- A shop's own wording of a text in one language, which replaces the default.
CREATE TABLE shop_texts (
  shop_id uuid NOT NULL REFERENCES shops (id),
  kind text NOT NULL,
  language text NOT NULL,
  body text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_now(),
  PRIMARY KEY (shop_id, kind, language),
  CONSTRAINT shop_texts_language_known CHECK (language IN ('en', 'es', 'fr', 'de'))
);
ALTER TABLE shop_texts ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON shop_texts TO slots_dashboard
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));
GRANT SELECT, INSERT, UPDATE, DELETE ON shop_texts TO slots_dashboard;

-- When a member of staff last requested a test offer.
ALTER TABLE shops ADD COLUMN test_offer_at timestamptz;
CREATE POLICY page_adds_send_test_offer ON pending_tasks FOR INSERT TO slots_dashboard WITH CHECK (
  shop_id = (SELECT this_shop()) AND key IS NULL AND webhook_event_id IS NULL
  AND CASE WHEN name = 'send_test_offer' THEN
    EXISTS (SELECT FROM staff p WHERE p.id = (args ->> 0)::uuid AND p.shop_id = (SELECT this_shop()))
  ELSE false END);
