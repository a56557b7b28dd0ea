-- The waiting list with the customers' wishes, and the settings for the list, for move-ups and for channels.

-- Returns the local time in a time zone. An unknown time zone is treated as UTC, as in domain.time_zones.
CREATE FUNCTION local_time(at timestamptz, zone text) RETURNS timestamp LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  RETURN at AT TIME ZONE zone;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN at AT TIME ZONE 'UTC';
END $$;

CREATE TABLE waitlist_entries (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  shop_id uuid NOT NULL REFERENCES shops (id),
  customer_id uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  -- Null means any. Weekdays are ISO weekdays (1 is Monday, 7 is Sunday). Days and times are in the shop's time zone.
  -- The appointment starts at or after `time_from` and before `time_until`, on a day from `date_from` to
  -- `date_until`.
  service_id uuid REFERENCES services (id),
  performer_id uuid REFERENCES performers (id),
  weekdays smallint[],
  time_from time,
  time_until time,
  date_from date,
  date_until date,
  notice_minutes integer,
  priority integer NOT NULL DEFAULT 0,
  priority_reason text,
  note text,
  status text NOT NULL DEFAULT 'active',
  source text NOT NULL DEFAULT 'staff',
  -- The secret of the customer's page about this entry.
  token text NOT NULL DEFAULT random_token(),
  -- The consent that the customer gave on the join page.
  consent_wording text,
  consent_version text,
  consent_at timestamptz,
  consent_address text,
  ended_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_now(),
  updated_at timestamptz NOT NULL DEFAULT clock_now(),
  CONSTRAINT waitlist_entries_token_key UNIQUE (token),
  CONSTRAINT waitlist_entries_status_known CHECK (status IN ('active', 'fulfilled', 'left', 'expired')),
  CONSTRAINT waitlist_entries_weekdays_iso CHECK (weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]),
  CONSTRAINT waitlist_entries_notice_not_negative CHECK (notice_minutes >= 0),
  CONSTRAINT waitlist_entries_priority_not_negative CHECK (priority >= 0),
  CONSTRAINT waitlist_entries_priority_has_reason CHECK (priority = 0 OR coalesce(priority_reason, '') <> '')
);
-- The active entries by service and performer (zero means any), in the order of asking.
CREATE INDEX waitlist_entries_line_idx ON waitlist_entries (
  shop_id, coalesce(service_id, '00000000-0000-0000-0000-000000000000'),
  coalesce(performer_id, '00000000-0000-0000-0000-000000000000'), priority DESC, created_at, customer_id
) WHERE status = 'active';
-- For the wishes of one customer, in a search and on the customer's page.
CREATE INDEX waitlist_entries_customer_id_status_created_at_idx ON waitlist_entries (customer_id, status, created_at);
-- For the shop's list.
CREATE INDEX waitlist_entries_shop_id_created_at_idx ON waitlist_entries (shop_id, created_at);
-- For the job that expires entries.
CREATE INDEX waitlist_entries_expiring_idx ON waitlist_entries (date_until)
  WHERE status = 'active' AND date_until IS NOT NULL;
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON waitlist_entries FOR EACH ROW
  WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at) EXECUTE FUNCTION touch_updated_at();

ALTER TABLE shops
  ADD COLUMN waitlist text NOT NULL DEFAULT 'first',
  ADD COLUMN move_up boolean NOT NULL DEFAULT false,
  ADD COLUMN move_up_within_days integer NOT NULL DEFAULT 30,
  ADD COLUMN move_up_chain integer NOT NULL DEFAULT 3,
  ADD COLUMN sell_rest boolean NOT NULL DEFAULT false,
  ADD COLUMN show_waitlist_place boolean NOT NULL DEFAULT false,
  ADD COLUMN offer_by_whatsapp boolean NOT NULL DEFAULT false,
  ADD COLUMN offer_by_email boolean NOT NULL DEFAULT false,
  ADD COLUMN offer_link_in_texts boolean NOT NULL DEFAULT false,
  ADD COLUMN join_token text NOT NULL DEFAULT random_token(),
  ADD CONSTRAINT shops_waitlist_known CHECK (waitlist IN ('off', 'first', 'only')),
  ADD CONSTRAINT shops_move_up_within_days_positive CHECK (move_up_within_days > 0),
  ADD CONSTRAINT shops_move_up_chain_not_negative CHECK (move_up_chain >= 0),
  ADD CONSTRAINT shops_join_token_key UNIQUE (join_token);

ALTER TABLE waitlist_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_shop ON waitlist_entries TO slots_dashboard
  USING (shop_id = (SELECT this_shop())) WITH CHECK (shop_id = (SELECT this_shop()));
-- Excludes the secret of the customer's page.
GRANT SELECT (id, shop_id, customer_id, service_id, performer_id, weekdays, time_from, time_until, date_from, date_until,
  notice_minutes, priority, priority_reason, note, status, source, consent_wording, consent_version, consent_at,
  consent_address, ended_at, created_at, updated_at) ON waitlist_entries TO slots_dashboard;
GRANT INSERT (id, shop_id, customer_id, service_id, performer_id, weekdays, time_from, time_until, date_from, date_until,
  notice_minutes, priority, priority_reason, note, source),
  UPDATE (service_id, performer_id, weekdays, time_from, time_until, date_from, date_until, notice_minutes, priority,
  priority_reason, note, status, ended_at) ON waitlist_entries TO slots_dashboard;
GRANT UPDATE (waitlist, move_up, move_up_within_days, move_up_chain, sell_rest, show_waitlist_place, offer_by_whatsapp,
  offer_by_email, offer_link_in_texts) ON shops TO slots_dashboard;
