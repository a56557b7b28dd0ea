-- The active waiting-list entries of the person `found`, for domain.wishes. They are not part of the facts, because
-- the facts are computed for every customer that a search reads.
(SELECT jsonb_agg(jsonb_build_object(
          'id', e.id, 'customer_id', e.customer_id, 'since', e.created_at, 'priority', e.priority,
          'service_id', e.service_id, 'possible', coalesce(e.service_id = ANY (slot.possible_services), true),
          'service_minutes', (SELECT v.duration_minutes FROM services v WHERE v.id = e.service_id),
          'performer_id', e.performer_id, 'weekdays', to_jsonb(e.weekdays), /* wish fields */) ORDER BY e.created_at, e.id)
   FROM waitlist_entries e CROSS JOIN slot
  WHERE e.customer_id = ANY (found.person_ids) AND e.status = 'active') AS wishes
