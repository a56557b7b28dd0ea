-- Tenants are apart: the dashboard's role sees the rows of one shop, the one its transaction names.
-- No FORCE: the worker and the migrations own the tables and are not under it.

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

-- Reads what its pages show; webhooks are nobody's page.
GRANT SELECT ON shops, performers, customers, staff, otp_codes, staff_sessions, suppressions, appointments,
  slot_openings, slot_offers, payments, messages, notifications, audit_logs, pending_tasks TO slots_dashboard;
GRANT INSERT ON performers, customers, staff, otp_codes, staff_sessions, suppressions, appointments, slot_openings,
  slot_offers, messages, notifications, audit_logs, pending_tasks TO slots_dashboard;
GRANT UPDATE ON shops, performers, customers, staff, otp_codes, staff_sessions, suppressions, appointments,
  slot_openings, slot_offers, payments, messages, notifications, pending_tasks TO slots_dashboard;
-- Nothing is deleted from a page.

-- How the regular jobs went concerns no shop in particular: any may read it, none may write it.
ALTER TABLE job_runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON job_runs FOR SELECT TO slots_dashboard USING (true);
GRANT SELECT ON job_runs TO slots_dashboard;
ALTER TABLE job_days ENABLE ROW LEVEL SECURITY;
