-- A pending authorization at Square or Google. The row is deleted when the browser returns.
CREATE TABLE calendar_authorizations (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  session_id uuid NOT NULL REFERENCES staff_sessions (id) ON DELETE CASCADE,
  kind text NOT NULL,
  -- The calendar to reconnect, or null for a new calendar.
  calendar_id uuid REFERENCES calendars (id),
  name text NOT NULL DEFAULT '',
  settings jsonb NOT NULL DEFAULT '{}',
  state_hash text NOT NULL,
  -- The encrypted secret whose hash was sent to the provider with the request (RFC 7636).
  verifier text NOT NULL DEFAULT '',
  expires_at timestamptz NOT NULL DEFAULT clock_now() + interval '10 minutes',
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT calendar_authorizations_state_hash_key UNIQUE (state_hash)
);
CREATE INDEX calendar_authorizations_session_id_idx ON calendar_authorizations (session_id);
CREATE INDEX calendar_authorizations_expires_at_idx ON calendar_authorizations (expires_at);

ALTER TABLE calendar_authorizations ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON calendar_authorizations TO slots_dashboard
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));
GRANT SELECT, DELETE ON calendar_authorizations TO slots_dashboard;
GRANT INSERT (id, shop_id, session_id, kind, calendar_id, name, settings, state_hash, verifier)
  ON calendar_authorizations TO slots_dashboard;

-- Encrypted credentials that were entered to reconnect the calendar. A task checks them, then replaces the old
-- credentials.
ALTER TABLE calendars ADD COLUMN new_credentials text;
GRANT UPDATE (new_credentials) ON calendars TO slots_dashboard;

DROP POLICY page_adds_calendar_task ON pending_tasks;
CREATE POLICY page_adds_calendar_task ON pending_tasks FOR INSERT TO slots_dashboard WITH CHECK (
  shop_id = (SELECT this_shop()) AND webhook_event_id IS NULL
  AND CASE WHEN name IN ('preview_calendar', 'start_calendar', 'sync_calendar', 'reconnect_calendar',
                         'disconnect_calendar') THEN
    key = name || ':' || (args ->> 0)
    AND EXISTS (SELECT FROM calendars c WHERE c.id = (args ->> 0)::uuid AND c.shop_id = (SELECT this_shop()))
    AND (name <> 'disconnect_calendar' OR EXISTS (
      SELECT FROM staff p WHERE p.id = (args ->> 1)::uuid AND p.shop_id = (SELECT this_shop())))
  ELSE false END);
