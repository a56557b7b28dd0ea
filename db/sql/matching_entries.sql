-- Returns at most :few of the waiting-list entries that match a slot, in any order. Finds them with an index on the
-- wishes, without reading a long list.
WITH slot AS MATERIALIZED (/* slot */)
SELECT e.id
  FROM slot
 CROSS JOIN (
   SELECT (SELECT range_agg(wish_line(slot.shop_id, service.id, performer.id))
             FROM slot
            CROSS JOIN unnest(array_prepend(NULL, slot.fitting_services)) service (id)
            CROSS JOIN unnest(ARRAY[NULL, slot.performer_id]) performer (id)) AS lines,
          (SELECT range_agg(int4range(days, days, '[]')) FROM slot CROSS JOIN generate_series(1, 127) days
            WHERE days & (1 << (slot.weekday - 1)) > 0) AS days
 ) at
 CROSS JOIN LATERAL (
   -- There is no condition on the shop, so that Postgres uses the index with the first conditions and no other index.
   SELECT e.id, e.shop_id FROM waitlist_entries e
    WHERE e.status = 'active'
      AND wish_line(e.shop_id, e.service_id, e.performer_id) <@ at.lines
      AND wish_days(e.weekdays) <@ at.days
      AND wish_times(e.time_from, e.time_until) @> floor(extract(epoch FROM slot.local_start::time))::integer
      AND int4range(e.notice_minutes, NULL)
          @> floor(extract(epoch FROM slot.starts_at - (SELECT clock_timestamp())) / 60)::integer
      AND wish_dates(e.date_from, e.date_until) @> slot.local_start::date
      AND (/* wish matches */)
   OFFSET 0
 ) e
 WHERE e.shop_id = slot.shop_id
 LIMIT :few
