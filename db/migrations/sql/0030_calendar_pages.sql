-- Pages store new calendars with encrypted credentials, which they cannot read, and add tasks for calendars.
GRANT SELECT (id, shop_id, kind, name, status, settings, synced_until, last_error, last_synced_at, created_at)
  ON calendars TO slots_dashboard;
GRANT INSERT (id, shop_id, kind, name, status, credentials, settings) ON calendars TO slots_dashboard;
GRANT UPDATE (status, settings, last_error) ON calendars TO slots_dashboard;

CREATE POLICY page_adds_calendar_task ON pending_tasks FOR INSERT TO slots_dashboard WITH CHECK (
  shop_id = (SELECT this_shop()) AND webhook_event_id IS NULL
  AND CASE WHEN name IN ('preview_calendar', 'start_calendar', 'sync_calendar', 'disconnect_calendar') THEN
    key = name || ':' || (args ->> 0)
    AND EXISTS (SELECT FROM calendars c WHERE c.id = (args ->> 0)::uuid AND c.shop_id = (SELECT this_shop()))
    AND (name <> 'disconnect_calendar' OR EXISTS (
      SELECT FROM staff p WHERE p.id = (args ->> 1)::uuid AND p.shop_id = (SELECT this_shop())))
  ELSE false END);
