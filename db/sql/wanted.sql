-- Whether the wishes of a customer with the facts `f` allow an offer. With mode `only`, they also require
-- one, or an appointment that can be moved.
CASE CAST(:waitlist AS text) WHEN 'off' THEN true
                             WHEN 'only' THEN f.wanted IS NOT FALSE AND (f.place IS NOT NULL OR f.move IS NOT NULL)
                             ELSE f.wanted IS NOT FALSE END
