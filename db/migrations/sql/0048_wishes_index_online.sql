-- The wishes of a waiting-list entry as ranges for an index, with which db/sql/matching_entries.sql compares a slot.
-- The ranges may include slots that the entry does not match, but exclude no matching slot. The conditions in
-- db/sql/wish_matches.sql are exact.

-- The shop, the service and the performer as one number. A null service or performer means any.
CREATE OR REPLACE FUNCTION wish_line(shop_id uuid, service_id uuid, performer_id uuid) RETURNS int8range
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT int8range(line, line, '[]')
  FROM hashtextextended(shop_id::text || coalesce(service_id::text, '-') || coalesce(performer_id::text, '-'), 0) line $$;

-- The weekdays as a number with one bit for each day. The lowest bit is Monday.
CREATE OR REPLACE FUNCTION wish_days(weekdays smallint[]) RETURNS int4range LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT int4range(days, days, '[]') FROM (SELECT coalesce(bit_or(1 << (day - 1)), 127) FROM unnest(weekdays) day) wish (days) $$;

-- The times in seconds since midnight.
CREATE OR REPLACE FUNCTION wish_times(time_from time, time_until time) RETURNS int4range LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN time_from > time_until THEN 'empty'
            ELSE int4range(floor(extract(epoch FROM time_from))::integer, ceil(extract(epoch FROM time_until))::integer) END $$;

CREATE OR REPLACE FUNCTION wish_dates(date_from date, date_until date) RETURNS daterange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN date_from > date_until THEN 'empty' ELSE daterange(date_from, date_until, '[]') END $$;

-- For a slot that few entries of a long waiting list match.
CREATE INDEX CONCURRENTLY waitlist_entries_wishes_idx ON waitlist_entries USING gist (
  wish_line(shop_id, service_id, performer_id), wish_days(weekdays), wish_times(time_from, time_until),
  int4range(notice_minutes, NULL), wish_dates(date_from, date_until)
) WHERE status = 'active';

-- For a slot that many entries match: the active entries in the order of asking. This index replaces an index by
-- service and performer.
CREATE INDEX CONCURRENTLY waitlist_entries_order_idx ON waitlist_entries (shop_id, priority DESC, created_at, customer_id)
  WHERE status = 'active';
DROP INDEX CONCURRENTLY IF EXISTS waitlist_entries_line_idx;
