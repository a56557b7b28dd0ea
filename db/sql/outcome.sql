-- The reason for the state of the slot `s`: the reason of the entry that closed or sold the slot, even if other
-- entries follow. If there is no such entry, the reason of the latest entry.
coalesce(
  CASE WHEN s.status IN ('expired', 'filled') THEN (
    SELECT l.because FROM audit_logs l
     WHERE l.slot_opening_id = s.id AND l.shop_id = s.shop_id
       AND l.detail ->> 'stage' = CASE s.status WHEN 'expired' THEN 'Closed' ELSE 'Recovered' END
       AND l.seq > coalesce((
         SELECT max(former.seq) FROM audit_logs former
          WHERE former.slot_opening_id = s.id AND former.shop_id = s.shop_id
            AND former.detail ->> 'stage' <> CASE s.status WHEN 'expired' THEN 'Closed' ELSE 'Recovered' END), 0)
     ORDER BY l.seq LIMIT 1) END,
  (SELECT l.because FROM audit_logs l WHERE l.slot_opening_id = s.id AND l.shop_id = s.shop_id
    ORDER BY l.seq DESC LIMIT 1),
  s.because)
