-- Row-level security: the dashboard's role sees only the rows of the shop that its transaction sets. FORCE is not
-- used, so that the policies do not apply to the worker and the migrations, which own the tables.

CREATE FUNCTION this_shop() RETURNS uuid LANGUAGE sql STABLE AS
  $$SELECT nullif(current_setting('app.shop_id', true), '')::uuid$$;

DO $$
DECLARE
  tenant_table text;
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY[
    'performers', 'customers', 'staff', 'otp_codes', 'staff_sessions', 'suppressions', 'appointments',
    'slot_openings', 'slot_offers', 'payments', 'messages', 'notifications', 'audit_logs', 'webhook_events',
    'pending_tasks']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY one_shop ON %I TO slots_dashboard '
      'USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()))', tenant_table);
  END LOOP;
END $$;
ALTER TABLE shops ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON shops TO slots_dashboard
  USING (id = (SELECT this_shop())) WITH CHECK (id = (SELECT this_shop()));

-- The role can read the rows that pages show. No page shows webhooks.
GRANT SELECT ON shops, performers, customers, staff, otp_codes, staff_sessions, suppressions, appointments,
  slot_openings, slot_offers, payments, messages, notifications, audit_logs, pending_tasks TO slots_dashboard;
GRANT INSERT ON performers, customers, staff, otp_codes, staff_sessions, suppressions, appointments, slot_openings,
  slot_offers, messages, notifications, audit_logs, pending_tasks TO slots_dashboard;
GRANT UPDATE ON shops, performers, customers, staff, otp_codes, staff_sessions, suppressions, appointments,
  slot_openings, slot_offers, payments, messages, notifications, pending_tasks TO slots_dashboard;
-- The role cannot delete rows, because no page deletes any.

-- The runs of periodic jobs belong to no shop. Every shop can read them, and none can write them.
ALTER TABLE job_runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON job_runs FOR SELECT TO slots_dashboard USING (true);
GRANT SELECT ON job_runs TO slots_dashboard;
ALTER TABLE job_days ENABLE ROW LEVEL SECURITY;
