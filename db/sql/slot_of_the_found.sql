-- The slot, for domain.wishes and domain.move_up. Text, because each row has the same slot, which is parsed only once.
(SELECT jsonb_build_object('starts_at', slot.starts_at, 'local_start', slot.local_start,
                           'seconds', extract(epoch FROM slot.length), 'performer_id', slot.performer_id,
                           'service_id', slot.service_id, 'service', slot.service,
                           'chain_depth', slot.chain_depth)::text
   FROM slot) AS slot
