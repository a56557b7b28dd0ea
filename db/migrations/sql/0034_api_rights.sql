-- For recording a deposit after a failed deposit, and for checking whether a calendar contains the booking to be
-- moved.
GRANT INSERT (attempt) ON payments TO slots_api;
GRANT SELECT (id, shop_id, status) ON calendars TO slots_api;
ALTER POLICY one_shop ON calendars TO slots_dashboard, slots_api;
