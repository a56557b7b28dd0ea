-- Returns a slot with the data with which customers' wishes are compared.
--
-- The possible service is the one for which the slot was booked. If that is unknown, all services that the performer
-- provides are possible; a performer without rows in performer_services provides all services. The fitting services
-- are the possible services that are not longer than the slot.
SELECT s.id, s.shop_id, s.performer_id, s.starts_at, s.ends_at,
       -- The remaining time of a slot has the same source as the slot.
       coalesce(s.source_appointment_id, source_of_rest(s.freed_by_slot_opening_id)) AS source_appointment_id,
       known.local_start, known.weekday,
       s.ends_at - s.starts_at AS length, known.service_id, known.service, s.chain_depth,
       ARRAY(SELECT h.customer_id FROM slot_choices h WHERE h.slot_opening_id = s.id AND h.choice = 'skip') AS skipped,
       CASE WHEN :move_up AND s.chain_depth < :move_up_chain
            THEN s.starts_at + CAST(:move_up_within AS interval) END AS move_up_until, possible.ids AS possible_services,
       ARRAY(SELECT v.id FROM services v
              WHERE v.id = ANY (possible.ids) AND v.duration_minutes * interval '1 minute' <= s.ends_at - s.starts_at)
         AS fitting_services
  FROM slot_openings s
  JOIN shops shop ON shop.id = s.shop_id
  LEFT JOIN appointments source ON source.id = s.source_appointment_id
  CROSS JOIN LATERAL (
    SELECT local.start AS local_start, extract(isodow FROM local.start)::smallint AS weekday,
           CASE WHEN source.service_id IS NULL THEN s.service_id ELSE source.service_id END AS service_id,
           coalesce(source.service, (SELECT v.name FROM services v WHERE v.id = s.service_id)) AS service
      FROM (SELECT local_time(s.starts_at, shop.timezone) AS start OFFSET 0) local
    OFFSET 0
  ) known
  CROSS JOIN LATERAL (
    SELECT CASE WHEN known.service_id IS NOT NULL THEN ARRAY[known.service_id] ELSE ARRAY(
      SELECT v.id FROM services v
       WHERE v.shop_id = s.shop_id
         AND (NOT EXISTS (SELECT 1 FROM performer_services d WHERE d.performer_id = s.performer_id)
              OR EXISTS (SELECT 1 FROM performer_services d
                          WHERE d.performer_id = s.performer_id AND d.service_id = v.id))) END AS ids
    OFFSET 0
  ) possible
 WHERE s.id = :slot_opening_id
