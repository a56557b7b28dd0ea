-- For a deposit that is paid after an earlier one failed, and to see whether a calendar has a booking that is moved.
GRANT INSERT (attempt) ON payments TO slots_api;
GRANT SELECT (id, shop_id, status) ON calendars TO slots_api;
ALTER POLICY one_shop ON calendars TO slots_dashboard, slots_api;
