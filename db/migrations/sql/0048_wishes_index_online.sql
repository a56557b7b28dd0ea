-- What a waiting-list entry matches, as ranges for an index. db/sql/likely_wishes.sql compares a slot with them. They
-- may cover more than the entry matches, and never less: db/sql/wish_matches.sql decides.

-- The shop, the service and the performer (null: any) as one number.
CREATE OR REPLACE FUNCTION wish_line(shop_id uuid, service_id uuid, performer_id uuid) RETURNS int8range
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT int8range(line, line, '[]')
  FROM hashtextextended(shop_id::text || coalesce(service_id::text, '-') || coalesce(performer_id::text, '-'), 0) line $$;

-- The weekdays as a number with a bit for each, the lowest for Monday.
CREATE OR REPLACE FUNCTION wish_days(weekdays smallint[]) RETURNS int4range LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT int4range(days, days, '[]') FROM (SELECT coalesce(bit_or(1 << (day - 1)), 127) FROM unnest(weekdays) day) wish (days) $$;

-- Seconds of the day.
CREATE OR REPLACE FUNCTION wish_times(time_from time, time_until time) RETURNS int4range LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN time_from > time_until THEN 'empty'
            ELSE int4range(floor(extract(epoch FROM time_from))::integer, ceil(extract(epoch FROM time_until))::integer) END $$;

CREATE OR REPLACE FUNCTION wish_dates(date_from date, date_until date) RETURNS daterange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN date_from > date_until THEN 'empty' ELSE daterange(date_from, date_until, '[]') END $$;

-- The entries that match a slot, where few of a long waiting list do.
CREATE INDEX CONCURRENTLY waitlist_entries_wishes_idx ON waitlist_entries USING gist (
  wish_line(shop_id, service_id, performer_id), wish_days(weekdays), wish_times(time_from, time_until),
  int4range(notice_minutes, NULL), wish_dates(date_from, date_until)
) WHERE status = 'active';

-- Where many do: the active entries in the order in which they are asked. It replaces an index by service and
-- member of staff.
CREATE INDEX CONCURRENTLY waitlist_entries_order_idx ON waitlist_entries (shop_id, priority DESC, created_at, customer_id)
  WHERE status = 'active';
DROP INDEX CONCURRENTLY IF EXISTS waitlist_entries_line_idx;
